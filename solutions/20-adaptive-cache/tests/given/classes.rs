//! What the learner is given in stages 4 and 5 and does not write: settings, lengths, a pacer's sums. Bad input gets a clear error.

use std::time::Duration;

use adaptive_cache::core::class::{Class, Classifier, Decision, Thresholds};
use adaptive_cache::core::dirty::Dirty;
use adaptive_cache::core::heavy::{Counted, Summary, Traffic};
use adaptive_cache::core::pacer::Pacer;
use adaptive_cache::core::place::Ttls;
use adaptive_cache::core::settings::SettingError;
use adaptive_cache::core::value::{DecodeError, EncodeError, MAX_BYTES, MAX_DEPTH, Value};
use adaptive_cache::core::warm::{Report, WarmUp, Warmed};

const NS: Duration = Duration::from_nanos(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn a_summary_has_one_counter_to_a_million() {
    for counters in [0, 1_000_001, u32::MAX] {
        let refused = SettingError::Counters(counters);
        assert_eq!(Summary::new(counters).err(), Some(refused));
        assert_eq!(Traffic::new(counters, SECOND).err(), Some(refused));
    }
    assert_eq!(
        SettingError::Counters(0).to_string(),
        "traffic: counters must be 1 to 1000000, not 0"
    );
    for counters in [1, 1_000_000] {
        let summary = Summary::new(counters).unwrap();
        assert_eq!((summary.total(), summary.unseen_at_most()), (0, 0));
        assert_eq!((summary.get(7), summary.top()), (None, vec![]));
    }
    let counted = Counted {
        key: 7,
        count: 5,
        over: 2,
    };
    assert_eq!(counted.at_least(), 3);
}

#[test]
fn a_window_is_a_millisecond_to_a_day() {
    for window in [Duration::ZERO, MS - NS, DAY + NS, Duration::MAX] {
        let refused = Some(SettingError::Window(window));
        assert_eq!(Traffic::new(1, window).err(), refused);
    }
    assert_eq!(
        SettingError::Window(Duration::ZERO).to_string(),
        "traffic: window must be 1 ms to 24 hours, not 0ns"
    );
    for window in [MS, DAY] {
        let traffic = Traffic::new(1, window).unwrap();
        assert_eq!((traffic.current().total(), traffic.last().total()), (0, 0));
    }
}

fn thresholds() -> Thresholds {
    Thresholds {
        hot_enter: 100,
        hot_leave: 50,
        warm_enter: 10,
        warm_leave: 5,
        dwell: SECOND,
        max_tracked: 100,
    }
}

#[test]
fn a_class_is_left_below_where_it_is_entered() {
    let said = |thresholds| {
        Classifier::new(thresholds)
            .err()
            .map(|error| error.to_string())
    };
    let of = thresholds();
    for hot_leave in [0, 100, 101] {
        let refused = said(Thresholds { hot_leave, ..of }).unwrap();
        let expected = format!(
            "classes: hot_leave must be at least 1 and below hot_enter (100), not {hot_leave}"
        );
        assert_eq!(refused, expected);
    }
    for warm_leave in [0, 10, 11] {
        let refused = said(Thresholds { warm_leave, ..of }).unwrap();
        let expected = format!(
            "classes: warm_leave must be at least 1 and below warm_enter (10), not {warm_leave}"
        );
        assert_eq!(refused, expected);
    }
    let crossed = Thresholds { hot_leave: 9, ..of };
    assert_eq!(
        said(crossed).unwrap(),
        "classes: hot_leave must be at least warm_enter (10), not 9"
    );
    let tightest = Thresholds {
        hot_enter: 3,
        hot_leave: 2,
        warm_enter: 2,
        warm_leave: 1,
        ..of
    };
    assert_eq!(said(tightest), None);
}

#[test]
fn a_dwell_time_and_a_table_have_their_ranges() {
    let refused = |thresholds| Classifier::new(thresholds).err();
    let of = thresholds();
    for dwell in [Duration::ZERO, MS - NS, DAY + NS] {
        let error = Some(SettingError::Dwell(dwell));
        assert_eq!(refused(Thresholds { dwell, ..of }), error);
    }
    for dwell in [MS, DAY] {
        assert_eq!(refused(Thresholds { dwell, ..of }), None);
    }
    for max_tracked in [0, 10_000_001] {
        let error = Some(SettingError::MaxTracked(max_tracked));
        assert_eq!(refused(Thresholds { max_tracked, ..of }), error);
    }
    for max_tracked in [1, 10_000_000] {
        assert_eq!(refused(Thresholds { max_tracked, ..of }), None);
    }
    assert_eq!(
        SettingError::Dwell(Duration::ZERO).to_string(),
        "classes: dwell must be 1 ms to 24 hours, not 0ns"
    );
    assert_eq!(
        SettingError::MaxTracked(0).to_string(),
        "classes: max_tracked must be 1 to 10000000, not 0"
    );
}

#[test]
fn whoever_is_not_known_is_warm() {
    let classifier = Classifier::new(thresholds()).unwrap();
    assert_eq!(
        (classifier.class(7), classifier.tracked()),
        (Class::Warm, 0)
    );
    assert_eq!(Decision::Untracked.class(), Class::Warm);
    assert_eq!(Decision::Stays(Class::Cold).class(), Class::Cold);
    let (class, until) = (Class::Hot, SECOND);
    assert_eq!(Decision::Dwells { class, until }.class(), Class::Hot);
    let (from, to) = (Class::Hot, Class::Cold);
    assert_eq!(Decision::Changes { from, to }.class(), Class::Cold);
}

#[test]
fn a_time_to_live_is_a_millisecond_to_a_month() {
    let month = 30 * DAY;
    for ttl in [Duration::ZERO, MS - NS, month + NS] {
        let refused = |which| Err(SettingError::Ttl { which, ttl });
        assert_eq!(Ttls::new(ttl, MS, MS, 0.0), refused("redis"));
        assert_eq!(Ttls::new(month, ttl, MS, 0.0), refused("local"));
        assert_eq!(Ttls::new(month, MS, ttl, 0.0), refused("negative"));
    }
    let (redis, local) = (SECOND, SECOND + NS);
    let longer = Ttls::new(redis, local, MS, 0.0);
    assert_eq!(longer, Err(SettingError::LocalTtl { redis, local }));
    assert_eq!(
        longer.unwrap_err().to_string(),
        "ttl: local must be at most redis (1s), not 1.000000001s"
    );
    for jitter in [-0.001, 0.501, f64::INFINITY] {
        let refused = Ttls::new(SECOND, MS, MS, jitter);
        assert_eq!(refused, Err(SettingError::Jitter(jitter)));
    }
    assert!(Ttls::new(SECOND, MS, MS, f64::NAN).is_err());
    let (ttl, which) = (Duration::ZERO, "local");
    assert_eq!(
        SettingError::Ttl { which, ttl }.to_string(),
        "ttl: local must be 1 ms to 30 days, not 0ns"
    );
    assert_eq!(
        SettingError::Jitter(2.0).to_string(),
        "ttl: jitter must be 0 to 0.5, not 2"
    );
    let longest = |redis, negative| Ttls::new(redis, MS, negative, 0.5).unwrap().longest();
    assert_eq!(longest(month, MS), month);
    assert_eq!(longest(MS, month), month);
}

#[test]
fn a_pacer_rounds_up() {
    for per_second in [0, 1_000_001] {
        assert_eq!(Pacer::new(per_second), Err(SettingError::Rate(per_second)));
    }
    assert_eq!(
        SettingError::Rate(0).to_string(),
        "warm-up: rate must be 1 to 1000000 loads a second, not 0"
    );
    let time = |per_second, loads| Pacer::new(per_second).unwrap().time_for(loads);
    assert_eq!(time(1, 1), SECOND);
    assert_eq!(time(1000, 100), 100 * MS);
    assert_eq!(time(3, 1), Duration::from_nanos(333_333_334));
    assert_eq!(time(3, 3), SECOND);
    assert_eq!(time(1_000_000, 0), Duration::ZERO);
    assert_eq!(time(1, u32::MAX), Duration::from_secs(u64::from(u32::MAX)));
}

#[test]
fn a_batch_has_one_key_to_a_hundred() {
    for batch in [0, 101] {
        let refused = WarmUp::new(batch, 1);
        assert_eq!(refused, Err(SettingError::Batch(batch)));
    }
    assert_eq!(
        SettingError::Batch(101).to_string(),
        "warm-up: batch must be 1 to 100, not 101"
    );
    assert!(WarmUp::new(1, 0).is_ok() && WarmUp::new(100, u64::MAX).is_ok());
}

#[test]
fn a_report_counts_and_names() {
    let mut report = Report::new(vec!["heavy".to_owned()]);
    for (key, warmed) in [
        ("a", Warmed::Loaded),
        ("b", Warmed::There),
        ("c", Warmed::Failed("why")),
        ("d", Warmed::Loaded),
    ] {
        report.add(key.to_owned(), warmed);
    }
    let expected = Report {
        loaded: 2,
        there: 1,
        failed: vec![("c".to_owned(), "why")],
        left_out: vec!["heavy".to_owned()],
    };
    assert_eq!(report, expected);
}

#[test]
fn nothing_is_dirty_at_first() {
    let mut dirty = Dirty::new(1);
    assert_eq!((dirty.len(), dirty.is_empty()), (0, true));
    assert_eq!((dirty.get("a"), dirty.pending(SECOND, 9)), (None, vec![]));
}

#[test]
fn an_encoded_length_is_known_before() {
    let lengths = [
        (Value::Absent, 3),
        (Value::Boolean(true), 4),
        (Value::Integer(0), 11),
        (Value::Float(0.0), 11),
        (Value::text("abc"), 10),
        (Value::bytes(&[0; 5]), 12),
        (Value::list([]), 7),
        (Value::list([Value::Absent, Value::text("a")]), 14),
    ];
    for (value, length) in lengths {
        assert_eq!(value.encoded_len(), length, "{value:?}");
    }
    // Deeper than it may be, as if the rest were empty.
    let nested = |depth| (0..depth).fold(Value::Absent, |inner, _| Value::list([inner]));
    let deepest = nested(MAX_DEPTH).encoded_len();
    assert_eq!(deepest, 2 + 5 * MAX_DEPTH + 1);
    assert_eq!(nested(MAX_DEPTH + 1).encoded_len(), deepest + 4);
    assert_eq!(nested(MAX_DEPTH + 9).encoded_len(), deepest + 4);
}

#[test]
fn a_value_that_is_too_large_is_not_written() {
    // Two bytes of header, a tag, four of length.
    let largest = vec![0; MAX_BYTES - 7];
    let largest = Value::bytes(&largest);
    assert_eq!(largest.encoded_len(), MAX_BYTES);
    let stored = largest.encode().unwrap();
    assert!(Value::decode(&stored) == Ok(largest));
    let larger = Value::bytes(&vec![0; MAX_BYTES - 6]);
    let refused = larger.encode();
    assert_eq!(refused, Err(EncodeError::TooLarge(MAX_BYTES + 1)));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "a value may have 16777216 bytes, not 16777217"
    );
}

