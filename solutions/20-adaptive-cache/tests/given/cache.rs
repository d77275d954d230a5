//! Slots, lists, hashes, expiries, shadows, limits. Bad input gets a clear error.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use adaptive_cache::core::cache::{Cache, Inserted, Space};
use adaptive_cache::core::expiry::{Expiries, Moment};
use adaptive_cache::core::hash::{Hashed, KeyHasher};
use adaptive_cache::core::limits::{Limits, LimitsError, WindowLimits};
use adaptive_cache::core::list::{Links, List};
use adaptive_cache::core::shadow::Shadow;
use adaptive_cache::core::slab::{Slab, Slot};
use proptest::prelude::*;

const NOW: Duration = Duration::ZERO;

/// So many slots.
fn slots(many: usize) -> Vec<Slot> {
    let mut slab = Slab::new();
    (0..many).map(|_| slab.insert(())).collect()
}

#[test]
fn a_seed_decides_every_hash() {
    let hash = |seed, key: &str| KeyHasher::new(seed).hash(key);
    assert_eq!(hash(1, "a"), hash(1, "a"));
    assert_ne!(hash(1, "a"), hash(1, "b"));
    assert_ne!(hash(1, "a"), hash(2, "a"));
    // A key is found by what it borrows as.
    assert_eq!(
        hash(1, "a"),
        KeyHasher::new(1).hash::<String>(&"a".to_owned())
    );
    assert_eq!(Hashed::from_bits(u64::MAX - 7).bits(), u64::MAX - 7);
}

#[test]
fn a_free_slot_is_used_again() {
    let mut slab = Slab::default();
    assert!(slab.is_empty());
    let (a, b) = (slab.insert('a'), slab.insert('b'));
    assert_eq!((a.index(), b.index(), slab.len()), (0, 1, 2));
    assert_eq!((slab[a], slab.get(b)), ('a', Some(&'b')));
    assert_eq!(slab.remove(a), Some('a'));
    assert_eq!(slab.remove(a), None);
    assert_eq!((slab.get(a), slab.len(), slab.is_empty()), (None, 1, false));
    let all: Vec<_> = slab.iter().collect();
    assert_eq!(all, [(b, &'b')]);
    let c = slab.insert('c');
    assert_eq!(c, a);
    slab[c] = 'd';
    assert_eq!((slab[c], slab.insert('e').index()), ('d', 2));
}

#[test]
#[should_panic(expected = "slot 0 is free")]
fn a_free_slot_has_no_entry() {
    let mut slab = Slab::new();
    let slot = slab.insert('a');
    slab.remove(slot);
    let _none = slab[slot];
}

#[test]
#[should_panic(expected = "slot 0 is free")]
fn a_free_slot_has_no_entry_to_change() {
    let mut slab = Slab::new();
    let slot = slab.insert('a');
    slab.remove(slot);
    slab[slot] = 'b';
}

/// What is done to a list, of ten slots.
#[derive(Clone, Debug)]
enum Step {
    Newest(usize),
    Oldest(usize),
    Unlink(usize),
    Touch(usize),
    Reweigh(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_usize..10).prop_map(Step::Newest),
        (0_usize..10).prop_map(Step::Oldest),
        (0_usize..10).prop_map(Step::Unlink),
        (0_usize..10).prop_map(Step::Touch),
        (0_usize..10, 0_u32..9).prop_map(|(slot, weight)| Step::Reweigh(slot, weight)),
    ]
}

