//! The decisions of a retry, and nothing else.
//!
//! Nothing here waits, reads a clock or owns a source of randomness: a moment is a `Duration` since an origin that the caller
//! keeps, and a random number comes from a generator that is passed in. So each decision can be tested at any moment and with any seed.

pub mod attempts;
pub mod backoff;
pub mod budget;
pub mod capacity;
pub mod class;
pub mod deadline;
pub mod error;
pub mod hedge;
pub mod histogram;
pub mod limits;
pub mod retry_after;
pub mod throttle;
