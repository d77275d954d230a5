//! Stage 2: who comes in, who has to go, and when a value is too old.

use std::time::Duration;

use adaptive_cache::core::cache::{Admission, Cache, Inserted, Refusal, Space, decide};
use adaptive_cache::core::limits::Limits;
use proptest::prelude::*;

use crate::load::{NOW, ask, rounds, still, with_window};
use crate::model::{Model, op};

const NS: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);

/// A cache of bytes: its window has one unit, so each newcomer is a candidate at once, if it weighs more.
fn bytes(capacity: u64) -> Cache<u64, u64> {
    with_window(capacity, 1)
}

/// Asks for `key` as often as it takes until it was asked for `times` times in all.
fn warm(cache: &mut Cache<u64, u64>, key: u64, times: u8) {
    for _ in cache.frequency(&key)..times {
        let _value = cache.get(&key, NOW);
    }
}

/// Puts in `key` with this weight.
fn put(cache: &mut Cache<u64, u64>, key: u64, weight: u32) -> Inserted {
    cache.insert(key, key, weight, None, NOW)
}

/// Those of `keys` that are there.
fn kept(cache: &Cache<u64, u64>, keys: impl Iterator<Item = u64>) -> Vec<u64> {
    keys.filter(|key| cache.space(key).is_some()).collect()
}

/// Where the first keys are, from 0.
fn spaces<const N: usize>(cache: &Cache<u64, u64>) -> [Option<Space>; N] {
    std::array::from_fn(|key| cache.space(&(key as u64)))
}

const WINDOW: Option<Space> = Some(Space::Window);
const PROBATION: Option<Space> = Some(Space::Probation);
const PROTECTED: Option<Space> = Some(Space::Protected);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn inv3_the_weight_is_never_above_the_capacity(
        window in 1_u64..20,
        ops in prop::collection::vec(op(23), 0..200),
    ) {
        let share = window as f64 / 20.0;
        let mut limits = Limits::new(20, 20, 7);
        limits.adaptive = false;
        limits.window.initial = share;
        limits.window.max = 1.0;
        let mut model = Model::new(Cache::new(limits).unwrap());
        // So that every run writes something.
        model.apply(&crate::model::Op::Insert { key: 0, weight: 1, ttl: 0 })?;
        for op in &ops {
            model.apply(op)?;
        }
        prop_assert_eq!(model.cache().window_capacity(), window);
    }
}

/// Weight is checked again after each that went, not once before them.
#[test]
fn inv3_a_heavy_newcomer_takes_the_room_of_several() {
    let mut cache = bytes(100);
    for key in 0..10 {
        assert_eq!(put(&mut cache, key, 10), Inserted::Kept { evicted: 0 });
    }
    assert_eq!(cache.weight(), 100);
    warm(&mut cache, 77, 5);
    let inserted = put(&mut cache, 77, 25);
    assert!(
        cache.weight() <= 100,
        "the capacity is 100, and {} is kept after a newcomer of 25",
        cache.weight()
    );
    assert_eq!(inserted, Inserted::Kept { evicted: 3 });
    assert_eq!(kept(&cache, 0..100), [3, 4, 5, 6, 7, 8, 9, 77]);
    assert_eq!(cache.weight(), 95);
}

#[test]
fn inv3_what_fits_is_kept() {
    let mut cache = still(100);
    for key in 0..100 {
        assert_eq!(put(&mut cache, key, 1), Inserted::Kept { evicted: 0 });
    }
    assert_eq!((cache.weight(), cache.len()), (100, 100));
    assert_eq!(put(&mut cache, 100, 1), Inserted::Kept { evicted: 1 });
    assert_eq!((cache.weight(), cache.len()), (100, 100));
}

#[test]
fn inv3_what_is_too_heavy_alone_is_refused_and_its_older_value_goes() {
    let mut cache = bytes(100);
    assert_eq!(put(&mut cache, 1, 100), Inserted::Kept { evicted: 0 });
    assert_eq!(cache.get(&1, NOW), Some(&1));
    assert_eq!(
        cache.insert(1, 2, 101, None, NOW),
        Inserted::Refused(Refusal::TooHeavy)
    );
    assert_eq!(
        cache.get(&1, NOW),
        None,
        "the value before the one that was refused is given back"
    );
    assert_eq!((cache.weight(), cache.len()), (0, 0));
}

