//! Stage 1: how often a key was asked for.

use std::collections::HashMap;

use adaptive_cache::core::hash::{Hashed, KeyHasher};
use adaptive_cache::core::sketch::Sketch;
use proptest::prelude::*;

fn key(number: u64) -> Hashed {
    KeyHasher::new(7).hash(&number)
}

/// A sketch that does not age by itself while a test runs.
fn large() -> Sketch {
    Sketch::new(4096)
}

fn record(sketch: &mut Sketch, key: Hashed, times: u32) {
    for _ in 0..times {
        sketch.record(key);
    }
}

#[test]
fn inv1_a_key_alone_is_counted_up_to_fifteen() {
    let mut sketch = large();
    for times in 0..40 {
        let estimate = sketch.estimate(key(1));
        assert_eq!(
            u32::from(estimate),
            times.min(15),
            "recorded {times} times, the estimate is {estimate}"
        );
        sketch.record(key(1));
    }
}

/// Each key's four counters are shared by others, so the estimate may be too high; it is so for few, and not by much.
#[test]
fn inv1_few_estimates_are_too_high() {
    let mut sketch = Sketch::new(1024);
    for number in 0..1024 {
        record(&mut sketch, key(number), 1 + (number % 3) as u32);
    }
    assert_eq!(sketch.ageings(), 0);
    let over: Vec<u64> = (0..1024)
        .map(|number| u64::from(sketch.estimate(key(number))).saturating_sub(1 + number % 3))
        .collect();
    let wrong = over.iter().filter(|over| **over > 0).count();
    let sum: u64 = over.iter().sum();
    assert!(
        wrong <= 20,
        "of 1024 estimates {wrong} are too high, by {sum} together"
    );
}

