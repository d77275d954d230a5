//! One deadline over all attempts and the waits between them.
//!
//! Why not a time-out for each attempt alone: three attempts of a second each, and the waits, are a call that takes five, long after
//! whoever asked has gone. What must stay true: no attempt starts at the deadline or after it, none runs past it, and a wait that would end
//! there is not begun.

use std::time::Duration;

use super::attempts::{Begin, Next};
use super::error::Stop;

/// The moment by which a call must be over, counted as the caller's clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    at: Duration,
}

impl Deadline {
    /// `limit` after `start`.
    #[must_use]
    pub fn after(start: Duration, limit: Duration) -> Self {
        Self {
            at: start.saturating_add(limit),
        }
    }

    /// What is left at `now`; zero once it has passed.
    #[must_use]
    pub fn left(&self, now: Duration) -> Duration {
        self.at.saturating_sub(now)
    }

    /// Whether an attempt may start at `now`, and how long it may take: `attempt_timeout`, or what is left if that is less.
    pub fn begin(&self, attempt_timeout: Option<Duration>, now: Duration) -> Begin {
        // ANCHOR: stage3_begin
        let left = self.left(now);
        if left.is_zero() {
            return Begin::Stop(Stop::DeadlinePassed);
        }
        Begin::Go {
            timeout: Some(attempt_timeout.map_or(left, |timeout| timeout.min(left))),
        }
        // ANCHOR_END: stage3_begin
    }

    /// Whether an attempt `wait` after `now` would still start before the deadline. If not, the call ends now: there is nothing to wait for.
    pub fn allows(&self, wait: Duration, now: Duration) -> Next {
        // ANCHOR: stage3_allows
        let left = self.left(now);
        if left.is_zero() {
            return Next::Stop(Stop::DeadlinePassed);
        }
        if wait >= left {
            return Next::Stop(Stop::PastDeadline { wait, left });
        }
        Next::Retry { after: wait }
        // ANCHOR_END: stage3_allows
    }
}
