//! The permit of a call that is being polled: it hears of a panic at once, and of a caller who goes away.
//!
//! Why not leave it to the permit's own drop: that asks whether the thread is panicking. A future is dropped by whoever holds it, perhaps
//! long after its own panic was caught, or while the thread unwinds from somebody else's. So a panic is noticed where it passes: in poll.

use std::sync::Arc;

use crate::core::breaker::{Breaker, Permit};
use crate::core::clock::Clock;
use crate::core::outcome::Ending;

/// The permit of one call, until it is settled.
#[derive(Debug)]
pub(super) struct InFlight<C: Clock>(Option<Permit<Arc<Breaker<C>>, C>>);

/// Dropped only by a panic that passes through.
struct OnPanic<'a, C: Clock>(&'a mut InFlight<C>);

impl<C: Clock> InFlight<C> {
    /// A call that has begun.
    pub(super) fn new(permit: Permit<Arc<Breaker<C>>, C>) -> Self {
        Self(Some(permit))
    }

    /// A call that was not made.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// The call has ended. What is said after that is not heard.
    pub(super) fn settle(&mut self, ending: Ending) {
        if let Some(permit) = self.0.take() {
            permit.settle(ending);
        }
    }

    /// Polls what may panic. A panic is settled as it passes.
    pub(super) fn watch<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        // ANCHOR: stage4_watch
        todo!("stage 4: watch")
        // ANCHOR_END: stage4_watch
    }
}

impl<C: Clock> Drop for OnPanic<'_, C> {
    fn drop(&mut self) {
        self.0.settle(Ending::Panicked);
    }
}

/// Whoever polled has gone away.
impl<C: Clock> Drop for InFlight<C> {
    fn drop(&mut self) {
        if let Some(mut permit) = self.0.take() {
            permit.abandon();
        }
    }
}
