//! The right to make one call. Whatever happens to the call, the breaker hears of it.
//!
//! Why a guard and not two functions, `before` and `after`: between the two lie an early return, a panic, and in a future every await, at
//! which the caller may go away. A probe whose permit is lost there keeps the circuit from ever closing. Drop runs in all of them.

use std::ops::Deref;
use std::time::Duration;

use super::super::clock::Clock;
use super::super::machine::Ticket;
use super::super::outcome::{Ending, Outcome};
use super::Breaker;

/// The right to make one call through the breaker `B` points to (`&Breaker`, `Arc<Breaker>`).
///
/// Settle it with what came of the call. Dropped, it is settled all the same: as cancelled, or as panicked if the thread is panicking.
#[derive(Debug)]
#[must_use]
pub struct Permit<B, C>
where
    B: Deref<Target = Breaker<C>>,
    C: Clock,
{
    breaker: B,
    /// Taken when it is settled.
    ticket: Option<Ticket>,
    /// When the call began, if the breaker counts slow calls.
    began: Option<Duration>,
}

impl<B, C> Permit<B, C>
where
    B: Deref<Target = Breaker<C>>,
    C: Clock,
{
    #[inline]
    pub(super) fn new(breaker: B, ticket: Ticket, began: Option<Duration>) -> Self {
        Self {
            breaker,
            ticket: Some(ticket),
            began,
        }
    }

    /// The call was answered, and this is what the answer says.
    #[inline]
    pub fn answered(self, outcome: Outcome) {
        self.settle(Ending::Answered(outcome));
    }

    /// The call has ended.
    #[inline]
    pub fn settle(mut self, ending: Ending) {
        self.end(ending);
    }

    /// The breaker that gave it.
    #[must_use]
    pub fn breaker(&self) -> &Breaker<C> {
        &self.breaker
    }

    /// Whoever made the call went away.
    // ANCHOR: abandon
    pub(crate) fn abandon(&mut self) {
        // ANCHOR: stage2_abandon
        self.end(Ending::Cancelled);
        // ANCHOR_END: stage2_abandon
    }
    // ANCHOR_END: abandon

    #[inline]
    fn end(&mut self, ending: Ending) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.end(ticket, ending, self.began);
        }
    }
}

// ANCHOR: drop
impl<B, C> Drop for Permit<B, C>
where
    B: Deref<Target = Breaker<C>>,
    C: Clock,
{
    #[inline]
    fn drop(&mut self) {
        if self.ticket.is_none() {
            return;
        }
        if std::thread::panicking() {
            self.end(Ending::Panicked);
        } else {
            self.abandon();
        }
    }
}
// ANCHOR_END: drop
