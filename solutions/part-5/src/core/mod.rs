//! What decides and what is counted. No clock, no sockets: time is a `Duration` since the run began.

pub mod plot;
pub mod queue;
pub mod schedule;
pub mod tally;
