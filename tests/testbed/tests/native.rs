//! What can go wrong with the processes of the native backend, each with the real thing: the `testbed` command on a
//! state directory of its own, killed, stopped, starved of disk, and run four times at once.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods)] // a test of real servers reads the real clock

#[path = "native/bed.rs"]
mod bed;
#[path = "native/own.rs"]
mod own;
#[path = "native/shared.rs"]
mod shared;
