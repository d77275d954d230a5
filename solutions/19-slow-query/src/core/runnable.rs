//! Which statements of a log a server may be asked about, and in which form.
//!
//! A log's text was written by whoever could reach the server: it is untrusted. What passes here is one SELECT, or the SELECT that finds the rows
//! which an UPDATE or a DELETE would change: it reads as much, and a session that may only read can explain and run it (`EXPLAIN UPDATE` is refused in
//! one). Anything that would leave the tables is refused: files, locks, sleeps, variables, other schemas, functions that are not the server's own, and comments
//! that a server executes (`/*! .. */`), because those are not what a parser thinks they are. The session's own limits hold behind this.
//! What must stay true: what is run is what was parsed, as one statement; and a refusal holds no text of the statement.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a tree of forty dialects: what is not named here is refused, or harmless by itself"
)]

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;

use serde::Serialize;
use sqlparser::ast::{
    Delete, Expr, FromTable, LimitClause, ObjectName, Offset, OrderBy, OrderByExpr, OrderByKind,
    Query, Select, SetExpr, Statement, TableFactor, TableWithJoins, Update, Visit, VisitMut,
    Visitor, VisitorMut,
};

use super::functions::is_of_the_server;
use super::statement::tree;

/// A statement that may be explained and, on a scratch server, run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runnable {
    sql: String,
    stands_for: bool,
    ordered: bool,
    tables: BTreeSet<String>,
}

/// Why a statement is not asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It is longer than [`LONGEST`].
    TooLong,
    /// A comment that a server executes.
    ExecutableComment,
    /// No MySQL statement that is understood, or several.
    NotParsed,
    /// Neither SELECT, UPDATE nor DELETE; an INSERT finds no rows.
    Kind,
    /// `INTO OUTFILE`, `INTO @variable`.
    Into,
    /// A function that waits, locks, reads files or has effects.
    Function,
    /// A function that is none of the server's own: what it does is not known.
    StoredFunction,
    /// A variable: what it holds is not known.
    Variable,
    /// A parameter whose value the log does not tell.
    Placeholder,
    /// A table of another schema.
    AnotherSchema,
    /// It reads no table.
    NoTable,
}

/// The longest statement that is looked at: a longer one is a bulk insert or a list of ids, and its tree would be deep.
pub const LONGEST: usize = 64 * 1024;

/// Functions with effects, or without an end. Besides these the session cannot write, and everything has a time-out.
const EFFECTS: [&str; 17] = [
    "benchmark",
    "get_lock",
    "is_free_lock",
    "is_used_lock",
    "last_insert_id",
    "lastval",
    "load_file",
    "master_gtid_wait",
    "master_pos_wait",
    "nextval",
    "release_all_locks",
    "release_lock",
    "setval",
    "sleep",
    "source_pos_wait",
    "wait_for_executed_gtid_set",
    "wait_until_sql_thread_after_gtids",
];

impl Runnable {
    /// Reads `sql`, which ran in `schema`.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn read(sql: &str, schema: &str) -> Result<Self, Refusal> {
        if sql.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
        // Inside a string it is harmless, and not worth finding out.
        if sql.contains("/*!") || sql.contains("/*M!") {
            return Err(Refusal::ExecutableComment);
        }
        let mut statement = parse(sql)?;
        look(&statement)?;
        let mut changed = unqualify(&mut statement, schema)?;
        let (query, stands_for) = match statement {
            Statement::Query(query) => (query, false),
            Statement::Update(update) => (finds_updated(update)?, true),
            Statement::Delete(delete) => (finds_deleted(delete)?, true),
            _ => return Err(Refusal::Kind),
        };
        let mut query = query;
        changed |= stands_for | unlock(&mut query);
        let tables = tables(&query);
        if tables.is_empty() {
            return Err(Refusal::NoTable);
        }
        Ok(Self {
            // As it was sent, if it can be: what is printed again from a tree may differ in what a parser does not know of.
            sql: if changed {
                query.to_string()
            } else {
                sql.trim().trim_end_matches(';').to_owned()
            },
            stands_for,
            ordered: query.order_by.is_some(),
            tables,
        })
    }

    /// What to explain or run. It holds literals.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Whether it is the SELECT that stands for an UPDATE or a DELETE.
    #[must_use]
    pub fn stands_for(&self) -> bool {
        self.stands_for
    }

    /// Whether its rows have an order.
    #[must_use]
    pub fn ordered(&self) -> bool {
        self.ordered
    }

    /// The tables that it names, also those of subqueries; a common table expression is none.
    #[must_use]
    pub fn tables(&self) -> &BTreeSet<String> {
        &self.tables
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the statement is longer than 64 KiB",
            Self::ExecutableComment => "the statement has a comment that a server executes",
            Self::NotParsed => "the statement was not understood",
            Self::Kind => "only SELECT, UPDATE and DELETE are tried",
            Self::Into => "the statement writes its rows somewhere",
            Self::Function => "the statement calls a function that waits, locks or has effects",
            Self::StoredFunction => "the statement calls a function that is not the server's own",
            Self::Variable => "the statement uses a variable",
            Self::Placeholder => "the statement has a parameter whose value is not known",
            Self::AnotherSchema => "the statement uses another schema",
            Self::NoTable => "the statement reads no table",
        })
    }
}

fn parse(sql: &str) -> Result<Statement, Refusal> {
    match tree(sql) {
        Ok((statement, _)) => Ok(statement),
        Err(_) => Err(Refusal::NotParsed),
    }
}

/// What is refused wherever it stands.
struct Look;

