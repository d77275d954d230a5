//! Writes the history down while it happens, by one clock, and tells the command what is going on.
#![allow(
    clippy::disallowed_methods,
    reason = "a recorder reads the clock so that nobody else has to"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chaos::{Ending, History, Line, Op, Seen, Series, Struck};
use serde_json::Value;

/// The record of a run.
pub struct Recorder {
    origin: Instant,
    /// When the last operation began.
    last_us: AtomicU64,
    history: Mutex<History>,
}

/// An operation that has begun.
pub struct Begun {
    who: String,
    lane: &'static str,
    what: String,
    at_us: u64,
}

/// Tells whoever started us.
#[allow(clippy::print_stdout, reason = "a command speaks to its terminal")]
pub fn say(line: &Line) {
    println!("{}", line.to_json());
}

impl Recorder {
    /// A record that begins now.
    pub fn start(lanes: &[&str]) -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let history = History {
            lanes: lanes.iter().map(|&lane| lane.to_owned()).collect(),
            began_unix_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            ..History::default()
        };
        Self {
            origin: Instant::now(),
            last_us: AtomicU64::new(0),
            history: Mutex::new(history),
        }
    }

    /// Microseconds since the start.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Waits until so long after the start: the crowd comes when it comes, and not when a server is ready for it.
    pub async fn at(&self, ms: u64) {
        tokio::time::sleep_until((self.origin + Duration::from_millis(ms)).into()).await;
    }

    /// `who` asks `lane` now. No two begin in the same microsecond, so that their order is that of their beginnings.
    pub fn begin(&self, who: String, lane: &'static str, what: String) -> Begun {
        let at_us = self.now_us().max(self.last_us.load(Ordering::Relaxed) + 1);
        self.last_us.store(at_us, Ordering::Relaxed);
        Begun {
            who,
            lane,
            what,
            at_us,
        }
    }

    /// It ended so.
    pub fn end(&self, begun: Begun, ending: Ending, word: &str, outcome: Value) {
        let op = Op {
            id: 0,
            who: begun.who,
            lane: begun.lane.to_owned(),
            what: begun.what,
            began_us: begun.at_us,
            ended_us: self.now_us().max(begun.at_us),
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

    /// The record, in order, with the figures that `series` reads off it.
    pub fn finish(&self, series: impl FnOnce(&History) -> Vec<Series>) -> History {
        let mut history = self.open().clone();
        history.lasted_us = self.now_us();
        history.put_in_order();
        history.series = series(&history);
        history
    }

    fn open(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
