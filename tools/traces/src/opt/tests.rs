//! OPT against all that a cache can do, tried one by one.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::{Access, lru};

fn of(key: u64, weight: u32) -> Access {
    Access { key, weight }
}

fn units(keys: &[u64]) -> Trace {
    Trace::take(keys.iter().copied().map(Access::unit), u32::MAX)
}

/// The most hits by trying: after each access, every subset of what is kept and what was fetched that fits.
fn by_trying(accesses: &[Access], capacity: u64) -> u64 {
    // What may be kept after an access, as a bit for each key, with the most hits so far.
    let mut states: HashMap<u32, u64> = HashMap::from([(0, 0)]);
    let weights: HashMap<u64, u32> = accesses.iter().map(|a| (a.key, a.weight)).collect();
    let fits = |kept: u32| {
        let bits = (0..32).filter(|bit| kept >> bit & 1 == 1);
        bits.map(|bit| u64::from(weights[&bit])).sum::<u64>() <= capacity
    };
    for access in accesses {
        let bit = 1 << access.key;
        let mut after: HashMap<u32, u64> = HashMap::new();
        for (kept, hits) in states {
            let hits = hits + u64::from(kept & bit != 0);
            let may = kept | bit;
            // All subsets of `may`.
            let mut subset = may;
            loop {
                if fits(subset) {
                    let best = after.entry(subset).or_default();
                    *best = hits.max(*best);
                }
                if subset == 0 {
                    break;
                }
                subset = (subset - 1) & may;
            }
        }
        states = after;
    }
    states.into_values().max().unwrap_or(0)
}

#[test]
fn a_loop_that_is_too_long_keeps_what_fits() {
    // 1 and 2 stay, 3 goes by.
    let trace = units(&[1, 2, 3, 1, 2, 3, 1, 2, 3]);
    assert_eq!(opt(&trace, 2).at_most().hits, 4);
    assert_eq!(opt(&trace, 3).at_most().hits, 6);
    assert_eq!(opt(&trace, 0).at_most().hits, 0);
    assert_eq!(opt(&trace, 2).at_most().accesses, 9);
}

#[test]
fn belady_s_own_kind_of_example() {
    // With one place: whatever is kept of a b a b a, a gives two hits.
    assert_eq!(
        opt(&units(&[1, 2, 1, 2, 1]), 1),
        Opt::Exact(Hits {
            hits: 2,
            accesses: 5
        })
    );
}

#[test]
fn equal_weights_are_as_many_places_as_fit() {
    let keys = [1, 2, 3, 1, 2, 3, 1, 2, 3];
    let heavy = Trace::take(keys.map(|key| of(key, 10)), u32::MAX);
    assert_eq!(opt(&heavy, 29), opt(&units(&keys), 2));
    assert_eq!(opt(&heavy, 9).at_most().hits, 0);
}

#[test]
fn an_empty_trace_has_nothing_to_find() {
    assert_eq!(opt(&units(&[]), 5), Opt::Exact(Hits::default()));
}

#[test]
fn what_never_fits_is_no_hit_of_either_bound() {
    let trace = Trace::take([of(1, 50), of(2, 1), of(1, 50), of(2, 1)], u32::MAX);
    let best = opt(&trace, 10);
    assert_eq!((best.at_least().hits, best.at_most().hits), (1, 1));
}

fn accesses(weights: std::ops::Range<u32>, most: usize) -> impl Strategy<Value = Vec<Access>> {
    // A key has one weight.
    let weights = prop::collection::vec(weights, 6);
    let keys = prop::collection::vec(0_u64..6, 0..most);
    (weights, keys).prop_map(|(weights, keys)| {
        let weight = |key: u64| weights[key as usize];
        keys.into_iter().map(|key| of(key, weight(key))).collect()
    })
}

proptest! {
    #[test]
    fn with_equal_weights_nobody_does_better_and_it_can_be_done(
        accesses in accesses(1..2, 40), capacity in 0_u64..7,
    ) {
        let trace = Trace::take(accesses.iter().copied(), u32::MAX);
        let Opt::Exact(best) = opt(&trace, capacity) else {
            return Err(TestCaseError::fail("equal weights have an exact answer"));
        };
        prop_assert_eq!(best.hits, by_trying(&accesses, capacity));
    }

    #[test]
    fn with_weights_the_best_lies_between_the_bounds(
        accesses in accesses(1..8, 30), capacity in 0_u64..25,
    ) {
        let trace = Trace::take(accesses.iter().copied(), u32::MAX);
        let (bounds, best) = (opt(&trace, capacity), by_trying(&accesses, capacity));
        prop_assert!(bounds.at_least().hits <= best, "{bounds:?}, and the best is {best}");
        prop_assert!(best <= bounds.at_most().hits, "{bounds:?}, and the best is {best}");
    }

    /// The bounds of different weights, where the exact answer is known.
    #[test]
    fn the_bounds_hold_for_equal_weights_too(keys in prop::collection::vec(0_u64..30, 1..300), room in 1_u64..20) {
        let trace = units(&keys);
        let best = belady(&trace, room);
        let gaps = gaps(&trace, room);
        prop_assert!(packed(&gaps, trace.len(), room) <= best);
        prop_assert!(best <= on_average(&gaps, trace.len(), room));
    }

    #[test]
    fn lru_is_never_better(
        accesses in prop::collection::vec((0_u64..40, 1_u32..9), 0..300), capacity in 0_u64..60,
    ) {
        let accesses = accesses.into_iter().map(|(key, weight)| of(key, weight));
        let trace = Trace::take(accesses, u32::MAX);
        prop_assert!(lru(&trace, capacity) <= opt(&trace, capacity).at_most());
    }
}
