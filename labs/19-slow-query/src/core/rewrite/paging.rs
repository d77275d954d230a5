//! `ORDER BY created, id LIMIT 20 OFFSET 100000`: the page's keys first, in an index, and only then its rows.
//!
//! The rows of all pages before are still counted, but in an index that has the sort and the key, and are not looked up. What must stay true: the sort is total.
//! With ties the two statements may page through different orders, and each of them is right.

use sqlparser::ast::{
    self, BinaryOperator, Join, JoinConstraint, JoinOperator, LimitClause, Query, Select,
    SelectItem, TableWithJoins,
};

use super::build::{all, all_of, binary, column_of, derived, query, selected, with_select};
use super::subject::Subject;
use crate::core::statement::columns::has_subquery;
use crate::core::statement::keys::keys;

/// The names of the keys in the derived table.
const KEY: &str = "page_key_";

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let columns = &subject.single()?.table.columns;
    let taken = columns.iter().any(|column| column.name.starts_with(KEY));
    let plain = subject.is_row_by_row() && !has_subquery(&subject.select.projection);
    if !skips(subject.query) || !plain || taken {
        return None;
    }
    deferred_join(subject)
}

/// Whether rows are skipped.
fn skips(query: &Query) -> bool {
    match &query.limit_clause {
        Some(LimitClause::LimitOffset {
            limit: Some(_),
            offset,
            limit_by,
        }) => offset.is_some() && limit_by.is_empty(),
        Some(LimitClause::OffsetCommaLimit { .. }) => true,
        Some(LimitClause::LimitOffset { limit: None, .. }) | None => false,
    }
}

/// `query` of one table as a join of the table with the keys of its page: `SELECT t.* FROM t JOIN (SELECT id AS k FROM t .. LIMIT ..) AS page ON page.k = t.id ORDER BY ..`.
///
/// `None` where there is more than one table, or the sort is not total. The key need not be the primary one: any by which the sort is total names each row.
fn deferred_join(subject: &Subject<'_>) -> Option<Query> {
    // ANCHOR: stage4_deferred_join
    todo!("stage 4: deferred join")
    // ANCHOR_END: stage4_deferred_join
}

/// Whether ORDER BY names columns, and means by them columns of the table: inside, where nothing else is selected, an alias would mean something else.
fn is_by_columns(subject: &Subject<'_>) -> bool {
    let order = subject.query.order_by.iter().flat_map(keys);
    let mut order = order.map(|key| &key.expr);
    order.all(|expr| {
        // Anything else is the number of something selected, or an expression.
        if let ast::Expr::Identifier(name) = expr {
            return !subject.is_alias(&name.value);
        }
        matches!(expr, ast::Expr::CompoundIdentifier(_))
    })
}

/// `*` becomes `t.*`: the page's keys are not asked for.
fn qualified(projection: &[SelectItem], alias: &str) -> Vec<SelectItem> {
    let items = projection.iter().map(|item| match item {
        SelectItem::Wildcard(_) => all_of(alias),
        SelectItem::UnnamedExpr(_)
        | SelectItem::ExprWithAlias { .. }
        | SelectItem::ExprWithAliases { .. }
        | SelectItem::QualifiedWildcard(..) => item.clone(),
    });
    items.collect()
}
