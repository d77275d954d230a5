//! What happened, in numbers: what an operator plots, and what a test of a cancelled loser looks at.
//!
//! A call that succeeds at once counts nothing: its own metrics are the service's.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted since the policy was made; each only grows.
#[derive(Debug, Default)]
pub struct Counters {
    /// Retries that were sent.
    pub retries: Counter,
    /// Hedges that were sent.
    pub hedges: Counter,
    /// Hedges whose answer counted.
    pub hedges_won: Counter,
    /// Attempts that were dropped because the other one's answer counted.
    pub losers_cancelled: Counter,
    /// Retries and hedges that found the budget spent.
    pub budget_refused: Counter,
    /// Attempts that the throttle did not send.
    pub throttled: Counter,
    /// Calls that were given up.
    pub gave_up: Counter,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// What it has come to.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
