//! The suite's second half: on real servers.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test panics at whatever it did not expect"
)]

#[path = "services/rows.rs"]
mod rows;
#[path = "services/stage4.rs"]
mod stage4;
#[path = "services/stage5.rs"]
mod stage5;
#[path = "services/world.rs"]
mod world;
