//! What a breaker's threads decide by, by name, so that the model checker can put its own in place.
//!
//! Why not `std::sync` where it is used: loom runs every interleaving of its own atomics and locks, and knows nothing of std's. With
//! the feature `loom` this module is loom's, without it std's. What must stay true: no decision of [`super::breaker`] goes by anything
//! else. Its counters are std's, because they only count, and so is the registry's lock, which guards names.

#[cfg(feature = "loom")]
pub(super) use loom::sync::atomic::AtomicU64;
#[cfg(feature = "loom")]
pub(super) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(feature = "loom"))]
pub(super) use std::sync::atomic::AtomicU64;
#[cfg(not(feature = "loom"))]
pub(super) use std::sync::{Mutex, MutexGuard};
