//! The one place that reads a clock; and a clock that a test or a simulation moves.
//!
//! Why two: a dwell time, a time to live and a warm-up's pace are minutes, and a test that waits for them measures its machine. What must stay
//! true: a moment never lies before one that was given before.
#![allow(clippy::disallowed_methods, reason = "this is the place")]

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Counts from its own start. A clone is the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Real(Instant),
    Manual(watch::Sender<Duration>),
}

impl Clock {
    /// The machine's monotonic clock, which starts now.
    #[must_use]
    pub fn real() -> Self {
        Self(Source::Real(Instant::now()))
    }

    /// A clock that stands at zero until it is advanced.
    #[must_use]
    pub fn manual() -> Self {
        Self(Source::Manual(watch::Sender::new(Duration::ZERO)))
    }

    /// The time since its start.
    #[must_use]
    pub fn now(&self) -> Duration {
        match &self.0 {
            Source::Real(origin) => origin.elapsed(),
            Source::Manual(now) => *now.borrow(),
        }
    }

    /// Moves a manual clock on. The real one moves by itself.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::Real(_) => {}
            Source::Manual(now) => now.send_modify(|now| *now = now.saturating_add(by)),
        }
    }

    /// How many wait for a manual clock. For the real one 0: nobody has to move it for them.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match &self.0 {
            Source::Real(_) => 0,
            Source::Manual(now) => now.receiver_count(),
        }
    }

    /// Waits until it is `moment`.
    pub async fn wait_until(&self, moment: Duration) {
        match &self.0 {
            Source::Real(_) => tokio::time::sleep(moment.saturating_sub(self.now())).await,
            Source::Manual(now) => {
                // This clock has the sender, so the channel is open.
                let mut now = now.subscribe();
                let _reached = now.wait_for(|now| *now >= moment).await;
            }
        }
    }
}
