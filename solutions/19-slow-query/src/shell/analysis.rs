//! The whole way: from a digest to a report, by way of the analysed server and the scratch server.
//!
//! Every class is explained, also those that the report does not show: an index is unused only if no statement of the log uses it. Advice is made and
//! tried for the classes that are shown, and for indexes of all. Statements run in the schema that the log names, so servers are asked schema by schema.

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::Error;
use super::explain::explain;
use super::schema;
use super::scratch::{Scratch, within};
use super::server::{Server, Session};
use super::verify::Verifier;
use crate::core::advice::{
    Advice, Case, Remedy, Seen, advise as advise_on, over_all, with_rewrites,
};
use crate::core::digest::{Class, Digest};
use crate::core::log::Summary;
use crate::core::plan::Plan;
use crate::core::report::{About, Copied, Examined, Literals, Report};
use crate::core::rewrite::Rewrite;
use crate::core::runnable::{Refusal, Runnable};
use crate::core::sample::{self, Join, Wanted};
use crate::core::schema::{Kind as Holds, Schema};
use crate::core::statement::Statement;
use crate::core::statement::access;
use crate::core::statement::facts::Test;
use crate::core::verdict::{Tried, Untried, Verdict, Withdrawn};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address of the server that is analysed.
    pub dsn: Option<String>,
    /// The address of the scratch server.
    pub scratch_dsn: Option<String>,
    /// How long a statement may take.
    pub limit: Duration,
    /// What is copied at most.
    pub sample: sample::Limits,
    /// How many classes are shown, and have advice.
    pub top: usize,
    /// Whether statements are shown.
    pub literals: Literals,
}

/// A class on its way.
struct Subject<'a> {
    class: &'a Class,
    schema: Option<String>,
    statement: Option<Statement>,
    runnable: Result<Runnable, Untried>,
    plan: Result<Plan, Untried>,
    advice: Vec<(Advice, Tried)>,
}

/// Advice about the indexes of one schema.
type OverAll = Vec<(Advice, Tried)>;

/// Makes the report of a digest. `stop` ends the work on the scratch server, whenever it is called there.
///
/// # Errors
/// When a server that was given cannot be used.
pub async fn analyse(
    (digest, summary, files): (&Digest, &Summary, u64),
    options: &Options,
    stop: impl AsyncFn(),
) -> Result<Report, Error> {
    let server = match &options.dsn {
        Some(dsn) => Some(Server::connect(dsn, "--dsn", options.limit).await?),
        None => None,
    };
    let scratch = match &options.scratch_dsn {
        Some(dsn) => Some(Server::connect(dsn, "--scratch-dsn", options.limit).await?),
        None => None,
    };
    let default = server.as_ref().and_then(Server::schema);
    let mut subjects: Vec<Subject<'_>> = digest
        .by_total_time()
        .into_iter()
        .map(|class| Subject::new(class, default))
        .collect();
    let mut all: Vec<OverAll> = Vec::new();
    let mut samples = Vec::new();
    let mut read = Vec::new();
    if let Some(server) = &server {
        let names: BTreeSet<String> = subjects
            .iter()
            .filter_map(|subject| subject.schema.clone())
            .collect();
        for name in names {
            let mut session = match server.with_schema(&name).session().await {
                Ok(session) => session,
                Err(error) => {
                    // A schema of the log that this server does not have, or does not show.
                    give_up(&mut subjects, &name, &error.untried(options.limit));
                    continue;
                }
            };
            let schema = schema::read(&mut session, &name).await?;
            for subject in subjects.iter_mut().filter(|subject| subject.is_of(&name)) {
                if let Ok(runnable) = &subject.runnable {
                    subject.plan = explain(&mut session, runnable).await;
                }
            }
            let mut over = advise(&mut subjects, &schema, options.top);
            if let Some(scratch) = &scratch {
                let job = Job {
                    subjects: &mut subjects,
                    over: &mut over,
                    schema: &schema,
                    options,
                    others: digest.others().is_some(),
                };
                samples.extend(job.run(&mut session, scratch, &stop).await?);
            }
            session.close().await;
            all.push(over);
            read.push(name);
        }
    } else {
        advise(&mut subjects, &Schema::default(), options.top);
    }
    let all: OverAll = all.into_iter().flatten().collect();
    let examined: Vec<Examined<'_>> = subjects.into_iter().map(Subject::examined).collect();
    let mut report = Report::new(
        (digest, summary, files),
        &examined,
        &all,
        options.top,
        options.literals,
    );
    report.server = server.map(|server| About {
        version: server.version().to_owned(),
        schemas: read,
    });
    report.scratch = scratch.map(|server| About {
        version: server.version().to_owned(),
        schemas: Vec::new(),
    });
    report.samples = samples;
    Ok(report)
}

