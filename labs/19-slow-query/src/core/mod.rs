//! The decisions of an analysis, and nothing else: no file, no client, no clock.

pub mod advice;
pub mod capacity;
pub mod ddl;
pub mod digest;
pub mod digits;
pub mod fingerprint;
pub mod functions;
pub mod log;
pub mod plan;
pub mod pool;
pub mod report;
pub mod rewrite;
pub mod rows;
pub mod runnable;
pub mod sample;
pub mod schema;
pub mod statement;
pub mod verdict;
