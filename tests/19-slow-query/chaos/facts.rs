//! The history as the checker reads it: what was sent, what was read of the log, how each analysis ended, and what was there in the end.
//!
//! The same types are written by the run and read here. A record that does not parse is an error of the run and never skipped:
//! a checker that overlooks what it does not understand finds nothing.

use chaos::{Ending, History, Struck};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run::Result;
use crate::shapes::Shape;

/// The lane of the crowd's statements.
pub const ANALYSED: &str = "analysed";
/// The lane of analyses.
pub const ANALYSES: &str = "analyses";
/// Who sends what is counted, and who analyses, by their names as users of the server.
pub const CROWD: &str = "crowd";
/// See [`CROWD`].
pub const ANALYST: &str = "analyst";

/// All that is known of a run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What is promised.
    pub terms: Terms,
    /// Every statement, by its beginning.
    pub sent: Vec<Statement>,
    /// Every time that the log was read.
    pub readings: Vec<Seen<Reading>>,
    /// Every analysis, by its beginning.
    pub analyses: Vec<Seen<Analysis>>,
    /// What was seen of those that were under way when the scratch server fell silent.
    pub silences: Vec<Seen<Silence>>,
    /// What was there in the end.
    pub after: Seen<After>,
    /// What went wrong.
    pub faults: Vec<Struck>,
}

/// What is promised.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// Nothing on a server takes longer: the time-out and what a client waits for it.
    pub statement_us: u64,
}

/// Something, and when.
#[derive(Clone, Debug)]
pub struct Seen<T> {
    /// In the history; of what is no operation, 0.
    pub id: u64,
    /// When it began.
    pub began_us: u64,
    /// When it ended.
    pub ended_us: u64,
    /// What.
    pub what: T,
}

/// A statement of the crowd.
#[derive(Clone, Debug)]
pub struct Statement {
    /// In the history.
    pub id: u64,
    /// When it was sent.
    pub began_us: u64,
    /// When its client had the answer, or gave up.
    pub ended_us: u64,
    /// Whether there was an answer.
    pub answered: bool,
    /// Its shape; none: something that is no statement, as a ping.
    pub shape: Option<Shape>,
    /// On which connection.
    pub connection: u64,
}

/// A statement's outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sent {
    /// On which connection.
    pub connection: u64,
}

/// What the code under test made of the log.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Every class.
    pub classes: Vec<Class>,
    /// Statements, by the digest's totals.
    pub statements: u64,
    /// Files that were read.
    pub files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// How many seconds an entry was older at most than one before it.
    pub back_s: u64,
    /// Whether everything that was answered is in the log: nobody is connected any more.
    pub whole: bool,
}

/// A class of the digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Class {
    /// Its fingerprint.
    pub fingerprint: String,
    /// How many statements.
    pub count: u64,
    /// By whom.
    pub users: Vec<String>,
}

/// An analysis.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Analysis {
    /// From 1.
    pub number: u64,
    /// How it ended.
    pub end: End,
    /// What is advised and was tried.
    pub tips: Vec<Tip>,
    /// Shapes without a plan, and why.
    pub unexplained: Vec<(String, String)>,
    /// What has no plan or was not tried, and is not listed with that reason.
    pub unlisted: Vec<String>,
    /// Literals in what is shown.
    pub leaks: Vec<String>,
}

/// How an analysis ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// With a report.
    Reported,
    /// With an error.
    Failed(String),
    /// Whoever asked went away.
    Dropped,
    /// It did not end.
    Hung,
}

/// Advice, and what came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tip {
    /// Of which shape, by its fingerprint; none: of all.
    pub shape: Option<String>,
    /// The rule.
    pub rule: String,
    /// What to do.
    pub remedy: Option<String>,
    /// What came of it.
    pub came: Came,
    /// Rows that were read before and after, as the trial says.
    pub rows: Option<(u64, u64)>,
}

/// What came of advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// It stays.
    Kept,
    /// It does not.
    Withdrawn,
    /// It was not tried, for that reason.
    Untried(String),
    /// There is nothing to try.
    Told,
}

/// What was seen while the scratch server did not answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Silence {
    /// The analysis.
    pub analysis: u64,
    /// Whether it ended meanwhile.
    pub ended: bool,
    /// How many connections it opened meanwhile.
    pub opened: u64,
}

/// What was there in the end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct After {
    /// Scratch schemas that are still there.
    pub left: Vec<String>,
    /// Definitions and checksums of the analysed schema at first, and in the end.
    pub analysed: [String; 2],
    /// Rows of `ledger`.
    pub ledger: u64,
    /// Statements that analyses sent to the analysed server.
    pub analysts: u64,
    /// Those of them that are no reads.
    pub writes: Vec<String>,
}

impl Facts {
    /// The facts of a history.
    ///
    /// # Errors
    /// A record that does not parse, or that is missing.
    pub fn of(history: &History) -> Result<Self> {
        let mut facts = Self {
            terms: one(seen(history, "terms")?)?.what,
            sent: Vec::new(),
            readings: seen(history, "log")?,
            analyses: Vec::new(),
            silences: seen(history, "silence")?,
            after: one(seen(history, "after")?)?,
            faults: history.faults.clone(),
        };
        for op in &history.ops {
            if op.lane == ANALYSES {
                facts.analyses.push(Seen {
                    id: op.id,
                    began_us: op.began_us,
                    ended_us: op.ended_us,
                    what: parse(&op.outcome)?,
                });
            } else {
                let sent: Sent = parse(&op.outcome)?;
                facts.sent.push(Statement {
                    id: op.id,
                    began_us: op.began_us,
                    ended_us: op.ended_us,
                    answered: op.ending == Ending::Done,
                    shape: Shape::named(&op.what),
                    connection: sent.connection,
                });
            }
        }
        Ok(facts)
    }
}

fn seen<T: DeserializeOwned>(history: &History, what: &str) -> Result<Vec<Seen<T>>> {
    let of = history.seen.iter().filter(|seen| seen.what == what);
    of.map(|seen| {
        Ok(Seen {
            id: 0,
            began_us: seen.began_us,
            ended_us: seen.ended_us,
            what: parse(&seen.value)?,
        })
    })
    .collect()
}

fn one<T>(mut all: Vec<Seen<T>>) -> Result<Seen<T>> {
    match (all.pop(), all.len()) {
        (Some(one), 0) => Ok(one),
        _ => Err("the history does not have it exactly once".into()),
    }
}

fn parse<T: DeserializeOwned>(value: &Value) -> Result<T> {
    Ok(serde_json::from_value(value.clone())?)
}
