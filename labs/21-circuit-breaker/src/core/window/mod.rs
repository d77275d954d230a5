//! What came of the latest calls: how many there were, how many failed, how many were slow.
//!
//! Why not a counter of failures: it only ever grows, so a service that fails once an hour has "failed five times" by the evening. A
//! window forgets. What must stay true: the three counts are those of the calls in the window, at every moment, and never of others.

mod bits;
mod count;
mod time;

pub use count::CountWindow;
pub use time::TimeWindow;

use std::time::Duration;

use super::clock::Clock;
use super::config::{Config, SlowLimit, WindowKind};
use super::outcome::{Call, Outcome};

/// The calls in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// All of them.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those that took too long, failed or not.
    pub slow: u64,
}

/// A window of either kind.
#[derive(Clone, Debug)]
pub enum Window {
    /// The last so many calls.
    Count(CountWindow),
    /// The calls of the last so long.
    Time(TimeWindow),
}

impl Counts {
    /// Whether these calls are reason enough to open the circuit.
    #[must_use]
    pub fn trip(&self, config: &Config) -> bool {
        self.fail_too_often(config)
            || config
                .slow_calls()
                .is_some_and(|limit| self.are_too_slow(config, limit))
    }

    /// Whether there are enough calls, and a large enough share of them failed.
    #[must_use]
    pub fn fail_too_often(&self, config: &Config) -> bool {
        // ANCHOR: stage1_fail_too_often
        todo!("stage 1: fail too often")
        // ANCHOR_END: stage1_fail_too_often
    }

    /// Whether there are enough calls, and a large enough share of them was slow.
    #[must_use]
    pub fn are_too_slow(&self, config: &Config, limit: &SlowLimit) -> bool {
        // ANCHOR: stage3_are_too_slow
        todo!("stage 3: are too slow")
        // ANCHOR_END: stage3_are_too_slow
    }

    /// One call more.
    pub(super) fn add(&mut self, call: Call) {
        self.calls += 1;
        self.failures += u64::from(call.outcome == Outcome::Failure);
        self.slow += u64::from(call.slow);
    }

    /// So many calls fewer, which were among these.
    pub(super) fn take_away(&mut self, other: Self) {
        self.calls -= other.calls;
        self.failures -= other.failures;
        self.slow -= other.slow;
    }
}

impl Window {
    /// An empty window of this kind.
    #[must_use]
    pub fn new(kind: WindowKind) -> Self {
        match kind {
            WindowKind::Count(calls) => Self::Count(CountWindow::new(calls)),
            WindowKind::Time { length, buckets } => Self::Time(TimeWindow::new(length, buckets)),
        }
    }

    /// One call more, at the moment that `clock` says. A count window does not ask it.
    pub fn record(&mut self, call: Call, clock: impl Clock) {
        match self {
            Self::Count(window) => window.record(call),
            Self::Time(window) => window.record(call, clock.now()),
        }
    }

    /// The calls in the window, as of the last one that was recorded.
    #[must_use]
    pub fn counts(&self) -> Counts {
        match self {
            Self::Count(window) => window.counts(),
            Self::Time(window) => window.counts(),
        }
    }

    /// Forgets every call.
    pub fn clear(&mut self) {
        match self {
            Self::Count(window) => window.clear(),
            Self::Time(window) => window.clear(),
        }
    }

    /// Whether one more success, and one more after it, would change nothing at all: a count window that is full of quick successes.
    /// A window over time is never so: its calls have a moment.
    #[must_use]
    pub fn is_all_well(&self) -> bool {
        match self {
            Self::Count(window) => window.is_all_well(),
            Self::Time(_) => false,
        }
    }

    /// The newest moment in the window; zero if it keeps none.
    #[must_use]
    pub fn newest(&self) -> Duration {
        match self {
            Self::Count(_) => Duration::ZERO,
            Self::Time(window) => window.newest(),
        }
    }
}
