//! Stage 2: what a failure means, and what a server says about coming back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use retry::core::backoff::{Backoff, Strategy as Wait};
use retry::core::class::{self, Class, Classify, Safety, Unclassified};
use retry::core::error::Stop;
use retry::core::limits::Limits;
use retry::core::retry_after::{self, Pushback};

use crate::call::{MS, Went, play, ten_ms};

const SECOND: Duration = Duration::from_secs(1);
/// The moment of RFC 9110's own examples: Sun, 06 Nov 1994 08:49:37 GMT.
const THEN: Duration = Duration::from_secs(784_111_777);

/// A call that may be tried five times and fails each time in the same way.
fn fails(safety: Safety, class: Class) -> Went {
    play(&ten_ms(), &Limits::new(5).unwrap(), safety, |_| class)
}

fn throttled(after: Duration) -> Class {
    let pushback = Some(Pushback::After(after));
    Class::Throttled { pushback }
}

fn at(moment: Duration) -> SystemTime {
    UNIX_EPOCH + moment
}

const SAFETIES: [Safety; 3] = [Safety::Unsafe, Safety::Idempotent, Safety::Keyed];

#[test]
fn inv4_what_is_permanent_is_tried_once() {
    for safety in SAFETIES {
        let went = fails(safety, Class::Permanent);
        assert_eq!(
            (went.attempts.len(), went.stop),
            (1, Stop::Permanent),
            "{safety:?}"
        );
    }
}

/// The one documented answer for an error that nobody looked at.
#[test]
fn inv4_what_nobody_classified_is_tried_once() {
    struct Nobodys;
    let class = Unclassified.classify(&Nobodys);
    for safety in SAFETIES {
        let went = fails(safety, class);
        assert_eq!(
            (went.attempts.len(), went.stop),
            (1, Stop::Permanent),
            "{safety:?}"
        );
    }
}

/// A payment whose answer never came may have been made.
#[test]
fn inv4_what_may_have_happened_is_repeated_only_if_that_is_safe() {
    let went = fails(Safety::Unsafe, Class::Ambiguous);
    assert_eq!((went.attempts.len(), went.stop), (1, Stop::NotSafe));
    for safety in [Safety::Idempotent, Safety::Keyed] {
        let went = fails(safety, Class::Ambiguous);
        assert_eq!(
            (went.attempts.len(), went.stop),
            (5, Stop::AttemptsSpent),
            "{safety:?}"
        );
    }
}

/// What did not happen may be tried again whatever it is.
#[test]
fn inv4_what_did_not_happen_is_repeated() {
    for safety in SAFETIES {
        for class in [Class::Transient, Class::Throttled { pushback: None }] {
            let went = fails(safety, class);
            assert_eq!(
                went.attempts,
                [0, 11, 22, 33, 44].map(|ms| ms * MS),
                "{class:?}"
            );
            assert_eq!(went.stop, Stop::AttemptsSpent);
        }
    }
}

#[test]
fn inv4_a_permanent_failure_after_others_ends_the_call() {
    let limits = Limits::new(5).unwrap();
    let class = |attempt| {
        if attempt < 3 {
            Class::Transient
        } else {
            Class::Permanent
        }
    };
    let went = play(&ten_ms(), &limits, Safety::Keyed, class);
    assert_eq!((went.attempts.len(), went.stop), (3, Stop::Permanent));
}

#[test]
fn inv4_every_http_status_has_one_class() {
    let pushback = Some(Pushback::After(SECOND));
    for status in 0..=1000 {
        let expected = match status {
            408 | 425 => Class::Transient,
            429 | 503 => Class::Throttled { pushback },
            500 | 502 | 504 => Class::Ambiguous,
            _ => Class::Permanent,
        };
        assert_eq!(class::of_http(status, pushback), expected, "{status}");
    }
    let silent = Class::Throttled { pushback: None };
    assert_eq!(class::of_http(429, None), silent);
    let who = "503 without a word: a proxy says so of a server that died with the request";
    assert_eq!(class::of_http(503, None), Class::Ambiguous, "{who}");
}

#[test]
fn inv9_the_wait_is_as_long_as_the_server_asks() {
    let cap = 30 * SECOND;
    let backoff = Backoff::new(Wait::Exponential {
        base: MS,
        factor: 2.0,
        cap,
    })
    .unwrap();
    let limits = Limits::new(4).unwrap();
    let asks = |attempt| throttled(attempt * 10 * SECOND);
    let went = play(&backoff, &limits, Safety::Unsafe, asks);
    assert_eq!(went.waits, [10, 20, 30].map(|s| s * SECOND));
    assert_eq!(went.attempts.len(), 4);
}

