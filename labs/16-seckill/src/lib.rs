//! A flash sale: 100,000 units, a million buyers, half a million requests a second, one unit each.
//!
//! `core` decides and is pure; `shell` (feature `io`) has Redis, Kafka, MySQL and HTTP. A request goes
//! [`core::sale`] -> [`core::gate`] -> [`core::limiter`] -> `shell::stock` (Redis) -> `shell::orders` (Kafka), and is answered;
//! the order is written by `shell::consumer` (MySQL, the ledger); `shell::reconciler` finishes whatever was left half done.
#![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]

pub mod core;
#[cfg(feature = "io")]
pub mod shell;
