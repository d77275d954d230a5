//! The decisions of a circuit breaker, and the one place that threads share.
//!
//! Nothing here does I/O, waits, or reads a clock of its own: whoever asks brings the time ([`clock::Clock`]), and it is read only
//! where a decision needs it. The shell around it (`crate::shell`) runs the call, and tells what came of it.

pub mod breaker;
pub mod capacity;
pub mod clock;
pub mod config;
pub mod error;
pub mod machine;
pub mod metrics;
pub mod outcome;
pub mod rate;
pub mod registry;
pub mod sync;
pub mod window;
