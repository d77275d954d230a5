//! A cache that learns what is worth keeping, and where to keep it.
//!
//! `core` decides and is pure; `shell` (feature `io`) talks to Redis and to whoever loads.
#![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]

pub mod core;
#[cfg(feature = "io")]
pub mod shell;
