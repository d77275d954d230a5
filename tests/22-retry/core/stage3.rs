//! Stage 3: one deadline over all attempts and the waits between them.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use proptest::prelude::*;
use retry::core::attempts::{Attempts, Begin, Next};
use retry::core::backoff::{Backoff, Strategy as Wait};
use retry::core::class::{Class, Safety};
use retry::core::deadline::Deadline;
use retry::core::error::{Cause, GaveUp, Stop};
use retry::core::limits::Limits;
use retry::core::retry_after::Pushback;

use crate::call::{MS, play, ten_ms};

const NS: Duration = Duration::from_nanos(1);

fn by(deadline: Duration) -> Limits {
    Limits::new(1000).unwrap().with_deadline(deadline).unwrap()
}

fn throttled(after: Duration) -> Class {
    let pushback = Some(Pushback::After(after));
    Class::Throttled { pushback }
}

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused")
    }
}

impl Error for Refused {}

#[test]
fn inv2_an_attempt_may_start_until_just_before_the_deadline() {
    let deadline = Deadline::after(100 * MS, 50 * MS);
    let begin = |timeout, now| deadline.begin(timeout, now);
    assert_eq!(
        begin(None, 100 * MS),
        Begin::Go {
            timeout: Some(50 * MS)
        }
    );
    assert_eq!(begin(None, 150 * MS - NS), Begin::Go { timeout: Some(NS) });
    for late in [150 * MS, 150 * MS + NS, Duration::MAX] {
        assert_eq!(
            begin(None, late),
            Begin::Stop(Stop::DeadlinePassed),
            "{late:?}"
        );
        assert_eq!(
            begin(Some(NS), late),
            Begin::Stop(Stop::DeadlinePassed),
            "{late:?}"
        );
    }
}

/// An attempt has its own time-out, or what is left.
#[test]
fn inv2_no_attempt_runs_past_the_deadline() {
    let deadline = Deadline::after(Duration::ZERO, 50 * MS);
    for (own, now, timeout) in [
        (20, 0, 20),
        (20, 30, 20),
        (20, 31, 19),
        (20, 49, 1),
        (90, 10, 40),
    ] {
        let begin = deadline.begin(Some(own * MS), now * MS);
        assert_eq!(
            begin,
            Begin::Go {
                timeout: Some(timeout * MS)
            },
            "{own} ms at {now} ms"
        );
    }
}

#[test]
fn inv2_a_wait_that_ends_at_the_deadline_is_not_begun() {
    let deadline = Deadline::after(Duration::ZERO, 50 * MS);
    let left = 20 * MS;
    let allows = |wait| deadline.allows(wait, 30 * MS);
    assert_eq!(
        allows(20 * MS - NS),
        Next::Retry {
            after: 20 * MS - NS
        }
    );
    for wait in [20 * MS, 21 * MS, Duration::MAX] {
        assert_eq!(allows(wait), Next::Stop(Stop::PastDeadline { wait, left }));
    }
    for late in [50 * MS, Duration::MAX] {
        let next = deadline.allows(Duration::ZERO, late);
        assert_eq!(next, Next::Stop(Stop::DeadlinePassed), "{late:?}");
    }
    assert_eq!(
        allows(Duration::ZERO),
        Next::Retry {
            after: Duration::ZERO
        }
    );
}

/// Attempts of 1 ms and waits of 10 ms: a sixth would start at 55 ms. With a deadline each, all twelve are made.
#[test]
fn inv2_all_attempts_share_one_deadline() {
    let limits = Limits::new(12).unwrap().with_deadline(50 * MS).unwrap();
    let went = play(&ten_ms(), &limits, Safety::Unsafe, |_| Class::Transient);
    assert_eq!(went.attempts, [0, 11, 22, 33, 44].map(|ms| ms * MS));
    let stop = Stop::PastDeadline {
        wait: 10 * MS,
        left: 5 * MS,
    };
    assert_eq!(went.stop, stop);
}

#[test]
fn inv2_a_server_that_asks_for_more_than_is_left_ends_the_call_at_once() {
    for wait in [49 * MS, 50 * MS, Duration::from_secs(3600), Duration::MAX] {
        let went = play(&ten_ms(), &by(50 * MS), Safety::Unsafe, |_| throttled(wait));
        let stop = Stop::PastDeadline {
            wait,
            left: 49 * MS,
        };
        assert_eq!((went.attempts.len(), went.stop), (1, stop));
    }
}

/// The exception to the cap: the caller has the time.
#[test]
fn inv1_within_the_deadline_a_server_may_ask_for_more_than_the_cap() {
    let limits = by(50 * MS);
    let went = play(&ten_ms(), &limits, Safety::Unsafe, |attempt| {
        if attempt == 1 {
            throttled(40 * MS)
        } else {
            Class::Transient
        }
    });
    assert_eq!(went.waits, [40 * MS]);
    assert_eq!(went.attempts, [Duration::ZERO, 41 * MS]);
}

