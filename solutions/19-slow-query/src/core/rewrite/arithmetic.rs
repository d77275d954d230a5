//! `c + 5 > 20`: the number moves to the other side.
//!
//! Only whole numbers of at most four bytes, where a sum of eight bytes cannot overflow. Of unsigned columns only sums, since a difference below 0 is an error there, and no
//! row; and never to a number below 0: told that `c = -4`, MariaDB puts it into `c + 3` elsewhere in the statement, and that is the same error. Not `c * 2 = 11`, whose
//! other side would be no whole number.

use sqlparser::ast::{self, BinaryOperator, Expr, Select, Value};

use super::build::{all, binary, conjuncts, number, with_select};
use super::subject::Subject;
use crate::core::schema::{Column, Kind};

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let selection = subject.select.selection.as_ref()?;
    let moved: Vec<_> = conjuncts(selection)
        .into_iter()
        .map(|condition| (condition, condition_of(subject, condition)))
        .collect();
    if moved.iter().all(|(_, moved)| moved.is_none()) {
        return None;
    }
    let selection = all(moved
        .into_iter()
        .map(|(condition, moved)| moved.unwrap_or_else(|| condition.clone())));
    Some(with_select(
        subject.query,
        Select {
            selection,
            ..subject.select.clone()
        },
    ))
}

fn condition_of(subject: &Subject<'_>, condition: &Expr) -> Option<Expr> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, Minus, NotEq, Plus};
    let Expr::BinaryOp {
        left,
        op: op @ (Eq | NotEq | Lt | LtEq | Gt | GtEq),
        right,
    } = inner(condition)
    else {
        return None;
    };
    let Expr::BinaryOp {
        left: one,
        op: sign @ (Plus | Minus),
        right: other,
    } = inner(left)
    else {
        return None;
    };
    let whole = literal(right)?;
    let (column, part) = match (literal(one), literal(other)) {
        (None, Some(part)) => (one, part),
        (Some(part), None) if *sign == Plus => (other, part),
        (Some(_) | None, _) => return None,
    };
    let known = subject.column(column)?;
    let rest = if *sign == Minus {
        whole + part
    } else {
        whole - part
    };
    let below = is_unsigned(known) && (*sign == Minus || rest < 0);
    (is_small_integer(known) && !below)
        .then(|| binary((**column).clone(), op.clone(), number(rest)))
}

fn inner(expr: &Expr) -> &Expr {
    if let Expr::Nested(deeper) = expr {
        inner(deeper)
    } else {
        expr
    }
}

/// A whole number of at most 31 bits, without a sign.
fn literal(expr: &Expr) -> Option<i64> {
    let Expr::Value(value) = inner(expr) else {
        return None;
    };
    let Value::Number(digits, false) = &value.value else {
        return None;
    };
    let number: i32 = digits.parse().ok()?;
    (digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(number.into())
}

fn is_unsigned(column: &Column) -> bool {
    let name = column.type_name.to_ascii_lowercase();
    name.contains("unsigned") || name.contains("zerofill")
}

fn is_small_integer(column: &Column) -> bool {
    let name = column.type_name.to_ascii_lowercase();
    let base = name.split(['(', ' ']).next().unwrap_or_default();
    column.kind == Kind::Number
        && ["tinyint", "smallint", "mediumint", "int", "integer"].contains(&base)
}
