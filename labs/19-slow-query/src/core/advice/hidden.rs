//! What hides a column from the index that would find it.
//!
//! These are told only of a table that is read as a whole or nearly so: a column that is hidden beside one that is found hurts nobody.

use super::Advice;
use super::look::{Look, Looked};
use crate::core::schema::Kind as Holds;
use crate::core::statement::access::{Role, Use};
use crate::core::statement::facts::{Test, Value};

/// Functions, conversions, patterns and the like.
#[must_use]
pub fn advise(look: &Look<'_>) -> Vec<Advice> {
    let unhealthy = look.tables.iter().filter(|of| !of.small && !of.healthy);
    unhealthy
        .flat_map(|of| of.access.uses.iter().filter_map(|used| hides(of, used)))
        .collect()
}

fn hides(of: &Looked<'_>, used: &Use) -> Option<Advice> {
    if used.role != Role::None {
        return None;
    }
    let (table, column) = (&of.access.table, &used.column);
    let tell = |rule, why: String| Some(Advice::tell(rule, Some(table), why));
    match &used.test {
        Test::Inside { function } if function.len() == 1 => tell(
            "SQL018",
            format!(
                "`{table}`.`{column}` is compared after an arithmetic operation ({function}): move the number to the other side."
            ),
        ),
        Test::Inside { function } => tell(
            "SQL001",
            format!(
                "`{table}`.`{column}` is compared inside of {function}: compare the column itself, or index the expression."
            ),
        ),
        Test::Equals(Value::Number)
        | Test::OneOf {
            value: Value::Number,
            ..
        }
        | Test::Range(Value::Number) => tell(
            "SQL002",
            format!(
                "`{table}`.`{column}` is a text and is compared with a number: quote the number if texts are what is meant."
            ),
        ),
        Test::Joins(_) => joins(of, used),
        Test::Pattern {
            leading_wildcard: true,
        } => tell(
            "SQL004",
            format!(
                "The pattern for `{table}`.`{column}` begins with a wildcard: a full-text index finds words inside of a text."
            ),
        ),
        Test::Differs => tell(
            "SQL006",
            format!("Of `{table}`.`{column}` all values but some are asked for."),
        ),
        Test::InSubquery { .. } | Test::Pattern { .. } | Test::IsNotNull | Test::Prefix => None,
        Test::Equals(_) | Test::OneOf { .. } | Test::Range(_) | Test::IsNull => None,
    }
}

fn joins(of: &Looked<'_>, used: &Use) -> Option<Advice> {
    let (_, Some(other)) = used.other.as_ref()? else {
        return None;
    };
    let column = of.table.column(&used.column)?;
    let (table, name) = (&of.access.table, &used.column);
    if column.kind == Holds::Text && other.kind == Holds::Text {
        let collation = |of: Option<&String>| of.map_or("none", String::as_str).to_owned();
        let (one, two) = (
            collation(column.collation.as_ref()),
            collation(other.collation.as_ref()),
        );
        let why = format!(
            "`{table}`.`{name}` has the collation {one} and is joined with a column of {two}: one of them is converted for each row."
        );
        return Some(Advice::tell("SQL003", Some(table), why));
    }
    let why = format!(
        "`{table}`.`{name}` is a text and is joined with `{}`, which is none: give both the same type.",
        other.name
    );
    Some(Advice::tell("SQL002", Some(table), why))
}
