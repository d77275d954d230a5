//! The suite's second half: on real servers.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#[path = "services/rows.rs"]
mod rows;

#[path = "services/stage4.rs"]
mod stage4;
