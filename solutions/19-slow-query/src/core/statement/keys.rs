//! What is selected, sorted and grouped by, and cut.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArguments, LimitClause, OrderBy, OrderByExpr, OrderByKind, OrderBySort,
    Query, SelectItem, Visit, Visitor,
};

use super::columns::column;
use super::facts::{DEEP_OFFSET, Key, Limit, Selected};

/// What `item` is.
pub(super) fn selected(item: &SelectItem) -> Selected {
    match item {
        SelectItem::Wildcard(_) => Selected::Star,
        SelectItem::QualifiedWildcard(kind, _) => {
            Selected::StarOf(kind.to_string().trim_end_matches(".*").replace('`', ""))
        }
        SelectItem::UnnamedExpr(expr)
        | SelectItem::ExprWithAlias { expr, .. }
        | SelectItem::ExprWithAliases { expr, .. } => {
            column(expr).map_or(Selected::Expression, Selected::Column)
        }
    }
}

/// ORDER BY, or nothing where it is ORDER BY ALL, which MySQL does not have.
pub(crate) fn keys(order: &OrderBy) -> &[OrderByExpr] {
    match &order.kind {
        OrderByKind::Expressions(keys) => keys,
        OrderByKind::All(_) => &[],
    }
}

/// What `key` sorts by.
pub(super) fn sort_key(key: &OrderByExpr, projection: &[SelectItem]) -> Key {
    let descending = matches!(key.options.sort, Some(OrderBySort::Desc));
    match grouped(&key.expr, projection) {
        Key::Column { column, .. } => Key::Column { column, descending },
        other @ (Key::Random | Key::Expression) => other,
    }
}

/// What `expr` sorts or groups by, where it may be the number or the alias of something selected.
pub(super) fn grouped(expr: &Expr, projection: &[SelectItem]) -> Key {
    let of = |expr: &Expr| {
        column(expr).map_or(Key::Expression, |column| Key::Column {
            column,
            descending: false,
        })
    };
    if let Expr::Function(function) = expr
        && function.name.to_string().eq_ignore_ascii_case("rand")
    {
        return Key::Random;
    }
    if let Expr::Value(value) = expr {
        let item = value
            .to_string()
            .parse::<usize>()
            .ok()
            .and_then(|number| projection.get(number.wrapping_sub(1)));
        return match item {
            Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => {
                of(expr)
            }
            Some(
                SelectItem::ExprWithAliases { .. }
                | SelectItem::QualifiedWildcard(..)
                | SelectItem::Wildcard(_),
            )
            | None => Key::Expression,
        };
    }
    if let Expr::Identifier(name) = expr {
        let alias = projection.iter().find_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias }
                if alias.value.eq_ignore_ascii_case(&name.value) =>
            {
                Some(expr)
            }
            SelectItem::ExprWithAlias { .. }
            | SelectItem::UnnamedExpr(_)
            | SelectItem::ExprWithAliases { .. }
            | SelectItem::QualifiedWildcard(..)
            | SelectItem::Wildcard(_) => None,
        });
        if let Some(expr) = alias {
            return of(expr);
        }
    }
    of(expr)
}

/// How many rows are skipped.
pub(super) fn limit(clause: &LimitClause) -> Limit {
    let offset = match clause {
        LimitClause::LimitOffset { offset: None, .. } => return Limit::FromTheFirst,
        LimitClause::LimitOffset {
            offset: Some(offset),
            ..
        } => &offset.value,
        LimitClause::OffsetCommaLimit { offset, .. } => offset,
    };
    match offset.to_string().parse() {
        Ok(0) => Limit::FromTheFirst,
        Ok(1..DEEP_OFFSET) => Limit::Skips,
        Ok(DEEP_OFFSET..) => Limit::SkipsMany,
        Err(_) => Limit::Unknown,
    }
}

/// The functions of many rows that MySQL and MariaDB have.
const AGGREGATES: [&str; 17] = [
    "ANY_VALUE",
    "AVG",
    "BIT_AND",
    "BIT_OR",
    "BIT_XOR",
    "COUNT",
    "GROUP_CONCAT",
    "JSON_ARRAYAGG",
    "JSON_OBJECTAGG",
    "MAX",
    "MIN",
    "STD",
    "STDDEV",
    "SUM",
    "VAR_POP",
    "VAR_SAMP",
    "VARIANCE",
];

/// Whether `part` has a function of many rows in it, or a window, outside of its subqueries.
pub(crate) fn aggregates(part: &impl Visit) -> bool {
    struct Any(usize);
    impl Visitor for Any {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.0 -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if let Expr::Function(function) = expr
                && self.0 == 0
                && is_aggregate(function)
            {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
    }
    part.visit(&mut Any(0)).is_break()
}

fn is_aggregate(function: &Function) -> bool {
    let name = function.name.to_string();
    let aggregate = AGGREGATES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&name))
        || name.to_uppercase().starts_with("STDDEV_");
    (aggregate && !matches!(function.args, FunctionArguments::None)) || function.over.is_some()
}
