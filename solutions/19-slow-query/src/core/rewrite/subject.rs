//! A statement that may be rewritten: one SELECT, without anything whose repetition or order could matter.

use sqlparser::ast::{self, Expr, Query, Select, SelectItem, TableFactor};

use super::exact;
use super::order;
use crate::core::schema::{Column, Index, Schema, Table};
use crate::core::statement::Statement;
use crate::core::statement::access::Names;
use crate::core::statement::columns::column;
use crate::core::statement::facts::{Block, Key};

/// What a rewrite looks at.
pub(super) struct Subject<'a> {
    /// The query.
    pub query: &'a Query,
    /// Its SELECT.
    pub select: &'a Select,
    /// The facts of it.
    pub block: &'a Block,
    /// What names mean.
    pub names: Names<'a>,
}

/// The only table of a SELECT.
pub(super) struct Single<'a> {
    /// Its name, as it is written in FROM.
    pub factor: &'a TableFactor,
    /// What it is called.
    pub alias: &'a str,
    /// What it is.
    pub table: &'a Table,
}

/// The most operators and keywords of a statement that is rewritten. A tree is copied and compared, which takes some 4 KiB of the stack for each
/// level in a debug build: with 450 of them a thread's 2 MiB are used up.
const MAX_OPERATORS: usize = 120;

impl<'a> Subject<'a> {
    /// `statement`, if it may be rewritten: a SELECT that only reads, names no variable, and calls no function but pure ones.
    pub(super) fn of(statement: &'a Statement, schema: &'a Schema) -> Option<Self> {
        let ast::Statement::Query(query) = statement.tree() else {
            return None;
        };
        let select = query.body.as_select()?;
        let plain = query.with.is_none()
            && query.locks.is_empty()
            && query.fetch.is_none()
            && select.into.is_none();
        let plain = plain
            && select.select_modifiers.is_none()
            && select.optimizer_hints.is_empty()
            && select.top.is_none();
        if !plain
            || statement.is_conditional()
            || statement.operators() > MAX_OPERATORS
            || !exact::is_pure(statement.tree())
        {
            return None;
        }
        let names = Names {
            blocks: statement.blocks(),
            schema,
        };
        let subject = Self {
            query,
            select,
            block: statement.blocks().first()?,
            names,
        };
        subject.is_determined(statement.tree()).then_some(subject)
    }

    /// Whether the statement itself decides its rows: a LIMIT cuts rows that are in a total order, and what is grouped has one value for a group.
    fn is_determined(&self, tree: &ast::Statement) -> bool {
        let cut = |block: &Block| block.limit.is_some();
        let outer = !cut(self.block) || self.total_key().is_some();
        outer
            && !self.names.blocks[1..].iter().any(cut)
            && exact::groups(&self.names)
            && exact::functions(&self.names, tree)
    }

    /// The only table of the statement, if it is one that the schema knows.
    pub(super) fn single(&self) -> Option<Single<'a>> {
        let [from] = self.select.from.as_slice() else {
            return None;
        };
        // Hints are somebody's decision; `FOR SYSTEM_TIME` and samples are other rows.
        let TableFactor::Table {
            args: None,
            with_hints,
            version: None,
            partitions,
            sample: None,
            index_directives,
            ..
        } = &from.relation
        else {
            return None;
        };
        let plain = with_hints.is_empty()
            && partitions.is_empty()
            && index_directives.is_empty()
            && from.joins.is_empty();
        let table = self.names.known(0, 0)?;
        let alias = &self.block.tables.first()?.alias;
        plain.then_some(Single {
            factor: &from.relation,
            alias,
            table,
        })
    }

    /// The columns of ORDER BY, by the schema's names, if that is all there is.
    pub(super) fn sorted(&self) -> Option<Vec<&'a str>> {
        let keys = self.block.sort.iter().map(|key| match key {
            Key::Column { column, .. } => self
                .names
                .resolve(0, column)
                .map(|(_, column)| column.name.as_str()),
            Key::Random | Key::Expression => None,
        });
        keys.collect()
    }

    /// The key by which the rows are ordered without ties.
    pub(super) fn total_key(&self) -> Option<&'a Index> {
        let sorted = self.sorted().unwrap_or_default();
        let one =
            self.block.tables.len() == 1 && !self.block.aggregate && self.block.group.is_empty();
        order::total_key(&sorted, self.names.known(0, 0)?).filter(|_| one)
    }

    /// Whether one row of the table is one row of the result: nothing is grouped, counted or made distinct.
    pub(super) fn is_row_by_row(&self) -> bool {
        let block = self.block;
        !block.distinct
            && !block.aggregate
            && block.group.is_empty()
            && self.select.having.is_none()
    }

    /// The column that `expr` is, if the outer SELECT has it.
    pub(super) fn column(&self, expr: &Expr) -> Option<&'a Column> {
        Some(self.names.resolve(0, &column(expr)?)?.1)
    }

    /// Whether ORDER BY, GROUP BY or HAVING may mean by `name` something else that is selected under it.
    pub(super) fn is_alias(&self, name: &str) -> bool {
        self.select.projection.iter().any(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => alias.value.eq_ignore_ascii_case(name),
            SelectItem::ExprWithAliases { .. } => true,
            SelectItem::UnnamedExpr(_)
            | SelectItem::QualifiedWildcard(..)
            | SelectItem::Wildcard(_) => false,
        })
    }

    /// A name that no table of the statement has.
    pub(super) fn fresh(&self, wish: &str) -> String {
        let taken = |name: &str| {
            self.names
                .blocks
                .iter()
                .flat_map(|block| &block.tables)
                .any(|table| table.alias.eq_ignore_ascii_case(name))
        };
        let mut name = wish.to_owned();
        while taken(&name) {
            name.push('_');
        }
        name
    }
}
