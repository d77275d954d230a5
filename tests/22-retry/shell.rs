//! The suite's second half: the loop, on a runtime whose time is paused. No server, no socket.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#[path = "shell/stage3.rs"]
mod stage3;
