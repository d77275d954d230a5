//! Stage 5, its decisions: how long a value is kept and where, how it is written, how fast a warm-up goes, what is not believed.

use std::time::Duration;

use adaptive_cache::core::class::Place;
use adaptive_cache::core::dirty::{Belief, Dirty, Mark};
use adaptive_cache::core::pacer::{Pace, Pacer};
use adaptive_cache::core::place::{Keep, Ttls};
use adaptive_cache::core::value::{DecodeError, EncodeError, MAX_BYTES, MAX_DEPTH, Value};
use adaptive_cache::core::warm::{Plan, Wanted, WarmUp};
use proptest::prelude::*;

const NS: Duration = Duration::from_nanos(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

// How long, and where.

fn ttls(jitter: f64) -> Ttls {
    Ttls::new(600 * SECOND, 5 * SECOND, 2 * SECOND, jitter).unwrap()
}

fn kept(local: Option<Duration>, redis: Option<Duration>) -> Keep {
    Keep { local, redis }
}

#[test]
fn inv11_a_value_is_kept_where_its_class_says() {
    let (ttls, value) = (ttls(0.0), Value::Integer(42));
    let keep = |place| ttls.keep(place, &value, 0.5);
    let redis = Some(600 * SECOND);
    assert_eq!(keep(Place::LocalAndRedis), kept(Some(5 * SECOND), redis));
    assert_eq!(keep(Place::Redis), kept(None, redis));
    assert_eq!(keep(Place::Nowhere), kept(None, None));
}

#[test]
fn inv11_that_there_is_nothing_is_kept_for_a_shorter_time() {
    let nothing = |ttls: Ttls, place| ttls.keep(place, &Value::Absent, 0.0);
    let negative = Some(2 * SECOND);
    let ttls = ttls(0.0);
    assert_eq!(
        nothing(ttls, Place::LocalAndRedis),
        kept(negative, negative)
    );
    assert_eq!(nothing(ttls, Place::Redis), kept(None, negative));
    assert_eq!(nothing(ttls, Place::Nowhere), kept(None, None));
    // In this process never for longer than any other value.
    let ttls = Ttls::new(600 * SECOND, 5 * SECOND, 60 * SECOND, 0.0).unwrap();
    let longer = kept(Some(5 * SECOND), Some(60 * SECOND));
    assert_eq!(nothing(ttls, Place::LocalAndRedis), longer);
}

#[test]
fn inv11_jitter_only_shortens_a_life() {
    let value = Value::text("v");
    let keep = |ttls: Ttls, dice| ttls.keep(Place::LocalAndRedis, &value, dice);
    assert_eq!(
        keep(ttls(0.1), 0.0),
        kept(Some(5 * SECOND), Some(600 * SECOND))
    );
    assert_eq!(
        keep(ttls(0.1), 0.5),
        kept(Some(4750 * MS), Some(570 * SECOND))
    );
    // A millisecond is the shortest that Redis knows.
    let shortest = Ttls::new(MS, MS, MS, 0.5).unwrap();
    assert_eq!(keep(shortest, 0.999), kept(Some(MS), Some(MS)));
}

// How it is written.

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        ".{0,12}".prop_map(|text| Value::text(&text)),
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(|bytes| Value::bytes(&bytes)),
        any::<i64>().prop_map(Value::Integer),
        any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
        any::<bool>().prop_map(Value::Boolean),
        Just(Value::Absent),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        proptest::collection::vec(inner, 0..5).prop_map(Value::list)
    })
}

/// One of each type, and what is easily mistaken for another.
fn one_of_each() -> Vec<Value> {
    let simple = vec![
        Value::Integer(42),
        Value::text("42"),
        Value::text(""),
        Value::bytes(b"42"),
        Value::bytes(&[0, 0xff, 0xac, 0xad]),
        Value::Integer(i64::MIN),
        Value::Float(42.0),
        Value::Float(-0.0),
        Value::Float(f64::NAN),
        Value::Boolean(true),
        Value::Boolean(false),
        Value::Absent,
        Value::list([]),
    ];
    let all = Value::list(simple.clone());
    [simple, vec![all.clone(), Value::list([all])]].concat()
}

