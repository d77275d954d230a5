//! What is done on the scratch server for one schema: copy what the trials need, try, and write down what came of it.

use std::collections::BTreeSet;

use super::{Options, OverAll, Subject};
use crate::core::advice::{Advice, Case, Remedy, Seen, advise};
use crate::core::report::Copied;
use crate::core::rewrite::Rewrite;
use crate::core::runnable::{Refusal, Runnable};
use crate::core::sample::{self, Join, Wanted};
use crate::core::schema::{Index, Kind, Schema};
use crate::core::statement::Statement;
use crate::core::statement::access;
use crate::core::statement::facts::Test;
use crate::core::verdict::{Tried, Untried, Verdict, Withdrawn, judge_drop};
use crate::shell::error::Error;
use crate::shell::schema;
use crate::shell::scratch::{Scratch, within};
use crate::shell::server::{Server, Session};
use crate::shell::verify::Verifier;

/// What is to be done on the scratch server for one schema.
pub(super) struct Job<'j, 'a> {
    pub(super) subjects: &'j mut [Subject<'a>],
    pub(super) over: &'j mut OverAll,
    pub(super) schema: &'j Schema,
    pub(super) options: &'j Options,
    /// Whether there are statements that the digest had no room for.
    pub(super) others: bool,
}

impl Job<'_, '_> {
    /// Tries everything, and gives what was copied for it. If the scratch server cannot be used any more, what has a verdict by then keeps it, and the
    /// rest was not tried: the report is about the log first.
    ///
    /// # Errors
    /// A scratch server that is the wrong one, or an interruption.
    pub(super) async fn run(
        mut self,
        session: &mut Session,
        scratch: &Server,
        stop: &impl AsyncFn(),
    ) -> Result<Vec<Copied>, Error> {
        let tables = self.tables();
        let mut samples = Vec::new();
        if tables.is_empty() {
            // Nothing needs the server, and what cannot be tried says why all the same.
            self.refuse();
            return Ok(samples);
        }
        let tried = within(session, scratch, stop(), async |session, scratch| {
            samples = self.copy(session, scratch, &tables).await?;
            let mut verifier = Verifier::new(scratch).await?;
            self.try_classes(&mut verifier).await;
            self.try_drops(&mut verifier).await;
            verifier.close().await;
            Ok(())
        })
        .await;
        match tried {
            Ok(()) => Ok(samples),
            Err(error) if error.is_final() => Err(error),
            Err(error) => {
                tracing::warn!(schema = self.schema.name, %error, "the scratch server could not be used to the end");
                self.give_up(&error.untried(self.options.limit));
                Ok(samples)
            }
        }
    }

    /// Advice about statements that cannot be run, and about indexes that no statement uses which can.
    fn refuse(&mut self) {
        for subject in self.subjects.iter_mut() {
            if let (true, Err(why)) = (subject.is_of(&self.schema.name), &subject.runnable) {
                for (advice, tried) in &mut subject.advice {
                    if !matches!(advice.remedy, Remedy::Tell) {
                        *tried = Tried::untried(why.clone());
                    }
                }
            }
        }
        for (advice, tried) in self.over.iter_mut() {
            if let Remedy::DropIndex { table, .. } = &advice.remedy {
                let readers = self
                    .subjects
                    .iter()
                    .filter(|subject| subject.may_read(&self.schema.name, table));
                let untried = readers.count() as u64 + u64::from(self.others);
                *tried = Tried::new(judge_drop(&[], untried));
            }
        }
    }

    /// Whatever has not been tried yet is not going to be, and that is why.
    fn give_up(&mut self, why: &Untried) {
        let here = self
            .subjects
            .iter_mut()
            .filter(|subject| subject.is_of(&self.schema.name));
        let advice = here.flat_map(|subject| &mut subject.advice);
        for (_, tried) in advice.chain(self.over.iter_mut()) {
            if let Verdict::Untried {
                why: Untried::NoScratch,
            } = tried.verdict
            {
                *tried = Tried::untried(why.clone());
            }
        }
    }

