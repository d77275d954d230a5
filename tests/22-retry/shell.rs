//! The suite's second half: the loop, on a runtime whose time is paused. No server, no socket.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test panics at whatever it did not expect"
)]

#[path = "shell/server.rs"]
mod server;

#[path = "shell/stage3.rs"]
mod stage3;
#[path = "shell/stage4.rs"]
mod stage4;
#[path = "shell/stage5.rs"]
mod stage5;
