//! Conditions, read into predicates on single columns.
//!
//! What is not understood is left out, which is safe: an index that serves the rest of an AND serves the whole of it.

use sqlparser::ast::{BinaryOperator, Expr, InTarget, Query, UnaryOperator, Value as Literal};

use super::columns::{column, columns, has_subquery};
use super::facts::{Predicate, Test, Value};

/// What a condition consists of.
#[derive(Default)]
pub(crate) struct Conditions<'a> {
    /// All must hold.
    pub predicates: Vec<Predicate>,
    /// Of each, one must hold.
    pub alternatives: Vec<Vec<Vec<Predicate>>>,
    /// `c IN (SELECT ..)`, by the number of its predicate: the number of the block is filled in by whoever reads the subquery.
    pub subqueries: Vec<(usize, &'a Query)>,
    /// Subqueries of which only whether there is a row is asked: `(SELECT COUNT(*) ..) > 0`.
    pub counted: Vec<&'a Query>,
    /// Whether columns are compared with columns: of a join, its condition, if it is no equality.
    pub relates: bool,
}

impl<'a> Conditions<'a> {
    /// Adds what `expr` asks for. `optional`: it is the ON of an outer join.
    pub(crate) fn add(&mut self, expr: &'a Expr, optional: bool) {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "sixty kinds of expressions; what is not read here is no condition on one column"
        )]
        match expr {
            Expr::Nested(inner) => self.add(inner, optional),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => {
                self.add(left, optional);
                self.add(right, optional);
            }
            Expr::BinaryOp {
                op: BinaryOperator::Or,
                ..
            } => self.alternatives(expr, optional),
            Expr::BinaryOp { left, op, right } => self.compare(left, op, right, optional),
            Expr::In {
                expr,
                target,
                negated,
                ..
            } => self.within(expr, target, *negated, optional),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                self.relates |= !columns(low).is_empty() || !columns(high).is_empty();
                let value = both(constant(low), constant(high));
                let test = value.map(|value| {
                    if *negated {
                        Test::Differs
                    } else {
                        Test::Range(value)
                    }
                });
                self.test(expr, test, optional);
            }
            Expr::Like {
                negated,
                expr,
                pattern,
                ..
            } => self.test(expr, Some(like(pattern, *negated)), optional),
            Expr::IsNull(inner) => self.test(inner, Some(Test::IsNull), optional),
            Expr::IsNotNull(inner) => self.test(inner, Some(Test::IsNotNull), optional),
            _ => {}
        }
    }

    fn alternatives(&mut self, expr: &'a Expr, optional: bool) {
        let mut arms = Vec::new();
        flatten(expr, &mut arms);
        let arms: Vec<_> = arms
            .into_iter()
            .map(|arm| {
                let mut inner = Conditions::default();
                inner.add(arm, optional);
                // The numbers of subqueries in an OR are not kept: no rule asks for them.
                inner
                    .predicates
                    .retain(|predicate| !matches!(predicate.test, Test::InSubquery { .. }));
                inner.predicates
            })
            .collect();
        // `a = 1 OR a = 2` is `a IN (1, 2)`.
        let one = arms
            .first()
            .and_then(|arm| arm.first())
            .map(|first| first.column.clone());
        let values: Option<Vec<_>> = arms
            .iter()
            .map(|arm| match arm.as_slice() {
                [
                    Predicate {
                        column,
                        test: Test::Equals(value),
                        ..
                    },
                ] if Some(column) == one.as_ref() => Some(*value),
                _ => None,
            })
            .collect();
        match (one, values) {
            (Some(column), Some(values)) => {
                let value = values[1..].iter().fold(values[0], |all, &value| {
                    if all == value { all } else { Value::Unknown }
                });
                let test = Test::OneOf {
                    count: values.len(),
                    value,
                };
                self.predicates.push(Predicate {
                    column,
                    test,
                    optional,
                });
            }
            (Some(_) | None, _) => self.alternatives.push(arms),
        }
    }

    fn compare(&mut self, left: &'a Expr, op: &BinaryOperator, right: &'a Expr, optional: bool) {
        use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq, Spaceship};
        if let Some((query, _)) = counted(left, op, right) {
            self.counted.push(query);
        }
        self.relates |= !columns(left).is_empty() && !columns(right).is_empty();
        if let (Some(one), Some(other), Eq | Spaceship) = (column(left), column(right), op) {
            let joins = |column, other| Predicate {
                column,
                test: Test::Joins(other),
                optional,
            };
            self.predicates.push(joins(one.clone(), other.clone()));
            self.predicates.push(joins(other, one));
            return;
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "operators that compare nothing"
        )]
        let test = |value| match op {
            Eq | Spaceship => Some(Test::Equals(value)),
            Lt | LtEq | Gt | GtEq => Some(Test::Range(value)),
            NotEq => Some(Test::Differs),
            _ => None,
        };
        match (constant(left), constant(right)) {
            (_, Some(value)) => self.test(left, test(value), optional),
            (Some(value), None) => self.test(right, test(value), optional),
            (None, None) => {}
        }
    }

    fn within(&mut self, expr: &'a Expr, target: &'a InTarget, negated: bool, optional: bool) {
        match target {
            InTarget::List(values) => {
                let value = values.iter().map(constant).reduce(both).flatten();
                let count = values.len();
                let test = value.map(|value| match (negated, count) {
                    (true, _) => Test::Differs,
                    (false, 1) => Test::Equals(value),
                    (false, _) => Test::OneOf { count, value },
                });
                self.test(expr, test, optional);
            }
            InTarget::Subquery(query) => {
                if let Some(column) = column(expr) {
                    self.subqueries.push((self.predicates.len(), query));
                    let test = Test::InSubquery {
                        negated,
                        block: 0,
                        selects: None,
                    };
                    self.predicates.push(Predicate {
                        column,
                        test,
                        optional,
                    });
                }
            }
            InTarget::Unnest(_) | InTarget::Table { .. } => {}
        }
    }

    /// A test of `expr`, if that is a column, or what a function makes of one.
    fn test(&mut self, expr: &Expr, test: Option<Test>, optional: bool) {
        let Some(test) = test else { return };
        let (column, test) = match column(expr) {
            Some(column) => (column, test),
            None => match (columns(expr).as_slice(), has_subquery(expr)) {
                ([column], false) => (
                    column.clone(),
                    Test::Inside {
                        function: function(expr),
                    },
                ),
                _ => return,
            },
        };
        self.predicates.push(Predicate {
            column,
            test,
            optional,
        });
    }
}

