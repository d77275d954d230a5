//! The decisions of an analysis, and nothing else: no file, no client, no clock.

pub mod advice;
pub mod capacity;
pub mod digest;
pub mod fingerprint;
pub mod log;
pub mod plan;
pub mod rewrite;
pub mod schema;
pub mod statement;