#[test]
fn inv3_a_value_that_is_replaced_weighs_what_the_new_one_does() {
    let mut cache = bytes(100);
    for key in 0..10 {
        let _kept = put(&mut cache, key, 10);
    }
    assert_eq!(put(&mut cache, 9, 3), Inserted::Replaced { evicted: 0 });
    assert_eq!(cache.weight(), 93);
    // The two oldest go, and not those that were never written again.
    assert_eq!(
        put(&mut cache, 9, 30),
        Inserted::Replaced { evicted: 2 },
        "nine that weigh 90, and one that grows from 3 to 30, where 100 fit"
    );
    assert_eq!(kept(&cache, 0..10), [2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(cache.weight(), 100);
    // It is the oldest itself, and all others are newer.
    assert_eq!(put(&mut cache, 2, 11), Inserted::Rejected { evicted: 0 });
    assert_eq!(cache.weight(), 90);
}

#[test]
fn inv3_a_weight_of_nothing_counts_as_one() {
    let mut cache = still(10);
    for key in 0..1000 {
        let _kept_or_not = put(&mut cache, key, 0);
    }
    assert_eq!((cache.len(), cache.weight()), (10, 10));
}

/// Each candidate answers for its own weight, and together they make the room.
#[test]
fn inv3_several_candidates_make_room_together() {
    let mut cache = with_window(20, 10);
    for key in 0..20 {
        let _kept = put(&mut cache, key, 1);
    }
    // Ten in the main space; 10 to 19 in the window, and 13 and 11 are asked for.
    assert_eq!(cache.space(&9), PROBATION);
    assert_eq!(cache.space(&10), WINDOW);
    warm(&mut cache, 13, 1);
    warm(&mut cache, 11, 3);
    // Now 10, 12, 14 to 19, 13, 11; four units are too much: 10, 12, 14 and 15 leave the window, and nobody asked for them.
    assert_eq!(put(&mut cache, 20, 4), Inserted::Kept { evicted: 4 });
    assert_eq!(
        kept(&cache, 0..30),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 17, 18, 19, 20]
    );
    // 16 to 19 were not asked for and go. 13 is the next, and pushes out one.
    assert_eq!(put(&mut cache, 21, 5), Inserted::Kept { evicted: 5 });
    assert_eq!(
        kept(&cache, 0..30),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 20, 21]
    );
    let stats = cache.stats();
    assert_eq!((stats.admitted, stats.rejected, stats.evicted), (1, 8, 9));
}

