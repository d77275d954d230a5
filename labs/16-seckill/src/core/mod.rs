//! The decisions of a flash sale, and nothing else.
//!
//! Nothing here does I/O, reads a clock or draws a random number: time comes in as an argument and decisions go out as
//! values. The shell around it (`crate::shell`) reads the world, asks here, acts, and tells what came of it.

pub mod capacity;
pub mod claim;
pub mod gate;
pub mod ids;
pub mod limiter;
pub mod log;
pub mod reconcile;
pub mod sale;
pub mod segments;
pub mod window;
