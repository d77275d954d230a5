//! The history as the checker reads it: the recorder's JSON as values with types, in the order in which the breaker was met.
//!
//! A record that does not parse is an error of the run and never skipped: a checker that overlooks what it does not understand
//! finds nothing.

use std::collections::BTreeMap;

use chaos::{History, Struck};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::downstream::Given;
use crate::run::Result;

/// All that is known of a run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The breaker's terms.
    pub terms: Terms,
    /// Every call, by its number.
    pub calls: BTreeMap<u64, Call>,
    /// Every time the breaker was met, in order.
    pub events: Vec<Event>,
    /// The changes of state, by the step in which they happened, in order.
    pub changes: BTreeMap<u64, Vec<Change>>,
    /// The requests that the downstream has had.
    pub arrivals: Vec<Arrival>,
    /// What went wrong.
    pub faults: Vec<Struck>,
    /// When the last call was over.
    pub lasted_us: u64,
}

/// The breaker's terms: times in microseconds.
#[derive(Clone, Debug, Deserialize)]
pub struct Terms {
    /// Which calls weigh.
    pub window: Window,
    /// Fewer do not trip it.
    pub minimum_calls: u64,
    /// Of a hundred calls in the window, this many failures trip it.
    pub failure_percent: u64,
    /// And this many slow ones.
    pub slow_percent: u64,
    /// A call that took longer is slow.
    pub slow_us: u64,
    /// How long it stays open.
    pub open_for_us: u64,
    /// Probes at once.
    pub permits: usize,
    /// Successes that close it.
    pub successes: u64,
    /// How long a probe holds its permit.
    pub lease_us: u64,
    /// How long a call may take.
    pub time_out_us: u64,
}

/// Which calls weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The last so many.
    Count(usize),
    /// Those of the last so long.
    Time {
        /// How long.
        length_us: u64,
        /// In so many steps.
        buckets: u64,
    },
}

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation's id.
    pub op: u64,
    /// Its number.
    pub call: u64,
    /// When it was asked for.
    pub asked_us: u64,
    /// When it was over.
    pub ended_us: u64,
    /// In which step it was asked for.
    pub asked: u64,
    /// In which step it was over.
    pub ended: u64,
    /// Whether the breaker let it through.
    pub made: bool,
    /// How it ended.
    pub ending: Ending,
    /// Whether a fallback answered.
    pub fallback: bool,
}

/// How a call ended, as its caller saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Ending {
    /// With a price.
    #[serde(rename = "answered")]
    Answered,
    /// There is no such thing: it says nothing of the downstream's health.
    #[serde(rename = "not found")]
    NotFound,
    /// The downstream failed.
    #[serde(rename = "failed")]
    Failed,
    /// There was no connection, or it died.
    #[serde(rename = "no connection")]
    NoConnection,
    /// The layer's time-out.
    #[serde(rename = "timed out")]
    TimedOut,
    /// What read the answer panicked.
    #[serde(rename = "panicked")]
    Panicked,
    /// The caller went away.
    #[serde(rename = "gave up")]
    GaveUp,
    /// It was not made: the circuit is open.
    #[serde(rename = "rejected: open")]
    Open,
    /// It was not made: all permits are out.
    #[serde(rename = "rejected: half-open")]
    HalfOpen,
    /// It was not made: an operator holds the circuit open.
    #[serde(rename = "rejected: forced")]
    ForcedOpen,
}

/// What a call says of the downstream's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is well.
    Success,
    /// It is not.
    Failure,
    /// Nothing.
    Nothing,
}

/// One time that the breaker was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its place in the order.
    pub step: u64,
    /// What time it was for the breaker.
    pub at_us: u64,
    /// By whom.
    pub what: What,
}

/// What met the breaker.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// This call asked.
    Asked(u64),
    /// This call was over.
    Ended(u64),
    /// An operator wanted something.
    Operator(Wants),
    /// Somebody read the metrics.
    Metrics(String),
}

/// What an operator wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wants {
    /// No call.
    Open,
    /// Every call.
    Closed,
    /// To let go.
    Nothing,
}

/// A state of the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every call is made.
    Closed,
    /// None is.
    Open,
    /// Probes are.
    HalfOpen,
    /// None is, by an operator.
    ForcedOpen,
    /// Every one is, by an operator.
    ForcedClosed,
}

/// A change of state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// In which step.
    pub step: u64,
    /// Which one it was, by the breaker's own count.
    pub generation: u64,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// Why.
    pub cause: String,
}