/// What is decided by the failure and by the number of attempts is said before anything is said of time.
#[test]
fn inv5_the_first_reason_to_stop_is_the_one_that_is_given() {
    let limits = Limits::new(1).unwrap().with_deadline(MS).unwrap();
    let stop = |safety, class| play(&ten_ms(), &limits, safety, |_| class).stop;
    assert_eq!(stop(Safety::Unsafe, Class::Permanent), Stop::Permanent);
    assert_eq!(stop(Safety::Unsafe, Class::Ambiguous), Stop::NotSafe);
    assert_eq!(stop(Safety::Keyed, Class::Ambiguous), Stop::AttemptsSpent);
    let more = by(MS);
    let went = play(&ten_ms(), &more, Safety::Keyed, |_| Class::Ambiguous);
    assert_eq!(went.stop, Stop::DeadlinePassed);
}

/// A deadline that was seen to pass has passed, whatever the clock says afterwards.
#[test]
fn inv2_a_clock_that_steps_back_brings_no_time_back() {
    let (backoff, limits) = (ten_ms(), by(50 * MS));
    let mut call = Attempts::start(&backoff, &limits, Safety::Unsafe, 100 * MS);
    let mut rng = Rng::with_seed(7);
    assert_eq!(
        call.begin(100 * MS),
        Begin::Go {
            timeout: Some(50 * MS)
        }
    );
    assert_eq!(
        call.next(Class::Transient, 145 * MS, &mut rng),
        Next::Stop(Stop::PastDeadline {
            wait: 10 * MS,
            left: 5 * MS
        })
    );
    assert_eq!(
        call.begin(Duration::ZERO),
        Begin::Go {
            timeout: Some(5 * MS)
        }
    );
    assert_eq!(call.begin(150 * MS), Begin::Stop(Stop::DeadlinePassed));
    assert_eq!(call.begin(100 * MS), Begin::Stop(Stop::DeadlinePassed));
    assert_eq!(
        call.next(Class::Transient, Duration::ZERO, &mut rng),
        Next::Stop(Stop::DeadlinePassed)
    );
}

/// A clock that stands still ends no deadline: the number of attempts does.
#[test]
fn inv2_a_clock_that_stands_still_ends_by_the_attempts() {
    let backoff = ten_ms();
    let limits = Limits::new(20).unwrap().with_deadline(50 * MS).unwrap();
    let mut call = Attempts::start(&backoff, &limits, Safety::Unsafe, MS);
    let mut rng = Rng::with_seed(7);
    let stop = loop {
        assert_eq!(
            call.begin(MS),
            Begin::Go {
                timeout: Some(50 * MS)
            }
        );
        match call.next(Class::Transient, MS, &mut rng) {
            Next::Retry { after } => assert_eq!(after, 10 * MS),
            Next::Stop(stop) => break stop,
        }
    };
    assert_eq!((call.made(), stop), (20, Stop::AttemptsSpent));
}

#[test]
fn inv7_a_call_at_the_end_of_time_does_not_overflow() {
    let (backoff, limits) = (ten_ms(), by(50 * MS));
    let mut call = Attempts::start(&backoff, &limits, Safety::Unsafe, Duration::MAX - 5 * MS);
    let left = Some(5 * MS);
    assert_eq!(
        call.begin(Duration::MAX - 5 * MS),
        Begin::Go { timeout: left }
    );
    assert_eq!(call.begin(Duration::MAX), Begin::Stop(Stop::DeadlinePassed));
}

#[test]
fn inv5_the_error_says_what_and_how_often_and_why() {
    let (backoff, limits) = (ten_ms(), by(50 * MS));
    let mut call = Attempts::start(&backoff, &limits, Safety::Unsafe, 100 * MS);
    let mut rng = Rng::with_seed(7);
    for (begin, fail) in [(100, 101), (111, 113)] {
        assert!(matches!(call.begin(begin * MS), Begin::Go { .. }));
        let next = call.next(Class::Transient, fail * MS, &mut rng);
        assert_eq!(next, Next::Retry { after: 10 * MS });
    }
    assert!(matches!(call.begin(123 * MS), Begin::Go { .. }));
    let gave_up = call.gave_up(Stop::Permanent, Cause::Failed(Refused), 130 * MS);
    assert_eq!(gave_up.attempts, 3);
    assert_eq!(gave_up.elapsed, Some(30 * MS));
    assert_eq!(gave_up.waited, 20 * MS);
    assert_eq!(gave_up.stop, Stop::Permanent);
    assert!(gave_up.cause.error().is_some());
    assert_eq!(
        gave_up.to_string(),
        "gave up after 3 attempts in 30ms, because it is permanent; last: refused"
    );
    assert!(
        gave_up
            .source()
            .is_some_and(|source| source.is::<Refused>())
    );
    let stepped_back: GaveUp<Refused> =
        call.gave_up(Stop::Permanent, Cause::NotSent, Duration::ZERO);
    assert_eq!(
        stepped_back.elapsed,
        Some(23 * MS),
        "the clock was seen at 123 ms"
    );
}