    /// The tables that the trials need, as far as they can be copied.
    fn tables(&self) -> BTreeSet<String> {
        let mut tables = BTreeSet::new();
        let mut take = |subject: &Subject<'_>| {
            if let Ok(runnable) = &subject.runnable {
                tables.extend(runnable.tables().iter().cloned());
            }
        };
        for subject in self
            .subjects
            .iter()
            .filter(|subject| subject.is_of(&self.schema.name))
        {
            let something = |(advice, _): &(Advice, Tried)| !matches!(advice.remedy, Remedy::Tell);
            if subject.advice.iter().any(something) {
                take(subject);
            }
            for (advice, _) in self.over.iter() {
                if let Remedy::DropIndex { table, .. } = &advice.remedy
                    && subject.may_read(&self.schema.name, table)
                {
                    take(subject);
                }
            }
        }
        tables.retain(|table| self.schema.tables.contains_key(table));
        tables
    }

    async fn copy(
        &self,
        session: &mut Session,
        scratch: &mut Scratch,
        tables: &BTreeSet<String>,
    ) -> Result<Vec<Copied>, Error> {
        let sizes = schema::row_bytes(session, &self.schema.name).await?;
        let wanted: Vec<Wanted> = tables
            .iter()
            .map(|name| wanted(self.schema, name, sizes.get(name).copied()))
            .collect();
        let limits = &self.options.sample;
        let (mut samples, mut left) = (Vec::new(), limits.bytes());
        for portion in sample::plan(&wanted, &self.joins(), limits) {
            match scratch.copy(session, &portion, left).await {
                Ok(copied) => {
                    left = left.saturating_sub(copied.bytes);
                    let of = self
                        .schema
                        .tables
                        .get(&portion.table)
                        .map_or(0, |table| table.rows);
                    samples.push(Copied {
                        schema: self.schema.name.clone(),
                        portion,
                        copied: copied.rows,
                        of,
                    });
                }
                // Whatever needs it says so.
                Err(error) => {
                    tracing::warn!(table = portion.table, %error, "a table was not copied")
                }
            }
        }
        Ok(samples)
    }

    /// The columns that the statements join by.
    fn joins(&self) -> Vec<Join> {
        let mut joins = BTreeSet::new();
        let statements = self
            .subjects
            .iter()
            .filter(|subject| subject.is_of(&self.schema.name));
        for statement in statements.filter_map(|subject| subject.statement.as_ref()) {
            let all = access::of(statement, self.schema);
            for one in &all {
                for used in &one.uses {
                    if let (Test::Joins(_), Some((alias, Some(column)))) = (&used.test, &used.other)
                        && let Some(other) = all.iter().find(|other| other.alias == *alias)
                    {
                        joins.insert(Join {
                            left: (one.table.clone(), used.column.clone()),
                            right: (other.table.clone(), column.name.clone()),
                        });
                    }
                }
            }
        }
        joins.into_iter().collect()
    }

    async fn try_classes(&mut self, verifier: &mut Verifier<'_>) {
        let schema = self.schema;
        let here = |subject: &&mut Subject<'_>| subject.is_of(&schema.name);
        for subject in self.subjects.iter_mut().filter(here) {
            let seen = Seen::from(subject.class);
            for (advice, tried) in &mut subject.advice {
                let what = match (&advice.remedy, &subject.runnable) {
                    (Remedy::DropIndex { .. } | Remedy::Tell, _) => continue,
                    (_, Err(why)) => Tried::untried(why.clone()),
                    (Remedy::CreateIndex { table, index }, Ok(original)) => {
                        verifier.try_index(original, table, index).await
                    }
                    (Remedy::Rewrite(rewrite), Ok(original)) => {
                        try_rewrite(verifier, original, rewrite, seen, schema).await
                    }
                };
                *tried = what;
            }
        }
    }

    async fn try_drops(&mut self, verifier: &mut Verifier<'_>) {
        for (advice, tried) in self.over.iter_mut() {
            let Remedy::DropIndex { table, name } = &advice.remedy else {
                continue;
            };
            let index = self
                .schema
                .tables
                .get(table)
                .and_then(|table| table.index(name));
            let Some(index) = index else {
                continue;
            };
            let readers = self
                .subjects
                .iter()
                .filter(|subject| subject.may_read(&self.schema.name, table));
            let mut statements: Vec<(String, Result<Runnable, Untried>)> = readers
                .map(|subject| {
                    let here = match subject.is_of(&self.schema.name) {
                        true => subject.runnable.clone(),
                        false => Err(Untried::Refused {
                            why: Refusal::AnotherSchema,
                        }),
                    };
                    (subject.class.id.to_string(), here)
                })
                .collect();
            if self.others {
                statements.push(("others".to_owned(), Err(Untried::NotWhole)));
            }
            // Its table was not copied then.
            if statements.iter().all(|(_, statement)| statement.is_err()) {
                *tried = Tried::new(judge_drop(&[], statements.len() as u64));
                continue;
            }
            *tried = verifier.try_drop(&statements, table, index).await;
        }
    }
}

/// Tries a rewrite; one that reads no less by itself also with the index that it would need, if there is one.
async fn try_rewrite(
    verifier: &mut Verifier<'_>,
    original: &Runnable,
    rewrite: &Rewrite,
    seen: Seen,
    schema: &Schema,
) -> Tried {
    let rewritten = match Runnable::read(&rewrite.sql, &schema.name) {
        Ok(rewritten) => rewritten,
        Err(why) => return Tried::untried(Untried::Refused { why }),
    };
    let ordered = rewrite.keeps_order;
    let alone = verifier.try_rewrite(original, &rewritten, ordered).await;
    let why = match &alone.verdict {
        Verdict::Withdraw { why, .. } => why,
        Verdict::Keep { .. } | Verdict::Untried { .. } => return alone,
    };
    let (Withdrawn::NotFewerRows, Some((_, plan)), Ok(statement)) =
        (why, &alone.plans, Statement::parse(&rewrite.sql))
    else {
        return alone;
    };
    let case = Case {
        seen,
        statement: &statement,
        plan: Some(plan),
        schema,
    };
    for advice in advise(&case) {
        if let Remedy::CreateIndex { table, index } = &advice.remedy {
            let pair = (original, &rewritten);
            let with = verifier.try_rewrite_with(pair, ordered, table, index).await;
            if with.verdict.is_kept() {
                return with;
            }
        }
    }
    alone
}

fn wanted(schema: &Schema, name: &str, row_bytes: Option<u64>) -> Wanted {
    let Some(table) = schema.tables.get(name) else {
        return Wanted {
            table: name.to_owned(),
            ..Wanted::default()
        };
    };
    let columns = |index: &Index| -> Option<Vec<String>> {
        index.parts.iter().map(|part| part.column.clone()).collect()
    };
    let key = table.primary().and_then(columns).unwrap_or_default();
    let is_number = |column: &String| {
        table
            .column(column)
            .is_some_and(|column| column.kind == Kind::Number && column.type_name.contains("int"))
    };
    Wanted {
        table: name.to_owned(),
        rows: table.rows,
        row_bytes: row_bytes.unwrap_or(0),
        key_is_number: key.len() == 1 && key.iter().all(is_number),
        key,
        indexed: table
            .indexes
            .iter()
            .filter_map(|index| index.parts.first()?.column.clone())
            .collect(),
    }
}
