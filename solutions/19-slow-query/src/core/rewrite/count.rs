//! `(SELECT COUNT(*) ..) > 0`: EXISTS, which ends at the first row. A count is never NULL, so both are true for the same rows, and false for the others.

use sqlparser::ast::{self, BinaryOperator, Expr, Query, Select, SelectItem};

use super::build::{nested, number, with_select};
use super::subject::Subject;
use crate::core::statement::condition::counted;

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let selection = condition(subject.select.selection.as_ref()?)?;
    Some(with_select(
        subject.query,
        Select {
            selection: Some(selection),
            ..subject.select.clone()
        },
    ))
}

/// `expr` with the counts in it rewritten, or `None` if there are none.
fn condition(expr: &Expr) -> Option<Expr> {
    if let Expr::Nested(inner) = expr {
        return condition(inner).map(nested);
    }
    let Expr::BinaryOp { left, op, right } = expr else {
        return None;
    };
    if let Some((query, negated)) = counted(left, op, right) {
        return Some(Expr::Exists {
            subquery: Box::new(one(query)?),
            negated,
        });
    }
    if !matches!(op, BinaryOperator::And | BinaryOperator::Or) {
        return None;
    }
    let (one, other) = (condition(left), condition(right));
    if one.is_none() && other.is_none() {
        return None;
    }
    let kept = |new: Option<Expr>, old: &Expr| Box::new(new.unwrap_or_else(|| old.clone()));
    Some(Expr::BinaryOp {
        left: kept(one, left),
        op: op.clone(),
        right: kept(other, right),
    })
}

/// `query` with a 1 for each row.
fn one(query: &Query) -> Option<Query> {
    let select = query.body.as_select()?;
    let select = Select {
        projection: vec![SelectItem::UnnamedExpr(number(1))],
        ..select.clone()
    };
    Some(with_select(
        &Query {
            order_by: None,
            ..query.clone()
        },
        select,
    ))
}
