//! Stage 3: the window follows the load.

use adaptive_cache::core::cache::{Cache, Inserted, Space};
use adaptive_cache::core::climber::{Climber, Evidence, MIN_SHADOW, Move, judge};
use adaptive_cache::core::hash::Hashed;
use adaptive_cache::core::limits::{Limits, WindowLimits};
use fastrand::Rng;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::load::{NOW, Recent, Zipf, ask};
use crate::model::{Model, op};

/// An adaptive cache for so many entries of weight 1.
fn adaptive(capacity: u32, window: WindowLimits) -> Cache<u64, u64> {
    let limits = Limits {
        window,
        ..Limits::new(u64::from(capacity), capacity, 7)
    };
    Cache::new(limits).unwrap()
}

fn shares(initial: f64, min: f64, max: f64) -> WindowLimits {
    WindowLimits { initial, min, max }
}

fn evidence(misses: u64, rejected: u64, evicted: u64) -> Evidence {
    Evidence {
        misses,
        rejected,
        evicted,
    }
}

/// Keys whose slots in a shadow of 16 differ.
fn key(number: u64) -> Hashed {
    Hashed::from_bits((number << 32) | number)
}

/// Requests of loads that are heavy on recency, so many; the window at the end.
fn recent(cache: &mut Cache<u64, u64>, requests: u32, rng: &mut Rng) -> u64 {
    let mut load = Recent::new(60.0);
    for _ in 0..requests {
        ask(cache, load.draw(rng));
    }
    cache.window_capacity()
}

/// The same of loads that are heavy on frequency.
fn frequent(cache: &mut Cache<u64, u64>, requests: u32, rng: &mut Rng) -> u64 {
    let load = Zipf::new(2000);
    for _ in 0..requests {
        ask(cache, load.draw(rng));
    }
    cache.window_capacity()
}

#[test]
fn inv6_the_window_follows_the_load() {
    let mut rng = Rng::with_seed(20);
    let mut cache = adaptive(200, shares(0.2, 0.0, 0.8));
    let before = cache.window_capacity();
    let grown = recent(&mut cache, 30_000, &mut rng);
    assert!(
        grown >= 120,
        "the window had {before} of 200 units, and after 30,000 requests for what came last it has {grown}"
    );
    let shrunk = frequent(&mut cache, 30_000, &mut rng);
    assert!(
        shrunk <= 60,
        "the window had {grown} of 200 units, and after 30,000 requests by Zipf's law it has {shrunk}"
    );
    let again = recent(&mut cache, 30_000, &mut rng);
    assert!(
        again >= 120,
        "the window had {shrunk} of 200 units, and after 30,000 requests for what came last it has {again}"
    );
}

/// What it is for: more hits than a window that stays where it is, on a load that the still window is wrong for.
#[test]
fn inv6_a_window_that_follows_has_more_hits() {
    let hits = |adaptive: bool| {
        let limits = Limits {
            adaptive,
            ..Limits::new(200, 200, 7)
        };
        let mut cache = Cache::new(limits).unwrap();
        recent(&mut cache, 20_000, &mut Rng::with_seed(20));
        cache.stats().hits
    };
    let (still, following) = (hits(false), hits(true));
    assert!(
        following > 2 * still,
        "of 20,000 requests for what came last {following} were hits, and {still} with a window of 2 of 200 units"
    );
}

#[test]
fn inv6_the_window_stays_within_its_limits() {
    let mut rng = Rng::with_seed(20);
    let mut cache = adaptive(200, shares(0.25, 0.15, 0.4));
    let (mut keys, zipf) = (Recent::new(60.0), Zipf::new(2000));
    let (mut smallest, mut largest) = (50, 50);
    for request in 0..80_000 {
        let key = match request / 20_000 {
            0 => keys.draw(&mut rng),
            1 => zipf.draw(&mut rng),
            2 => keys.draw(&mut rng),
            // Nobody comes back.
            _ => (1 << 40) + request,
        };
        ask(&mut cache, key);
        smallest = smallest.min(cache.window_capacity());
        largest = largest.max(cache.window_capacity());
    }
    assert_eq!(
        (smallest, largest),
        (30, 80),
        "the window may have 30 to 80 of 200 units, and had {smallest} to {largest}"
    );
}

