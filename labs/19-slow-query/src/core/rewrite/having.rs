//! HAVING about a column that is grouped by: WHERE, which does not read the rows of the groups that would be thrown away.
//!
//! Only numbers and moments, and only comparisons with literals: rows of one group may differ in a text (by case, by trailing blanks), and then HAVING looks at one of
//! them, WHERE at each.

use sqlparser::ast::{self, BinaryOperator, Expr, GroupByExpr, InTarget, Select};

use super::build::{all, conjuncts, with_select};
use super::subject::Subject;
use crate::core::schema::Kind;
use crate::core::statement::facts::Key;

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let having = subject.select.having.as_ref()?;
    let GroupByExpr::Expressions(by, with) = &subject.select.group_by else {
        return None;
    };
    let plain = |key: &Key| matches!(key, Key::Column { .. });
    if by.is_empty() || !with.is_empty() || !subject.block.group.iter().all(plain) {
        return None;
    }
    let (moved, kept): (Vec<&Expr>, Vec<&Expr>) = conjuncts(having)
        .into_iter()
        .partition(|condition| moves(subject, condition));
    if moved.is_empty() {
        return None;
    }
    let before = subject.select.selection.iter().flat_map(conjuncts);
    let select = Select {
        selection: all(before.chain(moved).cloned()),
        having: all(kept.into_iter().cloned()),
        ..subject.select.clone()
    };
    Some(with_select(subject.query, select))
}

fn moves(subject: &Subject<'_>, condition: &Expr) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "sixty kinds of expressions, of which five move"
    )]
    match condition {
        Expr::Nested(inner) => moves(subject, inner),
        Expr::BinaryOp {
            left,
            op: Eq | NotEq | Lt | LtEq | Gt | GtEq,
            right,
        } => {
            (is_group(subject, left) && is_literal(right))
                || (is_group(subject, right) && is_literal(left))
        }
        Expr::In {
            expr,
            target: InTarget::List(values),
            ..
        } => is_group(subject, expr) && values.iter().all(is_literal),
        Expr::Between {
            expr, low, high, ..
        } => is_group(subject, expr) && is_literal(low) && is_literal(high),
        Expr::IsNull(expr) | Expr::IsNotNull(expr) => is_group(subject, expr),
        _ => false,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(_))
}

/// Whether `expr` is a column that is grouped by, and whose equal values are the same. HAVING would take an alias of that name for what is selected.
fn is_group(subject: &Subject<'_>, expr: &Expr) -> bool {
    let Some(column) = subject.column(expr) else {
        return false;
    };
    let grouped = subject.block.group.iter().any(|key| match key {
        Key::Column { column: by, .. } => subject
            .names
            .resolve(0, by)
            .is_some_and(|(_, by)| std::ptr::eq(by, column)),
        Key::Random | Key::Expression => false,
    });
    grouped && matches!(column.kind, Kind::Number | Kind::Moment) && !subject.is_alias(&column.name)
}
