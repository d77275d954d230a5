//! The suite's first half: decisions. No runtime, no clock.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#[path = "core/stage5.rs"]
mod stage5;