impl Visitor for Look {
    type Break = Refusal;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<Refusal> {
        match statement {
            Statement::Query(_) | Statement::Update(_) | Statement::Delete(_) => {
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(Refusal::Kind),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Refusal> {
        match select.into {
            Some(_) => ControlFlow::Break(Refusal::Into),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Refusal> {
        let refused = match expr {
            Expr::Function(function) => refused_function(&function.name),
            Expr::Identifier(ident) | Expr::Prefixed { prefix: ident, .. }
                if ident.value.starts_with('@') =>
            {
                Some(Refusal::Variable)
            }
            Expr::CompoundIdentifier(idents)
                if idents.iter().any(|ident| ident.value.starts_with('@')) =>
            {
                Some(Refusal::Variable)
            }
            _ => None,
        };
        refused.map_or(ControlFlow::Continue(()), ControlFlow::Break)
    }

    fn pre_visit_value(&mut self, value: &sqlparser::ast::ValueWithSpan) -> ControlFlow<Refusal> {
        match &value.value {
            sqlparser::ast::Value::Placeholder(_) => ControlFlow::Break(Refusal::Placeholder),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn look(statement: &Statement) -> Result<(), Refusal> {
    match statement.visit(&mut Look) {
        ControlFlow::Break(refusal) => Err(refusal),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn refused_function(name: &ObjectName) -> Option<Refusal> {
    match name.0.as_slice() {
        [part] => {
            let name = part
                .as_ident()
                .map(|ident| ident.value.to_ascii_lowercase())
                .unwrap_or_default();
            match name.as_str() {
                name if EFFECTS.contains(&name) => Some(Refusal::Function),
                name if is_of_the_server(name) => None,
                // Stored, or loaded: a name does not tell.
                _ => Some(Refusal::StoredFunction),
            }
        }
        _ => Some(Refusal::StoredFunction),
    }
}

/// Takes the schema's name away: on the scratch server it has another. Tells whether it was there.
struct Unqualify<'a> {
    schema: &'a str,
    changed: bool,
}

impl VisitorMut for Unqualify<'_> {
    type Break = Refusal;

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<Refusal> {
        match relation.0.as_slice() {
            [_] => ControlFlow::Continue(()),
            [schema, _]
                if schema
                    .as_ident()
                    .is_some_and(|ident| ident.value == self.schema) =>
            {
                relation.0.remove(0);
                self.changed = true;
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(Refusal::AnotherSchema),
        }
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Refusal> {
        if let Expr::CompoundIdentifier(idents) = expr
            && idents.len() == 3
        {
            if idents[0].value != self.schema {
                return ControlFlow::Break(Refusal::AnotherSchema);
            }
            idents.remove(0);
            self.changed = true;
        }
        ControlFlow::Continue(())
    }
}

fn unqualify(statement: &mut Statement, schema: &str) -> Result<bool, Refusal> {
    let mut visitor = Unqualify {
        schema,
        changed: false,
    };
    match statement.visit(&mut visitor) {
        ControlFlow::Break(refusal) => Err(refusal),
        ControlFlow::Continue(()) => Ok(visitor.changed),
    }
}

/// Takes locks away, also those of subqueries: nobody must wait for who only looks. Tells whether there was one.
struct Unlock {
    locked: bool,
}

impl VisitorMut for Unlock {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.locked |= !query.locks.is_empty();
        query.locks.clear();
        ControlFlow::Continue(())
    }
}

fn unlock(query: &mut Query) -> bool {
    let mut visitor = Unlock { locked: false };
    let _never_breaks = query.visit(&mut visitor);
    visitor.locked
}

fn finds_updated(update: Update) -> Result<Box<Query>, Refusal> {
    match update.from {
        None => select_one(
            vec![update.table],
            update.selection,
            update.order_by,
            update.limit,
        ),
        Some(_) => Err(Refusal::NotParsed),
    }
}

fn finds_deleted(delete: Delete) -> Result<Box<Query>, Refusal> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from;
    select_one(
        delete.using.unwrap_or(from),
        delete.selection,
        delete.order_by,
        delete.limit,
    )
}

/// `SELECT 1 FROM .. WHERE .. ORDER BY .. LIMIT ..`, by way of a text: the tree has thirty fields that are none of our business.
fn select_one(
    from: Vec<TableWithJoins>,
    selection: Option<Expr>,
    order_by: Vec<OrderByExpr>,
    limit: Option<Expr>,
) -> Result<Box<Query>, Refusal> {
    let Statement::Query(mut query) = parse("SELECT 1")? else {
        return Err(Refusal::NotParsed);
    };
    let SetExpr::Select(select) = query.body.as_mut() else {
        return Err(Refusal::NotParsed);
    };
    select.from = from;
    select.selection = selection;
    if !order_by.is_empty() {
        query.order_by = Some(OrderBy {
            kind: OrderByKind::Expressions(order_by),
            interpolate: None,
        });
    }
    query.limit_clause = limit.map(|limit| LimitClause::LimitOffset {
        limit: Some(limit),
        offset: None::<Offset>,
        limit_by: Vec::new(),
    });
    Ok(query)
}

/// Names of tables, and of common table expressions, which are taken out at the end.
#[derive(Default)]
struct Tables {
    named: BTreeSet<String>,
    common: BTreeSet<String>,
}

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.common.insert(table.alias.name.value.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, .. } = factor
            && let Some(ident) = name.0.last().and_then(|part| part.as_ident())
        {
            self.named.insert(ident.value.clone());
        }
        ControlFlow::Continue(())
    }
}

fn tables(query: &Query) -> BTreeSet<String> {
    let mut found = Tables::default();
    let _never_breaks = query.visit(&mut found);
    found.named.difference(&found.common).cloned().collect()
}

#[cfg(test)]
mod tests;
