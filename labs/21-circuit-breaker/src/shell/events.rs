//! An event for each change of state, for those who watch.
//!
//! Why events and not only metrics: a scrape every fifteen seconds sees a circuit that opened and closed in between as one that never did.

use std::sync::Arc;

use crate::core::machine::{State, Transition};
use crate::core::{breaker, registry};

/// Traces one change of state: a warning if calls are rejected from now on.
pub fn trace(breaker: &str, transition: &Transition) {
    // ANCHOR: stage5_trace
    todo!("stage 5: trace")
    // ANCHOR_END: stage5_trace
}

/// For [`registry::Registry::with_listener`].
#[must_use]
pub fn tracing_all() -> registry::Listener {
    Arc::new(trace)
}

/// For [`breaker::Breaker::with_listener`]: events of the breaker of this name.
#[must_use]
pub fn tracing_one(breaker: &str) -> breaker::Listener {
    let breaker = breaker.to_owned();
    Box::new(move |transition| trace(&breaker, transition))
}
