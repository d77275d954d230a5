//! The history as the checker reads it: calls with their attempts, what the stores held, and when the run itself was late.
//!
//! The same types are written by the crowd and read here. A record that does not parse is an error of the run and never skipped:
//! a checker that overlooks what it does not understand finds nothing.

use std::collections::BTreeMap;

use chaos::{BEAT, History, Struck, TIMER};
use retry::core::error::Stop;
use serde::{Deserialize, Serialize};

use crate::calls::{Kind, Server};
use crate::run::Result;

/// The lane of the calls; their attempts are in those of the servers.
pub const CALLERS: &str = "callers";

/// All that is known of a run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What callers were promised.
    pub terms: Terms,
    /// Every call, by its beginning, with its attempts.
    pub calls: Vec<Call>,
    /// How often each call's write happened, when all was quiet.
    pub effects: BTreeMap<u64, i64>,
    /// Beats of the metronome that were late: when, and how late.
    pub late: Vec<(u64, u64)>,
    /// What went wrong.
    pub faults: Vec<Struck>,
}

/// What callers were promised: the numbers of the policies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// A call is over after this.
    pub deadline_us: u64,
    /// An attempt is.
    pub attempt_timeout_us: u64,
    /// A call has no more, hedges among them.
    pub attempts: u32,
    /// Where calls to Redis differ from those to MySQL.
    pub redis: ServerTerms,
    /// And the other way round.
    pub mysql: ServerTerms,
}

/// The numbers of one policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerTerms {
    /// How waits are drawn.
    pub waits: Waits,
    /// No wait is longer.
    pub cap_us: u64,
    /// What a call pays in.
    pub ratio: f64,
    /// What a second does, and what is there at first.
    pub per_second: u32,
    /// More is never kept.
    pub capacity: u32,
}

/// How waits are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waits {
    /// From nothing to a ceiling that begins here and doubles.
    Full {
        /// The first ceiling.
        base_us: u64,
    },
    /// From here to three times the wait before.
    Decorrelated {
        /// The shortest wait.
        base_us: u64,
    },
}

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation's id.
    pub op: u64,
    /// Its number.
    pub id: u64,
    /// Who was called.
    pub server: Server,
    /// What for.
    pub kind: Kind,
    /// When it began.
    pub began_us: u64,
    /// When the caller had the answer, or went away.
    pub ended_us: u64,
    /// What the caller was told.
    pub end: CallEnd,
    /// By their beginnings.
    pub attempts: Vec<Attempt>,
}

/// What a call came to, as the crowd writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallRecord {
    /// Its number.
    pub call: u64,
    /// Who was called.
    pub server: Server,
    /// What for.
    pub kind: Kind,
    /// What the caller was told.
    pub end: CallEnd,
}

/// What the caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// It is done; every attempt answers with its own number.
    Answered {
        /// Whose answer it is.
        attempt: u32,
    },
    /// It was given up.
    GaveUp {
        /// What the last attempt died of, by the error.
        cause: Cause,
        /// How many there were, by the error.
        attempts: u32,
        /// How long all waits were, by the error.
        waited_us: u64,
        /// Why, by the error.
        stop: Why,
    },
    /// The caller went away.
    Left,
}

/// [`retry::core::error::Cause`], with the attempt that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// That attempt's error.
    Failed {
        /// Its number.
        attempt: u32,
    },
    /// An attempt had no time to answer.
    TimedOut,
    /// Nothing was sent.
    NotSent,
}

/// [`Stop`], in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are the error's own")]
pub enum Why {
    Permanent,
    NotSafe,
    PushedBack,
    PastCap,
    AttemptsSpent,
    DeadlinePassed,
    PastDeadline,
    BudgetSpent,
    Throttled,
}

/// One attempt.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// The operation's id.
    pub op: u64,
    /// Which of its call's, from 1.
    pub number: u32,
    /// When it began.
    pub began_us: u64,
    /// When it had ended or was dropped.
    pub ended_us: u64,
    /// How.
    pub end: AttemptEnd,
}

/// What an attempt came to, as the crowd writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Its call.
    pub call: u64,
    /// Which of its call's, from 1.
    pub number: u32,
    /// How it ended.
    pub end: AttemptEnd,
    /// The error's own words.
    pub words: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// It was done.
    Done,
    /// It did not happen, and may in a moment.
    Transient,
    /// It never will.
    Permanent,
    /// It failed, and may have happened.
    Ambiguous,
    /// It was dropped by the code under test: out of time, or another one's answer counted. It may have happened.
    Dropped,
    /// It was dropped because its caller went away.
    Left,
}

