//! What the learner is given of the core and does not write. Needs no feature, so that the core's mutants meet it.

#[path = "given/digest.rs"]
mod digest;
#[path = "given/limits.rs"]
mod limits;
#[path = "given/log.rs"]
mod log;
#[path = "../../../tests/19-slow-query/core/logs.rs"]
#[allow(dead_code, reason = "the suite's, of which a part is needed here")]
mod logs;
#[path = "given/plans.rs"]
mod plans;
#[path = "given/rewrites.rs"]
mod rewrites;
#[path = "given/rules/mod.rs"]
mod rules;
#[path = "given/shapes.rs"]
mod shapes;
#[path = "../../../tests/19-slow-query/core/shop.rs"]
mod shop;
#[path = "given/statement.rs"]
mod statement;
