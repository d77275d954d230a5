//! From the parser's tree to facts.
//!
//! Blocks are found in the order in which they are written, each before those in it. Names are kept as they are written: what they
//! mean is decided with the schema, in `access`.

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Delete, Expr, FromTable, Function, FunctionArguments, GroupByExpr, Insert, Join,
    JoinConstraint, JoinOperator, LimitClause, ObjectName, OrderBy, OrderByExpr, OrderByKind,
    OrderBySort, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier, TableFactor,
    TableWithJoins, Update, Visit, Visitor,
};

use super::columns::{column, columns};
use super::condition::Conditions;
use super::facts::{
    Block, ColumnRef, DEEP_OFFSET, Key, Kind, Limit, Place, Predicate, Selected, TableRef, Test,
    Union,
};

/// What `tree` does, and its blocks.
pub(super) fn statement(tree: &ast::Statement) -> (Kind, Vec<Block>) {
    let mut read = Read::default();
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a hundred kinds of statements, of which four have tables to look at"
    )]
    let kind = match tree {
        ast::Statement::Query(query) => {
            read.query(query, Place::Outer, None);
            Kind::Select
        }
        ast::Statement::Insert(insert) => {
            read.insert(insert);
            Kind::Insert
        }
        ast::Statement::Update(update) => {
            read.update(update);
            Kind::Update
        }
        ast::Statement::Delete(delete) => {
            read.delete(delete);
            Kind::Delete
        }
        _ => Kind::Other,
    };
    (kind, read.blocks)
}

#[derive(Default)]
struct Read {
    blocks: Vec<Block>,
    /// The names of WITH: none of them is a table of the schema, whatever it is called.
    common: Vec<String>,
}

/// A block without anything in it.
fn empty(place: Place, parent: Option<usize>) -> Block {
    Block {
        place,
        parent,
        tables: Vec::new(),
        predicates: Vec::new(),
        alternatives: Vec::new(),
        sort: Vec::new(),
        group: Vec::new(),
        selected: Vec::new(),
        columns: Vec::new(),
        distinct: false,
        aggregate: false,
        plain_having: false,
        limit: None,
        union: None,
        cross_join: false,
        counts_to_exist: false,
    }
}

impl Read {
    fn query(&mut self, query: &Query, place: Place, parent: Option<usize>) {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.common.push(cte.alias.name.value.clone());
            self.query(&cte.query, Place::Derived, parent);
        }
        let first = self.blocks.len();
        self.arms(&query.body, place, parent, None);
        // A single SELECT is sorted and cut itself; of a UNION, the whole is.
        if query.body.as_select().is_some()
            && let Some(block) = self.blocks.get_mut(first)
        {
            block.limit = query.limit_clause.as_ref().map(limit);
            let order = query.order_by.as_ref();
            let keys = order.map(keys).unwrap_or_default();
            block.sort = keys.iter().map(|key| self::key(key, &query.body)).collect();
            for key in keys {
                name(block, columns(&key.expr));
            }
        }
    }

    fn arms(&mut self, body: &SetExpr, place: Place, parent: Option<usize>, union: Option<Union>) {
        match body {
            SetExpr::Select(select) => self.select(select, place, parent, union),
            SetExpr::Query(query) => self.query(query, place, parent),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                self.arms(left, place, parent, union);
                let how = match (op, set_quantifier) {
                    (SetOperator::Union, SetQuantifier::All) => Union::All,
                    (SetOperator::Union, SetQuantifier::None | SetQuantifier::Distinct) => {
                        Union::Distinct
                    }
                    (
                        SetOperator::Union
                        | SetOperator::Except
                        | SetOperator::Intersect
                        | SetOperator::Minus,
                        _,
                    ) => Union::Other,
                };
                self.arms(right, place, parent, Some(how));
            }
            SetExpr::Values(_)
            | SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => {}
        }
    }

    fn select(
        &mut self,
        select: &Select,
        place: Place,
        parent: Option<usize>,
        union: Option<Union>,
    ) {
        let mut block = empty(place, parent);
        block.union = union;
        block.distinct = select.distinct.is_some();
        block.selected = select.projection.iter().map(selected).collect();
        block.aggregate = select.projection.iter().any(aggregates)
            || select.having.as_ref().is_some_and(aggregates);
        block.plain_having = select
            .having
            .as_ref()
            .is_some_and(|having| !aggregates(having) && !columns(having).is_empty());
        if let GroupByExpr::Expressions(by, _) = &select.group_by {
            block.group = by
                .iter()
                .map(|expr| grouped(expr, &select.projection))
                .collect();
        }
        for part in &select.projection {
            name(&mut block, columns(part));
        }
        name(&mut block, columns(&select.group_by));
        if let Some(having) = &select.having {
            name(&mut block, columns(having));
        }
        self.block(block, &select.from, select.selection.as_ref(), |inner| {
            let _ = select.projection.visit(inner);
            let _ = select.having.visit(inner);
        });
    }

    fn insert(&mut self, insert: &Insert) {
        if let Some(source) = &insert.source {
            self.query(source, Place::Outer, None);
        }
    }

    fn update(&mut self, update: &Update) {
        let mut block = empty(Place::Outer, None);
        block.sort = update
            .order_by
            .iter()
            .map(|key| sort_key(key, &[]))
            .collect();
        name(&mut block, columns(&update.assignments));
        self.block(
            block,
            std::slice::from_ref(&update.table),
            update.selection.as_ref(),
            |inner| {
                let _ = update.assignments.visit(inner);
            },
        );
    }

    fn delete(&mut self, delete: &Delete) {
        let mut block = empty(Place::Outer, None);
        block.sort = delete
            .order_by
            .iter()
            .map(|key| sort_key(key, &[]))
            .collect();
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let from = delete.using.as_ref().unwrap_or(from);
        self.block(block, from, delete.selection.as_ref(), |_| {});
    }

    /// Reads FROM and WHERE into `block`, then what stands in it.
    fn block(
        &mut self,
        mut block: Block,
        from: &[TableWithJoins],
        selection: Option<&Expr>,
        others: impl FnOnce(&mut Inner<'_>),
    ) {
        let number = self.blocks.len();
        let mut conditions = Conditions::default();
        let mut derived = Vec::new();
        for item in from {
            block.cross_join |= !block.tables.is_empty();
            tables(
                &item.relation,
                false,
                &mut block.tables,
                &mut derived,
                &mut conditions,
            );
            for join in &item.joins {
                self::join(join, &mut block, &mut derived, &mut conditions);
            }
        }
        if let Some(selection) = selection {
            conditions.add(selection, false);
            name(&mut block, columns(selection));
        }
        for item in from {
            name(&mut block, columns(item));
        }
        for table in &mut block.tables {
            let common = |name: &String| self.common.iter().any(|of| of.eq_ignore_ascii_case(name));
            table.name = table
                .name
                .take()
                .filter(|name| table.schema.is_some() || !common(name));
        }
        block.predicates = conditions.predicates;
        block.alternatives = conditions.alternatives;
        block.cross_join &= !conditions.relates;
        block.counts_to_exist = !conditions.counted.is_empty();
        self.blocks.push(block);

        for query in derived {
            self.query(query, Place::Derived, Some(number));
        }
        let mut inner = Inner {
            read: self,
            outer: number,
            asked: &conditions.subqueries,
            depth: 0,
        };
        let joins = from.iter().flat_map(|item| &item.joins);
        for expr in selection.into_iter().chain(joins.filter_map(on)) {
            let _ = expr.visit(&mut inner);
        }
        others(&mut inner);
    }

    /// Tells predicate number `predicate` of block `outer` that its subquery is block `inner`.
    fn link(&mut self, outer: usize, predicate: usize, inner: usize) {
        let column = match self
            .blocks
            .get(inner)
            .map(|block| block.selected.as_slice())
        {
            Some([Selected::Column(column)]) => Some(column.clone()),
            Some(_) | None => None,
        };
        if let Some(Predicate {
            test: Test::InSubquery { block, selects, .. },
            ..
        }) = self.blocks[outer].predicates.get_mut(predicate)
        {
            *block = inner;
            *selects = column;
        }
    }
}

