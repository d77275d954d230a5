//! `x IN (SELECT y ..)`: a join with the different values of `y`.
//!
//! Why DISTINCT: a join returns a row for each match, IN one. With it each `x` has at most one; NULL matches nothing in either. The subquery stays as it is, so no name
//! in it changes its meaning; but it must not name anything of the outer statement, which a derived table cannot see.

use sqlparser::ast::{
    self, BinaryOperator, Distinct, Expr, InTarget, Join, JoinConstraint, JoinOperator, Select,
    SelectItem, TableWithJoins,
};

use super::build::{
    all_of, binary, column_of, conjuncts, derived, ident, query, with_select, without,
};
use super::not_in::{sides, simple};
use super::subject::Subject;
use crate::core::statement::columns::has_subquery;

/// The name of the values in the derived table.
const VALUE: &str = "found_value";

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let single = subject.single()?;
    let selection = subject.select.selection.as_ref()?;
    let starred = |item: &SelectItem| matches!(item, SelectItem::QualifiedWildcard(..));
    if subject.select.projection.iter().any(starred) || single.table.column(VALUE).is_some() {
        return None;
    }
    conjuncts(selection)
        .into_iter()
        .enumerate()
        .find_map(|(place, condition)| {
            let Expr::In {
                expr,
                target: InTarget::Subquery(inner),
                negated: false,
                ..
            } = condition
            else {
                return None;
            };
            let (outer, of, block) = sides(subject, expr, inner, false)?;
            let select = simple(inner)?;
            if has_subquery(&select.selection) || !is_independent(subject, block) {
                return None;
            }
            let name = subject.fresh("found");
            let selected = SelectItem::ExprWithAlias {
                expr: of.written,
                alias: ident(VALUE),
            };
            let values = Select {
                projection: vec![selected],
                distinct: Some(Distinct::Distinct),
                ..select.clone()
            };
            let on = binary(column_of(&name, VALUE), BinaryOperator::Eq, outer.written);
            let join = Join {
                relation: derived(query(values), &name),
                global: false,
                join_operator: JoinOperator::Join(JoinConstraint::On(on)),
            };
            let projection = subject.select.projection.iter().map(|item| match item {
                SelectItem::Wildcard(_) => all_of(single.alias),
                SelectItem::UnnamedExpr(_)
                | SelectItem::ExprWithAlias { .. }
                | SelectItem::ExprWithAliases { .. }
                | SelectItem::QualifiedWildcard(..) => item.clone(),
            });
            let select = Select {
                projection: projection.collect(),
                from: vec![TableWithJoins {
                    relation: single.factor.clone(),
                    joins: vec![join],
                }],
                selection: without(selection, place, []),
                ..subject.select.clone()
            };
            Some(with_select(subject.query, select))
        })
}

/// Whether every column that a subquery names is one of its own tables.
fn is_independent(subject: &Subject<'_>, block: usize) -> bool {
    let mut columns = subject.names.blocks[block].columns.iter();
    columns.all(|column| subject.names.resolve(block, column).is_some())
}
