//! Stage 4: who is asked for most, and which class that makes.

use std::collections::HashMap;
use std::time::Duration;

use adaptive_cache::core::class::{Class, Classifier, Decision, Place, Thresholds};
use adaptive_cache::core::heavy::{Counted, Summary, Traffic};
use proptest::prelude::*;

const NS: Duration = Duration::from_nanos(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn summary(counters: u32) -> Summary {
    Summary::new(counters).unwrap()
}

fn record(summary: &mut Summary, keys: impl IntoIterator<Item = u64>) {
    for key in keys {
        let _counted = summary.record(key);
    }
}

/// Half of all requests are for key 0, but each time the smallest counter is the one that it has.
#[test]
fn inv8_whoever_is_asked_for_more_than_one_time_in_k_has_a_counter() {
    for counters in [3, 10, 100] {
        let mut summary = summary(counters);
        let settled = (1..=u64::from(counters)).flat_map(|key| [key, key]);
        let strangers = (1000..2000).flat_map(|key| [0, key]);
        record(&mut summary, settled.chain(strangers));
        let asked = 1000;
        let total = summary.total();
        assert!(asked * u64::from(counters) > total);
        assert!(
            summary.get(0).is_some(),
            "a key had {asked} of {total} requests, more than one in {counters}, and is not among the {counters} heavy hitters"
        );
    }
}

#[test]
fn inv8_a_newcomer_takes_the_smallest_counter_over() {
    let mut summary = summary(2);
    record(&mut summary, [1, 1, 1, 2, 2]);
    let heir = Counted {
        key: 3,
        count: 3,
        over: 2,
    };
    assert_eq!(summary.record(3), heir);
    assert_eq!((summary.get(2), summary.get(3)), (None, Some(heir)));
    assert_eq!(summary.get(1).unwrap().count, 3);
    // It was asked for once, that is sure, and three times at most.
    assert_eq!(heir.at_least(), 1);
    assert_eq!((summary.total(), summary.unseen_at_most()), (6, 3));
}

/// Which one of several smallest counters goes is nobody's promise; but the same requests let the same one go.
#[test]
fn inv8_of_equals_the_same_one_goes_each_time() {
    let mut summary = summary(3);
    record(&mut summary, [1, 2, 3]);
    let mut there = vec![1, 2, 3];
    let mut gone = Vec::new();
    for newcomer in 4..10 {
        let _counted = summary.record(newcomer);
        there.push(newcomer);
        gone.extend(there.extract_if(.., |key| summary.get(*key).is_none()));
    }
    assert_eq!(gone, [1, 2, 3, 6, 4, 5]);
    assert_eq!(there, [7, 8, 9]);
}

#[test]
fn inv8_with_room_for_all_every_count_is_exact() {
    let mut summary = summary(4);
    record(&mut summary, [5, 6, 5, 7, 5, 6]);
    let exact = |key, count| Counted {
        key,
        count,
        over: 0,
    };
    assert_eq!(summary.top(), [exact(5, 3), exact(6, 2), exact(7, 1)]);
    assert_eq!((summary.total(), summary.unseen_at_most()), (6, 0));
    assert_eq!(summary.get(8), None);
    let _counted = summary.record(8);
    assert_eq!(summary.unseen_at_most(), 1);
    summary.clear();
    assert_eq!((summary.top(), summary.total()), (vec![], 0));
    assert_eq!(summary.record(9), exact(9, 1));
}

/// Keys of one count are given in one order, whatever the order of the requests.
#[test]
fn inv8_the_top_is_sorted_by_count_and_then_by_key() {
    let mut summary = summary(5);
    record(&mut summary, [9, 3, 3, 7, 1, 9]);
    let keys: Vec<u64> = summary.top().iter().map(|counted| counted.key).collect();
    assert_eq!(keys, [3, 9, 1, 7]);
}

proptest! { #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn inv8_a_count_is_over_by_at_most_what_it_took_over(
        counters in 1_u32..12,
        // Squared, so that some keys are asked for much more than others.
        keys in proptest::collection::vec((0_u64..8).prop_flat_map(|top| 0..=top * top), 0..400),
    ) {
        let mut summary = summary(counters);
        let mut truth: HashMap<u64, u64> = HashMap::new();
        for key in keys {
            let counted = summary.record(key);
            *truth.entry(key).or_default() += 1;
            prop_assert_eq!(summary.get(key), Some(counted));
        }
        let total = truth.values().sum::<u64>();
        let top = summary.top();
        prop_assert!(top.len() <= counters as usize);
        prop_assert_eq!(summary.total(), total);
        prop_assert_eq!(top.iter().map(|counted| counted.count).sum::<u64>(), total);
        prop_assert!(summary.unseen_at_most() * u64::from(counters) <= total);
        for counted in &top {
            let asked = truth[&counted.key];
            prop_assert!(counted.at_least() <= asked && asked <= counted.count, "{counted:?}: {asked}");
            prop_assert!(counted.over * u64::from(counters) <= total, "{counted:?} of {total}");
        }
        for (&key, &asked) in &truth {
            match summary.get(key) {
                Some(counted) => prop_assert_eq!(counted.key, key),
                None => prop_assert!(asked <= summary.unseen_at_most(), "{key}: {asked}"),
            }
        }
    }
}