/// Adds columns that are not there yet.
fn name(block: &mut Block, columns: Vec<ColumnRef>) {
    for column in columns {
        if !block.columns.contains(&column) {
            block.columns.push(column);
        }
    }
}

fn tables<'a>(
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

fn join<'a>(
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

fn on(join: &Join) -> Option<&Expr> {
    match constraint(&join.join_operator)? {
        JoinConstraint::On(on) => Some(on),
        JoinConstraint::Using(_)
        | JoinConstraint::UsingAlias(..)
        | JoinConstraint::Natural
        | JoinConstraint::None => None,
    }
}

/// `schema.table`.
pub(super) fn split(name: &ObjectName) -> (Option<String>, String) {
    let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident());
    let last = parts
        .next()
        .map_or_else(String::new, |ident| ident.value.clone());
    (parts.next().map(|ident| ident.value.clone()), last)
}

fn selected(item: &SelectItem) -> Selected {
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

fn key(key: &OrderByExpr, body: &SetExpr) -> Key {
    let projection = body
        .as_select()
        .map_or(&[][..], |select| &select.projection);
    sort_key(key, projection)
}

fn sort_key(key: &OrderByExpr, projection: &[SelectItem]) -> Key {
    let descending = matches!(key.options.sort, Some(OrderBySort::Desc));
    match grouped(&key.expr, projection) {
        Key::Column { column, .. } => Key::Column { column, descending },
        other @ (Key::Random | Key::Expression) => other,
    }
}

/// What `expr` sorts or groups by, where it may be the number or the alias of something selected.
fn grouped(expr: &Expr, projection: &[SelectItem]) -> Key {
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

fn limit(clause: &LimitClause) -> Limit {
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

/// Reads the queries that stand in an expression, the outermost only: each reads those in it.
struct Inner<'r> {
    read: &'r mut Read,
    outer: usize,
    asked: &'r [(usize, &'r Query)],
    depth: usize,
}

impl Visitor for Inner<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        if self.depth > 1 {
            return ControlFlow::Continue(());
        }
        let first = self.read.blocks.len();
        self.read.query(query, Place::Subquery, Some(self.outer));
        let of = self
            .asked
            .iter()
            .find(|(_, asked)| std::ptr::eq(*asked, query));
        if let Some(&(predicate, _)) = of {
            self.read.link(self.outer, predicate, first);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}
