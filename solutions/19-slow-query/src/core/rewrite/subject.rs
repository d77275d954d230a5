//! A statement that may be rewritten: one SELECT, without anything whose repetition or order could matter.

use std::ops::ControlFlow;

use sqlparser::ast::{self, Expr, Query, Select, SelectItem, TableFactor, Visit, Visitor};

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

/// Functions that have one value for the same arguments, in one statement. Others (RAND, UUID, GET_LOCK, LAST_INSERT_ID, whatever is stored) may not: a statement that
/// names one is not rewritten.
const PURE: [&str; 70] = [
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
    "GROUP_CONCAT",
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
        if !plain || statement.operators() > MAX_OPERATORS || !is_pure(statement.tree()) {
            return None;
        }
        let names = Names {
            blocks: statement.blocks(),
            schema,
        };
        Some(Self {
            query,
            select,
            block: statement.blocks().first()?,
            names,
        })
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
        let table = self.names.known(0, 0).unwrap_or(&NOTHING);
        order::total_key(&sorted, table).filter(|_| one)
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

static NOTHING: Table = Table {
    columns: Vec::new(),
    indexes: Vec::new(),
    rows: 0,
    engine: String::new(),
};

/// Whether `tree` names no variable, and no function but those of [`PURE`].
fn is_pure(tree: &ast::Statement) -> bool {
    struct Impure;
    impl Visitor for Impure {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "sixty kinds of expressions, of which two may be impure"
            )]
            let pure = match expr {
                Expr::Function(function) => {
                    let name = function.name.to_string().to_uppercase();
                    PURE.contains(&name.as_str())
                }
                Expr::Identifier(name) => !name.value.starts_with('@'),
                _ => true,
            };
            if pure {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        }
    }
    tree.visit(&mut Impure).is_continue()
}
