//! Reads the log and analyses it, again and again: the code under test, and what it says as the checker reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chaos::{Ending, Recorder};
use serde_json::json;
use slow_query::core::digest::{self, Digest};
use slow_query::core::log::entry::Entry;
use slow_query::core::log::{self, Summary};
use slow_query::core::report::{Literals, Missing, Report, Tip};
use slow_query::core::sample::Limits;
use slow_query::core::verdict::{Untried, Verdict};
use slow_query::shell::analysis::{Options, analyse};
use slow_query::shell::files;
use slow_query::shell::report::{html, json as as_json, terminal};

use crate::bed::{self, Bed};
use crate::facts::{ANALYSES, Analysis, Came, Class, End, Reading, Terms, Tip as Advised};
use crate::run::Result;
use crate::shapes;

/// How long a statement may take.
const LIMIT: Duration = Duration::from_secs(1);
/// What a session waits for longer than that (`shell/server.rs`).
const GRACE: Duration = Duration::from_secs(2);
/// An analysis that takes longer hangs: ten statements in a row may reach their time-outs.
const HANGS: Duration = Duration::from_secs(30);
/// Rows of a table that are copied: all of them.
const ROWS: u64 = 10_000;
const BYTES: u64 = 1 << 26;

/// What is promised.
#[must_use]
pub fn terms() -> Terms {
    Terms {
        statement_us: (LIMIT + GRACE).as_micros() as u64,
    }
}

/// Whoever reads and analyses.
pub struct Analyst {
    bed: Arc<Bed>,
    recorder: Arc<Recorder>,
    number: AtomicU64,
}

impl Analyst {
    /// Of the servers of `bed`.
    #[must_use]
    pub fn new(bed: Arc<Bed>, recorder: Arc<Recorder>) -> Self {
        Self {
            bed,
            recorder,
            number: AtomicU64::new(0),
        }
    }

    /// One analysis after the other, until the faults are over.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn work(&self) -> Result<()> {
        while !self.bed.over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.once(false).await?;
        }
        Ok(())
    }

    /// Reads the log and analyses it. `whole`: nobody writes to it any more.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn once(&self, whole: bool) -> Result<()> {
        let (digest, summary, files) = self.read(whole)?;
        let number = self.number.fetch_add(1, Ordering::Relaxed) + 1;
        if number > bed::ANALYSES {
            return Err("there are more analyses than schemas for them".into());
        }
        let [dsn, scratch_dsn] = self.bed.addresses(number);
        let options = Options {
            dsn: Some(dsn),
            scratch_dsn: Some(scratch_dsn),
            limit: LIMIT,
            sample: Limits::new(ROWS, BYTES)?,
            top: 100,
            literals: Literals::Hidden,
        };
        let begun =
            self.recorder
                .begin(format!("analysis {number}"), ANALYSES, "analyse".to_owned());
        self.bed.under_way.send_replace(number);
        let ended = {
            let analysis = analyse((&digest, &summary, files), &options, async || {
                std::future::pending().await
            });
            tokio::select! {
                ended = tokio::time::timeout(HANGS, analysis) => Some(ended),
                () = self.bed.gone.notified() => None,
            }
        };
        self.bed.under_way.send_replace(0);
        let (ending, word, analysis) = match ended {
            None => (Ending::Unknown, "dropped", ended_so(number, End::Dropped)),
            Some(Err(_)) => (Ending::Unknown, "hung", ended_so(number, End::Hung)),
            Some(Ok(Err(error))) => (
                Ending::Failed,
                "failed",
                ended_so(number, End::Failed(error.to_string())),
            ),
            Some(Ok(Ok(report))) => (
                Ending::Done,
                "reported",
                read_off(number, &digest, &report)?,
            ),
        };
        self.recorder.end(begun, ending, word, json!(analysis));
        Ok(())
    }

    /// Into a digest, by the code under test.
    fn read(&self, whole: bool) -> Result<(Digest, Summary, u64)> {
        let began_us = self.recorder.now_us();
        let paths: Vec<PathBuf> = self.bed.logs()?;
        let mut digest = Digest::new(digest::Limits::default());
        let (mut newest, mut back) = (i64::MIN, 0);
        let mut each = |entry: &Entry<'_>| {
            if let Some(at) = entry.at {
                back = back.max(newest.saturating_sub(at.0).max(0));
                newest = newest.max(at.0);
            }
            digest.add(entry);
        };
        let logs = files::read(&paths, log::Limits::default(), &mut each)?;
        let summary = logs.summaries.into_iter().next().unwrap_or_default();
        let classes = digest.by_total_time().into_iter().chain(digest.others());
        let reading = Reading {
            classes: classes
                .map(|class| Class {
                    fingerprint: class.fingerprint.clone(),
                    count: class.count,
                    users: class.users.kept().to_vec(),
                })
                .collect(),
            statements: digest.totals().statements,
            files: paths.len() as u64,
            bytes: summary.bytes,
            back_s: u64::try_from(back / 1_000_000).unwrap_or(0),
            whole,
        };
        self.recorder.seen(began_us, "log", json!(reading));
        Ok((digest, summary, paths.len() as u64))
    }
}