proptest! {
    /// Two lists over the same links, beside two deques.
    #[test]
    fn lists_are_in_the_order_of_use(steps in prop::collection::vec((step(), 0_usize..2), 0..60)) {
        let slots = slots(10);
        let mut links = Links::default();
        let mut lists = [List::default(), List::new()];
        let mut deques = [VecDeque::new(), VecDeque::new()];
        let mut weights: Vec<u32> = (0..10).collect();
        for (step, which) in steps {
            let (list, deque) = (&mut lists[which], &mut deques[which]);
            let place = |slot: usize| deque.iter().position(|other| *other == slot);
            let (Step::Newest(slot) | Step::Oldest(slot) | Step::Unlink(slot) | Step::Touch(slot) | Step::Reweigh(slot, _)) = step;
            let (here, weight) = (place(slot), weights[slot]);
            let linked = deques.iter().any(|deque| deque.contains(&slot));
            let deque = &mut deques[which];
            match (step, here) {
                (Step::Newest(_), _) if !linked => {
                    list.push_newest(&mut links, slots[slot], weight);
                    deque.push_back(slot);
                }
                (Step::Oldest(_), _) if !linked => {
                    list.push_oldest(&mut links, slots[slot], weight);
                    deque.push_front(slot);
                }
                (Step::Unlink(_), Some(place)) => {
                    list.unlink(&mut links, slots[slot], weight);
                    deque.remove(place);
                }
                (Step::Touch(_), Some(place)) => {
                    list.touch(&mut links, slots[slot], weight);
                    deque.remove(place);
                    deque.push_back(slot);
                }
                (Step::Reweigh(_, now), Some(_)) => {
                    list.reweigh(weight, now);
                    weights[slot] = now;
                }
                (Step::Newest(_) | Step::Oldest(_) | Step::Unlink(_) | Step::Touch(_) | Step::Reweigh(..), _) => {}
            }
            for (list, deque) in lists.iter().zip(&deques) {
                let walk = std::iter::successors(list.oldest(), |slot| links.newer(*slot));
                let walked: Vec<_> = walk.take(11).map(Slot::index).collect();
                prop_assert_eq!(&walked, &Vec::from(deque.clone()));
                prop_assert_eq!(list.newest().map(Slot::index), deque.back().copied());
                prop_assert_eq!((list.len(), list.is_empty()), (deque.len(), deque.is_empty()));
                let weight: u32 = deque.iter().map(|slot| weights[*slot]).sum();
                prop_assert_eq!(list.weight(), u64::from(weight));
            }
        }
    }

    /// Beside a list that is searched from its end. Keys have slots of their own here, so none is lost to another.
    #[test]
    fn a_shadow_has_the_last_keys(
        keep in 0_u32..6,
        steps in prop::collection::vec((any::<bool>(), 0_u64..8), 0..60),
    ) {
        let mut shadow = Shadow::new(keep);
        let mut remembered: Vec<Option<u64>> = Vec::new();
        let key = |number: u64| Hashed::from_bits((number << 33) | (number & 3));
        let lost = |a: u64, b: u64| a != b && a & 3 == b & 3;
        for (remember, number) in steps {
            if remember {
                shadow.remember(key(number));
                for other in &mut remembered {
                    // It had the slot, or is the same.
                    if other.is_some_and(|other| lost(other, number) || other == number) {
                        *other = None;
                    }
                }
                remembered.push(Some(number));
            } else {
                let last = remembered.len().saturating_sub(keep.max(1) as usize);
                let place = remembered[last..].iter().position(|other| *other == Some(number));
                prop_assert_eq!(shadow.take(key(number)), place.is_some());
                if let Some(place) = place {
                    remembered[last + place] = None;
                }
            }
        }
    }
}

#[test]
fn a_new_slot_has_no_neighbours() {
    let slots = slots(3);
    let mut links = Links::default();
    assert_eq!(links.newer(slots[2]), None);
    let mut list = List::new();
    list.push_newest(&mut links, slots[2], 1);
    assert_eq!(
        [0, 1, 2].map(|slot: usize| links.newer(slots[slot])),
        [None; 3]
    );
    assert_eq!(
        (list.oldest(), list.newest()),
        (Some(slots[2]), Some(slots[2]))
    );
}

/// Four slots of eight bytes for each key, up to the next power of two.
#[test]
fn a_shadow_is_empty_at_first_and_has_room() {
    for keep in [0, 1, 5, 64, 1000] {
        let mut shadow = Shadow::new(keep);
        assert_eq!(shadow.keep(), keep.max(1));
        let found = (0..10_000).filter(|bits| shadow.take(Hashed::from_bits(*bits)));
        assert_eq!(found.count(), 0, "of none, with room for {keep}");
    }
    let bytes = [0, 1, 5, 64, 65].map(|keep| Shadow::new(keep).bytes());
    assert_eq!(bytes, [32, 32, 256, 2048, 4096]);
    // Of those that it is for, most are there.
    let mut shadow = Shadow::new(1000);
    let hasher = KeyHasher::new(7);
    let keys: Vec<_> = (0..2000).map(|number: u32| hasher.hash(&number)).collect();
    keys.iter().for_each(|key| shadow.remember(*key));
    let found: Vec<_> = keys.iter().map(|key| shadow.take(*key)).collect();
    let early = found[..1000].iter().filter(|found| **found).count();
    let late = found[1000..].iter().filter(|found| **found).count();
    assert_eq!(early, 0, "1000 others came after each of them");
    assert!(late > 800, "{late} of the last 1000 are known");
}

