//! What a server says about coming back: HTTP's `Retry-After`, gRPC's `grpc-retry-pushback-ms`.
//!
//! A server that is overloaded knows better than any backoff when it will not be. But it is input from outside: a text that is
//! no number, a date in the past, a number that no `Duration` holds. What must stay true: none of them panics or overflows, and each has one meaning.

use std::time::{Duration, SystemTime};

/// What the server said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushback {
    /// Come back after this long, not before.
    After(Duration),
    /// Do not come back.
    Never,
}

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in any of HTTP's three formats, of which `now` is taken off.
///
/// A date in the past is zero. More seconds than 64 bits hold are as many as they do. What is neither says nothing: `None`.
#[must_use]
pub fn http(value: &str, now: SystemTime) -> Option<Pushback> {
    // ANCHOR: stage2_http
    todo!("stage 2: http")
    // ANCHOR_END: stage2_http
}

/// Reads `grpc-retry-pushback-ms` (gRFC A6): milliseconds as a signed 32-bit number.
///
/// A negative number, and a text that is no such number, mean: do not retry.
#[must_use]
pub fn grpc(value: &str) -> Pushback {
    // ANCHOR: stage2_grpc
    todo!("stage 2: grpc")
    // ANCHOR_END: stage2_grpc
}
