//! The one place that reads a clock.
//!
//! Why tokio's and not std's: a test that pauses the runtime's time moves both the time-outs and what this clock says. It never steps back.

use std::time::Duration;

use tokio::time::Instant;

use crate::core::clock::Clock;

/// Counts from its own start.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    origin: Instant,
}

impl TokioClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}
