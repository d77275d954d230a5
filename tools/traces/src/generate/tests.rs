//! The shapes of loads, and what is refused.

use super::*;

fn zipf(keys: u32, exponent: f64) -> Load {
    Load::Zipf { keys, exponent }
}

fn mix(first: Load, second: Load, stretches: [u32; 2]) -> Load {
    Load::Mix {
        first: Box::new(first),
        second: Box::new(second),
        stretches,
    }
}

fn keys(load: &Load, seed: u64, length: u32) -> Vec<u64> {
    let trace = load.trace(seed, length).unwrap();
    trace.accesses().iter().map(|access| access.key).collect()
}

#[test]
fn a_seed_is_a_trace() {
    for load in [
        zipf(1_000, 0.9),
        Load::Recency {
            reach: 50,
            fresh: 0.3,
        },
        mix(zipf(1_000, 0.9), Load::Scan, [20, 5]),
    ] {
        assert_eq!(keys(&load, 7, 1_000), keys(&load, 7, 1_000));
        assert_ne!(keys(&load, 7, 1_000), keys(&load, 8, 1_000), "{load:?}");
    }
}

/// If the generator of random numbers changes, so do all saved figures: then this says so first.
#[test]
fn the_keys_of_a_seed_are_those_of_before() {
    assert_eq!(keys(&zipf(1_000, 1.0), 1, 8), [7, 18, 166, 3, 930, 3, 3, 2]);
}

#[test]
fn a_loop_begins_again_and_a_scan_never() {
    assert_eq!(keys(&Load::Loop { keys: 3 }, 1, 7), [0, 1, 2, 0, 1, 2, 0]);
    assert_eq!(keys(&Load::Scan, 1, 4), [0, 1, 2, 3]);
}

#[test]
fn stretches_follow_each_other_and_their_keys_never_meet() {
    let both = mix(Load::Loop { keys: 2 }, Load::Scan, [3, 2]);
    assert_eq!(keys(&both, 1, 10), [0, 2, 0, 1, 3, 2, 0, 2, 5, 7]);
}

#[test]
fn a_hot_set_moves_on_by_its_step() {
    let load = Load::Shift {
        keys: 100,
        exponent: 1.2,
        every: 10_000,
        step: 40,
    };
    let keys = keys(&load, 1, 20_000);
    let hottest = |keys: &[u64]| {
        let mut counts = std::collections::BTreeMap::new();
        for key in keys {
            *counts.entry(*key).or_insert(0) += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .unwrap()
            .0
    };
    let (before, after) = (hottest(&keys[..10_000]), hottest(&keys[10_000..]));
    assert_eq!(before - after, 40);
    let last = |keys: &[u64]| *keys.iter().max().unwrap();
    assert!(
        last(&keys[10_000..]) <= before + 59,
        "the coldest 40 are gone"
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_its_range() {
    let shift = |every, step| Load::Shift {
        keys: 10,
        exponent: 1.0,
        every,
        step,
    };
    let recency = |reach, fresh| Load::Recency { reach, fresh };
    let deep = (0..9).fold(Load::Scan, |load, _| mix(load, Load::Scan, [1, 1]));
    let cases = [
        (zipf(0, 1.0), "keys must be at least 1"),
        (
            zipf(1, 0.0),
            "exponent must be above 0 and at most 4, not 0",
        ),
        (
            zipf(1, f64::NAN),
            "exponent must be above 0 and at most 4, not NaN",
        ),
        (zipf(1, 4.5), "not 4.5"),
        (Load::Loop { keys: 0 }, "keys must be at least 1"),
        (shift(0, 1), "every must be at least 1"),
        (shift(1, 0), "step must be 1 to 10"),
        (shift(1, 11), "step must be 1 to 10"),
        (recency(0, 0.5), "reach must be 1 to 16777216, not 0"),
        (recency(u32::MAX, 0.5), "reach must be"),
        (recency(1, 0.0), "fresh must be above 0"),
        (recency(1, f64::NAN), "fresh must be above 0"),
        (
            mix(Load::Scan, Load::Scan, [1, 0]),
            "stretches must be at least 1 each, not [1, 0]",
        ),
        (
            mix(Load::Scan, zipf(0, 1.0), [1, 1]),
            "keys must be at least 1",
        ),
        (deep, "at most 8 mixtures"),
    ];
    for (load, says) in cases {
        let error = load.trace(1, 1).unwrap_err().to_string();
        assert!(
            error.starts_with("load: ") && error.contains(says),
            "{error}"
        );
    }
}