/// A value that grows in the main space: nobody competes, the oldest of the main space go, and at last what is in the window.
#[test]
fn inv3_room_is_made_in_the_main_space_first() {
    let mut cache = with_window(10, 4);
    for key in 0..10 {
        let _kept = put(&mut cache, key, 1);
    }
    warm(&mut cache, 5, 1);
    assert_eq!(spaces::<7>(&cache)[4..], [PROBATION, PROTECTED, WINDOW]);
    // The window holds four, and one of them grows to all four; three more grow out of it.
    assert_eq!(put(&mut cache, 5, 3), Inserted::Replaced { evicted: 2 });
    assert_eq!(kept(&cache, 0..10), [2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(put(&mut cache, 5, 6), Inserted::Replaced { evicted: 3 });
    assert_eq!(kept(&cache, 0..10), [5, 6, 7, 8, 9]);
    assert_eq!(put(&mut cache, 5, 7), Inserted::Rejected { evicted: 0 });
    assert_eq!(kept(&cache, 0..10), [6, 7, 8, 9]);
}

#[test]
fn inv3_what_is_removed_makes_room() {
    let mut cache = still(3);
    for key in 0..3 {
        let _kept = put(&mut cache, key, 1);
    }
    assert_eq!(cache.remove(&1, NOW), Some(1));
    assert_eq!(cache.remove(&1, NOW), None);
    assert_eq!((cache.len(), cache.weight()), (2, 2));
    assert_eq!(put(&mut cache, 3, 1), Inserted::Kept { evicted: 0 });
    assert_eq!(kept(&cache, 0..10), [0, 2, 3]);
}

/// Who was asked for again and again before the scan is there after it.
#[test]
fn inv4_a_scan_pushes_out_nobody() {
    let mut cache = still(100);
    rounds(&mut cache, 0..75, 10);
    for key in 1000..2000 {
        ask(&mut cache, key);
    }
    let survivors = kept(&cache, 0..75).len();
    // One of them was in the window when the scan came, and had to compete with all of it.
    assert!(
        survivors >= 74,
        "75 keys were asked for ten times; after a scan of 1000 keys {survivors} of them are there"
    );
}

#[test]
fn inv4_on_equal_terms_who_is_there_stays() {
    for candidate in (1..=15).chain([0]) {
        for victims in (1..=40).chain([0, 256, 257, 1 << 40]) {
            let admission = decide(candidate, victims);
            let expected = if u64::from(candidate) > victims {
                Admission::Admit
            } else {
                Admission::Reject
            };
            assert_eq!(
                admission, expected,
                "the candidate was asked for {candidate} times, who would have to go {victims} times"
            );
        }
    }
}

/// 150 keys in turn, room for 100. LRU has none of them when it is asked for.
#[test]
fn inv4_a_loop_that_is_too_long_is_kept_in_part() {
    let mut cache = still(100);
    rounds(&mut cache, 0..150, 20);
    let before = cache.stats().hits;
    rounds(&mut cache, 0..150, 20);
    let hits = cache.stats().hits - before;
    assert!(
        hits >= 20 * 90,
        "20 rounds of 150 keys, with room for 100: {hits} hits"
    );
}

/// The sum of all that is lost counts, not the first of them.
#[test]
fn inv4_a_heavy_newcomer_must_be_worth_all_its_victims() {
    let victims = |asked: u8| {
        let mut cache = bytes(40);
        for key in 0..4 {
            let _kept = put(&mut cache, key, 10);
            warm(&mut cache, key, 3);
        }
        warm(&mut cache, 77, asked);
        let inserted = put(&mut cache, 77, 30);
        (inserted, kept(&cache, 0..100))
    };
    assert_eq!(
        victims(9),
        (Inserted::Rejected { evicted: 0 }, vec![0, 1, 2, 3]),
        "three were asked for three times each, the newcomer for nine times"
    );
    assert_eq!(
        victims(10),
        (Inserted::Kept { evicted: 3 }, vec![3, 77]),
        "three were asked for three times each, the newcomer for ten times"
    );
}

/// Even if nobody asked for any of them: a newcomer that nobody asked for is no better.
#[test]
fn inv4_whoever_was_not_asked_for_pushes_out_nobody() {
    let mut cache = bytes(40);
    for key in 0..4 {
        let _kept = put(&mut cache, key, 10);
    }
    assert_eq!(put(&mut cache, 77, 20), Inserted::Rejected { evicted: 0 });
    warm(&mut cache, 77, 1);
    assert_eq!(put(&mut cache, 77, 20), Inserted::Kept { evicted: 2 });
    let stats = cache.stats();
    assert_eq!((stats.admitted, stats.rejected, stats.evicted), (1, 1, 3));
}

/// A candidate competes for what is too much, not for all it weighs.
#[test]
fn inv4_only_what_is_too_much_has_to_go() {
    let mut cache = bytes(45);
    for key in 0..4 {
        let _kept = put(&mut cache, key, 10);
        warm(&mut cache, key, 2);
    }
    warm(&mut cache, 77, 3);
    assert_eq!(
        put(&mut cache, 77, 15),
        Inserted::Kept { evicted: 1 },
        "it was asked for 3 times and needs 10 more, which one has that was asked for twice"
    );
    assert_eq!(cache.weight(), 45);
}

/// Not all of the main space would be enough for it, however often it is asked for.
#[test]
fn inv4_whoever_does_not_fit_beside_the_window_is_rejected() {
    let mut cache = with_window(10, 5);
    for key in 0..10 {
        let _kept = put(&mut cache, key, 1);
    }
    warm(&mut cache, 77, 15);
    assert_eq!(put(&mut cache, 77, 6), Inserted::Rejected { evicted: 0 });
    assert_eq!(kept(&cache, 0..100), (0..10).collect::<Vec<_>>());
    assert_eq!(put(&mut cache, 77, 5), Inserted::Kept { evicted: 5 });
    assert_eq!(cache.space(&77), WINDOW);
}

/// A newcomer enters the window, then probation, and is protected when it is asked for there.
#[test]
fn inv4_a_hit_on_probation_is_protected() {
    let mut cache = with_window(12, 2);
    for key in 0..5 {
        let _kept = put(&mut cache, key, 1);
    }
    assert_eq!(
        spaces(&cache),
        [PROBATION, PROBATION, PROBATION, WINDOW, WINDOW, None]
    );
    assert_eq!(cache.get(&1, NOW), Some(&1));
    assert_eq!(cache.get(&3, NOW), Some(&3));
    let _kept = put(&mut cache, 5, 1);
    // 3 was asked for in the window, so 4 leaves it first.
    assert_eq!(
        spaces(&cache),
        [PROBATION, PROTECTED, PROBATION, WINDOW, PROBATION, WINDOW]
    );
}

/// Ten units of main space: eight are protected. The ninth pushes the one back that was not asked for the longest.
#[test]
fn inv4_four_fifths_of_the_main_space_are_protected() {
    let mut cache = with_window(12, 2);
    for key in 0..12 {
        let _kept = put(&mut cache, key, 1);
    }
    for key in (0..8).chain([0]) {
        assert_eq!(cache.get(&key, NOW), Some(&key));
    }
    let all = |cache: &Cache<u64, u64>| spaces::<12>(cache).map(|space| space == PROTECTED);
    assert_eq!(all(&cache), std::array::from_fn(|key| key < 8));
    assert_eq!(cache.get(&8, NOW), Some(&8));
    assert_eq!(all(&cache), std::array::from_fn(|key| key < 9 && key != 1));
    assert_eq!(cache.space(&1), PROBATION);
    // 1 is the newest on probation: 9 goes before it.
    warm(&mut cache, 50, 2);
    let _kept = put(&mut cache, 50, 1);
    warm(&mut cache, 51, 2);
    let _kept = put(&mut cache, 51, 1);
    let _kept = put(&mut cache, 52, 1);
    assert_eq!((cache.space(&9), cache.space(&1)), (None, PROBATION));
}

/// What is heavier than all that is protected stays on probation, as its newest.
#[test]
fn inv4_what_is_too_heavy_to_be_protected_stays_on_probation() {
    let mut cache = bytes(101);
    let _kept = put(&mut cache, 1, 81);
    let _kept = put(&mut cache, 2, 10);
    let _kept = put(&mut cache, 3, 10);
    warm(&mut cache, 3, 1);
    warm(&mut cache, 1, 1);
    // Nobody else loses a place by it.
    assert_eq!(spaces::<4>(&cache)[1..], [PROBATION, PROBATION, PROTECTED]);
    assert_eq!(cache.remove(&3, NOW), Some(3));
    warm(&mut cache, 77, 2);
    assert_eq!(put(&mut cache, 77, 20), Inserted::Kept { evicted: 1 });
    assert_eq!(kept(&cache, 0..100), [1, 77]);

    let mut cache = bytes(101);
    let _kept = put(&mut cache, 1, 80);
    warm(&mut cache, 1, 1);
    assert_eq!(cache.space(&1), PROTECTED);
}

/// First the oldest on probation, up to the candidate itself, then the oldest that is protected.
#[test]
fn inv4_probation_goes_before_what_is_protected() {
    let mut cache = bytes(60);
    for key in 0..6 {
        let _kept = put(&mut cache, key, 10);
    }
    for key in [1, 0, 4] {
        warm(&mut cache, key, 1);
    }
    // Probation: 2, 3, 5. Protected: 1, 0, 4.
    let admitted = |cache: &mut Cache<u64, u64>, key, weight| {
        warm(cache, key, 15);
        let before = kept(cache, 0..6);
        let inserted = put(cache, key, weight);
        assert!(matches!(inserted, Inserted::Kept { .. }), "{inserted:?}");
        let after = kept(cache, 0..6);
        assert_eq!(cache.remove(&key, NOW), Some(key));
        before
            .into_iter()
            .filter(|key| !after.contains(key))
            .collect::<Vec<_>>()
    };
    // What goes of 2, 3, 5 (on probation) and 1, 0, 4 (protected), the oldest of each first.
    assert_eq!(
        admitted(&mut cache, 77, 10),
        [2],
        "for 10, where none are free"
    );
    assert_eq!(
        admitted(&mut cache, 78, 20),
        [3],
        "for 20, where 10 are free"
    );
    assert_eq!(
        admitted(&mut cache, 79, 40),
        [1, 5],
        "for 40, where 20 are free"
    );
    assert_eq!(
        admitted(&mut cache, 80, 60),
        [0, 4],
        "for 60, where 40 are free"
    );
}

/// Who was asked for last in the window leaves it last.
#[test]
fn inv4_the_window_is_in_the_order_of_use() {
    let mut cache = with_window(100, 3);
    for key in 0..3 {
        let _kept = put(&mut cache, key, 1);
    }
    assert_eq!(cache.get(&0, NOW), Some(&0));
    for (key, leaves) in [(3, 1), (4, 2), (5, 0), (6, 3)] {
        assert_eq!(cache.space(&leaves), WINDOW);
        let _kept = put(&mut cache, key, 1);
        assert_eq!(cache.space(&leaves), PROBATION, "after {key}");
    }
}

/// Whoever is heavier than the window passes through it alone; whoever is as heavy has it for itself.
#[test]
fn inv4_a_heavy_newcomer_leaves_the_window_to_the_others() {
    let mut cache = with_window(100, 5);
    for key in 0..5 {
        let _kept = put(&mut cache, key, 1);
    }
    let _kept = put(&mut cache, 5, 6);
    assert_eq!(
        spaces(&cache),
        [WINDOW, WINDOW, WINDOW, WINDOW, WINDOW, PROBATION]
    );
    let _kept = put(&mut cache, 5, 5);
    let _kept = put(&mut cache, 6, 5);
    assert_eq!(spaces::<7>(&cache)[4..], [PROBATION, PROBATION, WINDOW]);
    // One that becomes heavier in the window too.
    let _kept = put(&mut cache, 7, 1);
    let _kept = put(&mut cache, 8, 1);
    assert_eq!(put(&mut cache, 8, 6), Inserted::Replaced { evicted: 0 });
    assert_eq!(cache.space(&7), WINDOW);
    assert_eq!(cache.space(&8), PROBATION);
}

/// A write is no request: the value is new, its place is not.
#[test]
fn inv4_a_write_does_not_make_a_key_newer() {
    let mut cache = still(4);
    for key in 0..4 {
        let _kept = put(&mut cache, key, 1);
    }
    assert_eq!(
        cache.insert(0, 100, 1, None, NOW),
        Inserted::Replaced { evicted: 0 }
    );
    assert_eq!((cache.frequency(&0), cache.space(&0)), (0, PROBATION));
    warm(&mut cache, 3, 1);
    let _kept = put(&mut cache, 4, 1);
    assert_eq!(kept(&cache, 0..5), [1, 2, 3, 4]);
}

/// A key that is not there, or has expired, was asked for all the same: this is how it becomes worth keeping.
#[test]
fn inv4_every_request_counts_and_nothing_else() {
    let mut cache = still(10);
    assert_eq!(cache.get(&1, NOW), None);
    assert_eq!(cache.frequency(&1), 1);
    let _kept = cache.insert(1, 1, 1, Some(NOW + NS), NOW);
    assert_eq!(cache.frequency(&1), 1);
    assert_eq!(cache.get(&1, NOW), Some(&1));
    assert_eq!(cache.get(&1, NOW + NS), None);
    assert_eq!(cache.frequency(&1), 3);
    assert_eq!(cache.peek(&1, NOW), None);
    assert_eq!(cache.remove(&1, NOW), None);
    assert_eq!(cache.frequency(&1), 3);
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.expired), (1, 2, 1));
}

