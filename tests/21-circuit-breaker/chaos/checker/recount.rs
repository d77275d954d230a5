//! Whether it must trip, counted anew for every call: all calls that were counted are kept, and each time those in the window are picked out.
//!
//! Why not as the lab does it: a running sum that is wrong would be wrong here too. This one is slow, and has nothing to keep in step.

use crate::facts::{Terms, Window};

/// How a call came to be weighed, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It was answered, or failed.
    Counts,
    /// It had no answer in time.
    TimedOut,
    /// It panicked.
    Panicked,
    /// Its caller went away: it does not count.
    GaveUp,
    /// It is of an earlier state: it does not count.
    Late,
}

/// A call that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Over {
    pub(super) at_us: u64,
    pub(super) kind: Kind,
    pub(super) failed: bool,
    pub(super) slow: bool,
}

/// What was found in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) slow: u64,
}

/// What counts, in the right order of things.
pub(super) const RIGHT: [Kind; 3] = [Kind::Counts, Kind::TimedOut, Kind::Panicked];

/// The calls of these kinds that are in the window at `now_us`, which is when the last of all was over.
pub(super) fn count(all: &[Over], kinds: &[Kind], terms: &Terms, now_us: u64) -> Counted {
    let weigh = all.iter().rev().filter(|over| kinds.contains(&over.kind));
    let inside: Vec<&Over> = match terms.window {
        Window::Count(calls) => weigh.take(calls).collect(),
        Window::Time { length_us, buckets } => {
            let bucket = |at_us: u64| at_us / (length_us / buckets);
            weigh
                .filter(|over| bucket(over.at_us) + buckets > bucket(now_us))
                .collect()
        }
    };
    Counted {
        calls: inside.len() as u64,
        failed: inside.iter().filter(|over| over.failed).count() as u64,
        slow: inside.iter().filter(|over| over.slow).count() as u64,
    }
}

impl Counted {
    /// Whether these are enough calls, and enough of them failed or were slow.
    pub(super) fn trip(self, terms: &Terms) -> bool {
        self.calls >= terms.minimum_calls
            && (self.failed * 100 >= terms.failure_percent * self.calls
                || self.slow * 100 >= terms.slow_percent * self.calls)
    }
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            calls,
            failed,
            slow,
        } = self;
        write!(
            f,
            "{failed} of the {calls} calls in the window had failed, {slow} were slow"
        )
    }
}
