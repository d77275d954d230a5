//! What threads share, by name, so that the model checker can put its own in place.
//!
//! Why not `std::sync` where it is used: loom runs every interleaving of its own atomics and locks, and knows nothing of std's. With
//! the feature `loom` this module is loom's, without it std's, and no other file names either.

#[cfg(feature = "loom")]
pub(super) use loom::sync::atomic::AtomicU64;
#[cfg(feature = "loom")]
pub(super) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(feature = "loom"))]
pub(super) use std::sync::atomic::AtomicU64;
#[cfg(not(feature = "loom"))]
pub(super) use std::sync::{Mutex, MutexGuard};
