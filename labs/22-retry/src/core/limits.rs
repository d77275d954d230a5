//! How much one call may try: attempts, time for all of them, time for each.
//!
//! Why a deadline and not attempts x time-out: who waits for the call has one patience, not three. What must stay true: a limit that
//! never lets an attempt start, or never ends, is refused when it is built.

use std::time::Duration;

use super::error::ConfigError;

/// The limits of each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    attempts: u32,
    deadline: Option<Duration>,
    attempt_timeout: Option<Duration>,
}

impl Limits {
    /// More is no retry but a poll.
    pub const MAX_ATTEMPTS: u32 = 1000;
    /// Whoever waits longer than a day wants a job queue.
    pub const MAX_TIME: Duration = Duration::from_secs(24 * 3600);

    /// At most `attempts`, the first and every hedge among them; no deadline, no time-out.
    ///
    /// # Errors
    /// [`ConfigError::Attempts`] unless they are 1 to [`Limits::MAX_ATTEMPTS`].
    pub fn new(attempts: u32) -> Result<Self, ConfigError> {
        // ANCHOR: stage1_limits
        todo!("stage 1: limits")
        // ANCHOR_END: stage1_limits
    }

    /// All attempts and waits together end after `deadline`.
    ///
    /// # Errors
    /// [`ConfigError::Deadline`] unless it is above 0 and at most [`Limits::MAX_TIME`].
    pub fn with_deadline(self, deadline: Duration) -> Result<Self, ConfigError> {
        if deadline.is_zero() || deadline > Self::MAX_TIME {
            return Err(ConfigError::Deadline(deadline));
        }
        Ok(Self {
            deadline: Some(deadline),
            ..self
        })
    }

    /// Each attempt ends after `timeout`, or at the deadline if that is sooner.
    ///
    /// # Errors
    /// [`ConfigError::AttemptTimeout`] unless it is above 0 and at most [`Limits::MAX_TIME`].
    pub fn with_attempt_timeout(self, timeout: Duration) -> Result<Self, ConfigError> {
        if timeout.is_zero() || timeout > Self::MAX_TIME {
            return Err(ConfigError::AttemptTimeout(timeout));
        }
        Ok(Self {
            attempt_timeout: Some(timeout),
            ..self
        })
    }

    /// How many attempts, the first and every hedge among them.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long all of it may take.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// How long one attempt may take.
    #[must_use]
    pub fn attempt_timeout(&self) -> Option<Duration> {
        self.attempt_timeout
    }
}
