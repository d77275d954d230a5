//! Retrying a call that failed: when it is worth it, how long to wait, and when to stop.
//!
//! `core` decides and is pure; `shell` (feature `io`) waits. A failure is given a [`core::class`]; [`core::attempts`] decides
//! what follows from it: another attempt after a wait of [`core::backoff`], or the end, because the [`core::deadline`] is too near
//! or the [`core::budget`] is spent. `shell::retry` is the loop around it, `shell::layer` the same for a tower service.

pub mod core;
#[cfg(feature = "io")]
pub mod shell;
