//! The suite's first half: decisions, and the breaker that threads share. No runtime, and a clock that the test sets.
//!
//! A test's name is `stageN::invK_what`: the stage that makes it pass, the invariant that it holds.

#[path = "core/bed.rs"]
mod bed;
#[path = "core/oracle.rs"]
mod oracle;
#[path = "core/stage1.rs"]
mod stage1;
#[path = "core/stage2.rs"]
mod stage2;
#[path = "core/stage3.rs"]
mod stage3;
#[path = "core/stage5.rs"]
mod stage5;
