//! The fault proxy on real sockets: each fault is seen by what it does and by its count, and nothing else happens.
//!
//! The decisions themselves are tested without sockets, beside the code. No test here asserts that something is fast.

mod chaos;
mod endings;
mod faults;
mod holds;
mod life;
mod peer;