/// The smallest counter is the one that is taken over, however many there are and in whichever order they grew.
#[test]
fn inv8_nobody_has_less_than_who_goes_next() {
    for seed in 0..300 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let counters = rng.u32(1..48);
        let mut summary = summary(counters);
        for _ in 0..48 {
            let (key, times) = (rng.u64(0..64), rng.usize(1..12));
            record(&mut summary, std::iter::repeat_n(key, times));
            let top = summary.top();
            if top.len() == counters as usize {
                let least = top.last().map(|counted| counted.count);
                assert_eq!(Some(summary.unseen_at_most()), least, "seed {seed}");
            }
        }
    }
}

fn traffic(counters: u32) -> Traffic {
    Traffic::new(counters, 10 * SECOND).unwrap()
}

#[test]
fn inv8_a_rate_is_the_larger_one_of_this_window_and_the_last() {
    let mut traffic = traffic(8);
    let rates = [0, 1, 9].map(|at| traffic.record(1, at * SECOND));
    assert_eq!(rates, [1, 2, 3]);
    assert_eq!(traffic.record(2, 10 * SECOND - NS), 1);
    // A new window: what was counted in the last one holds until this one has more.
    let rates = [10, 11, 12, 13].map(|at| traffic.record(1, at * SECOND));
    assert_eq!(rates, [3, 3, 3, 4]);
    assert_eq!(traffic.last().get(1).unwrap().count, 3);
    assert_eq!(traffic.current().get(1).unwrap().count, 4);
    assert_eq!(traffic.current().get(2), None);
}

#[test]
fn inv8_what_is_older_than_two_windows_is_forgotten() {
    let mut traffic = traffic(8);
    for _ in 0..5 {
        let _rate = traffic.record(1, SECOND);
    }
    assert_eq!(traffic.record(2, 10 * SECOND), 1);
    assert_eq!(traffic.record(1, 20 * SECOND), 1, "two windows later");
    assert_eq!(traffic.record(1, 21 * SECOND), 2);
    // A window without a request: the last one is empty, and not the one before it.
    assert_eq!(traffic.record(1, 40 * SECOND), 1);
    assert_eq!(traffic.last().total(), 0);
    assert_eq!(traffic.current().total(), 1);
}

#[test]
fn inv8_a_clock_that_steps_back_stays_in_its_window() {
    let mut traffic = traffic(8);
    assert_eq!(traffic.record(1, 25 * SECOND), 1);
    assert_eq!(traffic.record(1, 5 * SECOND), 2);
    assert_eq!(traffic.record(1, 29 * SECOND), 3);
    assert_eq!(traffic.record(1, 30 * SECOND), 3);
    assert_eq!(traffic.record(1, Duration::MAX), 1);
}

/// Two counters and three keys: whoever comes takes over what others were counted for, and is not hot by that.
#[test]
fn inv8_nobody_is_hot_by_what_it_took_over() {
    let mut traffic = traffic(2);
    for _ in 0..100 {
        let _rates = [1, 2].map(|key| traffic.record(key, SECOND));
    }
    assert_eq!(traffic.record(3, SECOND), 1);
    assert_eq!(traffic.record(3, SECOND), 2);
    assert_eq!(traffic.current().get(3).unwrap().count, 102);
}

const DWELL: Duration = Duration::from_secs(30);

fn thresholds(max_tracked: u32) -> Thresholds {
    Thresholds {
        hot_enter: 100,
        hot_leave: 50,
        warm_enter: 10,
        warm_leave: 5,
        dwell: DWELL,
        max_tracked,
    }
}

fn classifier(max_tracked: u32) -> Classifier {
    Classifier::new(thresholds(max_tracked)).unwrap()
}

#[test]
fn inv7_each_class_has_its_place() {
    assert_eq!(Class::Hot.place(), Place::LocalAndRedis);
    assert_eq!(Class::Warm.place(), Place::Redis);
    assert_eq!(Class::Cold.place(), Place::Nowhere);
}

