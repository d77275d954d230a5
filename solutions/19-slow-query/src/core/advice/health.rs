//! When there is nothing to say: a small table, a healthy plan.
//!
//! The sketch advises an index for every scan. A table of three settings is read in one page whatever one does, and the index would be
//! one more thing to write to.

use crate::core::plan::{Access, Plan};

/// Rows that may be read for nothing. An InnoDB page has 16 KiB, which is some 150 rows of 100 bytes: 500 rows are four pages. A lookup
/// by a secondary index reads about as many, the root and a leaf of two trees.
pub const SMALL_ROWS: f64 = 500.0;
/// How many times more rows than estimated may be examined before the estimate is called wrong. Estimates come from 20 sampled pages
/// (`innodb_stats_persistent_sample_pages`), so a factor of some is ordinary.
pub const WRONG_BY: f64 = 10.0;

/// Whether reading `rows` rows, `times` times over, costs nothing.
///
/// A small table that is the inner side of a join is read once for each row of the outer one: that is not small.
#[must_use]
pub fn is_small(rows: f64, times: f64) -> bool {
    // ANCHOR: stage3_is_small
    rows * times.max(1.0) <= SMALL_ROWS
    // ANCHOR_END: stage3_is_small
}

/// Rows that a step reads and throws away, in all its loops.
#[must_use]
pub fn wasted(plan: &Plan, number: usize) -> f64 {
    let Some(step) = plan.steps.get(number) else {
        return 0.0;
    };
    step.rows * plan.loops(number) * (1.0 - step.filtered / 100.0)
}

/// Whether step `number` finds its rows as it should: by an index, and few in vain.
#[must_use]
pub fn step_is_healthy(plan: &Plan, number: usize) -> bool {
    // ANCHOR: stage3_step_is_healthy
    let Some(step) = plan.steps.get(number) else {
        return true;
    };
    if is_small(step.rows, plan.loops(number)) {
        return true;
    }
    match step.access {
        Access::Constant | Access::UniqueLookup | Access::FullText => true,
        Access::Lookup | Access::Merge | Access::Range => is_small(wasted(plan, number), 1.0),
        Access::IndexScan | Access::FullScan => false,
    }
    // ANCHOR_END: stage3_step_is_healthy
}

/// Whether a plan leaves nothing to wish: all its steps are healthy, and what it sorts or collects is little.
#[must_use]
pub fn is_healthy(plan: &Plan) -> bool {
    // ANCHOR: stage3_is_healthy
    let steps = (0..plan.steps.len()).all(|number| step_is_healthy(plan, number));
    let collects =
        plan.filesort || plan.temporary_table || plan.materialised || plan.dependent_subquery;
    steps && (!collects || is_small(plan.rows_read(), 1.0))
    // ANCHOR_END: stage3_is_healthy
}