/// What was recorded is counted until it ages: halved, rounded down, it is the least that an estimate may be.
fn at_least(counts: &mut HashMap<u64, u8>, number: u64, aged: bool) {
    let count = counts.entry(number).or_default();
    *count = (*count + 1).min(15);
    if aged {
        counts.values_mut().for_each(|count| *count /= 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn inv1_an_estimate_is_never_below_the_count(
        expected in 1_u32..40,
        numbers in prop::collection::vec(0_u64..60, 0..600),
    ) {
        let mut sketch = Sketch::new(expected);
        let mut counts = HashMap::new();
        prop_assert_eq!(sketch.estimate(key(0)), 0);
        for number in numbers {
            let ageings = sketch.ageings();
            sketch.record(key(number));
            at_least(&mut counts, number, sketch.ageings() > ageings);
            for (number, count) in &counts {
                let estimate = sketch.estimate(key(*number));
                prop_assert!(
                    estimate >= *count,
                    "key {} was recorded {} times since the last ageing, the estimate is {}", number, count, estimate
                );
            }
        }
    }
}

#[test]
fn inv2_each_ageing_halves_an_estimate() {
    for times in 0..=15 {
        let mut sketch = large();
        record(&mut sketch, key(1), times);
        for halved in [times / 2, times / 4, times / 8, 0] {
            sketch.age();
            let estimate = sketch.estimate(key(1));
            assert_eq!(
                u32::from(estimate),
                halved,
                "recorded {times} times and aged {} times, the estimate is {estimate}",
                sketch.ageings()
            );
        }
    }
}

/// All counters of a word at once: nothing of a counter may end up in the one below it.
#[test]
fn inv2_each_ageing_halves_every_estimate() {
    let mut sketch = Sketch::new(64);
    let numbers = 0..200;
    for number in numbers.clone() {
        record(&mut sketch, key(number), (number % 4) as u32);
    }
    let before: Vec<_> = numbers.clone().map(|n| sketch.estimate(key(n))).collect();
    sketch.age();
    for (number, before) in numbers.zip(before) {
        let after = sketch.estimate(key(number));
        assert_eq!(
            after,
            before / 2,
            "of 200 keys, the one of {number} had {before} before"
        );
    }
}

#[test]
fn inv2_it_ages_after_ten_requests_for_each_expected_entry() {
    let mut sketch = Sketch::new(30);
    let mut recorded = 0;
    while sketch.ageings() == 0 && recorded < 10_000 {
        assert_eq!(sketch.recorded(), recorded);
        sketch.record(key(recorded));
        recorded += 1;
    }
    assert_eq!(
        (recorded, sketch.ageings()),
        (300, 1),
        "30 entries are expected: it should have aged once after 300 requests, and has {} times after {recorded}",
        sketch.ageings()
    );
}

/// Ten of one key, which is even: five are left, and five more make it age again.
#[test]
fn inv2_what_is_left_of_a_sample_counts_for_the_next() {
    let mut sketch = Sketch::new(1);
    for (more, ageings, left) in [(10, 1, 5), (4, 1, 9), (1, 2, 5)] {
        record(&mut sketch, key(1), more);
        assert_eq!(
            (sketch.ageings(), sketch.recorded()),
            (ageings, left),
            "it ages at 10; now one key was recorded {more} times more: how often it has aged, and what counts for the next"
        );
    }
    assert_eq!(sketch.estimate(key(1)), 5);
}

/// Halving an odd counter loses a half: of each key that was recorded once nothing is left, so nothing is left of the sample either.
#[test]
fn inv2_what_ageing_rounds_off_is_not_counted() {
    let left = |times: &[u32]| {
        let mut sketch = large();
        for (number, times) in times.iter().enumerate() {
            record(&mut sketch, key(number as u64), *times);
        }
        sketch.age();
        sketch.recorded()
    };
    for (times, expected) in [
        (&[][..], 0),
        (&[1], 0),
        (&[2], 1),
        (&[7], 3),
        (&[1, 1, 1, 1], 0),
        (&[3, 2, 1], 2),
    ] {
        assert_eq!(
            left(times),
            expected,
            "keys recorded {times:?} times and aged: what counts for the next ageing"
        );
    }
}

/// What is not counted does not make others age: a key that is asked for all the time would age the whole sketch alone.
#[test]
fn inv2_a_full_counter_does_not_bring_the_next_ageing_nearer() {
    let mut sketch = large();
    record(&mut sketch, key(1), 1000);
    assert_eq!((sketch.recorded(), sketch.ageings()), (15, 0));
    record(&mut sketch, key(2), 1);
    assert_eq!(sketch.recorded(), 16);
}

/// A day of a hot key, then a day of others. The traffic itself makes it age.
#[test]
fn inv2_yesterdays_hot_key_makes_room() {
    let mut sketch = Sketch::new(16);
    record(&mut sketch, key(1), 15);
    for number in 1000..2000 {
        sketch.record(key(number));
    }
    record(&mut sketch, key(2), 3);
    let (yesterday, today) = (sketch.estimate(key(1)), sketch.estimate(key(2)));
    assert!(
        yesterday < today,
        "asked for 15 times, a thousand requests ago: {yesterday}; asked for three times just now: {today}; {} ageings",
        sketch.ageings()
    );
}

#[test]
fn inv2_an_empty_sketch_may_age() {
    let mut sketch = Sketch::new(0);
    sketch.age();
    assert_eq!(
        (sketch.ageings(), sketch.recorded(), sketch.sample()),
        (1, 0, 10)
    );
    assert_eq!(sketch.estimate(key(1)), 0);
}

/// Some of a key's counters are full because others use them too: it counts towards the sample all the same.
#[test]
fn inv2_a_key_counts_if_any_of_its_counters_grows() {
    let mut full = Sketch::new(8);
    record(&mut full, key(0), 15);
    for number in 1..300 {
        let mut sketch = full.clone();
        let grows = sketch.estimate(key(number)) < 15;
        sketch.record(key(number));
        assert_eq!(
            sketch.recorded(),
            15 + u64::from(grows),
            "key {number}, whose smallest counter was {}",
            full.estimate(key(number))
        );
    }
}

/// Of so many keys, how many estimates are too high after each was recorded once in a sketch for 1024.
fn too_high(keys: impl Iterator<Item = Hashed> + Clone) -> usize {
    let mut sketch = Sketch::new(1024);
    keys.clone().for_each(|key| sketch.record(key));
    assert_eq!(sketch.ageings(), 0);
    keys.filter(|key| sketch.estimate(*key) > 1).count()
}

/// Four times as many keys as are expected: 31 others lie in a key's block, where each row has 32 counters. A counter is shared with a chance of
/// 1 - e^(-31/32), which is 0.62; all four are with its fourth power, 0.15, and three with 0.24.
#[test]
fn inv1_an_estimate_is_the_least_of_four() {
    let wrong = too_high((0..4096).map(key));
    assert!(
        wrong <= 4096 / 5,
        "of 4096 estimates {wrong} are too high: about 600 keys share all four of their counters, about 980 share three"
    );
    assert!(
        wrong >= 4096 / 10,
        "of 4096 estimates {wrong} are too high: about 600 keys share all four of their counters, and each request adds to all four"
    );
}

/// The index takes a hash as it is. Here it is mixed first, so that those who share its lower bits, or its upper ones, do not share counters too.
#[test]
fn inv1_any_bit_of_a_hash_tells_keys_apart() {
    for shift in [0, 20, 52] {
        let wrong = too_high((0..1024_u64).map(|n| Hashed::from_bits(n << shift)));
        assert!(
            wrong <= 20,
            "hashes that differ in the ten bits from bit {shift} on, and nowhere else: of 1024 estimates {wrong} are too high"
        );
    }
}
