//! How a statement is written.

use super::Advice;
use super::health::{SMALL_ROWS, is_small};
use super::index::{extended, fit, order_columns, serves};
use super::look::{Look, Looked};
use super::missing::wanted;
use crate::core::digits::thousands;
use crate::core::plan::Access;
use crate::core::statement::facts::{Block, Key, Kind, Limit, Place, Selected, Test, Union};

/// Where the optimiser stops looking at each value of a list: `eq_range_index_dive_limit` of MySQL and MariaDB.
pub const LONG_LIST: usize = 200;
/// The part of a table from which on an index finds too much.
pub const TOO_MUCH: f64 = 0.2;
/// The most columns that are told to be put into an index so that it covers.
pub const COVERING_PARTS: usize = 5;

/// All of them.
#[must_use]
pub fn advise(look: &Look<'_>) -> Vec<Advice> {
    let tables = look.tables.iter().filter(|of| !of.small);
    let tables = tables.flat_map(|of| {
        let told = [
            covering(look, of),
            finds_too_much(of),
            prefix(look, of),
            different_columns(look, of),
            star(look, of),
            long_list(of),
            directions(look, of),
        ];
        told.into_iter().flatten()
    });
    let statement = [
        grouped(look),
        dependent(look),
        not_in(look),
        materialised(look),
        insert_select(look),
        blocks(look, "SQL008", |block| {
            block.limit == Some(Limit::SkipsMany)
        }),
        blocks(look, "SQL009", |block| block.sort.contains(&Key::Random)),
        blocks(look, "SQL012", |block| {
            block.distinct && !block.group.is_empty()
        }),
        blocks(look, "SQL015", |block| block.counts_to_exist),
        blocks(look, "SQL016", |block| block.union == Some(Union::Distinct)),
        blocks(look, "SQL019", |block| block.plain_having),
        blocks(look, "SQL020", |block| {
            unordered(block, look.case.statement.kind())
        }),
        blocks(look, "SQL022", |block| block.cross_join),
    ];
    tables.chain(statement.into_iter().flatten()).collect()
}

/// What only the statement says, of any of its blocks.
fn blocks(look: &Look<'_>, rule: &'static str, is: impl Fn(&Block) -> bool) -> Option<Advice> {
    if !look.case.statement.blocks().iter().any(is) {
        return None;
    }
    let title = super::rules::find(super::RuleId(rule))?;
    Some(Advice::tell(
        rule,
        None,
        format!("{}: {}", title.title, title.why),
    ))
}

fn unordered(block: &Block, kind: Kind) -> bool {
    let one_row = block.aggregate && block.group.is_empty();
    kind == Kind::Select
        && block.place == Place::Outer
        && block.limit.is_some()
        && block.sort.is_empty()
        && !one_row
}

fn covering(look: &Look<'_>, of: &Looked<'_>) -> Option<Advice> {
    let (number, step) = of.step?;
    let needed = of.access.needed.as_ref()?;
    let index = of.table.index(step.key.as_deref()?)?;
    let read = step.rows * look.case.plan?.loops(number);
    let has = extended(index, of.table);
    let missing = needed.iter().filter(|name| {
        !has.iter()
            .any(|part| part.column.as_ref() == Some(*name) && part.prefix.is_none())
    });
    let missing: Vec<_> = missing.collect();
    let bounded = missing.iter().all(|name| {
        of.table
            .column(name)
            .is_some_and(|column| column.index_bytes.is_some())
    });
    let fits = index.parts.len() + missing.len() <= COVERING_PARTS;
    if step.covering
        || index.name == "PRIMARY"
        || is_small(read, 1.0)
        || missing.is_empty()
        || !bounded
        || !fits
    {
        return None;
    }
    let names = missing
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let table = &of.access.table;
    let why = format!(
        "For each of about {} entries of `{}` the row of `{table}` is looked up; with {names} in the index none would be.",
        thousands(read.round() as u64),
        index.name
    );
    Some(Advice::tell("IDX005", Some(table), why))
}

fn finds_too_much(of: &Looked<'_>) -> Option<Advice> {
    let (_, step) = of.step?;
    let key = step.key.as_deref()?;
    let part = step.rows / (of.table.rows as f64).max(1.0);
    if step.access != Access::Lookup || step.covering || part < TOO_MUCH {
        return None;
    }
    let table = &of.access.table;
    let why = format!(
        "`{key}` finds about {:.0} % of the rows of `{table}` for one value.",
        (part * 100.0).min(100.0)
    );
    Some(Advice::tell("IDX010", Some(table), why))
}

fn prefix(look: &Look<'_>, of: &Looked<'_>) -> Option<Advice> {
    let plan = look.case.plan?;
    if !plan.filesort && !plan.temporary_table {
        return None;
    }
    let sorted = of
        .access
        .sort
        .iter()
        .map(|sorted| &sorted.column)
        .chain(&of.access.group);
    let cut = |column: &String| {
        let parts = of.table.indexes.iter().flat_map(|index| &index.parts);
        parts
            .into_iter()
            .any(|part| part.column.as_ref() == Some(column) && part.prefix.is_some())
    };
    let column = sorted.into_iter().find(|column| cut(column))?;
    let table = &of.access.table;
    Some(Advice::tell(
        "IDX011",
        Some(table),
        format!(
            "Only a prefix of `{table}`.`{column}` is indexed: it finds values, and does not sort them."
        ),
    ))
}