#[test]
fn values_are_the_same_by_type_and_bits() {
    let values = [
        Value::Absent,
        Value::Boolean(false),
        Value::Boolean(true),
        Value::Integer(0),
        Value::Integer(1),
        Value::Float(0.0),
        Value::Float(-0.0),
        Value::Float(f64::NAN),
        Value::text(""),
        Value::text("a"),
        Value::bytes(b""),
        Value::bytes(b"a"),
        Value::list([]),
        Value::list([Value::Absent]),
    ];
    for (one, left) in values.iter().enumerate() {
        for (two, right) in values.iter().enumerate() {
            assert_eq!(left == right, one == two, "{left:?} and {right:?}");
        }
    }
}

#[test]
fn errors_say_what_was_found() {
    let said = [
        (DecodeError::Foreign, "not written in this format"),
        (
            DecodeError::Version(9),
            "written in version 9 of the format, which this build does not know",
        ),
        (DecodeError::Truncated, "the value ends too early"),
        (DecodeError::Trailing(2), "2 bytes follow the value"),
        (DecodeError::Tag(9), "there is no type 9"),
        (DecodeError::Boolean(2), "2 is no Boolean"),
        (DecodeError::Utf8, "the text is not UTF-8"),
        (
            DecodeError::TooDeep,
            "a value may be nested 16 deep, not deeper",
        ),
        (
            DecodeError::TooLarge(1 << 30),
            "a value may have 16777216 bytes, not 1073741824",
        ),
    ];
    for (error, text) in said {
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(
        EncodeError::TooDeep.to_string(),
        "a value may be nested 16 deep, not deeper"
    );
}
