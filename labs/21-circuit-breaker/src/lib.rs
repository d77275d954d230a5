//! A circuit breaker: it stops calling what does not answer, and finds out by itself when it answers again.
//!
//! `core` decides and is pure; `shell` (feature `io`) stands around a call. [`core::window`] counts what came of the latest calls,
//! [`core::machine`] decides by it who may call, [`core::breaker`] shares one machine among threads and hands out a permit a call,
//! [`core::registry`] has the breakers of a process by name. `shell::service` is the same for a tower service, with a time-out;
//! `shell::fallback` answers for it while it is open.
#![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]

pub mod core;
#[cfg(feature = "io")]
pub mod shell;
