//! The one place that reads a clock.
//!
//! Why tokio's and not std's: a test that pauses the runtime's time moves both the waits and what this clock says.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// Counts from its own start; never steps back.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    /// The wall clock, for the dates in a `Retry-After`.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the place")]
    pub fn wall() -> SystemTime {
        SystemTime::now()
    }
}
