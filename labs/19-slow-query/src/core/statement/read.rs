//! From the parser's tree to facts.
//!
//! Blocks are found in the order in which they are written, each before those in it. Names are kept as they are written: what they
//! mean is decided with the schema, in `access`.

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Delete, Expr, FromTable, GroupByExpr, Insert, Query, Select, SetExpr, SetOperator,
    SetQuantifier, TableWithJoins, Update, Visit, Visitor,
};

use super::columns::columns;
use super::condition::Conditions;
use super::facts::{Block, ColumnRef, Kind, Place, Predicate, Selected, Test, Union};
use super::from::{joined, on, tables};
use super::keys::{aggregates, grouped, keys, limit, selected, sort_key};

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
        if let Some(select) = query.body.as_select()
            && let Some(block) = self.blocks.get_mut(first)
        {
            let projection = &select.projection;
            block.limit = query.limit_clause.as_ref().map(limit);
            let order = query.order_by.as_ref();
            let keys = order.map(keys).unwrap_or_default();
            block.sort = keys.iter().map(|key| sort_key(key, projection)).collect();
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
                joined(join, &mut block, &mut derived, &mut conditions);
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