#[test]
fn inv11_what_comes_back_has_the_type_and_the_bits_that_were_written() {
    for value in one_of_each() {
        let stored = value.encode().unwrap();
        let read = Value::decode(&stored);
        assert_eq!(
            read.as_ref(),
            Ok(&value),
            "the loader gave {value:?}, and Redis gives {read:?}"
        );
        assert_eq!(stored.len(), value.encoded_len());
    }
    assert_ne!(Value::Float(0.0), Value::Float(-0.0));
    assert_ne!(Value::text("42"), Value::bytes(b"42"));
    assert_ne!(Value::Absent, Value::Boolean(false));
}

/// The format is written down here: what a build has stored, the next one must read.
#[test]
fn inv11_the_format_is_this_one() {
    let stored = |value: Value| value.encode().unwrap();
    assert_eq!(
        stored(Value::text("hé")),
        [0xac, 1, 1, 3, 0, 0, 0, b'h', 0xc3, 0xa9]
    );
    assert_eq!(stored(Value::bytes(&[9])), [0xac, 1, 2, 1, 0, 0, 0, 9]);
    assert_eq!(
        stored(Value::Integer(-2)),
        [0xac, 1, 3, 0xfe, 255, 255, 255, 255, 255, 255, 255]
    );
    assert_eq!(
        stored(Value::Float(1.0)),
        [0xac, 1, 4, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
    );
    assert_eq!(stored(Value::Boolean(true)), [0xac, 1, 5, 1]);
    assert_eq!(stored(Value::Absent), [0xac, 1, 6]);
    let list = Value::list([Value::Absent, Value::Boolean(false)]);
    assert_eq!(stored(list), [0xac, 1, 7, 2, 0, 0, 0, 6, 5, 0]);
}

#[test]
fn inv11_whatever_is_not_ours_is_an_error() {
    let refused: [(&[u8], DecodeError); 12] = [
        (b"", DecodeError::Foreign),
        (b"42", DecodeError::Foreign),
        (&[0xad, 1, 6], DecodeError::Foreign),
        (&[0xac], DecodeError::Truncated),
        (&[0xac, 0, 6], DecodeError::Version(0)),
        (&[0xac, 2, 6], DecodeError::Version(2)),
        (&[0xac, 1], DecodeError::Truncated),
        (&[0xac, 1, 0], DecodeError::Tag(0)),
        (&[0xac, 1, 8], DecodeError::Tag(8)),
        (&[0xac, 1, 5, 2], DecodeError::Boolean(2)),
        (&[0xac, 1, 1, 1, 0, 0, 0, 0xff], DecodeError::Utf8),
        (&[0xac, 1, 6, 0, 0], DecodeError::Trailing(2)),
    ];
    for (stored, error) in refused {
        assert_eq!(Value::decode(stored), Err(error), "{stored:?}");
    }
    let long = [&[0xac, 1, 2][..], &vec![0; MAX_BYTES - 2]].concat();
    assert_eq!(
        Value::decode(&long),
        Err(DecodeError::TooLarge(MAX_BYTES + 1))
    );
    // One byte less is looked at: four zeros are the length of nothing, and the rest is too much.
    let rest = DecodeError::Trailing(MAX_BYTES - 7);
    assert_eq!(Value::decode(&long[..MAX_BYTES]), Err(rest));
}

#[test]
fn inv11_what_was_cut_off_is_an_error_at_every_byte() {
    for value in one_of_each() {
        let stored = value.encode().unwrap();
        assert_eq!(Value::decode(&stored), Ok(value));
        for end in 1..stored.len() {
            let cut = Value::decode(&stored[..end]);
            assert_eq!(cut, Err(DecodeError::Truncated), "{stored:?} until {end}");
        }
    }
}

/// Four thousand million values are promised and none comes: nothing is reserved for them.
#[test]
fn inv11_a_length_that_is_not_true_costs_nothing() {
    for tag in [1, 2, 7] {
        let promised = [0xac, 1, tag, 0xff, 0xff, 0xff, 0xff, 6];
        let read = Value::decode(&promised);
        assert_eq!(read, Err(DecodeError::Truncated), "tag {tag}");
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Absent, |inner, _| Value::list([inner]))
}

#[test]
fn inv11_lists_are_nested_so_deep_and_no_deeper() {
    let stored = nested(MAX_DEPTH).encode().unwrap();
    assert_eq!(Value::decode(&stored), Ok(nested(MAX_DEPTH)));
    let deeper = nested(MAX_DEPTH + 1);
    assert_eq!(deeper.encode(), Err(EncodeError::TooDeep));
    let mut stored = vec![0xac, 1];
    for _ in 0..100_000 {
        stored.extend([7, 1, 0, 0, 0]);
    }
    assert_eq!(Value::decode(&stored), Err(DecodeError::TooDeep));
}

proptest! { #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn inv11_every_value_comes_back(value in any_value()) {
        let stored = value.encode().unwrap();
        prop_assert_eq!(stored.len(), value.encoded_len());
        prop_assert_eq!(Value::decode(&stored), Ok(value));
    }

    /// Any bytes: an error, or a value that is written as these bytes.
    #[test]
    fn inv11_no_bytes_are_too_bad(
        tail in proptest::collection::vec(prop_oneof![0_u8..9, any::<u8>()], 0..40),
        ours in any::<bool>(),
    ) {
        let stored = if ours { [vec![0xac, 1], tail].concat() } else { tail };
        if let Ok(value) = Value::decode(&stored) {
            prop_assert_eq!(value.encode().unwrap(), stored);
        }
    }
}

