//! `x NOT IN (SELECT y ..)`: NOT EXISTS, with what NULL means said aloud.
//!
//! NOT IN is true only if `x <> y` is true for every `y`. It is unknown where a `y` is NULL, or where `x` is and there is a `y` at all, and WHERE drops what is unknown. NOT EXISTS
//! is never unknown. So the subquery must find a row also where one of the two is NULL, unless the schema says that it cannot be.
//! As a condition of WHERE both then let the same rows through; anywhere else, unknown and false are not the same.

use sqlparser::ast::{self, BinaryOperator, Expr, InTarget, Query, Select, SelectItem, SetExpr};

use super::build::{
    all, binary, column_of, conjuncts, nested, number, query, with_select, without,
};
use super::subject::Subject;
use crate::core::schema::{Column, Kind};
use crate::core::statement::columns::column;
use crate::core::statement::facts::Test;
use crate::core::statement::keys::aggregates;

/// One side of the comparison.
pub(super) struct Side<'a> {
    /// The column as it is written in the new statement.
    pub written: Expr,
    /// What the schema says of it.
    pub column: &'a Column,
}

pub(super) fn rewrite(subject: &Subject<'_>) -> Option<ast::Query> {
    let selection = subject.select.selection.as_ref()?;
    conjuncts(selection)
        .into_iter()
        .enumerate()
        .find_map(|(place, condition)| {
            let Expr::In {
                expr,
                target: InTarget::Subquery(inner),
                negated: true,
                ..
            } = condition
            else {
                return None;
            };
            let (outer, found, _) = sides(subject, expr, inner, true)?;
            let select = inner.body.as_select()?;
            let conditions = select
                .selection
                .iter()
                .cloned()
                .chain([found_by(&outer, &found)]);
            let select = Select {
                projection: vec![SelectItem::UnnamedExpr(number(1))],
                distinct: None,
                selection: all(conditions),
                ..select.clone()
            };
            let exists = Expr::Exists {
                subquery: Box::new(query(select)),
                negated: true,
            };
            let selection = without(selection, place, [exists]);
            Some(with_select(
                subject.query,
                Select {
                    selection,
                    ..subject.select.clone()
                },
            ))
        })
}

/// The condition by which the subquery of NOT EXISTS finds a row exactly where `outer NOT IN (.. inner ..)` is not true.
fn found_by(outer: &Side<'_>, inner: &Side<'_>) -> Expr {
    // ANCHOR: stage4_found_by
    todo!("stage 4: found by")
    // ANCHOR_END: stage4_found_by
}

/// Both sides of `expr IN (inner)`, or NOT IN: columns of the same type, by names that mean the same inside of the subquery as outside; and the number of the subquery's block.
pub(super) fn sides<'a>(
    subject: &Subject<'a>,
    expr: &Expr,
    inner: &Query,
    negated: bool,
) -> Option<(Side<'a>, Side<'a>, usize)> {
    let select = simple(inner)?;
    let [SelectItem::UnnamedExpr(selected) | SelectItem::ExprWithAlias { expr: selected, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    let this = subject.block.predicates.iter().filter_map(|predicate| {
        let Test::InSubquery {
            negated: by,
            block,
            selects,
        } = &predicate.test
        else {
            return None;
        };
        let same = *by == negated
            && *selects == column(selected)
            && Some(&predicate.column) == column(expr).as_ref();
        same.then_some(*block)
    });
    // Of two that look alike in this, it is not known which is which.
    let [block] = this.collect::<Vec<_>>()[..] else {
        return None;
    };
    let names = &subject.names;
    let (place, of_outer) = names.resolve(0, &column(expr)?)?;
    let outer_table = &subject.block.tables[place].alias;
    let (at, of_inner) = names.resolve(block, &column(selected)?)?;
    let inner_tables = &names.blocks[block].tables;
    // Inside, an alias of the subquery would hide the outer one.
    let hidden = inner_tables
        .iter()
        .any(|table| table.alias.eq_ignore_ascii_case(outer_table));
    if hidden || !compare_exactly(of_outer, of_inner) {
        return None;
    }
    let side = |table: &str, column: &'a Column| Side {
        written: column_of(table, &column.name),
        column,
    };
    Some((
        side(outer_table, of_outer),
        side(&inner_tables[at].alias, of_inner),
        block,
    ))
}

/// Whether values of two columns are equal only if they are the same value: whole numbers, texts of one collation, or columns of one type. A double is equal to several
/// decimals, and where clocks go back a DATETIME to two TIMESTAMPs.
fn compare_exactly(one: &Column, other: &Column) -> bool {
    let base = |column: &Column| {
        let name = column.type_name.to_ascii_lowercase();
        name.split(['(', ' ']).next().unwrap_or_default().to_owned()
    };
    let whole = |column: &Column| base(column).ends_with("int");
    match (one.kind, other.kind) {
        (Kind::Number, Kind::Number) => {
            (whole(one) && whole(other)) || one.type_name == other.type_name
        }
        (Kind::Text, Kind::Text) => one.collation == other.collation,
        (Kind::Moment, Kind::Moment) | (Kind::Bytes, Kind::Bytes) => base(one) == base(other),
        (Kind::Number | Kind::Text | Kind::Moment | Kind::Bytes | Kind::Other, _) => false,
    }
}

/// The SELECT of a subquery that has a row for each row of its tables: nothing is grouped, counted or cut.
pub(super) fn simple(query: &Query) -> Option<&Select> {
    let SetExpr::Select(select) = &*query.body else {
        return None;
    };
    let uncut = query.with.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && query.locks.is_empty();
    let grouped = match &select.group_by {
        ast::GroupByExpr::Expressions(by, with) => !by.is_empty() || !with.is_empty(),
        ast::GroupByExpr::All(_) => true,
    };
    let plain = uncut
        && !grouped
        && select.having.is_none()
        && !aggregates(&select.projection)
        && select.into.is_none();
    plain.then_some(select)
}