/// Moving the border evicts nobody: a cache that is full stays full, and whoever went is counted.
#[test]
fn inv6_moving_the_border_loses_nobody() {
    let mut rng = Rng::with_seed(20);
    let mut cache = adaptive(200, shares(0.2, 0.0, 0.8));
    let (mut keys, mut windows) = (Recent::new(60.0), Vec::new());
    for request in 0..60_000 {
        let key = if request / 20_000 == 1 {
            // Nobody comes back.
            (1 << 40) + request
        } else {
            keys.draw(&mut rng)
        };
        if cache.get(&key, NOW).is_some() {
            continue;
        }
        let (len, window) = (cache.len(), cache.window_capacity());
        let expected = match cache.insert(key, key, 1, None, NOW) {
            Inserted::Kept { evicted } => len + 1 - evicted,
            Inserted::Rejected { evicted } => len - evicted,
            other @ (Inserted::Replaced { .. } | Inserted::Refused(_)) => {
                panic!("{key} was not there: {other:?}")
            }
        };
        assert_eq!(
            cache.len(),
            expected,
            "the border moved from {window} to {}, and of {len} entries {} are there",
            cache.window_capacity(),
            cache.len()
        );
        if windows.last() != Some(&cache.window_capacity()) {
            windows.push(cache.window_capacity());
        }
    }
    assert!(windows.len() > 300, "the border hardly moved: {windows:?}");
}

/// With weights, expiries, removals and all.
#[test]
fn inv6_a_window_that_moves_gives_back_what_was_written() {
    let mut runner = TestRunner::deterministic();
    let operation = op(5);
    let mut limits = Limits::new(60, 30, 7);
    limits.window = shares(0.5, 0.1, 0.9);
    let mut model = Model::new(Cache::new(limits).unwrap());
    let mut windows = Vec::new();
    for _ in 0..8000 {
        let op = operation.new_tree(&mut runner).unwrap().current();
        model.apply(&op).unwrap();
        windows.push(model.cache().window_capacity());
    }
    windows.dedup();
    assert!(windows.len() > 5, "the border hardly moved: {windows:?}");
}

/// A cache of 100 units at the end of its first sample, 1000 requests: what is asked for again and again fills the main space, and three times
/// each of twelve newcomers was rejected, and asked for again while it was in the shadow.
fn rejected_again() -> Cache<u64, u64> {
    let mut cache = adaptive(100, shares(0.02, 0.0, 0.8));
    for key in 0..100 {
        ask(&mut cache, key);
    }
    for key in (0..98).cycle().take(800) {
        assert!(ask(&mut cache, key));
    }
    for key in (1000..1012).cycle().take(36) {
        assert!(!ask(&mut cache, key));
    }
    for key in (0..98).cycle().take(64) {
        assert!(ask(&mut cache, key));
    }
    let stats = cache.stats();
    assert_eq!(
        (stats.hits + stats.misses, cache.window_capacity()),
        (1000, 2)
    );
    cache
}

/// A sample is 1000 requests; the step is a sixteenth of 100; a stride is a unit with each insert.
#[test]
fn inv6_the_border_moves_a_stride_with_each_insert() {
    let mut cache = rejected_again();
    let mut windows = Vec::new();
    for key in 2000..2008 {
        let _kept_or_not = cache.insert(key, key, 1, None, NOW);
        windows.push(cache.window_capacity());
    }
    assert_eq!(windows, [3, 4, 5, 6, 7, 8, 8, 8]);
}

/// A larger window takes over what would be the next to go; it is full at once, and so is the cache.
#[test]
fn inv6_a_window_that_grows_takes_over_the_oldest() {
    let mut cache = rejected_again();
    let in_window = |cache: &Cache<u64, u64>| {
        let there = |key: &u64| cache.space(key) == Some(Space::Window);
        (0..3000).filter(there).collect::<Vec<_>>()
    };
    assert_eq!(in_window(&cache).len(), 2);
    let next: Vec<_> = (0..100)
        .filter(|key| cache.space(key) == Some(Space::Probation))
        .collect();
    let _kept = cache.insert(2000, 2000, 1, None, NOW);
    let window = in_window(&cache);
    assert_eq!((window.len(), cache.len()), (3, 100));
    let taken_over: Vec<_> = window.iter().filter(|key| next.contains(key)).collect();
    assert_eq!(taken_over.len(), 1, "{window:?} of {next:?}");
}

/// Of what is protected some is no longer, because the main space is smaller.
#[test]
fn inv6_what_is_protected_has_four_fifths_of_what_is_left() {
    let mut cache = rejected_again();
    let protected = |cache: &Cache<u64, u64>| {
        let there = |key: &u64| cache.space(key) == Some(Space::Protected);
        (0..3000).filter(there).count() as u64
    };
    assert_eq!(protected(&cache), 98 * 4 / 5);
    for key in 2000..2006 {
        let _kept_or_not = cache.insert(key, key, 1, None, NOW);
        assert_eq!(protected(&cache), (100 - cache.window_capacity()) * 4 / 5);
    }
}