fn different_columns(look: &Look<'_>, of: &Looked<'_>) -> Option<Advice> {
    let (_, step) = of.step?;
    let scan = matches!(step.access, Access::FullScan | Access::IndexScan);
    let own = |name: &str| of.table.column(name).is_some();
    let differ = look.block(of).alternatives.iter().any(|arms| {
        let first = |arm: &Vec<crate::core::statement::facts::Predicate>| {
            arm.first().map(|first| first.column.name.clone())
        };
        let columns: Vec<_> = arms.iter().filter_map(first).collect();
        columns.iter().all(|name| own(name))
            && columns
                .iter()
                .any(|name| !name.eq_ignore_ascii_case(&columns[0]))
    });
    let table = &of.access.table;
    (scan && differ).then(|| Advice::tell("SQL005", Some(table), format!("Rows of `{table}` are found by the one column or the other, so all of them are read.")))
}

fn star(look: &Look<'_>, of: &Looked<'_>) -> Option<Advice> {
    let block = look.block(of);
    let all = block
        .selected
        .iter()
        .any(|selected| matches!(selected, Selected::Star | Selected::StarOf(_)));
    let told = all
        && of.access.needed.is_none()
        && look.case.statement.kind() == Kind::Select
        && block.place == Place::Outer
        && !of.healthy;
    let table = &of.access.table;
    told.then(|| {
        Advice::tell(
            "SQL007",
            Some(table),
            format!(
                "All {} columns of `{table}` are selected.",
                of.table.columns.len()
            ),
        )
    })
}

fn long_list(of: &Looked<'_>) -> Option<Advice> {
    let table = &of.access.table;
    of.access.uses.iter().find_map(|used| match used.test {
        Test::OneOf { count, .. } if count >= LONG_LIST => {
            let why = format!("A list of {count} values for `{table}`.`{}`: put them into a table and join it, or ask in portions.", used.column);
            Some(Advice::tell("SQL017", Some(table), why))
        }
        Test::OneOf { .. } | Test::Equals(_) | Test::Range(_) | Test::IsNull | Test::IsNotNull | Test::Prefix => None,
        Test::Pattern { .. } | Test::Differs | Test::Joins(_) | Test::InSubquery { .. } | Test::Inside { .. } => None,
    })
}

fn directions(look: &Look<'_>, of: &Looked<'_>) -> Option<Advice> {
    let plan = look.case.plan?;
    let both = of
        .access
        .sort
        .iter()
        .any(|sorted| sorted.descending != of.access.sort[0].descending);
    let table = &of.access.table;
    (plan.filesort && both).then(|| {
        Advice::tell(
            "SQL010",
            Some(table),
            format!("`{table}` is sorted upwards by one column and downwards by another."),
        )
    })
}

/// A temporary table that no index spares: where one would, that is advised instead.
fn grouped(look: &Look<'_>) -> Option<Advice> {
    let grouped = look.case.plan?.temporary_table
        && look
            .case
            .statement
            .blocks()
            .iter()
            .any(|block| !block.group.is_empty());
    let spared = look.tables.iter().any(|of| {
        let candidate = fit(&order_columns(&wanted(look, of)), of.table);
        let open = |index| {
            candidate
                .as_ref()
                .is_some_and(|candidate| serves(index, candidate, of.table))
        };
        !of.access.group.is_empty() && !of.table.indexes.iter().any(open)
    });
    (grouped && !spared).then(|| {
        Advice::tell(
            "SQL011",
            None,
            "Groups are collected in a temporary table.".into(),
        )
    })
}

fn dependent(look: &Look<'_>) -> Option<Advice> {
    let again = look.case.plan?.dependent_subquery;
    again.then(|| {
        Advice::tell(
            "SQL013",
            None,
            "A subquery runs again for each row of the outer statement.".into(),
        )
    })
}

fn not_in(look: &Look<'_>) -> Option<Advice> {
    let names = crate::core::statement::access::Names {
        blocks: look.case.statement.blocks(),
        schema: look.case.schema,
    };
    look.case
        .statement
        .blocks()
        .iter()
        .flat_map(|block| &block.predicates)
        .find_map(|predicate| {
            let Test::InSubquery {
                negated: true,
                block,
                selects: Some(selects),
            } = &predicate.test
            else {
                return None;
            };
            let (place, column) = names.resolve(*block, selects)?;
            let table = look.case.statement.blocks()[*block].tables[place]
                .name
                .as_deref()?;
            column.nullable.then(|| {
                Advice::tell(
                    "SQL014",
                    Some(table),
                    format!(
                        "`{table}`.`{}` may be NULL: one NULL, and NOT IN returns no row.",
                        column.name
                    ),
                )
            })
        })
}

fn materialised(look: &Look<'_>) -> Option<Advice> {
    let plan = look.case.plan?;
    let within = look
        .case
        .statement
        .blocks()
        .iter()
        .flat_map(|block| &block.predicates);
    let within = within
        .into_iter()
        .any(|predicate| matches!(predicate.test, Test::InSubquery { negated: false, .. }));
    (plan.materialised && within).then(|| {
        Advice::tell(
            "SQL023",
            None,
            "The rows of a subquery of IN are collected in a table first.".into(),
        )
    })
}

fn insert_select(look: &Look<'_>) -> Option<Advice> {
    let read = look.case.plan?.rows_read();
    let large = look.case.statement.kind() == Kind::Insert && read > 10.0 * SMALL_ROWS;
    large.then(|| {
        Advice::tell(
            "SQL021",
            None,
            format!(
                "About {} rows are read, and locked, to insert what is selected.",
                thousands(read.round() as u64)
            ),
        )
    })
}