impl<'a> Subject<'a> {
    fn new(class: &'a Class, default: Option<&str>) -> Self {
        let sample = &class.sample;
        let schema = sample.schema.clone().or_else(|| default.map(str::to_owned));
        let whole = !sample.truncated && !sample.lossy;
        let runnable = match whole {
            true => Runnable::read(&sample.statement, schema.as_deref().unwrap_or_default())
                .map_err(|why| Untried::Refused { why }),
            false => Err(Untried::NotWhole),
        };
        let runnable = runnable.and_then(|runnable| match schema {
            Some(_) => Ok(runnable),
            None => Err(Untried::NoSchema),
        });
        Self {
            class,
            schema,
            statement: whole
                .then(|| Statement::parse(&sample.statement).ok())
                .flatten(),
            plan: Err(runnable
                .as_ref()
                .err()
                .cloned()
                .unwrap_or(Untried::NoServer)),
            runnable,
            advice: Vec::new(),
        }
    }

    fn is_of(&self, schema: &str) -> bool {
        self.schema.as_deref() == Some(schema)
    }

    fn case<'b>(&'b self, schema: &'b Schema) -> Option<Case<'b>> {
        Some(Case {
            seen: self.class.into(),
            statement: self.statement.as_ref()?,
            plan: self.plan.as_ref().ok(),
            schema,
        })
    }

    /// Whether it may read `table` of `schema`, as far as is known.
    fn may_read(&self, schema: &str, table: &str) -> bool {
        let Some(statement) = &self.statement else {
            return true;
        };
        statement
            .blocks()
            .iter()
            .flat_map(|block| &block.tables)
            .any(|named| {
                let there = named.schema.as_deref().or(self.schema.as_deref());
                named.name.as_deref() == Some(table) && there.is_none_or(|there| there == schema)
            })
    }

    fn examined(self) -> Examined<'a> {
        Examined {
            class: self.class,
            plan: self.plan,
            advice: self.advice,
        }
    }
}

fn give_up(subjects: &mut [Subject<'_>], schema: &str, why: &Untried) {
    for subject in subjects.iter_mut().filter(|subject| subject.is_of(schema)) {
        if subject.runnable.is_ok() {
            subject.runnable = Err(why.clone());
            subject.plan = Err(why.clone());
        }
    }
}

/// Advice for the first `top` classes, as far as they are of this schema, and for its indexes. Nothing of it has been tried yet.
fn advise(subjects: &mut [Subject<'_>], schema: &Schema, top: usize) -> OverAll {
    let known = !schema.name.is_empty();
    let untried = |advice: Advice| {
        let why = match (&advice.remedy, known) {
            (Remedy::Tell, _) => Untried::ForAPerson,
            (Remedy::CreateIndex { .. } | Remedy::DropIndex { .. } | Remedy::Rewrite(_), true) => {
                Untried::NoScratch
            }
            (Remedy::CreateIndex { .. } | Remedy::DropIndex { .. } | Remedy::Rewrite(_), false) => {
                Untried::NoServer
            }
        };
        (advice, Tried::untried(why))
    };
    for subject in subjects
        .iter_mut()
        .take(top)
        .filter(|subject| !known || subject.is_of(&schema.name))
    {
        let advice = subject
            .case(schema)
            .map(|case| with_rewrites(&case))
            .unwrap_or_default();
        subject.advice = advice.into_iter().map(untried).collect();
    }
    let cases: Vec<Case<'_>> = subjects
        .iter()
        .filter_map(|subject| subject.case(schema))
        .collect();
    let all = if known {
        over_all(&cases, schema)
    } else {
        Vec::new()
    };
    all.into_iter().map(untried).collect()
}

/// What is to be done on the scratch server for one schema.
struct Job<'j, 'a> {
    subjects: &'j mut [Subject<'a>],
    over: &'j mut OverAll,
    schema: &'j Schema,
    options: &'j Options,
    /// Whether there are statements that the digest had no room for.
    others: bool,
}

impl Job<'_, '_> {
    async fn run(
        mut self,
        session: &mut Session,
        scratch: &Server,
        stop: &impl AsyncFn(),
    ) -> Result<Vec<Copied>, Error> {
        let tables = self.tables();
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        within(session, scratch, stop(), async |session, scratch| {
            let samples = self.copy(session, scratch, &tables).await?;
            let mut verifier = Verifier::new(scratch).await?;
            self.try_classes(&mut verifier).await;
            self.try_drops(&mut verifier).await;
            verifier.close().await;
            Ok(samples)
        })
        .await
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
    for advice in advise_on(&case) {
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
    let columns = |index: &crate::core::schema::Index| -> Option<Vec<String>> {
        index.parts.iter().map(|part| part.column.clone()).collect()
    };
    let key = table.primary().and_then(columns).unwrap_or_default();
    let is_number = |column: &String| {
        table
            .column(column)
            .is_some_and(|column| column.kind == Holds::Number && column.type_name.contains("int"))
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