/// Nobody comes back, and the window is of no use: it shrinks by a step after each sample, and its entries stay.
#[test]
fn inv6_without_evidence_the_window_shrinks() {
    let mut cache = adaptive(2000, shares(0.5, 0.4, 0.8));
    let mut windows = Vec::new();
    for key in 0..6000 {
        ask(&mut cache, key);
        if windows.last() != Some(&cache.window_capacity()) {
            windows.push(cache.window_capacity());
        }
        assert_eq!(cache.len() as u64, 2000.min(key + 1));
    }
    // Strides of two, to 875 after 2000 requests, and to the least after 4000.
    let mut expected: Vec<u64> = (0..63).map(|stride| 1000 - 2 * stride).collect();
    expected.push(875);
    expected.extend((1..38).map(|stride| 875 - 2 * stride));
    expected.push(800);
    assert_eq!(windows, expected);
}

#[test]
fn inv6_a_miss_of_what_was_let_go_of_is_evidence_once() {
    let mut climber = Climber::new(100, 100);
    climber.rejected(key(1));
    climber.evicted(key(2));
    climber.rejected(key(3));
    climber.evicted(key(3));
    for (number, expected) in [
        (1, evidence(1, 1, 0)),
        (1, evidence(2, 1, 0)),
        (2, evidence(3, 1, 1)),
        (2, evidence(4, 1, 1)),
        (3, evidence(5, 2, 1)),
        (3, evidence(6, 2, 2)),
        (4, evidence(7, 2, 2)),
    ] {
        climber.missed(key(number));
        assert_eq!(climber.evidence(), expected, "after key {number}");
    }
}

/// One step is a sixteenth of the capacity, and the shadows hold a sixteenth of the entries: what this step would have kept.
#[test]
fn inv6_a_step_and_what_it_would_have_kept_are_a_sixteenth() {
    let step = |capacity, expected_entries| {
        let mut climber = Climber::new(capacity, expected_entries);
        climber.missed(key(1));
        climber.observe()
    };
    assert_eq!(step(1600, 800), Move::Shrink(100));
    assert_eq!(step(1615, 800), Move::Shrink(100));
    assert_eq!(step(3, 3), Move::Shrink(1));
    let found = |expected_entries, others: u64| {
        let mut climber = Climber::new(1600, expected_entries);
        climber.rejected(key(1));
        for other in 0..others {
            climber.rejected(key(2 + other));
        }
        climber.missed(key(1));
        climber.evidence().rejected
    };
    let least = u64::from(MIN_SHADOW);
    assert_eq!([found(1, least - 1), found(1, least)], [1, 0]);
    assert_eq!([found(1600, 99), found(1600, 100)], [1, 0]);
}

/// A difference moves the window if it is more than five, and more than three times what is likely by chance.
#[test]
fn inv6_chance_moves_nothing() {
    const STEP: u64 = 6;
    let moves = |rejected, evicted| judge(evidence(200, rejected, evicted), STEP);
    let (grow, shrink) = (Move::Grow(STEP), Move::Shrink(STEP));
    let cases = [
        (17, 0, Move::Stay),
        (18, 0, grow),
        (0, 6, Move::Stay),
        (0, 7, shrink),
        // What was evicted counts twice.
        (100, 50, Move::Stay),
        (100, 30, grow),
        (100, 31, Move::Stay),
        (100, 72, Move::Stay),
        (100, 73, shrink),
        // Three times what is likely is not more than that.
        (5, 11, Move::Stay),
        (5, 12, shrink),
        (2, 0, Move::Stay),
        (1, 1, Move::Stay),
    ];
    for (rejected, evicted, expected) in cases {
        let judged = moves(rejected, evicted);
        assert_eq!(
            judged, expected,
            "{rejected} misses speak for a larger window, {evicted} for a smaller one: {judged:?}"
        );
    }
}

#[test]
fn inv6_silence_speaks_for_a_smaller_window() {
    let judged = |misses, rejected, evicted| judge(evidence(misses, rejected, evicted), 6);
    assert_eq!(judged(0, 0, 0), Move::Stay);
    assert_eq!(judged(1, 0, 0), Move::Shrink(6));
    assert_eq!(judged(300, 2, 1), Move::Stay);
    assert_eq!(judged(301, 2, 1), Move::Shrink(6));
    assert_eq!(judged(301, 1, 2), Move::Shrink(6));
    // So few that they say nothing, but for a larger window.
    assert_eq!(judged(2000, 19, 0), Move::Shrink(6));
    assert_eq!(judged(1900, 19, 0), Move::Grow(6));
}

