//! The suite's first half: decisions. No runtime, no clock.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#[path = "core/shop.rs"]
mod shop;

#[path = "core/stage3.rs"]
mod stage3;
#[path = "core/stage4.rs"]
mod stage4;
