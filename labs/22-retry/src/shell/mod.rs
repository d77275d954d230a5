//! The loop around the decisions: it waits, times out, hedges, and tells what it did.
//!
//! [`retry::retry`] is the function, [`layer::RetryLayer`] the same for a tower service; both are told what to do by a
//! [`policy::Policy`]. A call that succeeds at once costs what its options ask for and nothing else: no allocation, no clock and
//! no random number without a deadline, a budget, a throttle or a hedge.
//!
//! **Cancelled.** Who drops the future of a call drops the attempt that runs (and its hedge), and nothing of it goes on. A token of the budget that
//! was taken for a retry which had not started goes back; what the call paid in stays, for it was a call. **Panicked.** A panic of the operation goes through; it is nobody's retryable error.

pub mod budget;
pub mod clock;
pub mod counters;
pub mod layer;
pub mod policy;
pub mod race;
pub mod retry;
mod run;
