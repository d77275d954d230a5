//! What the learner is given of the core and does not write: configuration, errors, names, what is counted and how it is written down, and
//! how little of it waits for a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use circuit_breaker::core::clock::Clock;
use circuit_breaker::core::config::SlowCalls;

#[path = "given/breaker.rs"]
mod breaker;
#[path = "given/config.rs"]
mod config;
#[path = "given/words.rs"]
mod words;

/// A second.
pub const S: Duration = Duration::from_secs(1);

/// Calls that took longer are slow, and this share of them is too many.
pub fn slow(longer_than: Duration, rate: f64) -> Option<SlowCalls> {
    Some(SlowCalls { longer_than, rate })
}

/// A clock that is set.
#[derive(Clone, Debug, Default)]
pub struct Hand(pub Arc<AtomicU64>);

impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}