/// Each rate is looked at a dwell time after the one before, so that only the rate decides.
#[test]
fn inv7_a_class_is_entered_at_a_rate_and_left_below_a_lower_one() {
    use Class::{Cold, Hot, Warm};
    let mut classifier = classifier(1);
    let mut now = Duration::ZERO;
    let mut class_at = |rate| {
        now += DWELL;
        let class = classifier.observe(7, rate, now).class();
        assert_eq!(classifier.class(7), class);
        class
    };
    assert_eq!([99, 5].map(&mut class_at), [Warm, Warm]);
    assert_eq!([100, 99, 50].map(&mut class_at), [Hot; 3]);
    assert_eq!([49, 99, 5].map(&mut class_at), [Warm; 3]);
    assert_eq!([4, 5, 9].map(&mut class_at), [Cold; 3]);
    assert_eq!([10, 5].map(&mut class_at), [Warm; 2]);
    // Over both thresholds at once.
    assert_eq!([4, 99].map(&mut class_at), [Cold, Warm]);
    assert_eq!([4, 100].map(&mut class_at), [Cold, Hot]);
    assert_eq!([4, 0].map(&mut class_at), [Cold, Cold]);
}

/// The classes of one key that is asked for each millisecond, at the rates of the moment, and when it changed.
fn changes(classifier: &mut Classifier, rates: impl Iterator<Item = u64>) -> Vec<Duration> {
    let mut changes = Vec::new();
    let mut before = Class::Warm;
    for (at, rate) in (0..).map(|ms| ms * MS).zip(rates) {
        let class = classifier.observe(7, rate, at).class();
        if class != before {
            changes.push(at);
        }
        before = class;
    }
    changes
}

/// Its rate goes from hot to warm and back with every request, for four dwell times.
#[test]
fn inv7_a_key_at_a_threshold_changes_at_most_once_in_a_dwell_time() {
    for rates in [[100, 99], [100, 4], [4, 10]] {
        let mut classifier = classifier(10);
        let requests = (4 * DWELL).as_millis() as usize;
        let changes = changes(&mut classifier, rates.into_iter().cycle().take(requests));
        let too_soon = changes.windows(2).filter(|pair| pair[1] - pair[0] < DWELL);
        assert_eq!(
            too_soon.count(),
            0,
            "at rates of {rates:?} in turn, a key changed its class {} times in {:?}, with a dwell time of {DWELL:?}",
            changes.len(),
            4 * DWELL
        );
        assert!(!changes.is_empty());
    }
}

#[test]
fn inv7_a_change_waits_for_the_dwell_time() {
    let mut classifier = classifier(10);
    let seen = 5 * SECOND;
    assert_eq!(classifier.observe(7, 1, seen), dwells(Class::Warm, seen));
    assert_eq!(
        classifier.observe(7, 100, seen + DWELL - NS),
        dwells(Class::Warm, seen)
    );
    assert_eq!(classifier.class(7), Class::Warm);
    let hot = seen + DWELL;
    let up = Decision::Changes {
        from: Class::Warm,
        to: Class::Hot,
    };
    assert_eq!(classifier.observe(7, 100, hot), up);
    assert_eq!(classifier.class(7), Class::Hot);
    assert_eq!(classifier.observe(7, 1, hot), dwells(Class::Hot, hot));
    // A rate that belongs to the class does not begin its dwell time again.
    let stays = Decision::Stays(Class::Hot);
    assert_eq!(classifier.observe(7, 100, hot + DWELL - NS), stays);
    let down = Decision::Changes {
        from: Class::Hot,
        to: Class::Cold,
    };
    assert_eq!(classifier.observe(7, 1, hot + DWELL), down);
    assert_eq!(down.class(), Class::Cold);
}

fn dwells(class: Class, since: Duration) -> Decision {
    let until = since + DWELL;
    Decision::Dwells { class, until }
}

/// A cold key has nothing in any layer, and so nothing to find it by; its dwell time must be remembered all the same.
#[test]
fn inv7_a_cold_key_is_remembered_for_its_dwell_time() {
    let mut classifier = classifier(10);
    let mut seen = Vec::new();
    for (rate, at) in [(1, Duration::ZERO), (1, DWELL), (100, DWELL + SECOND)] {
        seen.push(classifier.observe(7, rate, at).class());
    }
    assert_eq!(
        seen,
        [Class::Warm, Class::Cold, Class::Cold],
        "one second after it had become cold, with a dwell time of {DWELL:?}, the key was {:?}",
        seen[2]
    );
    assert_eq!(classifier.tracked(), 1);
}

