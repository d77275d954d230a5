//! The one place of the runs that reads a clock.
#![allow(clippy::disallowed_methods, reason = "this is the place")]

use std::time::{Duration, Instant};

/// Counts from its own start.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn now(&self) -> Duration {
        self.0.elapsed()
    }

    /// Waits until then; not at all if it is past.
    pub async fn until(&self, at: Duration) {
        tokio::time::sleep_until((self.0 + at).into()).await;
    }
}
