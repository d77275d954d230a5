//! DISTINCT over groups, of which all columns are selected: no two rows are the same, so there is nothing to remove.

use sqlparser::ast::{self, Distinct, GroupByExpr, Select};

use super::build::with_select;
use super::subject::Subject;
use crate::core::statement::facts::{Key, Selected};

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    if subject.select.distinct != Some(Distinct::Distinct) || !is_distinct(subject) {
        return None;
    }
    Some(with_select(
        subject.query,
        Select {
            distinct: None,
            ..subject.select.clone()
        },
    ))
}

/// Whether every column that is grouped by is selected. A ROLLUP makes rows of its own.
fn is_distinct(subject: &Subject<'_>) -> bool {
    let GroupByExpr::Expressions(by, with) = &subject.select.group_by else {
        return false;
    };
    let found = |column| {
        subject
            .names
            .resolve(0, column)
            .map(|(place, column)| (place, column.name.as_str()))
    };
    let selected = subject
        .block
        .selected
        .iter()
        .filter_map(|selected| match selected {
            Selected::Column(column) => found(column),
            Selected::Star | Selected::StarOf(_) | Selected::Expression => None,
        });
    let selected: Vec<_> = selected.collect();
    !by.is_empty()
        && with.is_empty()
        && subject.block.group.iter().all(|key| match key {
            Key::Column { column, .. } => found(column).is_some_and(|by| selected.contains(&by)),
            Key::Random | Key::Expression => false,
        })
}