// What is not believed.

fn marked(belief: Belief) -> Option<Mark> {
    match belief {
        Belief::Marked(mark) => Some(mark),
        Belief::Clean | Belief::Nothing => None,
    }
}

#[test]
fn inv11_a_refused_key_is_not_believed_until_its_time_is_over() {
    let mut dirty = Dirty::new(10);
    dirty.mark("a", SECOND, 10 * SECOND);
    for at in [SECOND, 10 * SECOND - NS] {
        assert_eq!(marked(dirty.belief("a", at)), dirty.get("a"));
        assert!(marked(dirty.belief("a", at)).is_some());
        assert_eq!(dirty.belief("b", at), Belief::Clean);
    }
    assert_eq!(dirty.belief("a", 10 * SECOND), Belief::Clean);
    assert_eq!(dirty.len(), 1);
    assert_eq!(dirty.pending(10 * SECOND, 5), []);
    assert!(dirty.is_empty());
}

#[test]
fn inv11_a_mark_is_taken_back_by_whoever_saw_it_and_by_no_one_else() {
    let mut dirty = Dirty::new(10);
    dirty.mark("a", SECOND, 10 * SECOND);
    let first = dirty.get("a").unwrap();
    // Refused again, while somebody overwrites it for the first time: that one may not take the second mark back.
    dirty.mark("a", SECOND, 10 * SECOND);
    dirty.clean("a", first);
    let second = marked(dirty.belief("a", SECOND)).unwrap();
    assert_ne!(first, second);
    dirty.clean("b", second);
    assert_eq!((dirty.len(), dirty.is_empty()), (1, false));
    dirty.clean("a", second);
    assert_eq!(dirty.belief("a", SECOND), Belief::Clean);
    assert!(dirty.is_empty());
}