/// A move uses its evidence up; what did not suffice is kept for the next sample, and half of it when it is much.
#[test]
fn inv6_evidence_is_used_once() {
    let mut climber = Climber::new(160, 160);
    let see = |climber: &mut Climber, rejected: u64, evicted: u64, others: u64| {
        for number in 0..rejected {
            climber.rejected(key(number));
            climber.missed(key(number));
        }
        for number in 0..evicted {
            climber.evicted(key(number));
            climber.missed(key(number));
        }
        for _ in 0..others {
            climber.missed(key(1 << 20));
        }
    };
    see(&mut climber, 10, 0, 5);
    assert_eq!(climber.observe(), Move::Stay);
    assert_eq!(climber.evidence(), evidence(15, 10, 0));
    see(&mut climber, 8, 0, 0);
    assert_eq!(climber.evidence(), evidence(23, 18, 0));
    assert_eq!(climber.observe(), Move::Grow(10));
    assert_eq!(climber.evidence(), evidence(0, 0, 0));
    see(&mut climber, 0, 7, 0);
    assert_eq!(climber.observe(), Move::Shrink(10));
    assert_eq!(climber.evidence(), evidence(0, 0, 0));
    // Balanced, for a long time.
    see(&mut climber, 341, 170, 1);
    assert_eq!(climber.observe(), Move::Stay);
    assert_eq!(climber.evidence(), evidence(512, 341, 170));
    see(&mut climber, 0, 1, 4);
    assert_eq!(climber.observe(), Move::Stay);
    assert_eq!(climber.evidence(), evidence(258, 170, 85));
}

/// A window that has lost its entries, because they were removed, takes over no more than a stride at once.
#[test]
fn inv6_no_insert_moves_more_than_a_stride() {
    let mut cache = rejected_again();
    let in_window = |cache: &Cache<u64, u64>| {
        let there = |key: &u64| cache.space(key) == Some(Space::Window);
        (0..3000).filter(there).collect::<Vec<_>>()
    };
    for key in in_window(&cache) {
        assert_eq!(cache.remove(&key, NOW), Some(key));
    }
    for (key, expected) in [(2000, 2), (2001, 4), (2002, 5)] {
        let _kept = cache.insert(key, key, 1, None, NOW);
        let (window, capacity) = (in_window(&cache).len(), cache.window_capacity());
        assert_eq!(
            window, expected,
            "{window} entries in a window of {capacity}, which was empty, after {key}"
        );
    }
}

/// Entries of weight 3, and a border that moves by one: an entry is taken over when there is room for all of it, and not before.
#[test]
fn inv6_no_window_holds_more_than_its_capacity() {
    let limits = Limits {
        window: shares(0.02, 0.0, 0.8),
        ..Limits::new(300, 100, 7)
    };
    let mut cache = Cache::new(limits).unwrap();
    let mut ask = |key: u64| {
        let hit = cache.get(&key, NOW).is_some();
        if !hit {
            let _kept_or_not = cache.insert(key, key, 3, None, NOW);
        }
        let there = |key: &u64| cache.space(key) == Some(Space::Window);
        let entries = (0..98).chain(1000..1012).filter(there).count();
        (hit, cache.window_capacity(), entries)
    };
    for key in (0..98).chain((0..98).cycle().take(800)) {
        ask(key);
    }
    for key in (1000..1012).cycle().take(36) {
        assert_eq!(ask(key), (false, 6, 2));
    }
    for key in (0..98).cycle().take(65) {
        assert_eq!(ask(key), (true, 6, 2));
    }
    let after = [(7, 2), (8, 2), (9, 3), (10, 3), (11, 3), (12, 4)];
    for (key, (capacity, entries)) in (1000..).zip(after) {
        assert_eq!(
            ask(key),
            (false, capacity, entries),
            "entries of weight 3 in a window, after {key}"
        );
    }
}

/// Whatever a miss is for, the climber hears of it: here the key is there each time, and has expired.
#[test]
fn inv6_a_miss_of_what_has_expired_is_a_miss() {
    let mut cache = adaptive(100, shares(0.5, 0.01, 0.8));
    let before = cache.window_capacity();
    for round in 1..5_000 {
        let expires = NOW * round;
        let _kept = cache.insert(1, 1, 1, Some(expires + NOW), expires);
        assert_eq!(cache.get(&1, expires + NOW), None);
    }
    assert!(
        cache.window_capacity() < before,
        "5,000 misses and nothing that speaks for either side: the window has {} units, as before",
        cache.window_capacity()
    );
}