/// The expiry is the first moment at which the value is not given back.
#[test]
fn inv5_what_has_expired_is_not_given_back() {
    let mut cache = still(10);
    let _kept = cache.insert(1, 1, 1, Some(SECOND * 5), NOW);
    assert_eq!(cache.get(&1, SECOND * 5 - NS), Some(&1));
    assert_eq!(cache.peek(&1, SECOND * 5 - NS), Some(&1));
    assert_eq!(cache.peek(&1, SECOND * 5), None);
    let got = cache.get(&1, SECOND * 5);
    assert_eq!(got, None, "it expired at 5 s, and is given back at 5 s");
    assert_eq!((cache.len(), cache.stats().expired), (0, 1));
    // A clock that steps back does not bring it back.
    assert_eq!(cache.get(&1, NOW), None);
}

#[test]
fn inv5_a_read_does_not_prolong_it() {
    let mut cache = still(10);
    let _kept = cache.insert(1, 1, 1, Some(SECOND * 60), NOW);
    for second in 1..60 {
        assert_eq!(cache.get(&1, SECOND * second), Some(&1));
    }
    let got = cache.get(&1, SECOND * 60).copied();
    assert_eq!(
        got, None,
        "it was to expire at 60 s, was read every second until then, and is given back at 60 s"
    );
}