impl From<Stop> for Why {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Permanent => Self::Permanent,
            Stop::NotSafe => Self::NotSafe,
            Stop::PushedBack => Self::PushedBack,
            Stop::PastCap { .. } => Self::PastCap,
            Stop::AttemptsSpent => Self::AttemptsSpent,
            Stop::DeadlinePassed => Self::DeadlinePassed,
            Stop::PastDeadline { .. } => Self::PastDeadline,
            Stop::BudgetSpent => Self::BudgetSpent,
            Stop::Throttled => Self::Throttled,
        }
    }
}

impl Terms {
    /// Those of `server`.
    #[must_use]
    pub fn of(&self, server: Server) -> &ServerTerms {
        match server {
            Server::Redis => &self.redis,
            Server::Mysql => &self.mysql,
        }
    }
}

impl Facts {
    /// What `history` says.
    ///
    /// # Errors
    /// A record is not what the crowd writes.
    pub fn of(history: &History) -> Result<Self> {
        let mut calls = Vec::new();
        let mut attempts: BTreeMap<u64, Vec<Attempt>> = BTreeMap::new();
        for op in &history.ops {
            let wrong = |error| format!("operation {}: {}: {error}", op.id, op.outcome);
            if op.lane != CALLERS {
                let record = AttemptRecord::deserialize(&op.outcome).map_err(wrong)?;
                attempts.entry(record.call).or_default().push(Attempt {
                    op: op.id,
                    number: record.number,
                    began_us: op.began_us,
                    ended_us: op.ended_us,
                    end: record.end,
                });
            } else {
                let record = CallRecord::deserialize(&op.outcome).map_err(wrong)?;
                calls.push(Call {
                    op: op.id,
                    id: record.call,
                    server: record.server,
                    kind: record.kind,
                    began_us: op.began_us,
                    ended_us: op.ended_us,
                    end: record.end,
                    attempts: Vec::new(),
                });
            }
        }
        for call in &mut calls {
            call.attempts = attempts.remove(&call.id).unwrap_or_default();
            call.attempts
                .sort_by_key(|attempt| (attempt.began_us, attempt.number));
        }
        if let Some(call) = attempts.keys().next() {
            return Err(format!("call {call} has attempts and no record of its own").into());
        }
        Ok(Self {
            terms: only(history, "terms")?,
            calls,
            effects: only(history, "effects")?,
            late: history
                .seen
                .iter()
                .filter(|seen| seen.what == "late")
                .map(|seen| Ok((seen.ended_us, u64::deserialize(&seen.value)?)))
                .collect::<serde_json::Result<_>>()?,
            faults: history.faults.clone(),
        })
    }

    /// How late the run itself was at worst within `[from, to]`.
    #[must_use]
    pub fn late_us(&self, from: u64, to: u64) -> u64 {
        let beat = BEAT.as_micros() as u64;
        let within =
            |&&(at, late): &&(u64, u64)| at >= from && at.saturating_sub(late + beat) <= to;
        let late = self.late.iter().filter(within).map(|&(_, late)| late);
        late.max().unwrap_or(0)
    }

    /// What a measured moment within `[from, to]` may lie behind the one that was meant: a timer's grain, a beat in which nobody
    /// noticed, and what the metronome was late.
    #[must_use]
    pub fn slack_us(&self, from: u64, to: u64) -> u64 {
        self.late_us(from, to) + (BEAT + TIMER).as_micros() as u64
    }
}

impl Call {
    /// `call 17, a plain write to redis`.
    #[must_use]
    pub fn name(&self) -> String {
        format!(
            "call {}, a {} to {}",
            self.id,
            self.kind.words(),
            self.server.name()
        )
    }

    /// Each attempt after the first, with when all before it had ended; `None` if one was still running: then it is a hedge.
    pub fn further(&self) -> impl Iterator<Item = (&Attempt, Option<u64>)> {
        self.attempts
            .iter()
            .enumerate()
            .skip(1)
            .map(|(index, attempt)| {
                let before = self.attempts[..index].iter().map(|other| other.ended_us);
                let over = before.max().filter(|&over| over <= attempt.began_us);
                (attempt, over)
            })
    }
}

fn only<T: for<'de> Deserialize<'de>>(history: &History, what: &str) -> Result<T> {
    let seen = history.seen.iter().rfind(|seen| seen.what == what);
    let seen = seen.ok_or_else(|| format!("the history has no {what}"))?;
    Ok(T::deserialize(&seen.value).map_err(|error| format!("{what}: {error}"))?)
}
