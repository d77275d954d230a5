//! The suite's second half: the layer, on a runtime whose time is paused. No server, no socket.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#[path = "shell/downstream.rs"]
mod downstream;

#[path = "shell/stage4.rs"]
mod stage4;
#[path = "shell/stage5.rs"]
mod stage5;