#[test]
fn inv5_what_never_expires_is_kept_for_good() {
    let mut cache = still(10);
    let _kept = put(&mut cache, 1, 1);
    assert_eq!(cache.get(&1, Duration::MAX), Some(&1));
    assert_eq!(cache.expire(Duration::MAX, 10), 0);
    // What expires at the end of time does.
    let _kept = cache.insert(2, 2, 1, Some(Duration::MAX), NOW);
    assert_eq!(cache.get(&2, Duration::MAX), None);
    assert_eq!(cache.get(&1, Duration::MAX), Some(&1));
}

/// A write sets the expiry anew, be it earlier, later, or none.
#[test]
fn inv5_a_write_sets_the_expiry_anew() {
    let expires = |expires_at: Option<Duration>| {
        let mut cache = still(10);
        let _kept = cache.insert(1, 1, 1, Some(SECOND * 10), NOW);
        let replaced = cache.insert(1, 2, 1, expires_at, NOW);
        assert_eq!(replaced, Inserted::Replaced { evicted: 0 });
        let moments = [4, 5, 9, 10, 19, 20].map(|second| SECOND * second);
        let swept = moments.map(|now| cache.expire(now, 10));
        (swept, cache.peek(&1, NOW).copied())
    };
    assert_eq!(expires(Some(SECOND * 5)), ([0, 1, 0, 0, 0, 0], None));
    assert_eq!(expires(Some(SECOND * 20)), ([0, 0, 0, 0, 0, 1], None));
    assert_eq!(expires(None), ([0; 6], Some(2)));
}

