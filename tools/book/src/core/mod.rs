//! What is decided: who may ask, what may run, when it ends, and how much of its output is kept.
//!
//! No socket, no process, no clock: time is an argument, and what is to be done comes out as [`queue::Action`]s. So a
//! queue of nine runs and twenty minutes is a test of a millisecond.

pub mod ask;
pub mod door;
pub mod log;
pub mod queue;
pub mod text;