/// The arms of an OR.
pub(crate) fn flatten<'a>(expr: &'a Expr, arms: &mut Vec<&'a Expr>) {
    if let Expr::BinaryOp {
        left,
        op: BinaryOperator::Or,
        right,
    } = expr
    {
        flatten(left, arms);
        flatten(right, arms);
    } else if let Expr::Nested(inner) = expr {
        flatten(inner, arms);
    } else {
        arms.push(expr);
    }
}

fn both(one: Option<Value>, other: Option<Value>) -> Option<Value> {
    Some(if one? == other? { one? } else { Value::Unknown })
}

/// The kind of `expr`, if it names no column. A subquery may depend on a row, but has one value for each.
pub(super) fn constant(expr: &Expr) -> Option<Value> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "sixty kinds of expressions: what is no literal is unknown"
    )]
    match expr {
        Expr::Nested(inner) => constant(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Minus | UnaryOperator::Plus,
            expr,
        } => constant(expr),
        Expr::Value(value) => Some(literal(&value.value)),
        Expr::TypedString(_) => Some(Value::Moment),
        _ if columns(expr).is_empty() => Some(Value::Unknown),
        _ => None,
    }
}

fn literal(value: &Literal) -> Value {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "literals that MySQL does not have"
    )]
    match value {
        Literal::Number(..) | Literal::Boolean(_) => Value::Number,
        Literal::SingleQuotedString(_)
        | Literal::DoubleQuotedString(_)
        | Literal::NationalStringLiteral(_) => Value::Text,
        Literal::HexStringLiteral(_) | Literal::SingleQuotedByteStringLiteral(_) => Value::Bytes,
        Literal::Null => Value::Null,
        _ => Value::Unknown,
    }
}