/// A request that the downstream has had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When that was heard of.
    pub at_us: u64,
    /// Of which call.
    pub call: u64,
    /// How it was answered.
    pub answer: Given,
}

#[derive(Deserialize)]
struct Outcome {
    call: u64,
    asked: u64,
    ended: u64,
    made: bool,
    ending: Ending,
    fallback: bool,
}

#[derive(Deserialize)]
struct Operated {
    step: u64,
    wants: Wants,
}

#[derive(Deserialize)]
struct Scraped {
    step: u64,
    text: String,
}

#[derive(Deserialize)]
struct Arrived {
    call: u64,
    answer: Given,
}

impl Facts {
    /// What `history` says.
    ///
    /// # Errors
    /// A record is not what the recorder writes.
    pub fn of(history: &History) -> Result<Self> {
        let terms: Vec<(u64, Terms)> = seen(history, "terms")?;
        let (_, terms) = terms.into_iter().next().ok_or("the history has no terms")?;
        let mut facts = Self {
            terms,
            calls: BTreeMap::new(),
            events: Vec::new(),
            changes: BTreeMap::new(),
            arrivals: Vec::new(),
            faults: history.faults.clone(),
            lasted_us: history.lasted_us,
        };
        for op in &history.ops {
            let outcome: Outcome = serde_json::from_value(op.outcome.clone())
                .map_err(|error| format!("operation {}: {}: {error}", op.id, op.outcome))?;
            facts.add(Call {
                op: op.id,
                call: outcome.call,
                asked_us: op.began_us,
                ended_us: op.ended_us,
                asked: outcome.asked,
                ended: outcome.ended,
                made: outcome.made,
                ending: outcome.ending,
                fallback: outcome.fallback,
            });
        }
        for (at_us, Operated { step, wants }) in seen(history, "operator")? {
            facts.meet(step, at_us, What::Operator(wants));
        }
        for (at_us, Scraped { step, text }) in seen(history, "metrics")? {
            facts.meet(step, at_us, What::Metrics(text));
        }
        for (_, change) in seen::<Change>(history, "transition")? {
            facts.changes.entry(change.step).or_default().push(change);
        }
        for (at_us, Arrived { call, answer }) in seen(history, "arrival")? {
            facts.arrivals.push(Arrival {
                at_us,
                call,
                answer,
            });
        }
        facts.events.sort_by_key(|event| event.step);
        Ok(facts)
    }

    /// One call more, and its two events.
    pub fn add(&mut self, call: Call) {
        self.meet(call.asked, call.asked_us, What::Asked(call.call));
        self.meet(call.ended, call.ended_us, What::Ended(call.call));
        self.calls.insert(call.call, call);
    }

    /// One event more. They are sorted when all are there.
    pub fn meet(&mut self, step: u64, at_us: u64, what: What) {
        self.events.push(Event { step, at_us, what });
    }

    /// The changes of state in this step.
    #[must_use]
    pub fn changes_in(&self, step: u64) -> &[Change] {
        self.changes.get(&step).map_or(&[], Vec::as_slice)
    }

    /// How many changes of state there were before this step.
    #[must_use]
    pub fn generation_before(&self, step: u64) -> u64 {
        self.changes
            .range(..step)
            .map(|(_, changes)| changes.len() as u64)
            .sum()
    }
}

impl Call {
    /// What it says of the downstream's health.
    #[must_use]
    pub fn says(&self) -> Says {
        match self.ending {
            Ending::Answered => Says::Success,
            Ending::Failed | Ending::NoConnection | Ending::TimedOut | Ending::Panicked => {
                Says::Failure
            }
            Ending::NotFound
            | Ending::GaveUp
            | Ending::Open
            | Ending::HalfOpen
            | Ending::ForcedOpen => Says::Nothing,
        }
    }

    /// Whether it took too long.
    #[must_use]
    pub fn is_slow(&self, terms: &Terms) -> bool {
        self.ended_us - self.asked_us > terms.slow_us
    }
}

/// Every look at `what`, with its moment.
fn seen<T: DeserializeOwned>(history: &History, what: &str) -> Result<Vec<(u64, T)>> {
    let looks = history.seen.iter().filter(|seen| seen.what == what);
    looks
        .map(|seen| {
            let value = T::deserialize(&seen.value)
                .map_err(|error| format!("a look at {what}: {error}"))?;
            Ok((seen.began_us, value))
        })
        .collect()
}
