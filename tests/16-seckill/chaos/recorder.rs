//! Writes the history down while it happens, by one clock, and tells the command what is going on.
#![allow(
    clippy::disallowed_methods,
    reason = "a recorder reads the clock so that nobody else has to"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chaos::{Ending, History, Line, Op, Seen, Series, Struck};
use serde_json::Value;

/// The record of a run.
pub struct Recorder {
    origin: Instant,
    history: Mutex<History>,
}

/// An operation that has begun.
pub struct Begun {
    who: String,
    lane: String,
    what: &'static str,
    at_us: u64,
}

/// The wall clock, in milliseconds since 1970.
pub fn unix_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Tells whoever started us.
pub fn say(line: &Line) {
    println!("{}", line.to_json());
}

impl Recorder {
    /// A record that begins now.
    pub fn start(lanes: &[&str]) -> Self {
        let history = History {
            lanes: lanes.iter().map(|&lane| lane.to_owned()).collect(),
            began_unix_ms: unix_ms(),
            ..History::default()
        };
        Self {
            origin: Instant::now(),
            history: Mutex::new(history),
        }
    }

    /// Microseconds since the start.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Waits until so long after the start: buyers come when they come, and not when the sale is ready for them.
    pub async fn at(&self, ms: u64) {
        tokio::time::sleep_until((self.origin + Duration::from_millis(ms)).into()).await;
    }

    /// `who` asks `lane` now.
    pub fn begin(&self, who: String, lane: &str, what: &'static str) -> Begun {
        Begun {
            who,
            lane: lane.to_owned(),
            what,
            at_us: self.now_us(),
        }
    }

    /// It ended so.
    pub fn end(&self, begun: Begun, ending: Ending, word: &str, outcome: Value) {
        let op = Op {
            id: 0,
            who: begun.who,
            lane: begun.lane,
            what: begun.what.to_owned(),
            began_us: begun.at_us,
            ended_us: self.now_us(),
            ending,
            word: word.to_owned(),
            outcome,
        };
        self.open().ops.push(op);
    }

    /// A fault is over.
    pub fn struck(&self, fault: Struck) {
        self.open().faults.push(fault);
    }

    /// A store was looked into since `began_us`.
    pub fn seen(&self, began_us: u64, what: &str, value: Value) {
        let seen = Seen {
            began_us,
            ended_us: self.now_us(),
            what: what.to_owned(),
            value,
        };
        self.open().seen.push(seen);
    }

    /// Says it, with the time.
    pub fn progress(&self, text: impl Into<String>) {
        say(&Line::Progress {
            at_us: self.now_us(),
            text: text.into(),
        });
    }

    /// The record, in order, with these figures for its picture.
    pub fn finish(&self, series: Vec<Series>) -> History {
        let mut history = self.open().clone();
        history.lasted_us = self.now_us();
        history.series = series;
        history.put_in_order();
        history
    }

    fn open(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