fn like(pattern: &Expr, negated: bool) -> Test {
    let mut text = None;
    if let Expr::Value(value) = pattern {
        text = value.value.clone().into_string();
    }
    match text {
        _ if negated => Test::Differs,
        Some(text) if text.starts_with(['%', '_']) => Test::Pattern {
            leading_wildcard: true,
        },
        Some(_) => Test::Prefix,
        None => Test::Pattern {
            leading_wildcard: false,
        },
    }
}

/// What the column is put into.
fn function(expr: &Expr) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what has no better name is an expression"
    )]
    match expr {
        Expr::Nested(inner) => function(inner),
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(|part| part.as_ident());
            name.map_or_else(String::new, |name| name.value.to_uppercase())
        }
        Expr::Cast { .. } => "CAST".into(),
        Expr::Convert { .. } => "CONVERT".into(),
        Expr::Collate { .. } => "COLLATE".into(),
        Expr::Extract { .. } => "EXTRACT".into(),
        Expr::Substring { .. } => "SUBSTRING".into(),
        Expr::Trim { .. } => "TRIM".into(),
        Expr::Ceil { .. } => "CEIL".into(),
        Expr::Floor { .. } => "FLOOR".into(),
        Expr::BinaryOp {
            op: BinaryOperator::Plus,
            ..
        } => "+".into(),
        Expr::BinaryOp {
            op: BinaryOperator::Minus,
            ..
        }
        | Expr::UnaryOp { .. } => "-".into(),
        Expr::BinaryOp {
            op: BinaryOperator::Multiply,
            ..
        } => "*".into(),
        Expr::BinaryOp {
            op: BinaryOperator::Divide,
            ..
        } => "/".into(),
        _ => "an expression".into(),
    }
}

fn turned(op: &BinaryOperator) -> BinaryOperator {
    use BinaryOperator::{Gt, GtEq, Lt, LtEq};
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are the same from both sides"
    )]
    match op {
        Lt => Gt,
        LtEq => GtEq,
        Gt => Lt,
        GtEq => LtEq,
        same => same.clone(),
    }
}

/// The subquery of `(SELECT COUNT(*) ..) > 0`, `>= 1`, `<> 0`, `= 0` and `< 1`, from either side, and whether it is asked that there is no row: nothing else
/// is asked.
pub(crate) fn counted<'a>(
    left: &'a Expr,
    op: &BinaryOperator,
    right: &'a Expr,
) -> Option<(&'a Query, bool)> {
    if matches!(right, Expr::Subquery(_)) {
        return counted_first(right, &turned(op), left);
    }
    counted_first(left, op, right)
}

fn counted_first<'a>(
    left: &'a Expr,
    op: &BinaryOperator,
    right: &Expr,
) -> Option<(&'a Query, bool)> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, NotEq};
    let (Expr::Subquery(query), Expr::Value(value)) = (left, right) else {
        return None;
    };
    let Literal::Number(number, _) = &value.value else {
        return None;
    };
    let asks = matches!(
        (op, number.as_str()),
        (Gt | NotEq | Eq, "0") | (GtEq | Lt, "1")
    );
    (asks && counts_all(query)).then_some((query, matches!(op, Eq | Lt)))
}

/// Whether all that a query selects is `COUNT(*)`, of all rows at once.
fn counts_all(query: &Query) -> bool {
    use sqlparser::ast::{GroupByExpr, SelectItem};
    let Some(select) = query.body.as_select() else {
        return false;
    };
    let grouped = match &select.group_by {
        GroupByExpr::Expressions(by, _) => !by.is_empty(),
        GroupByExpr::All(_) => true,
    };
    let plain = query.with.is_none() && query.limit_clause.is_none() && query.locks.is_empty();
    let plain = plain && !grouped && select.having.is_none();
    let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else {
        return false;
    };
    let text = function.to_string();
    plain && (text.eq_ignore_ascii_case("COUNT(*)") || text.eq_ignore_ascii_case("COUNT(1)"))
}
