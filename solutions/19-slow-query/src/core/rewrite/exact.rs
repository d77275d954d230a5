//! What makes the rows of a statement depend on nothing but the data: no chance, no order of reading.
//!
//! A statement whose rows change with its plan cannot be rewritten into one with the same rows. `MAX(name)` and `GROUP BY name` are such: where `'Ann'` and `'ANN'` are
//! equal, which of them is returned is left to the plan. So is the last digit of a sum of floating numbers.

use std::ops::ControlFlow;

use sqlparser::ast::{self, BinaryOperator, DataType, Expr, Value, Visit, Visitor};

use crate::core::schema::{Column, Kind};
use crate::core::statement::access::Names;
use crate::core::statement::columns::columns;
use crate::core::statement::facts::{ColumnRef, Key, Place, Selected};

/// Functions that have one value for the same arguments, in one statement. Others (RAND, UUID, GET_LOCK, LAST_INSERT_ID, whatever is stored) may not: a statement that
/// names one is not rewritten.
const PURE: [&str; 69] = [
    "ABS",
    "ACOS",
    "ADDDATE",
    "ASCII",
    "ASIN",
    "ATAN",
    "AVG",
    "BIT_LENGTH",
    "CEIL",
    "CEILING",
    "CHAR_LENGTH",
    "COALESCE",
    "CONCAT",
    "CONCAT_WS",
    "COUNT",
    "CURDATE",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "DATE",
    "DATE_ADD",
    "DATE_FORMAT",
    "DATE_SUB",
    "DATEDIFF",
    "DAY",
    "DAYOFMONTH",
    "DAYOFWEEK",
    "DAYOFYEAR",
    "EXP",
    "FLOOR",
    "FROM_UNIXTIME",
    "GREATEST",
    "HEX",
    "HOUR",
    "IF",
    "IFNULL",
    "INSTR",
    "JSON_EXTRACT",
    "LAST_DAY",
    "LEAST",
    "LEFT",
    "LENGTH",
    "LOCATE",
    "LOWER",
    "LPAD",
    "LTRIM",
    "MAX",
    "MD5",
    "MIN",
    "MINUTE",
    "MOD",
    "MONTH",
    "NOW",
    "NULLIF",
    "POW",
    "QUARTER",
    "REPLACE",
    "RIGHT",
    "ROUND",
    "RTRIM",
    "SECOND",
    "SHA1",
    "SIGN",
    "SQRT",
    "SUBSTR",
    "SUM",
    "UNIX_TIMESTAMP",
    "UPPER",
    "WEEK",
    "YEAR",
];

/// Functions of many rows whose value is one of theirs, or depends on their order where they are not exact.
const OF_MANY: [&str; 4] = ["AVG", "MAX", "MIN", "SUM"];

/// Whether equal values of a column are the same, byte for byte, and their sum is the same in any order.
pub(super) fn is_exact(column: &Column) -> bool {
    let name = column.type_name.to_ascii_lowercase();
    let floating = ["float", "double", "real"]
        .iter()
        .any(|start| name.starts_with(start));
    match column.kind {
        Kind::Number => !floating,
        Kind::Moment | Kind::Bytes => true,
        Kind::Text | Kind::Other => false,
    }
}

/// Whether what is grouped, or made distinct, is exact: in whatever is returned. Of a subquery in a condition only the values count, not how they are written.
pub(super) fn groups(names: &Names<'_>) -> bool {
    let exact = |block: usize, column: &ColumnRef| {
        names
            .resolve(block, column)
            .is_some_and(|(_, column)| is_exact(column))
    };
    let returned = names
        .blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.place != Place::Subquery);
    let mut returned = returned;
    returned.all(|(number, block)| {
        let grouped = block.group.iter().all(|key| match key {
            Key::Column { column, .. } => exact(number, column),
            Key::Random | Key::Expression => false,
        });
        // Groups are told apart by what they are grouped by, and the rest of a group is a function of many rows.
        let distinct = !block.distinct
            || !block.group.is_empty()
            || block.selected.iter().all(|selected| match selected {
                Selected::Column(column) => exact(number, column),
                Selected::Star | Selected::StarOf(_) | Selected::Expression => false,
            });
        grouped && distinct
    })
}

/// Whether every function of many rows is of exact columns, wherever it stands.
pub(super) fn functions(names: &Names<'_>, tree: &ast::Statement) -> bool {
    let exact = |column: &ColumnRef| {
        let mut found = (0..names.blocks.len())
            .filter_map(|block| names.resolve(block, column))
            .peekable();
        found.peek().is_some() && found.all(|(_, column)| is_exact(column))
    };
    each(tree, |expr| match name(expr) {
        Some(name) if OF_MANY.contains(&name.as_str()) => columns(expr).iter().all(exact),
        Some(_) | None => true,
    })
}

/// Whether `tree` names no variable, no function but those of [`PURE`], and nothing that the parser reads otherwise than the server.
pub(super) fn is_pure(tree: &ast::Statement) -> bool {
    each(tree, |expr| {
        let variable = matches!(expr, Expr::Identifier(name) if name.value.starts_with('@'));
        let pure = name(expr).is_none_or(|name| PURE.contains(&name.as_str()));
        !variable && pure && !is_misread(expr)
    })
}

/// What the parser reads otherwise than the server, or writes so that the server does not read it.
///
/// - `||` is OR to the server by default, and binds weaker than AND; XOR binds weaker than AND too. To the parser both bind stronger than `=`.
/// - `BINARY c = 'x'` compares the bytes of `c`; the parser takes it for the bytes of the comparison.
/// - `0xF` may have an odd number of digits, `X'F'`, as which it is written, may not.
fn is_misread(expr: &Expr) -> bool {
    if let Expr::Value(value) = expr
        && let Value::HexStringLiteral(digits) = &value.value
    {
        return !digits.len().is_multiple_of(2);
    }
    matches!(
        expr,
        Expr::BinaryOp {
            op: BinaryOperator::StringConcat | BinaryOperator::Xor,
            ..
        } | Expr::Cast {
            data_type: DataType::Binary(_),
            ..
        }
    )
}

/// The function that `expr` is, in capitals.
fn name(expr: &Expr) -> Option<String> {
    let Expr::Function(function) = expr else {
        return None;
    };
    Some(function.name.to_string().to_uppercase())
}

/// Whether `test` holds for every expression.
fn each(tree: &ast::Statement, test: impl Fn(&Expr) -> bool) -> bool {
    struct Each<F>(F);
    impl<F: Fn(&Expr) -> bool> Visitor for Each<F> {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if (self.0)(expr) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        }
    }
    tree.visit(&mut Each(test)).is_continue()
}
