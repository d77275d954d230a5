//! Advice: what to do about a statement, by rules that each have a name.
//!
//! Why not one function that looks at the plan and says something: advice that nobody can name can be neither argued with nor switched off. A rule looks at
//! facts (`statement`), the plan and the figures of the log, none of which holds a literal of a statement, so the text cannot either.
//! What must stay true: who has a healthy plan hears nothing, and nobody is told to index a table that is read in one go.

pub mod existing;
pub mod figures;
pub mod health;
pub mod hidden;
pub mod index;
pub mod look;
pub mod missing;
pub mod rules;
pub mod shape;

use std::time::Duration;

use super::digest::Class;
use super::plan::Plan;
use super::rewrite::Rewrite;
use super::schema::{Index, Schema};
use super::statement::Statement;
use look::Look;

pub use rules::{RULES, Rule, RuleId};

/// What the log says of all executions of one shape of statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// How often it ran.
    pub executions: u64,
    /// How long that took, together.
    pub query_time: Duration,
    /// How long it waited for locks, together.
    pub lock_time: Duration,
    /// Rows sent, together.
    pub rows_sent: u64,
    /// Rows examined, together.
    pub rows_examined: u64,
    /// Executions with a temporary table on disk, where the log says so.
    pub temporary_on_disk: u64,
    /// Executions that sorted on disk, where the log says so.
    pub filesort_on_disk: u64,
}

impl From<&Class> for Seen {
    fn from(class: &Class) -> Self {
        Self {
            executions: class.count,
            query_time: Duration::from_micros(class.query_time.total()),
            lock_time: Duration::from_micros(class.lock_time.total()),
            rows_sent: class.rows_sent.total(),
            rows_examined: class.rows_examined.total(),
            temporary_on_disk: class.flags.temporary_table_on_disk,
            filesort_on_disk: class.flags.filesort_on_disk,
        }
    }
}

impl Seen {
    /// Rows that one execution examined, on average.
    #[must_use]
    pub fn examined_each(&self) -> u64 {
        each(self.rows_examined, self.executions)
    }

    /// Rows that one execution sent, on average.
    #[must_use]
    pub fn sent_each(&self) -> u64 {
        each(self.rows_sent, self.executions)
    }
}

/// To the nearest.
fn each(rows: u64, executions: u64) -> u64 {
    let executions = executions.max(1);
    rows.saturating_add(executions / 2) / executions
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What the log says.
    pub seen: Seen,
    /// The statement.
    pub statement: &'a Statement,
    /// Its plan; `None` if it was not explained.
    pub plan: Option<&'a Plan>,
    /// The tables.
    pub schema: &'a Schema,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[must_use]
pub enum Remedy {
    /// CREATE INDEX.
    CreateIndex {
        /// On which table.
        table: String,
        /// Which one.
        index: Index,
    },
    /// DROP INDEX.
    DropIndex {
        /// Of which table.
        table: String,
        /// Which one.
        name: String,
    },
    /// Another statement that returns the same rows.
    Rewrite(Rewrite),
    /// Nothing that could be done by itself: it is told.
    Tell,
}

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Advice {
    /// By which rule.
    pub rule: RuleId,
    /// Which table it is about, if one.
    pub table: Option<String>,
    /// What to do.
    pub remedy: Remedy,
    /// Why, in a sentence with names and figures, and no literal of the statement.
    pub why: String,
}

impl Advice {
    /// What cannot be done by itself.
    #[must_use]
    pub fn tell(rule: &'static str, table: Option<&str>, why: String) -> Self {
        Self {
            rule: RuleId(rule),
            table: table.map(str::to_owned),
            remedy: Remedy::Tell,
            why,
        }
    }
}

/// What `case` calls for: indexes, and what is told. Rewrites are in [`with_rewrites`].
///
/// Each rule is heard at most once for each table. Nothing for a healthy plan.
#[must_use]
pub fn advise(case: &Case<'_>) -> Vec<Advice> {
    let look = Look::new(case);
    let mut all: Vec<Advice> = Vec::new();
    if look.is_healthy() {
        return all;
    }
    let rules = [
        missing::advise,
        hidden::advise,
        shape::advise,
        figures::advise,
    ];
    for advice in rules.iter().flat_map(|rule| rule(&look)) {
        if !all
            .iter()
            .any(|other| other.rule == advice.rule && other.table == advice.table)
        {
            all.push(advice);
        }
    }
    all
}

/// As [`advise`], with rewrites: each takes the place of what its rule would only have told of the same statement.
#[must_use]
pub fn with_rewrites(case: &Case<'_>) -> Vec<Advice> {
    let mut all = advise(case);
    if Look::new(case).is_healthy() {
        return all;
    }
    for rewrite in super::rewrite::rewrites(case.statement, case.schema) {
        let title = rules::find(rewrite.rule).map_or("", |rule| rule.title);
        all.retain(|advice| !(advice.rule == rewrite.rule && advice.remedy == Remedy::Tell));
        let rule = rewrite.rule;
        let why = format!("{title}: there is a statement that returns the same rows.");
        all.push(Advice {
            rule,
            table: None,
            remedy: Remedy::Rewrite(rewrite),
            why,
        });
    }
    all
}

/// What only the whole log can tell: indexes that nothing uses, that another serves, and tables without a primary key.
///
/// `cases` must be all statements of the log, those that were not explained among them: an index that one of them might use is not called unused.
#[must_use]
pub fn over_all(cases: &[Case<'_>], schema: &Schema) -> Vec<Advice> {
    existing::advise(cases, schema)
}