#[test]
fn moments_are_nanoseconds_and_the_last_one_is_never() {
    let ns = Duration::from_nanos;
    assert!(Moment::at(ns(1)) < Moment::at(ns(2)));
    assert_eq!(Moment::at(ns(u64::MAX)), Moment::at(Duration::MAX));
    assert_eq!(Moment::at(ns(u64::MAX - 1)), Moment::at(Duration::MAX));
    assert!(Moment::at(ns(u64::MAX - 2)) < Moment::at(Duration::MAX));
    assert!(Moment::at(Duration::MAX) < Moment::NEVER);
    assert_eq!(Moment::of_expiry(None), Moment::NEVER);
    assert_eq!(Moment::of_expiry(Some(ns(5))), Moment::at(ns(5)));
}

#[test]
fn expiries_come_in_their_order_and_when_they_are_due() {
    let at = |ns| Moment::at(Duration::from_nanos(ns));
    let slots = slots(3);
    let mut expiries = Expiries::new();
    assert!(expiries.is_empty());
    expiries.push(at(5), slots[0]);
    expiries.push(at(3), slots[1]);
    expiries.push(at(4), slots[2]);
    assert_eq!((expiries.len(), expiries.is_empty()), (3, false));
    assert_eq!(expiries.pop_due(at(2)), None);
    assert_eq!(expiries.pop_due(at(3)), Some((at(3), slots[1])));
    assert_eq!(expiries.pop_due(at(3)), None);
    assert_eq!(expiries.pop_due(at(9)), Some((at(4), slots[2])));
    assert_eq!(expiries.pop_due(at(9)), Some((at(5), slots[0])));
    assert_eq!((expiries.pop_due(at(9)), expiries.len()), (None, 0));
}

/// More than 64 marks, and more than three for each that is alive.
#[test]
fn marks_that_were_left_behind_are_noticed() {
    let slot = slots(1)[0];
    let mut expiries = Expiries::default();
    for marks in 1..=200 {
        expiries.push(Moment::NEVER, slot);
        assert_eq!(expiries.is_stale(0), marks > 64, "{marks} marks");
        assert_eq!(expiries.is_stale(22), marks >= 69, "{marks} marks");
        assert_eq!(expiries.is_stale(30), marks >= 93, "{marks} marks");
    }
    let mark = (Moment::at(NOW), slot);
    expiries.rebuild([mark].into_iter());
    assert_eq!((expiries.len(), expiries.pop_due(mark.0)), (1, Some(mark)));
}

#[test]
fn a_capacity_is_something_and_has_slots() {
    let check = |capacity, expected_entries| Limits::new(capacity, expected_entries, 7).check();
    for capacity in [0, 1 << 32, u64::MAX] {
        assert_eq!(check(capacity, 1), Err(LimitsError::Capacity(capacity)));
    }
    for expected in [0, (1 << 27) + 1, u32::MAX] {
        let refused = Err(LimitsError::ExpectedEntries(expected));
        assert_eq!(check(u64::from(u32::MAX), expected), refused);
    }
    let (expected_entries, capacity) = (11, 10);
    let refused = LimitsError::MoreThanFit {
        expected_entries,
        capacity,
    };
    assert_eq!(check(10, 11), Err(refused));
    assert_eq!(check(1, 1), Ok(()));
    assert_eq!(check(u64::from(u32::MAX), 1 << 27), Ok(()));
    assert_eq!(
        LimitsError::Capacity(0).to_string(),
        "limits: capacity must be 1 to 4294967295, not 0; weigh in larger units"
    );
    assert_eq!(
        LimitsError::ExpectedEntries(0).to_string(),
        "limits: expected_entries must be 1 to 134217728, not 0"
    );
    assert_eq!(
        refused.to_string(),
        "limits: expected_entries must be at most the capacity (10), not 11; an entry weighs at least 1"
    );
    let refused = Cache::<u64, u64>::new(Limits::new(0, 1, 7));
    assert_eq!(refused.err(), Some(LimitsError::Capacity(0)));
}