#[test]
fn inv5_what_has_expired_goes_first_to_last_and_a_bounded_number_at_a_time() {
    let mut cache = still(10);
    for (key, second) in [(1, 3), (2, 2), (3, 4), (4, 2), (5, 9)] {
        let _kept = cache.insert(key, key, 1, Some(SECOND * second), NOW);
    }
    assert_eq!(cache.expire(SECOND * 2 - NS, 10), 0);
    assert_eq!(cache.expire(SECOND * 4, 0), 0);
    assert_eq!(cache.expire(SECOND * 4, 2), 2);
    assert_eq!(kept(&cache, 0..10), [1, 3, 5]);
    assert_eq!(cache.expire(SECOND * 4, 1), 1);
    assert_eq!(kept(&cache, 0..10), [3, 5]);
    assert_eq!(cache.expire(SECOND * 4, usize::MAX), 1);
    assert_eq!((kept(&cache, 0..10), cache.stats().expired), (vec![5], 4));
}

/// Nobody that is alive has to go as long as something is there that is not.
#[test]
fn inv5_what_has_expired_makes_room_first() {
    let mut cache = still(10);
    for key in 0..10 {
        // The two that are asked for most expire, and are the newest.
        let expires = (key >= 8).then_some(SECOND * 2);
        let _kept = cache.insert(key, key, 1, expires, NOW);
    }
    warm(&mut cache, 8, 9);
    warm(&mut cache, 9, 9);
    let later = SECOND * 2;
    assert_eq!(
        cache.insert(10, 10, 1, None, later),
        Inserted::Kept { evicted: 0 }
    );
    // One was enough.
    assert_eq!((cache.len(), cache.stats().expired), (10, 1));
    assert_eq!(
        cache.insert(11, 11, 1, None, later),
        Inserted::Kept { evicted: 0 }
    );
    assert_eq!(
        cache.insert(12, 12, 1, None, later),
        Inserted::Kept { evicted: 1 }
    );
    assert_eq!(
        (kept(&cache, 0..10), cache.stats().expired),
        ((0..8).collect(), 2)
    );
}

#[test]
fn inv5_what_expires_at_once_is_refused_and_its_older_value_goes() {
    let mut cache = still(10);
    let _kept = put(&mut cache, 1, 1);
    let refused = Inserted::Refused(Refusal::Expired);
    assert_eq!(cache.insert(1, 2, 1, Some(NOW), NOW), refused);
    assert_eq!((cache.len(), cache.get(&1, NOW)), (0, None));
    let kept = cache.insert(1, 2, 1, Some(NOW + NS), NOW);
    assert_eq!(kept, Inserted::Kept { evicted: 0 });
    // The older value has expired, so this is a new key.
    let kept = cache.insert(1, 3, 1, Some(NOW + NS * 2), NOW + NS);
    assert_eq!(kept, Inserted::Kept { evicted: 0 });
    assert_eq!(cache.stats().expired, 1);
    assert_eq!(cache.remove(&1, NOW + NS * 2), None);
    assert_eq!(cache.stats().expired, 2);
}

