//! Writes the history down while it happens, by one clock, and tells the command what is going on.
//!
//! The clock is tokio's, which a test can stop.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use crate::history::{Ending, History, Op, Seen, Series, Struck};
use crate::line::Line;
use crate::program::say;

/// The record of a run.
#[derive(Debug)]
pub struct Recorder {
    origin: Instant,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    history: History,
    /// When the last operation began.
    last_us: u64,
}

/// An operation that has begun.
#[derive(Debug)]
#[must_use = "what does not end is not in the history"]
pub struct Begun {
    who: String,
    lane: &'static str,
    what: String,
    at_us: u64,
}

/// The wall clock, in milliseconds since 1970.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "a recorder reads the clock so that nobody else has to"
)]
pub fn unix_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Recorder {
    /// A record that begins now.
    #[must_use]
    pub fn start(lanes: &[&str]) -> Self {
        let history = History {
            lanes: lanes.iter().map(|&lane| lane.to_owned()).collect(),
            began_unix_ms: unix_ms(),
            ..History::default()
        };
        Self {
            origin: Instant::now(),
            open: Mutex::new(Open {
                history,
                last_us: 0,
            }),
        }
    }

    /// Microseconds since the start.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Waits until so long after the start: the crowd comes when it comes, and not when a server is ready for it.
    pub async fn at(&self, ms: u64) {
        sleep_until(self.origin + Duration::from_millis(ms)).await;
    }

    /// `who` asks `lane` now. No two begin in the same microsecond, so that their order is that of their beginnings.
    pub fn begin(&self, who: String, lane: &'static str, what: String) -> Begun {
        let mut open = self.open();
        let at_us = self.now_us().max(open.last_us + 1);
        open.last_us = at_us;
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
        self.open().history.ops.push(op);
    }

    /// Operations at `lane` that have ended since `from_us` and got no answer, or that it failed: what a fault there has struck.
    #[must_use]
    pub fn struck_since(&self, lane: &str, from_us: u64) -> u64 {
        let open = self.open();
        let failed = open.history.ops.iter().filter(|op| {
            op.lane == lane
                && op.ended_us >= from_us
                && matches!(op.ending, Ending::Failed | Ending::Unknown)
        });
        failed.count() as u64
    }

    /// A fault is over.
    pub fn struck(&self, fault: Struck) {
        self.open().history.faults.push(fault);
    }

    /// A store was looked into since `began_us`.
    pub fn seen(&self, began_us: u64, what: &str, value: Value) {
        let seen = Seen {
            began_us,
            ended_us: self.now_us(),
            what: what.to_owned(),
            value,
        };
        self.open().history.seen.push(seen);
    }

    /// Says it, with the time.
    pub fn progress(&self, text: impl Into<String>) {
        say(&Line::Progress {
            at_us: self.now_us(),
            text: text.into(),
        });
    }

    /// The record, in order, with the figures that `series` reads off it.
    #[must_use]
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::thread;

    use tokio::time::advance;

    use super::*;

    fn nothing(_: &History) -> Vec<Series> {
        Vec::new()
    }

    #[tokio::test(start_paused = true)]
    async fn operations_are_in_the_order_in_which_they_began_though_the_clock_stands() {
        let recorder = Recorder::start(&["redis"]);
        let begun = ["one", "two", "three"].map(|who| {
            let who = who.to_owned();
            recorder.begin(who, "redis", "get".to_owned())
        });
        for begun in begun.into_iter().rev() {
            recorder.end(begun, Ending::Done, "done", Value::Null);
        }
        let history = recorder.finish(nothing);
        let order: Vec<_> = history.ops.iter().map(|op| (op.id, &*op.who)).collect();
        assert_eq!(order, [(0, "one"), (1, "two"), (2, "three")]);
        assert!(history.ops.is_sorted_by(|a, b| a.began_us < b.began_us));
    }

    #[test]
    fn no_two_threads_begin_in_the_same_microsecond() {
        let recorder = Recorder::start(&["redis"]);
        let begin = || recorder.begin(String::new(), "redis", String::new()).at_us;
        let thousand = || (0..1_000).map(|_| begin()).collect::<Vec<_>>();
        let moments: BTreeSet<u64> = thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(thousand));
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(moments.len(), 4_000);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_ends_before_it_began() {
        let recorder = Recorder::start(&["redis"]);
        let at_once = recorder.begin("at once".to_owned(), "redis", "get".to_owned());
        recorder.end(at_once, Ending::Done, "done", Value::Null);
        let later = recorder.begin("later".to_owned(), "redis", "get".to_owned());
        advance(Duration::from_millis(3)).await;
        recorder.end(later, Ending::Done, "done", Value::Null);
        let ops = recorder.finish(nothing).ops;
        let times: Vec<_> = ops.iter().map(|op| (op.began_us, op.ended_us)).collect();
        assert_eq!(times, [(1, 1), (2, 3_000)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_struck_what_failed_or_had_no_answer_at_its_lane_since_it_began() {
        let recorder = Recorder::start(&["redis", "mysql"]);
        let ended = |lane, ending| {
            let begun = recorder.begin("caller".to_owned(), lane, "get".to_owned());
            recorder.end(begun, ending, "over", Value::Null);
        };
        ended("redis", Ending::Failed);
        advance(Duration::from_millis(1)).await;
        let from_us = recorder.now_us();
        for ending in Ending::ALL {
            ended("redis", ending);
        }
        ended("mysql", Ending::Unknown);
        assert_eq!(recorder.struck_since("redis", from_us), 2);
        assert_eq!(recorder.struck_since("redis", 0), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn figures_are_read_off_the_record_when_it_is_in_order() {
        let recorder = Recorder::start(&["redis"]);
        let [one, two] = ["one", "two"].map(|who| {
            let who = who.to_owned();
            recorder.begin(who, "redis", "get".to_owned())
        });
        recorder.end(two, Ending::Done, "done", Value::Null);
        recorder.end(one, Ending::Done, "done", Value::Null);
        recorder.at(7).await;
        let history = recorder.finish(|history| {
            assert_eq!(history.lasted_us, 7_000);
            vec![Series {
                name: history.ops[0].who.clone(),
                points: Vec::new(),
                limit: None,
            }]
        });
        assert_eq!(history.series[0].name, "one");
    }
}
