//! Writes the history down while it happens, and is the breaker's clock.
//!
//! Whatever meets the breaker does so in a step: it takes a number, and the time stands still until the next one. So every record says
//! in which order the breaker met it and what time it was for the breaker, exactly, and a replay needs no tolerance.
#![allow(
    clippy::disallowed_methods,
    reason = "a recorder reads the clock so that nobody else has to"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chaos::{History, Line, Op, Seen, Series, Struck, say, unix_ms};
use circuit_breaker::core::clock::Clock;
use circuit_breaker::core::machine::{State, Transition};
use serde_json::{Value, json};

use crate::downstream::Given;

/// The record of a run.
pub struct Recorder {
    origin: Instant,
    /// The time of the step, in microseconds.
    now_us: AtomicU64,
    open: Mutex<Open>,
}

struct Open {
    history: History,
    steps: u64,
    /// Where the circuit is, by what the breaker has said.
    state: &'static str,
    /// The calls that the breaker has let through.
    made: BTreeSet<u64>,
    /// What the downstream has answered, by what it says.
    given: [u64; 4],
}

/// Shows the time of the step.
#[derive(Clone)]
pub struct StepClock(pub Arc<Recorder>);

impl Clock for StepClock {
    fn now(&self) -> Duration {
        Duration::from_micros(self.0.now_us.load(Ordering::Relaxed))
    }
}

/// A moment at which the breaker is met.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its number: the order.
    pub number: u64,
    /// What time it is for the breaker.
    pub at_us: u64,
}

impl Recorder {
    /// A record that begins now.
    pub fn start(lanes: &[&str]) -> Arc<Self> {
        let history = History {
            lanes: lanes.iter().map(|&lane| lane.to_owned()).collect(),
            began_unix_ms: unix_ms(),
            ..History::default()
        };
        Arc::new(Self {
            origin: Instant::now(),
            now_us: AtomicU64::new(0),
            open: Mutex::new(Open {
                history,
                steps: 0,
                state: "closed",
                made: BTreeSet::new(),
                given: [0; 4],
            }),
        })
    }

    /// Microseconds since the start.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Waits until so long after the start.
    pub async fn at(&self, ms: u64) {
        tokio::time::sleep_until((self.origin + Duration::from_millis(ms)).into()).await;
    }

    /// The breaker is about to be met.
    pub fn step(&self) -> Step {
        let at_us = self.now_us();
        self.now_us.store(at_us, Ordering::Relaxed);
        let mut open = self.open();
        open.steps += 1;
        Step {
            number: open.steps,
            at_us,
        }
    }

    /// The breaker has changed its state, in this step.
    pub fn transition(&self, transition: &Transition) {
        let mut open = self.open();
        open.state = match transition.to {
            State::Closed => "closed",
            State::HalfOpen => "half-open",
            State::Open { .. } => "open",
            State::ForcedOpen | State::ForcedClosed => "forced",
        };
        let value = json!({
            "step": open.steps,
            "generation": transition.generation,
            "from": transition.from.name(),
            "to": transition.to.name(),
            "cause": transition.cause.name(),
        });
        let at_us = self.now_us.load(Ordering::Relaxed);
        open.history.seen.push(seen(at_us, "transition", value));
    }

    /// Where the circuit is: a lane.
    pub fn state(&self) -> &'static str {
        self.open().state
    }

    /// The breaker has let this call through.
    pub fn made(&self, call: u64) {
        self.open().made.insert(call);
    }

    /// Whether it has.
    pub fn was_made(&self, call: u64) -> bool {
        self.open().made.contains(&call)
    }

    /// The downstream has had this call.
    pub fn arrived(&self, call: u64, answer: Given) {
        let value = json!({"call": call, "answer": answer});
        let at_us = self.now_us();
        let mut open = self.open();
        open.given[answer as usize] += 1;
        open.history.seen.push(seen(at_us, "arrival", value));
    }

    /// How many requests the downstream has answered so.
    pub fn given(&self, answer: Given) -> u64 {
        self.open().given[answer as usize]
    }

    /// How many calls ended with this word.
    pub fn count(&self, word: &str) -> u64 {
        let open = self.open();
        open.history.ops.iter().filter(|op| op.word == word).count() as u64
    }

    /// A call is over.
    pub fn op(&self, op: Op) {
        self.open().history.ops.push(op);
    }

    /// A fault is over.
    pub fn struck(&self, fault: Struck) {
        self.open().history.faults.push(fault);
    }

    /// Something was looked at, at that moment.
    pub fn seen(&self, at_us: u64, what: &str, value: Value) {
        self.open().history.seen.push(seen(at_us, what, value));
    }

    /// Says it, with the time.
    pub fn progress(&self, text: impl Into<String>) {
        say(&Line::Progress {
            at_us: self.now_us(),
            text: text.into(),
        });
    }

    /// The record, in order, with figures for its picture.
    pub fn finish(&self, series: impl FnOnce(&History) -> Vec<Series>) -> History {
        let mut history = self.open().history.clone();
        history.lasted_us = self.now_us();
        history.put_in_order();
        history.series = series(&history);
        history
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seen(at_us: u64, what: &str, value: Value) -> Seen {
    Seen {
        began_us: at_us,
        ended_us: at_us,
        what: what.to_owned(),
        value,
    }
}
