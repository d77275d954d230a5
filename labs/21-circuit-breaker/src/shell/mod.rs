//! The breaker around real calls: a tower layer, its time-out, a fallback, and events for those who watch.
//!
//! The shell decides nothing. It asks for a permit, makes the call, and says how it ended; and of the five ways to end (an answer, an error,
//! the time-out, a panic, a caller who went away) it forgets none.
//!
//! **What goes where.** A fallback outside the breaker; a retry outside the breaker too, so that a rejected try costs nothing and each attempt
//! counts; the breaker's time-out inside it, because only what the breaker sees can open it. A limit on concurrency inside the breaker
//! holds its `poll_ready` back while it is full, also when the circuit is open; and what it has reserved for a call that is then rejected stays
//! reserved until this clone calls again or is dropped. So ask a clone for each call (`oneshot`), or put the limit outside.

pub mod clock;
pub mod events;
pub mod fallback;
pub mod future;
mod in_flight;
pub mod layer;
pub mod service;
