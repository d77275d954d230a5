//! A second attempt beside a slow first one ("The Tail at Scale", Dean and Barroso, 2013).
//!
//! Why not a shorter time-out: that throws away an attempt that was about to answer. A hedge lets both run, and takes what
//! comes first; sent after the 95th percentile, it costs one call in twenty. What must stay true: one answer counts; the operation is one
//! that may happen twice; and hedges are paid for like retries, or a server that slows down gets twice the calls.

use std::time::Duration;

use super::class::Class;
use super::error::ConfigError;
use super::retry_after::Pushback;

/// When the hedge is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// So long after the first attempt.
    After(Duration),
    /// Once the first attempt is slower than so many per cent of those in the last one to two windows; not before a hundred are known.
    Percentile {
        /// 95 is the paper's.
        percentile: f64,
        /// How long a latency is remembered, at least.
        window: Duration,
    },
}

/// A hedge whose numbers make sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hedge(When);

/// How one of the two attempts ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a result.
    Succeeded,
    /// With a failure of this class.
    Failed(Class),
}

/// What an answer means while the other attempt runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Race {
    /// It counts; the other attempt is cancelled.
    Settled,
    /// The other may still succeed.
    WaitForOther,
}

impl Answer {
    /// What a server that had too much to do said about coming back.
    #[must_use]
    pub fn pushback(self) -> Option<Pushback> {
        match self {
            Self::Failed(Class::Throttled { pushback }) => pushback,
            Self::Succeeded
            | Self::Failed(Class::Transient | Class::Permanent | Class::Ambiguous) => None,
        }
    }
}

impl Hedge {
    /// A hedge sent at `when`.
    ///
    /// # Errors
    /// [`ConfigError::HedgeDelay`] unless it is above 0 and at most 24 hours; [`ConfigError::Percentile`] unless it is 50 to 99.9;
    /// [`ConfigError::HedgeWindow`] unless it is 1 ms to 24 hours.
    pub fn new(when: When) -> Result<Self, ConfigError> {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        match when {
            When::After(delay) if delay.is_zero() || delay > DAY => {
                Err(ConfigError::HedgeDelay(delay))
            }
            When::Percentile { percentile, .. } if !(50.0..=99.9).contains(&percentile) => {
                Err(ConfigError::Percentile(percentile))
            }
            When::Percentile { window, .. }
                if window < Duration::from_millis(1) || window > DAY =>
            {
                Err(ConfigError::HedgeWindow(window))
            }
            When::After(_) | When::Percentile { .. } => Ok(Self(when)),
        }
    }

    /// What it was built from.
    #[must_use]
    pub fn when(&self) -> When {
        self.0
    }
}

/// What the first answer of two attempts means, while the other one runs.
///
/// A result counts, and so does a permanent failure: the other attempt would get the same. (If it says "in progress under this key", the other attempt is
/// what is in progress, and the failure is not permanent: that is for the classifier to know.) Any other failure may be one server's, so the
/// other attempt may still succeed.
pub fn judge(answer: Answer) -> Race {
    // ANCHOR: stage5_judge
    todo!("stage 5: judge")
    // ANCHOR_END: stage5_judge
}