/// "Retry-After: 0" asks for nothing; it does not forbid the backoff.
#[test]
fn inv9_a_server_that_asks_for_less_gets_the_backoff() {
    for asked in [Duration::ZERO, 9 * MS, 10 * MS] {
        let went = fails(Safety::Unsafe, throttled(asked));
        assert_eq!(went.waits, [10 * MS; 4], "the server asks for {asked:?}");
    }
    let went = fails(Safety::Unsafe, Class::Throttled { pushback: None });
    assert_eq!(went.waits, [10 * MS; 4]);
}

#[test]
fn inv9_a_server_that_says_never_is_believed() {
    let never = Class::Throttled {
        pushback: Some(Pushback::Never),
    };
    for safety in SAFETIES {
        let went = fails(safety, never);
        assert_eq!((went.attempts.len(), went.stop), (1, Stop::PushedBack));
    }
}

/// Nobody has said how long the call may take, so the server may not either: it would hang for as long as a header says.
#[test]
fn inv1_without_a_deadline_a_server_cannot_ask_for_more_than_the_cap() {
    for wait in [10 * MS + Duration::from_nanos(1), SECOND, Duration::MAX] {
        let went = fails(Safety::Unsafe, throttled(wait));
        let stop = Stop::PastCap { wait, cap: 10 * MS };
        assert_eq!(
            (went.attempts.len(), went.stop),
            (1, stop),
            "the server asks for {wait:?}"
        );
    }
}

#[test]
fn inv9_retry_after_is_seconds_or_a_date() {
    let now = at(THEN - 90 * SECOND);
    let read = |value| retry_after::http(value, now);
    for (value, seconds) in [
        ("0", 0),
        ("120", 120),
        (" 120\t", 120),
        ("007", 7),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 90),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 90),
        ("Sun Nov  6 08:49:37 1994", 90),
    ] {
        let expected = Some(Pushback::After(Duration::from_secs(seconds)));
        assert_eq!(read(value), expected, "{value:?}");
    }
}

/// The clocks of two machines disagree: a date that has passed asks for nothing, and is not an hour before the epoch.
#[test]
fn inv7_a_date_in_the_past_is_zero() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for past in [Duration::ZERO, SECOND, 1_000_000_000 * SECOND] {
        let read = retry_after::http(date, at(THEN + past));
        assert_eq!(read, Some(Pushback::After(Duration::ZERO)), "{past:?}");
    }
}

#[test]
fn inv7_more_seconds_than_there_are_do_not_overflow() {
    let most = Some(Pushback::After(Duration::from_secs(u64::MAX)));
    for value in [
        "18446744073709551615",
        "18446744073709551616",
        &"9".repeat(1000),
    ] {
        assert_eq!(retry_after::http(value, UNIX_EPOCH), most, "{value}");
    }
    let stop = fails(Safety::Unsafe, throttled(Duration::from_secs(u64::MAX))).stop;
    assert_eq!(
        stop,
        Stop::PastCap {
            wait: Duration::from_secs(u64::MAX),
            cap: 10 * MS
        }
    );
}

#[test]
fn inv7_what_is_neither_says_nothing() {
    for value in [
        "",
        " ",
        "-1",
        "+5",
        "1.5",
        "1e3",
        "0x10",
        "soon",
        "5 s",
        "5,5",
        "٣",
        "１２",
        "Sun, 06 Nov 1994",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
    ] {
        assert_eq!(retry_after::http(value, UNIX_EPOCH), None, "{value:?}");
    }
}

/// gRFC A6: what is negative, and what is no signed number of 32 bits, means "do not retry".
#[test]
fn inv9_grpc_pushback_is_milliseconds_or_never() {
    for (value, ms) in [("0", 0), ("1500", 1500), ("2147483647", 2_147_483_647)] {
        let expected = Pushback::After(ms * MS);
        assert_eq!(retry_after::grpc(value), expected, "{value:?}");
    }
    for value in [
        "-1",
        "-2147483648",
        "2147483648",
        "",
        " ",
        "soon",
        "1.5",
        "1 ",
        "٣",
        &"9".repeat(99),
    ] {
        assert_eq!(retry_after::grpc(value), Pushback::Never, "{value:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Headers are input from outside.
    #[test]
    fn inv7_no_header_panics(
        value in prop_oneof![".*", "[0-9]{0,30}", "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"],
        now_s in 0_u64..10_000_000_000,
    ) {
        let now = at(Duration::from_secs(now_s));
        let read = retry_after::http(&value, now);
        let digits = value.trim().bytes().all(|byte| byte.is_ascii_digit()) && !value.trim().is_empty();
        prop_assert!(!digits || read.is_some(), "{:?} is a number", value);
        let _any = retry_after::grpc(&value);
    }

    #[test]
    fn inv9_seconds_are_read_as_they_are_written(seconds: u64) {
        let read = retry_after::http(&seconds.to_string(), UNIX_EPOCH);
        prop_assert_eq!(read, Some(Pushback::After(Duration::from_secs(seconds))));
    }
}