#[test]
fn a_window_is_a_share_and_its_limits_are_in_order() {
    let check = |min, initial, max| {
        let window = WindowLimits { initial, min, max };
        let limits = Limits {
            window,
            ..Limits::new(100, 100, 7)
        };
        limits.check()
    };
    for (min, initial, max) in [
        (0.0, 0.0, 0.0),
        (0.0, 1.0, 1.0),
        (1.0, 1.0, 1.0),
        (0.1, 0.2, 0.3),
        (0.2, 0.2, 0.3),
        (0.1, 0.3, 0.3),
    ] {
        assert_eq!(check(min, initial, max), Ok(()), "{min} {initial} {max}");
    }
    let nan = f64::NAN;
    for (min, initial, max) in [
        (-0.1, 0.2, 0.3),
        (0.1, 0.2, 1.1),
        (0.3, 0.2, 0.4),
        (0.1, 0.5, 0.4),
        (nan, 0.2, 0.3),
        (0.1, nan, 0.3),
        (0.1, 0.2, nan),
    ] {
        let refused = check(min, initial, max);
        assert!(
            matches!(refused, Err(LimitsError::Window(_))),
            "{min} {initial} {max}: {refused:?}"
        );
    }
    let window = WindowLimits {
        initial: 0.5,
        min: 0.25,
        max: 2.0,
    };
    assert_eq!(
        LimitsError::Window(window).to_string(),
        "limits: window must have 0 <= min <= initial <= max <= 1, not min 0.25, initial 0.5, max 2"
    );
    let share = |share| Limits::new(1000, 1000, 7).share(share);
    assert_eq!(
        [0.0, 0.0004, 0.0016, 0.5, 1.0].map(share),
        [1, 1, 2, 500, 1000]
    );
    let limits = Limits::new(1000, 500, 7);
    assert!(limits.adaptive);
    assert_eq!(
        (limits.capacity, limits.expected_entries, limits.seed),
        (1000, 500, 7)
    );
    assert_eq!(
        limits.window,
        WindowLimits {
            initial: 0.01,
            min: 0.0,
            max: 0.8
        }
    );
}

#[test]
fn a_new_cache_is_empty() {
    let cache = Cache::<u64, u64>::new(Limits::new(1000, 500, 7)).unwrap();
    assert_eq!(
        (cache.len(), cache.is_empty(), cache.weight()),
        (0, true, 0)
    );
    assert_eq!((cache.capacity(), cache.window_capacity()), (1000, 10));
    assert_eq!(
        (cache.marks(), cache.peek(&1, NOW), cache.space(&1)),
        (0, None, None)
    );
    assert_eq!(
        (cache.frequency(&1), cache.stats()),
        (0, Default::default())
    );
}

/// Who must not follow the load does not, whatever the load is.
#[test]
fn a_window_that_is_not_adaptive_stays() {
    let limits = Limits {
        adaptive: false,
        ..Limits::new(100, 100, 7)
    };
    let mut cache = Cache::new(limits).unwrap();
    let mut seen = HashSet::new();
    for request in 0..10_000_u64 {
        let key = request - request % 3;
        if cache.get(&key, NOW).is_none() {
            let _kept_or_not = cache.insert(key, key, 1, None, NOW);
        }
        seen.insert(cache.window_capacity());
    }
    assert_eq!(seen, HashSet::from([1]));
}

/// Keys and values of any type; a key is looked for by what it borrows as. What is let go of is dropped.
#[test]
fn keys_are_found_by_what_they_borrow_as() {
    let mut cache = Cache::new(Limits::new(10, 10, 7)).unwrap();
    let value = std::rc::Rc::new(());
    let mut kept = BTreeMap::new();
    for number in 0..30 {
        let key = format!("key {number}");
        let inserted = cache.insert(key.clone(), value.clone(), 1, None, NOW);
        kept.insert(key, matches!(inserted, Inserted::Kept { .. }));
    }
    assert_eq!(cache.len(), 10);
    assert_eq!(std::rc::Rc::strong_count(&value), 11);
    let there: Vec<_> = kept
        .keys()
        .filter(|key| cache.peek(key.as_str(), NOW).is_some())
        .collect();
    assert_eq!(there.len(), 10);
    assert!(cache.remove("key 0", NOW).is_some());
    assert_eq!(std::rc::Rc::strong_count(&value), 10);
    assert_eq!(cache.space("key 29"), Some(Space::Window));
    assert_eq!(cache.frequency("key 29"), 0);
    let again = cache.clone();
    assert_eq!((again.len(), std::rc::Rc::strong_count(&value)), (9, 19));
}

/// The smallest cache there is.
#[test]
fn a_cache_of_one_keeps_the_last() {
    let mut cache = Cache::new(Limits::new(1, 1, 7)).unwrap();
    for key in 0..5000_u64 {
        assert_eq!(cache.get(&key, NOW), None);
        let inserted = cache.insert(key, key, 1, None, NOW);
        assert_eq!(
            inserted,
            Inserted::Kept {
                evicted: usize::from(key > 0)
            }
        );
        assert_eq!((cache.len(), cache.peek(&key, NOW)), (1, Some(&key)));
    }
}
