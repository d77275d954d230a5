//! The suite's second half: the sale on real Redis, Kafka and MySQL.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test panics at whatever it did not expect"
)]

#[path = "services/process.rs"]
mod process;
#[path = "services/world.rs"]
mod world;

#[path = "services/stage2.rs"]
mod stage2;
#[path = "services/stage3.rs"]
mod stage3;
#[path = "services/stage4.rs"]
mod stage4;
#[path = "services/stage5.rs"]
mod stage5;