#[test]
fn inv11_too_many_marks_are_one_for_everything() {
    let mut dirty = Dirty::new(2);
    let until = [10, 12, 14].map(|at| at * SECOND);
    for (key, until) in ["a", "b", "c"].into_iter().zip(until) {
        dirty.mark(key, SECOND, until);
    }
    assert_eq!((dirty.len(), dirty.get("c")), (2, None));
    for key in ["a", "b", "c", "never heard of"] {
        assert_eq!(
            dirty.belief(key, 14 * SECOND - NS),
            Belief::Nothing,
            "{key}"
        );
        assert_eq!(dirty.belief(key, 14 * SECOND), Belief::Clean, "{key}");
    }
    // A key that has its mark needs no more room, and an earlier end does not shorten a later one.
    dirty.mark("a", 9 * SECOND, 20 * SECOND);
    dirty.mark("d", 9 * SECOND, 13 * SECOND);
    assert_eq!(dirty.belief("e", 14 * SECOND - NS), Belief::Nothing);
    assert_eq!(dirty.belief("e", 14 * SECOND), Belief::Clean);
    assert!(marked(dirty.belief("a", 14 * SECOND)).is_some());
}

/// Marks whose time is over make room before anything else is given up.
#[test]
fn inv11_marks_that_are_over_make_room() {
    let mut dirty = Dirty::new(2);
    dirty.mark("a", SECOND, 3 * SECOND);
    dirty.mark("b", SECOND, 9 * SECOND);
    dirty.mark("c", 3 * SECOND, 9 * SECOND);
    assert_eq!(dirty.belief("a", 3 * SECOND), Belief::Clean);
    let pending = dirty.pending(3 * SECOND, 5);
    let mut keys: Vec<&str> = pending.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["b", "c"]);
    assert_eq!(dirty.pending(3 * SECOND, 1).len(), 1);
    for (key, mark) in pending {
        assert_eq!(marked(dirty.belief(&key, 3 * SECOND)), Some(mark));
        dirty.clean(&key, mark);
    }
    assert!(dirty.is_empty());
}

// How fast a warm-up goes.

fn pacer(per_second: u32) -> Pacer {
    Pacer::new(per_second).unwrap()
}

/// Asks again when it is told to; when each batch began.
fn begin(pacer: &mut Pacer, loads: u32, mut now: Duration) -> Duration {
    loop {
        match pacer.take(loads, now) {
            Pace::Go => return now,
            Pace::Wait { until } => {
                assert!(until > now, "told to wait until {until:?}, at {now:?}");
                now = until;
            }
        }
    }
}

#[test]
fn inv10_after_a_batch_none_begins_before_its_time_is_over() {
    let mut pacer = pacer(1000);
    assert_eq!(pacer.take(100, SECOND), Pace::Go);
    let wait = Pace::Wait { until: 1100 * MS };
    for now in [Duration::ZERO, SECOND, 1100 * MS - NS] {
        assert_eq!(pacer.take(1, now), wait);
    }
    assert_eq!(pacer.take(50, 1100 * MS), Pace::Go);
    assert_eq!(pacer.take(1, 1149 * MS), Pace::Wait { until: 1150 * MS });
    // A third of a second is no whole number of nanoseconds: rounded up, never more than the rate.
    let mut pacer = self::pacer(3);
    assert_eq!(pacer.take(1, Duration::ZERO), Pace::Go);
    let until = Duration::from_nanos(333_333_334);
    assert_eq!(pacer.take(1, NS), Pace::Wait { until });
    assert_eq!(begin(&mut pacer, 1, Duration::MAX), Duration::MAX);
}

/// A hundred batches of a hundred keys, whose loads take no time at all.
#[test]
fn inv10_ten_thousand_keys_take_ten_seconds_at_a_thousand_a_second() {
    let mut pacer = pacer(1000);
    let mut now = Duration::ZERO;
    for _ in 0..100 {
        now = begin(&mut pacer, 100, now);
    }
    assert_eq!(
        now,
        9900 * MS,
        "the last 100 of 10,000 loads began after {now:?}, at a rate of 1,000 loads a second"
    );
}

/// A source that stood still for ten seconds is the last one that should get ten seconds' loads at once.
#[test]
fn inv10_a_slow_batch_saves_nothing_up() {
    let mut pacer = pacer(1000);
    let begun: Vec<Duration> = [0, 10_000, 10_000, 10_000, 10_000]
        .map(|ms| begin(&mut pacer, 100, ms * MS))
        .to_vec();
    let at_once = begun.iter().filter(|at| **at == 10 * SECOND).count() * 100;
    assert_eq!(
        at_once, 100,
        "{at_once} loads began in the moment in which the slow batch ended, where a batch has 100"
    );
    assert_eq!(begun[2..], [10_100 * MS, 10_200 * MS, 10_300 * MS]);
}