fn ended_so(number: u64, end: End) -> Analysis {
    Analysis {
        number,
        end,
        tips: Vec::new(),
        unexplained: Vec::new(),
        unlisted: Vec::new(),
        leaks: Vec::new(),
    }
}

/// What a report says.
fn read_off(number: u64, digest: &Digest, report: &Report) -> Result<Analysis> {
    let shapes: BTreeMap<String, &str> = digest
        .by_total_time()
        .into_iter()
        .map(|class| (class.id.to_string(), class.fingerprint.as_str()))
        .collect();
    let (mut unlisted, mut unexplained) = (Vec::new(), Vec::new());
    let mut missing = |class: Option<&str>, what: &str, why: Option<&Untried>| {
        let is_it = |one: &&Missing| {
            one.class.as_deref() == class && one.what == what && Some(&one.why) == why
        };
        if why != Some(&Untried::ForAPerson) && report.untried.iter().find(is_it).is_none() {
            let of = class.map_or("all", |id| shapes.get(id).copied().unwrap_or(id));
            let why = why.map_or("no reason".to_owned(), ToString::to_string);
            unlisted.push(format!("{what} of `{of}`: {why}"));
        }
    };
    let mut tips = Vec::new();
    for class in &report.classes {
        if class.plan.is_none() {
            let why = class.plan_untried.as_ref();
            let why = why.map_or_else(String::new, ToString::to_string);
            let shape = shapes.get(&class.id).copied().unwrap_or_default();
            unexplained.push((shape.to_owned(), why));
            missing(Some(&class.id), "plan", class.plan_untried.as_ref());
        }
        for tip in &class.advice {
            if let Verdict::Untried { why } = &tip.tried.verdict {
                missing(Some(&class.id), tip.rule, Some(why));
            }
            tips.push(of_tip(shapes.get(&class.id).copied(), tip));
        }
    }
    for tip in &report.over_all {
        if let Verdict::Untried { why } = &tip.tried.verdict {
            missing(None, tip.rule, Some(why));
        }
        tips.push(of_tip(None, tip));
    }
    let shown = [
        ("the JSON", as_json(report)?),
        ("the page", html::page(report)),
        (
            "the text",
            terminal::write(
                report,
                terminal::Style {
                    width: 120,
                    colour: false,
                },
            ),
        ),
    ];
    let leaks = shown.iter().filter_map(|(what, text)| {
        let found = shapes::literal(text)?;
        let around: String = text[found..].chars().take(40).collect();
        Some(format!("{what}: {around}"))
    });
    Ok(Analysis {
        number,
        end: End::Reported,
        tips,
        unexplained,
        unlisted,
        leaks: leaks.collect(),
    })
}

fn of_tip(shape: Option<&str>, tip: &Tip) -> Advised {
    Advised {
        shape: shape.map(str::to_owned),
        rule: tip.rule.to_owned(),
        remedy: tip.remedy.clone(),
        came: match &tip.tried.verdict {
            Verdict::Keep { .. } => Came::Kept,
            Verdict::Withdraw { .. } => Came::Withdrawn,
            Verdict::Untried {
                why: Untried::ForAPerson,
            } => Came::Told,
            Verdict::Untried { why } => Came::Untried(why.to_string()),
        },
        rows: match &tip.tried.verdict {
            Verdict::Keep { figures } | Verdict::Withdraw { figures, .. } => {
                Some((figures.before, figures.after))
            }
            Verdict::Untried { .. } => None,
        },
    }
}
