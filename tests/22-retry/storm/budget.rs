//! What a budget promises, as a number: the most that may arrive at the bottom.
//!
//! Each layer turns n calls into at most n and the tokens of its bucket: what was saved, a tenth of the calls that come meanwhile, and what the
//! seconds bring. Without the saved and the seconds that is 1.1 a layer, and 1.1 x 1.1 x 1.1 = 1.331 for three.

use std::time::Duration;

use crate::scenario::{CAPACITY, LAYERS, PER_SECOND, RATIO};
use crate::tally::Ledger;

/// Calls of which the bound is taken, and all that come while these run: the budget is paid by all, and spent, at worst, on these.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub calls: f64,
    pub meanwhile: f64,
    pub lasts: Duration,
}

/// The most calls at the bottom for each call at the top.
pub fn most_per_call(load: Load) -> f64 {
    let Load {
        calls,
        meanwhile,
        lasts,
    } = load;
    let floor = f64::from(CAPACITY) + f64::from(PER_SECOND) * lasts.as_secs_f64();
    let (mut bottom, mut all) = (calls, meanwhile);
    for _ in 0..LAYERS {
        let tokens = RATIO * all + floor;
        bottom += tokens;
        all += tokens;
    }
    bottom / calls.max(1.0)
}

/// What it comes to when there is neither a floor nor anything saved.
pub fn ideal() -> f64 {
    (1.0 + RATIO).powi(LAYERS as i32)
}

/// Attempts of a layer above what its budget has ever held: nothing, or less. It begins with what a second brings.
pub fn above(ledger: Ledger, alive: Duration) -> f64 {
    let tokens = RATIO * ledger.calls as f64 + f64::from(PER_SECOND) * (alive.as_secs_f64() + 1.0);
    ledger.attempts as f64 - ledger.calls as f64 - tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_calls_make_the_floor_small() {
        let of = |calls: f64| {
            most_per_call(Load {
                calls,
                meanwhile: calls,
                lasts: Duration::from_secs(1),
            })
        };
        assert!((of(1e9) - 1.331).abs() < 1e-6, "{}", of(1e9));
        assert!((ideal() - 1.331).abs() < 1e-12);
        // 100 + 16, then 116 + 17.6, then 133.6 + 19.36.
        assert!((of(100.0) - 1.529_6).abs() < 1e-9, "{}", of(100.0));
    }

    #[test]
    fn a_budget_that_was_kept_is_not_exceeded() {
        let of = |calls, attempts| above(Ledger { calls, attempts }, Duration::from_secs(9));
        // A tenth of 200, and ten seconds' worth.
        assert!(of(200, 230) <= 1e-9 && of(200, 231) > 0.9);
    }
}