proptest! { #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// In any interval: what the rate allows, and one batch.
    #[test]
    fn inv10_no_interval_sees_more_than_the_rate_and_a_batch(
        per_second in 1_u32..5000,
        batches in proptest::collection::vec((1_u32..=100, 0_u64..400_000_000), 1..60),
    ) {
        let mut pacer = pacer(per_second);
        let mut now = Duration::ZERO;
        let mut begun = Vec::new();
        for (loads, pause) in batches {
            now = begin(&mut pacer, loads, now + Duration::from_nanos(pause));
            begun.push((now, loads));
        }
        for (first, (from, _)) in begun.iter().enumerate() {
            let mut sum = 0.0;
            for (to, loads) in &begun[first..] {
                let allowed = (*to - *from).as_secs_f64() * f64::from(per_second);
                prop_assert!(sum <= allowed + 1e-6, "{sum} loads before {to:?}, since {from:?}");
                sum += f64::from(*loads);
            }
        }
    }
}

// What is warmed up.

fn wanted(keys: &[(&str, u32, u64)]) -> Vec<Wanted> {
    let want = |&(key, priority, weight): &(&str, u32, u64)| Wanted {
        key: key.to_owned(),
        priority,
        weight,
    };
    keys.iter().map(want).collect()
}

fn plan(batch: u32, capacity: u64, keys: &[(&str, u32, u64)]) -> Plan {
    WarmUp::new(batch, capacity).unwrap().plan(wanted(keys))
}

#[test]
fn inv10_the_most_important_keys_come_first() {
    let keys = [
        ("c", 1, 1),
        ("a", 9, 1),
        ("d", 1, 1),
        ("b", 5, 1),
        ("e", 0, 1),
    ];
    let plan = plan(2, 100, &keys);
    assert_eq!(plan.batches, [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
    assert!(plan.left_out.is_empty());
}

#[test]
fn inv10_a_warm_up_stops_at_what_fits() {
    let keys = [
        ("a", 9, 60),
        ("b", 8, 50),
        ("c", 7, 30),
        ("d", 6, 10),
        ("e", 5, 1),
    ];
    let full = plan(10, 100, &keys);
    assert_eq!(full.batches, [["a", "c", "d"]]);
    assert_eq!(full.left_out, ["b", "e"]);
    let nothing = plan(10, 0, &[("a", 1, 1), ("b", 2, u64::MAX), ("c", 3, 0)]);
    assert_eq!(
        (nothing.batches, nothing.left_out.len()),
        (vec![vec!["c".to_owned()]], 2)
    );
    let none = Plan::default();
    assert_eq!(plan(10, 100, &[]), none);
}

#[test]
fn inv10_a_key_that_is_named_twice_is_loaded_once() {
    let keys = [("a", 1, 60), ("b", 5, 20), ("a", 9, 10), ("a", 1, 90)];
    let plan = plan(10, 100, &keys);
    assert_eq!(plan.batches, [["a", "b"]]);
    assert!(plan.left_out.is_empty());
}

#[test]
fn inv10_no_batch_is_larger_than_it_may_be() {
    let keys: Vec<Wanted> = (0..250)
        .map(|number| Wanted {
            key: format!("key {number}"),
            priority: 0,
            weight: 1,
        })
        .collect();
    let sizes = |batch| -> Vec<usize> {
        let plan = WarmUp::new(batch, 1000).unwrap().plan(keys.clone());
        plan.batches.iter().map(Vec::len).collect()
    };
    assert_eq!(sizes(WarmUp::MAX_BATCH), [100, 100, 50]);
    assert_eq!(sizes(50), [50; 5]);
    assert_eq!(sizes(1), [1; 250]);
}
