//! The one place that reads a clock. None of its clocks steps back.
//!
//! Why two: tokio's for the layer, because a test that pauses the runtime's time then moves both the time-outs and what the clock says; std's
//! for calls without a runtime, because tokio's may ask first whether time is paused.
#![allow(clippy::disallowed_methods, reason = "this is the place")]

use std::time::{Duration, Instant};

use crate::core::clock::Clock;

/// tokio's clock; counts from its own start.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    origin: tokio::time::Instant,
}

/// The system's monotonic clock; counts from its own start.
#[derive(Clone, Copy, Debug)]
pub struct StdClock {
    origin: Instant,
}

impl TokioClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: tokio::time::Instant::now(),
        }
    }
}

impl StdClock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    #[inline]
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

impl Clock for StdClock {
    #[inline]
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}
