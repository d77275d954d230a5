//! What can go wrong: a configuration that makes no sense, and a call that was given up.
//!
//! Why a call that was given up is not simply its last error: the caller must be able to tell "it failed" from "we stopped
//! trying", and an operator must see after how many attempts. What must stay true: the last cause is always there, unless nothing was sent.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A value that makes no sense, with the range that does. Said when the configuration is built, never at the first failure.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A constant wait of nothing, or of more than a day.
    #[error(
        "backoff: wait must be above 0 and at most 24 hours, not {0:?}; Strategy::None is the one that does not wait"
    )]
    Wait(Duration),
    /// A base of nothing, or above the cap.
    #[error("backoff: base must be above 0 and at most the cap ({cap:?}), not {base:?}")]
    Base {
        /// What was given.
        base: Duration,
        /// The cap beside it.
        cap: Duration,
    },
    /// Below 1 the waits shrink; NaN and infinity are no factors.
    #[error("backoff: factor must be 1 to 100, not {0}")]
    Factor(f64),
    /// A cap of nothing, or of more than a day.
    #[error("backoff: cap must be above 0 and at most 24 hours, not {0:?}")]
    Cap(Duration),
    /// No attempt at all, or more than anybody waits for.
    #[error("limits: attempts must be 1 to 1000, not {0}")]
    Attempts(u32),
    /// A deadline that has passed already, or is none.
    #[error("limits: deadline must be above 0 and at most 24 hours, not {0:?}")]
    Deadline(Duration),
    /// A time-out that no attempt can meet, or is none.
    #[error("limits: attempt_timeout must be above 0 and at most 24 hours, not {0:?}")]
    AttemptTimeout(Duration),
    /// More retries than calls, a negative number of them, or no number.
    #[error("budget: ratio must be 0 to 1, not {0}")]
    Ratio(f64),
    /// More a second than any bucket holds.
    #[error("budget: per_second must be at most 1000000, not {0}")]
    PerSecond(u32),
    /// A bucket that never holds a retry, or holds them without a bound.
    #[error("budget: capacity must be 1 to 1000000, not {0}")]
    Capacity(u32),
    /// Nothing is ever paid in.
    #[error("budget: ratio and per_second must not both be 0; to try once, say attempts = 1")]
    NoIncome,
    /// Below 1 it rejects what the server accepts.
    #[error("throttle: k must be 1 to 100, not {0}")]
    K(f64),
    /// Nothing is remembered, or too long.
    #[error("throttle: window must be 1 ms to 24 hours, not {0:?}")]
    ThrottleWindow(Duration),
    /// A hedge that starts with the first attempt, or never.
    #[error("hedge: delay must be above 0 and at most 24 hours, not {0:?}")]
    HedgeDelay(Duration),
    /// Below the median most calls would be hedged; NaN is no percentile.
    #[error("hedge: percentile must be 50 to 99.9, not {0}")]
    Percentile(f64),
    /// Latencies are forgotten at once, or too late.
    #[error("hedge: window must be 1 ms to 24 hours, not {0:?}")]
    HedgeWindow(Duration),
}

/// Why no further attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The same call would fail again.
    #[error("it is permanent")]
    Permanent,
    /// It may have happened, and to do it twice is not safe.
    #[error("it may have happened, and is not safe to repeat")]
    NotSafe,
    /// The server said not to come back.
    #[error("the server said not to retry")]
    PushedBack,
    /// The server asks for a longer wait than the cap, and no deadline says that the caller has the time.
    #[error("the server asks for {wait:?}, the cap is {cap:?}, and there is no deadline")]
    PastCap {
        /// What the server asks for.
        wait: Duration,
        /// What the backoff allows.
        cap: Duration,
    },
    /// As many attempts as were allowed.
    #[error("all attempts are used up")]
    AttemptsSpent,
    /// No attempt may start any more.
    #[error("the deadline has passed")]
    DeadlinePassed,
    /// The next attempt would start at the deadline or after it: there is nothing to wait for.
    #[error("the next attempt is {wait:?} away, the deadline {left:?}")]
    PastDeadline {
        /// How long the wait would be.
        wait: Duration,
        /// How long the caller still has.
        left: Duration,
    },
    /// All callers together have retried as often as they may.
    #[error("the retry budget is spent")]
    BudgetSpent,
    /// The server has rejected so much lately that this attempt was not sent.
    #[error("throttled here, because the server rejects too much")]
    Throttled,
}

/// What the last attempt died of.
#[derive(Debug)]
pub enum Cause<E> {
    /// It failed.
    Failed(E),
    /// It had not answered in time. It may have happened.
    TimedOut {
        /// The time it had.
        after: Duration,
    },
    /// There was no attempt: the first one was throttled here.
    NotSent,
}

// ANCHOR: gave_up
/// A call that was given up.
#[derive(Debug)]
pub struct GaveUp<E> {
    /// What the last attempt died of.
    pub cause: Cause<E>,
    /// Attempts that were sent, hedges among them.
    pub attempts: u32,
    /// How long the whole call took. `None` without a deadline: such a call reads no clock.
    pub elapsed: Option<Duration>,
    /// How much of it was waits.
    pub waited: Duration,
    /// Whether one of the attempts may have been done, whatever the last one died of: it had no answer, or was dropped while it ran.
    pub may_have_happened: bool,
    /// Why there was no further attempt.
    pub stop: Stop,
}
// ANCHOR_END: gave_up

impl<E> Cause<E> {
    /// The error itself, if an attempt failed with one.
    #[must_use]
    pub fn error(&self) -> Option<&E> {
        match self {
            Self::Failed(error) => Some(error),
            Self::TimedOut { .. } | Self::NotSent => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for Cause<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "{error}"),
            Self::TimedOut { after } => write!(f, "no answer within {after:?}"),
            Self::NotSent => write!(f, "nothing was sent"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for GaveUp<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = if self.attempts == 1 {
            "attempt"
        } else {
            "attempts"
        };
        write!(f, "gave up after {} {times}", self.attempts)?;
        if let Some(elapsed) = self.elapsed {
            write!(f, " in {elapsed:?}")?;
        }
        write!(f, ", because {}; last: {}", self.stop, self.cause)?;
        if self.may_have_happened && self.stop != Stop::NotSafe {
            write!(f, "; it may have happened")?;
        }
        Ok(())
    }
}

impl<E: Error + 'static> Error for GaveUp<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.error().map(|error| error as _)
    }
}
