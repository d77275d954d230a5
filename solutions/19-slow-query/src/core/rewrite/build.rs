//! Small pieces of a tree. Names that we make are always quoted.

use sqlparser::ast::{
    BinaryOperator, Expr, Ident, ObjectName, Query, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor, Value,
    WildcardAdditionalOptions,
};

/// `` `name` ``
pub(super) fn ident(name: &str) -> Ident {
    Ident::with_quote('`', name)
}

/// `` `table`.`name` ``
pub(super) fn column_of(table: &str, name: &str) -> Expr {
    Expr::CompoundIdentifier(vec![ident(table), ident(name)])
}

/// `` `table`.* ``
pub(super) fn all_of(table: &str) -> SelectItem {
    let kind = SelectItemQualifiedWildcardKind::ObjectName(ObjectName::from(ident(table)));
    SelectItem::QualifiedWildcard(kind, WildcardAdditionalOptions::default())
}

/// A whole number, of either sign.
pub(super) fn number(value: i64) -> Expr {
    let digits = Expr::value(Value::Number(value.unsigned_abs().to_string(), false));
    if value < 0 {
        return Expr::UnaryOp {
            op: sqlparser::ast::UnaryOperator::Minus,
            expr: Box::new(digits),
        };
    }
    digits
}

/// `'text'`, for texts without quotes and backslashes.
pub(super) fn text(value: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(value.to_owned()))
}

/// `left op right`
pub(super) fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }
}

/// `(expr)`, unless it is in parentheses already.
pub(super) fn nested(expr: Expr) -> Expr {
    if matches!(expr, Expr::Nested(_)) {
        expr
    } else {
        Expr::Nested(Box::new(expr))
    }
}

/// The conditions that all must hold, as they are written. `(a AND b)` is two of them.
pub(super) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    let mut all = Vec::new();
    collect(expr, &mut all);
    all
}

fn collect<'a>(expr: &'a Expr, all: &mut Vec<&'a Expr>) {
    let mut inner = expr;
    while let Expr::Nested(deeper) = inner {
        inner = deeper;
    }
    if let Expr::BinaryOp {
        left,
        op: BinaryOperator::And,
        right,
    } = inner
    {
        collect(left, all);
        collect(right, all);
    } else {
        all.push(expr);
    }
}

/// All of `conditions`; `None` if there are none. What binds weaker than AND is put into parentheses.
pub(super) fn all(conditions: impl IntoIterator<Item = Expr>) -> Option<Expr> {
    let conditions = conditions.into_iter().map(|condition| {
        let weak = matches!(
            condition,
            Expr::BinaryOp {
                op: BinaryOperator::Or | BinaryOperator::Xor | BinaryOperator::And,
                ..
            }
        );
        if weak { nested(condition) } else { condition }
    });
    conditions.reduce(|all, condition| binary(all, BinaryOperator::And, condition))
}

/// The conditions of `selection` without the one in place `place`, and with `others` behind them.
pub(super) fn without(
    selection: &Expr,
    place: usize,
    others: impl IntoIterator<Item = Expr>,
) -> Option<Expr> {
    let kept = conjuncts(selection)
        .into_iter()
        .enumerate()
        .filter(|(number, _)| *number != place);
    let kept = kept.map(|(_, condition)| condition.clone());
    all(kept.chain(others))
}

/// `query` with another SELECT.
pub(super) fn with_select(query: &Query, select: Select) -> Query {
    Query {
        body: Box::new(SetExpr::Select(Box::new(select))),
        ..query.clone()
    }
}

/// `(query) AS name`
pub(super) fn derived(query: Query, name: &str) -> TableFactor {
    let alias = TableAlias {
        explicit: true,
        name: ident(name),
        columns: Vec::new(),
        at: None,
    };
    TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: Some(alias),
        sample: None,
    }
}

/// `table`.`column` AS `name`
pub(super) fn selected(table: &str, column: &str, name: &str) -> SelectItem {
    SelectItem::ExprWithAlias {
        expr: column_of(table, column),
        alias: ident(name),
    }
}

/// A query of `select` alone.
pub(super) fn query(select: Select) -> Query {
    debug_assert!(matches!(select.flavor, SelectFlavor::Standard));
    Query {
        with: None,
        body: Box::new(SetExpr::Select(Box::new(select))),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}