/// What was replaced, removed or pushed out leaves a mark in the heap, and the heap must not grow by that.
#[test]
fn inv5_expiries_that_nobody_waits_for_are_forgotten() {
    let mut cache = still(10);
    for second in 0..1000 {
        let _replaced = cache.insert(1, 1, 1, Some(SECOND * (2000 + second)), NOW);
        assert!(
            cache.marks() <= 64,
            "one entry that expires, written {second} times: {} marks",
            cache.marks()
        );
    }
    let mut cache = still(100);
    for key in 0..2000 {
        let _kept = cache.insert(key, key, 1, Some(SECOND * 2000), NOW);
        assert_eq!(cache.remove(&key, NOW), Some(key));
    }
    assert!(cache.marks() <= 65, "no entry: {} marks", cache.marks());
    // Those that are alive are never forgotten.
    for key in 0..100 {
        let _kept = cache.insert(key, key, 1, Some(SECOND * 3000), NOW);
    }
    assert_eq!(cache.expire(SECOND * 2000, 200), 0);
    assert_eq!(cache.expire(SECOND * 3000, 200), 100);
    assert!(cache.is_empty());
}

/// Ten on probation and ten in the window, each asked for once, and 10, the oldest in the window, twice.
fn full_of_candidates() -> Cache<u64, u64> {
    let mut cache = with_window(20, 10);
    for key in 0..20 {
        let _kept = put(&mut cache, key, 1);
    }
    for key in 0..10 {
        warm(&mut cache, key, 1);
    }
    warm(&mut cache, 10, 2);
    for key in 11..20 {
        warm(&mut cache, key, 1);
    }
    cache
}

/// A candidate makes room for itself and not for those behind it: it is weighed against what has to go for its own weight.
#[test]
fn inv4_a_candidate_is_weighed_against_its_own_room() {
    let mut cache = full_of_candidates();
    // Four units are too much. 10 was asked for twice, and the oldest of the main space once.
    let _kept = put(&mut cache, 20, 4);
    assert!(
        kept(&cache, 0..30).contains(&10),
        "10 was rejected: it was weighed against all four units, of which it needs one"
    );
}

/// Each victim counts for what it was asked for itself, wherever it stands among them.
#[test]
fn inv4_every_victim_counts_for_itself() {
    let newcomer = |victims: [u8; 3], asked: u8| {
        let mut cache = bytes(40);
        for (key, times) in (0..).zip(victims) {
            warm(&mut cache, key, times);
            let _kept = put(&mut cache, key, 10);
        }
        let _kept = put(&mut cache, 3, 10);
        warm(&mut cache, 77, asked);
        put(&mut cache, 77, 30)
    };
    for (victims, sum) in [
        ([1, 3, 3], 7),
        ([3, 3, 1], 7),
        ([3, 1, 1], 5),
        ([1, 1, 3], 5),
        ([1, 4, 1], 6),
    ] {
        assert_eq!(
            newcomer(victims, sum),
            Inserted::Rejected { evicted: 0 },
            "in its place: three that were asked for {victims:?} times; the newcomer {sum} times"
        );
        assert_eq!(
            newcomer(victims, sum + 1),
            Inserted::Kept { evicted: 3 },
            "in its place: three that were asked for {victims:?} times; the newcomer {} times",
            sum + 1
        );
    }
}

/// A heavy victim is lost as a whole, and was asked for as often as it was.
#[test]
fn inv4_a_victim_counts_whole_whatever_part_of_it_is_needed() {
    for (asked, inserted) in [
        (2, Inserted::Rejected { evicted: 0 }),
        (3, Inserted::Rejected { evicted: 0 }),
        (4, Inserted::Kept { evicted: 1 }),
    ] {
        let mut cache = bytes(25);
        warm(&mut cache, 1, 3);
        let _kept = put(&mut cache, 1, 20);
        warm(&mut cache, 77, asked);
        assert_eq!(
            put(&mut cache, 77, 10),
            inserted,
            "5 of 20 are needed, of one that was asked for 3 times; the newcomer {asked} times"
        );
    }
}

