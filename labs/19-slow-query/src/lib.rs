//! What a slow log says, made into advice that was tried before it is given.
//!
//! `core` decides and is pure: bytes of a log in, statements, shapes, plans and advice out. `shell` (feature `io`) opens files,
//! asks servers, and tries advice on a scratch server.
#![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]

pub mod core;
#[cfg(feature = "io")]
pub mod shell;
