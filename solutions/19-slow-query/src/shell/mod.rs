//! What opens files, asks servers, and tries advice.

pub mod files;
