//! `a = 1 OR b = 2`: two statements, each with its own index, put together by UNION.
//!
//! A row for which both hold is found by both. UNION removes the second one; but it would remove too what the original returns twice, unless no two rows are the same: so a
//! unique key without NULLs must be among what is selected. UNION ALL keeps both, and is wrong with or without a key.

use sqlparser::ast::{self, Expr, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier};

use super::build::{conjuncts, without};
use super::order::total_key;
use super::subject::{Single, Subject};
use crate::core::schema::{Kind, Table};
use crate::core::statement::access::{Role, role};
use crate::core::statement::columns::{column, columns};
use crate::core::statement::condition::{Conditions, flatten};
use crate::core::statement::facts::Key;
use crate::core::statement::keys::keys;

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let single = subject.single()?;
    let selection = subject.select.selection.as_ref()?;
    if !subject.is_row_by_row() || subject.query.limit_clause.is_some() || !is_by_columns(subject) {
        return None;
    }
    let arms = conjuncts(selection)
        .into_iter()
        .enumerate()
        .find_map(|(place, condition)| {
            let mut arms = Vec::new();
            flatten(condition, &mut arms);
            are_found(&arms, &single).then_some((place, arms))
        });
    let (place, arms) = arms?;
    let selects = arms.into_iter().map(|arm| {
        let selection = without(selection, place, [arm.clone()]);
        Select {
            selection,
            ..subject.select.clone()
        }
    });
    let body = united(
        selects.collect(),
        &selected(subject, &single)?,
        single.table,
    )?;
    Some(Query {
        body: Box::new(body),
        ..subject.query.clone()
    })
}

/// The UNION of `arms`, which select the columns `selected` of `table`; `None` where it could return other rows than the arms' OR.
fn united(arms: Vec<Select>, selected: &[&str], table: &Table) -> Option<SetExpr> {
    // ANCHOR: stage4_united
    total_key(selected, table)?;
    let arms = arms.into_iter().map(|arm| SetExpr::Select(Box::new(arm)));
    arms.reduce(|left, right| SetExpr::SetOperation {
        left: Box::new(left),
        op: SetOperator::Union,
        set_quantifier: SetQuantifier::None,
        right: Box::new(right),
    })
    // ANCHOR_END: stage4_united
}

/// Whether each arm is a condition on one column that an index begins with, and not all on the same: else there is nothing to win. So there are two.
fn are_found(arms: &[&Expr], single: &Single<'_>) -> bool {
    let found = arms.iter().map(|arm| {
        let mut conditions = Conditions::default();
        conditions.add(arm, false);
        let [predicate] = conditions.predicates.as_slice() else {
            return None;
        };
        let column = single.table.column(&predicate.column.name)?;
        let finds = role(&predicate.test, column, None) != Role::None;
        let first = |index: &crate::core::schema::Index| {
            index.visible
                && index
                    .parts
                    .first()
                    .is_some_and(|part| part.column.as_ref() == Some(&column.name))
        };
        (finds && columns(*arm).len() == 1 && single.table.indexes.iter().any(first))
            .then_some(&column.name)
    });
    let found: Option<Vec<_>> = found.collect();
    found.is_some_and(|names| names.iter().any(|name| *name != names[0]))
}

/// The columns that are selected, by the schema's names; `None` if anything else is, or one of them twice.
fn selected<'a>(subject: &Subject<'a>, single: &Single<'a>) -> Option<Vec<&'a str>> {
    if let [SelectItem::Wildcard(_)] = subject.select.projection.as_slice() {
        return Some(
            single
                .table
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect(),
        );
    }
    let mut names = Vec::new();
    for item in &subject.select.projection {
        let SelectItem::UnnamedExpr(expr) = item else {
            return None;
        };
        let name = subject.column(expr)?.name.as_str();
        if names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// Whether ORDER BY is by names of columns that are selected: of a UNION, nothing else can be sorted by.
fn is_by_columns(subject: &Subject<'_>) -> bool {
    let star = matches!(
        subject.select.projection.as_slice(),
        [SelectItem::Wildcard(_)]
    );
    let order = subject.query.order_by.iter().flat_map(keys);
    let mut order = order.map(|key| &key.expr);
    // Of an ENUM a table is sorted by the number, a UNION by the text.
    let sorted = subject.block.sort.iter().all(|key| match key {
        Key::Column { column, .. } => subject
            .names
            .resolve(0, column)
            .is_some_and(|(_, column)| column.kind != Kind::Other),
        Key::Random | Key::Expression => false,
    });
    sorted && order.all(|key| {
        let selects = |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(expr) if column(expr).map(|of| of.name) == column(key).map(|of| of.name));
        matches!(key, Expr::Identifier(_)) && column(key).is_some() && (star || subject.select.projection.iter().any(selects))
    })
}
