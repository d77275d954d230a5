//! FROM: tables by the names that they have in a statement, and the conditions of their joins.

use sqlparser::ast::{Expr, Join, JoinConstraint, JoinOperator, ObjectName, Query, TableFactor};

use super::condition::Conditions;
use super::facts::{Block, ColumnRef, Predicate, TableRef, Test};

/// Adds the tables of `factor`, its derived tables, and the conditions of its joins.
pub(super) fn tables<'a>(
    factor: &'a TableFactor,
    optional: bool,
    found: &mut Vec<TableRef>,
    derived: &mut Vec<&'a Query>,
    conditions: &mut Conditions<'a>,
) {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "tables that MySQL does not have, or whose columns are not known"
    )]
    match factor {
        TableFactor::Table { name, alias, .. } => {
            let (schema, table) = split(name);
            let alias = alias
                .as_ref()
                .map_or_else(|| table.clone(), |alias| alias.name.value.clone());
            found.push(TableRef {
                name: Some(table),
                alias,
                schema,
                optional,
            });
        }
        TableFactor::Derived {
            subquery, alias, ..
        } => {
            let alias = alias
                .as_ref()
                .map_or_else(String::new, |alias| alias.name.value.clone());
            found.push(TableRef {
                name: None,
                alias,
                schema: None,
                optional,
            });
            derived.push(subquery);
        }
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => {
            tables(
                &table_with_joins.relation,
                optional,
                found,
                derived,
                conditions,
            );
            for join in &table_with_joins.joins {
                let inner = optional || outer(&join.join_operator);
                tables(&join.relation, inner, found, derived, conditions);
                if let Some(on) = on(join) {
                    conditions.add(on, inner);
                }
            }
        }
        _ => found.push(TableRef {
            name: None,
            alias: String::new(),
            schema: None,
            optional,
        }),
    }
}

/// Adds the tables and conditions of a join to `block`.
pub(super) fn joined<'a>(
    join: &'a Join,
    block: &mut Block,
    derived: &mut Vec<&'a Query>,
    conditions: &mut Conditions<'a>,
) {
    let optional = outer(&join.join_operator);
    let right = matches!(
        join.join_operator,
        JoinOperator::Right(_) | JoinOperator::RightOuter(_)
    );
    if right {
        for table in &mut block.tables {
            table.optional = true;
        }
    }
    let before = block.tables.last().map(|table| table.alias.clone());
    tables(
        &join.relation,
        optional && !right,
        &mut block.tables,
        derived,
        conditions,
    );
    match constraint(&join.join_operator) {
        Some(JoinConstraint::On(on)) => conditions.add(on, optional),
        Some(JoinConstraint::Using(names) | JoinConstraint::UsingAlias(names, _)) => {
            let (Some(one), Some(other)) = (before, block.tables.last()) else {
                return;
            };
            for name in names {
                let (_, name) = split(name);
                let of = |table: &str| ColumnRef {
                    table: Some(table.to_owned()),
                    name: name.clone(),
                };
                let (one, other) = (of(&one), of(&other.alias));
                let joins = |column, other| Predicate {
                    column,
                    test: Test::Joins(other),
                    optional,
                };
                conditions
                    .predicates
                    .push(joins(one.clone(), other.clone()));
                conditions.predicates.push(joins(other, one));
            }
        }
        Some(JoinConstraint::Natural) => {}
        Some(JoinConstraint::None) | None => block.cross_join = true,
    }
}

fn outer(operator: &JoinOperator) -> bool {
    use JoinOperator::{FullOuter, Left, LeftOuter, Right, RightOuter};
    matches!(
        operator,
        Left(_) | LeftOuter(_) | Right(_) | RightOuter(_) | FullOuter(_)
    )
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator::{
        CrossJoin, FullOuter, Inner, Left, LeftOuter, Right, RightOuter, StraightJoin,
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "joins that MySQL does not have"
    )]
    match operator {
        JoinOperator::Join(with)
        | Inner(with)
        | Left(with)
        | LeftOuter(with)
        | Right(with)
        | RightOuter(with) => Some(with),
        FullOuter(with) | CrossJoin(with) | StraightJoin(with) => Some(with),
        _ => None,
    }
}

/// The condition of a join.
pub(super) fn on(join: &Join) -> Option<&Expr> {
    match constraint(&join.join_operator)? {
        JoinConstraint::On(on) => Some(on),
        JoinConstraint::Using(_)
        | JoinConstraint::UsingAlias(..)
        | JoinConstraint::Natural
        | JoinConstraint::None => None,
    }
}

/// `schema.table`.
fn split(name: &ObjectName) -> (Option<String>, String) {
    let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident());
    let last = parts
        .next()
        .map_or_else(String::new, |ident| ident.value.clone());
    (parts.next().map(|ident| ident.value.clone()), last)
}
