//! What can go wrong: a configuration that makes no sense, a name that is taken, a call that was not made or not answered.
//!
//! Why a rejected call is an error and not a value: the caller asked for an answer of the service below and gets none. But it is an
//! error unlike the others, because nothing was sent: [`BreakerError::retry`] says of each what a retry may do.

use std::time::Duration;

/// A value that makes no sense, with the range that does. Said when the configuration is built, never at the first failure.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A window over no calls at all, or over more than memory is for.
    #[error("window: a count must be 1 to 65536 calls, not {0}")]
    WindowCount(u32),
    /// A window over no time at all, or over more than a day.
    #[error("window: length must be 1 ms to 24 hours, not {0:?}")]
    WindowLength(Duration),
    /// No buckets, too many, or some that are not a whole number of nanoseconds.
    #[error("window: buckets must be 1 to 1000 and divide {length:?} evenly, not {buckets}")]
    WindowBuckets {
        /// What was given.
        buckets: u32,
        /// What it has to divide.
        length: Duration,
    },
    /// Nothing is known of no calls; and a window that never holds so many never trips.
    #[error("minimum_calls must be 1 to {most}, not {given}")]
    MinimumCalls {
        /// What was given.
        given: u32,
        /// What the window can hold, or a million.
        most: u32,
    },
    /// No share of calls: zero, above 1, negative, NaN.
    #[error("{field} must be 0.000001 to 1, not {rate}")]
    Rate {
        /// Which of the rates.
        field: &'static str,
        /// What was given.
        rate: f64,
    },
    /// A wait of nothing, or of more than a day.
    #[error("{field} must be above 0 and at most 24 hours, not {given:?}")]
    Wait {
        /// Which of the durations.
        field: &'static str,
        /// What was given.
        given: Duration,
    },
    /// No probe, or a herd of them.
    #[error("half_open.permits must be 1 to 1000, not {0}")]
    Permits(u32),
    /// Closes without a probe, or never.
    #[error("half_open.successes must be 1 to 1000, not {0}")]
    Successes(u32),
}

/// Why a registry has no such breaker for you.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RegistryError {
    /// A name nobody could read in a metric.
    #[error("name {0:?}: use 1 to 64 characters, none of them a control character")]
    Name(String),
    /// Two parts of a program do not agree on what this breaker is.
    #[error("breaker {0:?} is there already, with another configuration")]
    OtherConfig(String),
    /// Names that come from requests would fill the memory, and the metrics.
    #[error("{0} breakers are there already, and no more are allowed")]
    Full(usize),
}

/// A call that was not admitted. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The downstream has failed too often.
    #[error("the circuit is open for another {retry_after:?}")]
    Open {
        /// When it may be tried: `until` less the clock's reading. Never more than the configured `open_for`.
        retry_after: Duration,
    },
    /// The downstream is being probed, and all probes are out.
    #[error("the circuit is half-open and all its permits are in use")]
    HalfOpen,
    /// An operator has opened it.
    #[error("the circuit was opened by an operator")]
    ForcedOpen,
}

/// What a retry may do after an error.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Retry<'e, E> {
    /// Nothing was sent. Before this much time every try would be rejected.
    After(Duration),
    /// Nothing was sent. The answer to a probe decides, and nobody knows when it comes.
    Later,
    /// Nothing was sent. It stays so until an operator says otherwise.
    Never,
    /// It may have happened: only what is safe to do twice may be tried again.
    IfIdempotent,
    /// Ask the error of the service below.
    Ask(&'e E),
}

/// A call through a breaker that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BreakerError<E> {
    /// It was not made.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It had not answered in time. It may have happened.
    #[error("no answer within {after:?}")]
    TimedOut {
        /// The layer's time-out.
        after: Duration,
    },
    /// It was answered with an error.
    #[error("{0}")]
    Inner(#[source] E),
}

impl Rejection {
    /// How long every further call would be rejected, as far as that is known.
    #[must_use]
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Open { retry_after } => Some(retry_after),
            Self::HalfOpen | Self::ForcedOpen => None,
        }
    }
}

impl<E> BreakerError<E> {
    /// What a retry may do: an answer for every error.
    pub fn retry(&self) -> Retry<'_, E> {
        match self {
            Self::Rejected(Rejection::Open { retry_after }) => Retry::After(*retry_after),
            Self::Rejected(Rejection::HalfOpen) => Retry::Later,
            Self::Rejected(Rejection::ForcedOpen) => Retry::Never,
            Self::TimedOut { .. } => Retry::IfIdempotent,
            Self::Inner(error) => Retry::Ask(error),
        }
    }
}