#[test]
fn inv7_a_full_table_forgets_nobody_who_dwells() {
    let mut classifier = classifier(2);
    for key in [1, 2] {
        let _warm = classifier.observe(key, 100, Duration::ZERO);
        assert_eq!(classifier.observe(key, 100, DWELL).class(), Class::Hot);
    }
    // The hand has passed once and taken their `again`; what holds them now is the dwell time.
    for at in [DWELL, 2 * DWELL - NS] {
        assert_eq!(classifier.observe(3, 1000, at), Decision::Untracked);
        assert_eq!(Decision::Untracked.class(), Class::Warm);
        assert_eq!(
            (classifier.class(3), classifier.tracked()),
            (Class::Warm, 2)
        );
    }
    assert_eq!(
        classifier.observe(3, 1, 2 * DWELL),
        dwells(Class::Warm, 2 * DWELL)
    );
    assert_eq!(classifier.tracked(), 2);
    let classes = [1, 2, 3].map(|key| classifier.class(key));
    assert_eq!(classes, [Class::Warm, Class::Hot, Class::Warm]);
}

/// A key that is asked for between the steps of a scan becomes hot; the scan's keys make room for each other.
#[test]
fn inv7_a_scan_takes_no_entry_from_who_is_asked_for_again() {
    let mut classifier = classifier(4);
    let mut classes = Vec::new();
    for step in 0..100 {
        let now = step * SECOND;
        classes.push(classifier.observe(7, 100, now).class());
        let _scanned = classifier.observe(1000 + u64::from(step), 1, now);
        assert!(classifier.tracked() <= 4);
    }
    let warm = DWELL.as_secs() as usize;
    assert_eq!(classes[..warm], [Class::Warm; 30]);
    assert_eq!(classes[warm..], [Class::Hot; 70]);
}

/// A request looks at eight entries, and not at the whole table.
#[test]
fn inv7_a_newcomer_looks_at_eight_entries() {
    let mut classifier = classifier(20);
    for _ in 0..2 {
        for key in 0..20 {
            let _warm = classifier.observe(key, 5, Duration::ZERO);
        }
    }
    // All were asked for again: the first looks take that from 8, 16 and 20 of them, and come round to the first.
    let newcomers = [100, 101, 102].map(|key| classifier.observe(key, 5, SECOND));
    let untracked = Decision::Untracked;
    assert_eq!(
        newcomers,
        [untracked, untracked, Decision::Stays(Class::Warm)]
    );
    // Key 0 made room, and begins again; key 1 has been there from the beginning.
    assert_eq!(classifier.observe(1, 100, DWELL).class(), Class::Hot);
    assert_eq!(
        classifier.observe(102, 100, DWELL),
        dwells(Class::Warm, SECOND)
    );
    assert_eq!(
        classifier.observe(0, 100, DWELL),
        dwells(Class::Warm, DWELL)
    );
    assert_eq!(classifier.tracked(), 20);
}

#[test]
fn inv7_the_clock_may_stand_at_its_end_or_step_back() {
    let mut classifier = classifier(1);
    let late = Duration::MAX - SECOND;
    let until = Duration::MAX;
    let dwells = |class| Decision::Dwells { class, until };
    assert_eq!(classifier.observe(7, 100, late), dwells(Class::Warm));
    assert_eq!(classifier.observe(7, 100, SECOND), dwells(Class::Warm));
    // Who never changed owes no dwell time.
    assert_eq!(classifier.observe(8, 5, SECOND), Decision::Untracked);
    assert_eq!(
        classifier.observe(8, 5, SECOND),
        Decision::Stays(Class::Warm)
    );
}

proptest! { #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// Whatever is asked for and forgotten: from one answer to the next, no key changes twice in a dwell time.
    #[test]
    fn inv7_no_key_changes_twice_in_a_dwell_time_whatever_is_forgotten(
        max_tracked in 1_u32..5,
        requests in proptest::collection::vec((0_u64..7, 0_usize..6, 0_u32..12_000), 1..300),
    ) {
        let mut classifier = classifier(max_tracked);
        let mut now = Duration::ZERO;
        let mut seen: HashMap<u64, (Class, Option<Duration>)> = HashMap::new();
        for (key, rate, later) in requests {
            now += later * MS;
            let class = classifier.observe(key, [1, 5, 10, 50, 99, 100][rate], now).class();
            let (before, changed) = seen.get(&key).copied().unwrap_or((Class::Warm, None));
            if class != before {
                if let Some(changed) = changed {
                    prop_assert!(now - changed >= DWELL, "{key}: {before:?} since {changed:?}, {class:?} at {now:?}");
                }
                seen.insert(key, (class, Some(now)));
            }
            prop_assert!(classifier.tracked() <= max_tracked as usize);
        }
    }
}
