//! What can go wrong with containers, each with the real thing: `cargo test -p testbed --features docker-tests --test
//! docker`. What a server does once it runs is in `services.rs`, which passes on Docker as well.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods)] // a test of real servers reads the real clock

#[path = "docker/bed.rs"]
mod bed;
#[path = "docker/own.rs"]
mod own;
#[path = "docker/shared.rs"]
mod shared;
