//! The suite's first half: decisions. No runtime, no clock.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#[path = "core/logs.rs"]
mod logs;
#[path = "core/shop.rs"]
mod shop;
#[path = "core/stage1.rs"]
mod stage1;
#[path = "core/stage2.rs"]
mod stage2;
#[path = "core/stage3.rs"]
mod stage3;
#[path = "core/stage4.rs"]
mod stage4;
#[path = "core/stage5.rs"]
mod stage5;
