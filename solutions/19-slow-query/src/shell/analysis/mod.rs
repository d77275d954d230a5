//! The whole way: from a digest to a report, by way of the analysed server and the scratch server.
//!
//! Every class is explained, also those that the report does not show: an index is unused only if no statement of the log uses it. Advice is made and
//! tried for the classes that are shown, and for indexes of all. Statements run in the schema that the log names, so servers are asked schema by schema.

mod job;

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::Error;
use super::explain::explain;
use super::schema;
use super::server::Server;
use crate::core::advice::{Advice, Case, Remedy, over_all, with_rewrites};
use crate::core::digest::{Class, Digest};
use crate::core::log::Summary;
use crate::core::plan::Plan;
use crate::core::report::{About, Examined, Literals, Report};
use crate::core::runnable::Runnable;
use crate::core::sample;
use crate::core::schema::Schema;
use crate::core::statement::Statement;
use crate::core::verdict::{Tried, Untried};
use job::Job;

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

/// Makes the report of a digest. `stop` ends it: whoever calls it waits until the work is to end.
///
/// # Errors
/// When a server that was given cannot be used; [`Error::Interrupted`] when `stop` came first.
pub async fn analyse(
    (digest, summary, files): (&Digest, &Summary, u64),
    options: &Options,
    stop: impl AsyncFn(),
) -> Result<Report, Error> {
    let connect = async |dsn: &Option<String>, called| match dsn {
        Some(dsn) => until(&stop, Server::connect(dsn, called, options.limit))
            .await
            .map(Some),
        None => Ok(None),
    };
    let server = connect(&options.dsn, "--dsn").await?;
    let scratch = connect(&options.scratch_dsn, "--scratch-dsn").await?;
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
            let here = server.with_schema(&name);
            let mut session = match until(&stop, here.session()).await {
                Ok(session) => session,
                Err(error @ Error::Interrupted) => return Err(error),
                Err(error) => {
                    // A schema of the log that this server does not have, or does not show.
                    give_up(&mut subjects, &name, &error.untried(options.limit));
                    continue;
                }
            };
            let explained = async {
                let schema = schema::read(&mut session, &name).await?;
                for subject in subjects.iter_mut().filter(|subject| subject.is_of(&name)) {
                    if let Ok(runnable) = &subject.runnable {
                        subject.plan = explain(&mut session, runnable).await;
                    }
                }
                Ok(schema)
            };
            let schema = until(&stop, explained).await?;
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

/// Does `work`, of which nothing is left on a server if it is dropped.
async fn until<T>(
    stop: &impl AsyncFn(),
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        done = work => done,
        () = stop() => Err(Error::Interrupted),
    }
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