/// Four candidates for four units: the first is worth one place, the others none. What it was not weighed against does not go for it.
#[test]
fn inv4_a_candidate_takes_the_place_that_it_has_won() {
    let mut cache = full_of_candidates();
    assert_eq!(put(&mut cache, 20, 4), Inserted::Kept { evicted: 4 });
    let stats = cache.stats();
    assert_eq!(
        (stats.admitted, stats.rejected, stats.evicted),
        (1, 3, 4),
        "admitted, rejected and evicted, of four candidates"
    );
    let gone: Vec<u64> = (0..21).filter(|key| cache.space(key).is_none()).collect();
    assert_eq!(gone, [0, 11, 12, 13]);
}

/// Rejected is a candidate, and evicted is everybody who had to go.
#[test]
fn inv4_who_had_to_go_is_counted() {
    let counts = |cache: &Cache<u64, u64>| {
        let stats = cache.stats();
        (stats.admitted, stats.rejected, stats.evicted)
    };
    let mut cache = with_window(10, 5);
    for key in 0..10 {
        let _kept = put(&mut cache, key, 1);
    }
    warm(&mut cache, 77, 15);
    assert_eq!(put(&mut cache, 77, 6), Inserted::Rejected { evicted: 0 });
    assert_eq!(
        counts(&cache),
        (0, 1, 1),
        "it is heavier than all of the main space: admitted, rejected, evicted"
    );

    let mut cache = with_window(10, 4);
    for key in 0..10 {
        let _kept = put(&mut cache, key, 1);
    }
    assert_eq!(put(&mut cache, 5, 3), Inserted::Replaced { evicted: 2 });
    assert_eq!(
        counts(&cache),
        (0, 0, 2),
        "a value has grown on probation, and nobody competes: admitted, rejected, evicted"
    );
}

/// A key that was written anew leaves a mark of its older expiry.
#[test]
fn inv5_a_mark_of_an_older_expiry_is_none() {
    let mut cache = still(10);
    let _kept = cache.insert(1, 1, 1, Some(SECOND * 10), NOW);
    let _replaced = cache.insert(1, 1, 1, Some(SECOND * 30), NOW);
    let _kept = cache.insert(2, 2, 1, Some(SECOND * 20), NOW);
    assert_eq!(cache.expire(SECOND * 40, 1), 1);
    assert_eq!(
        kept(&cache, 0..10),
        [1],
        "1 expires at 30 s, 2 at 20 s, and at 40 s one of them was taken out"
    );
}

/// A read takes out what it finds expired. It moves nobody for it, and looks for no others.
#[test]
fn inv5_a_read_of_what_has_expired_changes_nothing_else() {
    let mut cache = with_window(12, 2);
    let later = SECOND * 5;
    for key in 0..12 {
        let expires = (key >= 8).then_some(later);
        let _kept = cache.insert(key, key, 1, expires, NOW);
    }
    for key in 0..8 {
        assert_eq!(cache.get(&key, NOW), Some(&key));
    }
    assert_eq!(cache.get(&8, later), None);
    assert_eq!(
        spaces::<8>(&cache),
        [PROTECTED; 8],
        "8 had expired on probation when it was asked for"
    );
    assert_eq!(cache.get(&50, later), None);
    assert_eq!((cache.len(), cache.stats().expired), (11, 1));
}

/// As many as are needed, and before anybody leaves the window.
#[test]
fn inv5_what_has_expired_goes_before_anything_moves() {
    let later = SECOND * 2;
    let mut cache = still(10);
    for key in 0..10 {
        let expires = (key < 3).then_some(later);
        let _kept = cache.insert(key, key, 1, expires, NOW);
    }
    assert_eq!(
        cache.insert(10, 10, 2, None, later),
        Inserted::Kept { evicted: 0 }
    );
    assert_eq!(
        (cache.len(), cache.stats().expired),
        (9, 2),
        "ten of weight 1, three of them expired; the newcomer weighs 2"
    );

    let mut cache = with_window(10, 4);
    for key in 0..10 {
        let expires = (key == 9).then_some(later);
        let _kept = cache.insert(key, key, 1, expires, NOW);
    }
    let _kept = cache.insert(10, 10, 1, None, later);
    assert_eq!(
        cache.space(&6),
        WINDOW,
        "the window has 6, 7, 8 and 9, and 9 had expired: 10 takes its place there"
    );
}