/// What the last attempt died of says nothing of the one before it: a caller who hears "it is permanent" must not pay again.
#[test]
fn inv5_the_error_says_whether_it_may_have_happened() {
    let (backoff, limits) = (ten_ms(), Limits::new(3).unwrap());
    let after = |classes: &[Class]| {
        let mut call = Attempts::start(&backoff, &limits, Safety::Keyed, Duration::ZERO);
        let mut rng = Rng::with_seed(7);
        for class in classes {
            assert!(matches!(call.begin(Duration::ZERO), Begin::Go { .. }));
            let _next = call.next(*class, Duration::ZERO, &mut rng);
        }
        call.gave_up(Stop::Permanent, Cause::Failed(Refused), Duration::ZERO)
    };
    let silent = after(&[Class::Ambiguous, Class::Permanent]);
    assert!(silent.may_have_happened, "the first one had no answer");
    assert_eq!(
        silent.to_string(),
        "gave up after 2 attempts, because it is permanent; last: refused; it may have happened"
    );
    let refused = after(&[Class::Transient, Class::Permanent]);
    assert!(!refused.may_have_happened, "both were answered");
}

/// A call without a deadline reads no clock, so it does not know how long it took.
#[test]
fn inv5_without_a_deadline_no_time_is_claimed() {
    let (backoff, limits) = (ten_ms(), Limits::new(3).unwrap());
    let call = Attempts::start(&backoff, &limits, Safety::Unsafe, Duration::ZERO);
    let gave_up = call.gave_up(Stop::Throttled, Cause::<Refused>::NotSent, Duration::ZERO);
    assert_eq!((gave_up.attempts, gave_up.elapsed), (0, None));
}

fn any_class() -> impl Strategy<Value = Class> {
    prop_oneof![
        4 => Just(Class::Transient),
        2 => Just(Class::Ambiguous),
        1 => Just(Class::Throttled { pushback: None }),
        1 => any::<u64>().prop_map(|ns| throttled(Duration::from_nanos(ns))),
        2 => (0_u32..80).prop_map(|ms| throttled(ms * MS)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever fails, however long it takes, and wherever the clock steps: no attempt starts at the deadline or after it, none may
    /// run past it, and no wait leads there.
    #[test]
    fn inv2_nothing_happens_after_the_deadline(
        seed: u64,
        limit_ms in 1_u32..200,
        own_ms in prop::option::of(1_u32..300),
        start_ms in 0_u32..1000,
        steps in prop::collection::vec((any_class(), -50_i64..60, -20_i64..20), 1..60),
    ) {
        let backoff = Backoff::new(Wait::FullJitter { base: 5 * MS, factor: 2.0, cap: 40 * MS }).unwrap();
        let mut limits = Limits::new(30).unwrap().with_deadline(limit_ms * MS).unwrap();
        if let Some(own) = own_ms {
            limits = limits.with_attempt_timeout(own * MS).unwrap();
        }
        let start = start_ms * MS;
        let end = start + limit_ms * MS;
        let mut rng = Rng::with_seed(seed);
        let mut call = Attempts::start(&backoff, &limits, Safety::Idempotent, start);
        let moved = |now: Duration, ms: i64| {
            let step = Duration::from_millis(ms.unsigned_abs());
            if ms < 0 { now.saturating_sub(step) } else { now + step }
        };
        // What the clock says, and the latest that it has said.
        let (mut now, mut latest) = (start, start);
        for (class, takes, late) in steps {
            latest = latest.max(now);
            match call.begin(now) {
                Begin::Go { timeout } => {
                    prop_assert!(latest < end, "an attempt at {:?}, deadline {:?}", latest, end);
                    let timeout = timeout.expect("there is a deadline");
                    prop_assert!(latest + timeout <= end, "an attempt of {:?} at {:?}, deadline {:?}", timeout, latest, end);
                    prop_assert!(own_ms.is_none_or(|own| timeout <= own * MS));
                }
                Begin::Stop(stop) => {
                    prop_assert!(latest >= end, "refused at {:?}, deadline {:?}", latest, end);
                    prop_assert_eq!(stop, Stop::DeadlinePassed);
                    break;
                }
            }
            now = moved(now, takes);
            latest = latest.max(now);
            match call.next(class, now, &mut rng) {
                Next::Retry { after } => {
                    prop_assert!(latest + after < end, "{:?} after {:?}", after, latest);
                    now = moved(now + after, late);
                }
                Next::Stop(stop) => {
                    match stop {
                        Stop::AttemptsSpent => prop_assert_eq!(call.made(), 30),
                        Stop::DeadlinePassed => prop_assert!(latest >= end),
                        Stop::PastDeadline { wait, left } => {
                            prop_assert_eq!(left, end - latest);
                            prop_assert!(wait >= left);
                        }
                        Stop::Permanent | Stop::NotSafe | Stop::PushedBack | Stop::PastCap { .. }
                        | Stop::BudgetSpent | Stop::Throttled => prop_assert!(false, "{:?}", stop),
                    }
                    break;
                }
            }
        }
    }
}
