//! Stage 1: the count window, when it trips, and that an open circuit admits nobody.

use circuit_breaker::core::config::{Settings, WindowKind};
use circuit_breaker::core::error::Rejection;
use circuit_breaker::core::machine::{Admission, Settled, State};
use circuit_breaker::core::outcome::{Call, Outcome};
use circuit_breaker::core::rate::Rate;
use circuit_breaker::core::window::{CountWindow, Counts};
use proptest::prelude::*;

use crate::bed::{S, admit, call, calls, machine, settings, settle, tripped};

fn counts(calls: u64, failures: u64) -> Counts {
    Counts {
        calls,
        failures,
        slow: 0,
    }
}

fn reached(rate: f64, some: u64, calls: u64) -> bool {
    Rate::new("rate", rate).unwrap().is_reached(some, calls)
}

#[test]
fn inv4_a_window_counts_its_calls() {
    let mut window = CountWindow::new(3);
    let mut record = |outcome| {
        window.record(Call::quick(outcome));
        window.counts()
    };
    assert_eq!(record(Outcome::Failure), counts(1, 1));
    assert_eq!(record(Outcome::Success), counts(2, 1));
    assert_eq!(record(Outcome::Failure), counts(3, 2));
}

#[test]
fn inv4_a_full_window_forgets_its_oldest_call() {
    let mut window = CountWindow::new(3);
    let seen: Vec<u64> = [true, true, false, false, true, false, false]
        .map(|fails| {
            let outcome = if fails {
                Outcome::Failure
            } else {
                Outcome::Success
            };
            window.record(Call::quick(outcome));
            window.counts().failures
        })
        .to_vec();
    assert_eq!(seen, [1, 2, 2, 1, 1, 1, 1]);
    assert_eq!(window.counts(), counts(3, 1));
}

#[test]
fn inv4_a_rate_is_reached_exactly() {
    assert!(!reached(0.5, 4, 9));
    assert!(reached(0.5, 5, 10));
    assert!(reached(1.0, 1, 1));
    assert!(!reached(1.0, 999_999, 1_000_000));
    assert!(reached(0.000_001, 1, 1_000_000));
    assert!(!reached(0.000_001, 1, 1_000_001));
    // As a product of floats, 7 of 100 do not reach 7 %: 0.07 * 100.0 is 7.000000000000001.
    for percent in 1_u32..=100 {
        let rate = f64::from(percent) / 100.0;
        assert!(reached(rate, u64::from(percent), 100), "{percent} %");
        assert!(!reached(rate, u64::from(percent) - 1, 100), "{percent} %");
    }
    // Counts that no f64 tells apart, with products that no u64 holds.
    assert!(reached(1.0, u64::MAX, u64::MAX));
    assert!(!reached(1.0, u64::MAX - 1, u64::MAX));
}

#[test]
fn inv4_below_the_minimum_of_calls_nothing_trips() {
    let mut machine = machine(settings());
    for failures in 1..=3 {
        call(&mut machine, Outcome::Failure, S);
        assert_eq!(
            machine.state(),
            State::Closed,
            "{failures} failed calls are fewer than 4"
        );
    }
    call(&mut machine, Outcome::Failure, S);
    assert_eq!(machine.state(), State::Open { until: 11 * S });
}

/// The third failure of six is the one that makes half.
#[test]
fn inv4_it_trips_at_the_rate_and_not_before() {
    let mut machine = machine(settings());
    calls(&mut machine, "..x..x.", S);
    assert_eq!(machine.counts(), counts(7, 2));
    calls(&mut machine, "xx", S);
    assert_eq!(
        (machine.state(), machine.counts()),
        (State::Closed, counts(9, 4))
    );
    calls(&mut machine, "x", S);
    assert_eq!(machine.state(), State::Open { until: 11 * S });
}

/// The call that makes the minimum full need not be one that failed.
#[test]
fn inv4_a_success_trips_when_it_completes_the_minimum() {
    let mut machine = machine(settings());
    calls(&mut machine, "xx.", S);
    assert_eq!(machine.state(), State::Closed);
    calls(&mut machine, ".", S);
    assert_eq!(machine.state(), State::Open { until: 11 * S });
}

/// One failure in every third call, for a day: a window of ten never sees half of them.
#[test]
fn inv4_failures_that_have_left_the_window_do_not_add_up() {
    let mut machine = machine(settings());
    for failures in 1..=1_000 {
        calls(&mut machine, "..x", S);
        let calls = 3 * failures;
        assert_eq!(
            machine.state(),
            State::Closed,
            "{failures} of {calls} calls have failed"
        );
    }
    assert_eq!(machine.counts(), counts(10, 4));
}

#[test]
fn inv4_what_says_nothing_is_not_counted() {
    let mut machine = machine(settings());
    calls(&mut machine, "x-x---x---", S);
    assert_eq!(
        (machine.state(), machine.counts()),
        (State::Closed, counts(3, 3))
    );
}

#[test]
fn inv1_an_open_circuit_admits_nobody_before_its_time() {
    let mut machine = tripped(settings(), S);
    for millis in [1_000, 1_001, 5_000, 10_999] {
        let now = std::time::Duration::from_millis(millis);
        let retry_after = 11 * S - now;
        assert_eq!(
            machine.admit(now),
            Admission::Reject(Rejection::Open { retry_after })
        );
    }
    assert_eq!(machine.state(), State::Open { until: 11 * S });
}

/// Whoever asks too often does not push the end away.
#[test]
fn inv1_asking_does_not_prolong_it() {
    let mut machine = tripped(settings(), S);
    for _ in 0..1_000 {
        let _rejected = machine.admit(10 * S);
    }
    assert_eq!(machine.state(), State::Open { until: 11 * S });
    assert_eq!(machine.take_transitions().len(), 1);
}

#[test]
fn inv3_a_result_from_before_the_trip_does_not_prolong_open() {
    let mut machine = machine(settings());
    let slow = admit(&mut machine, S);
    calls(&mut machine, "xxxx", S);
    let opened = machine.state();
    let settled = settle(&mut machine, slow, Outcome::Failure, 9 * S);
    assert_eq!(machine.state(), opened);
    assert_eq!(settled, Settled::Late);
}

/// The clock is a second behind what the machine has seen, then far behind.
#[test]
fn inv7_a_clock_that_steps_back_is_held_where_the_circuit_opened() {
    let mut machine = tripped(settings(), 100 * S);
    for now in [99 * S, S, std::time::Duration::ZERO] {
        let retry_after = 10 * S;
        assert_eq!(
            machine.admit(now),
            Admission::Reject(Rejection::Open { retry_after })
        );
    }
    assert_eq!(machine.state(), State::Open { until: 110 * S });
}

#[test]
fn inv7_a_clock_that_stands_still_keeps_it_open() {
    let mut machine = tripped(settings(), S);
    for _ in 0..10 {
        let retry_after = 10 * S;
        assert_eq!(
            machine.admit(S),
            Admission::Reject(Rejection::Open { retry_after })
        );
    }
}

/// A clock at the end of time: nothing overflows, and every moment counts as the last one there is.
#[test]
fn inv7_the_end_of_time_overflows_nothing() {
    let mut machine = machine(settings());
    for _ in 0..4 {
        call(&mut machine, Outcome::Failure, std::time::Duration::MAX);
    }
    let retry_after = 10 * S;
    assert_eq!(
        machine.admit(std::time::Duration::MAX),
        Admission::Reject(Rejection::Open { retry_after })
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The counts are those of the last N calls, by looking at all of them.
    #[test]
    fn inv4_the_counts_are_those_of_the_last_calls(
        len in 1_u32..200,
        outcomes in prop::collection::vec((any::<bool>(), any::<bool>()), 1..600),
    ) {
        let mut window = CountWindow::new(len);
        for now in 0..outcomes.len() {
            let (failed, slow) = outcomes[now];
            let outcome = if failed { Outcome::Failure } else { Outcome::Success };
            window.record(Call { outcome, slow });
            let last = &outcomes[(now + 1).saturating_sub(len as usize)..=now];
            prop_assert_eq!(window.counts(), Counts {
                calls: last.len() as u64,
                failures: last.iter().filter(|(failed, _)| *failed).count() as u64,
                slow: last.iter().filter(|(_, slow)| *slow).count() as u64,
            });
        }
    }

    /// It opens at the first call after which a large enough share of enough calls has failed, and at no other.
    #[test]
    fn inv4_it_trips_at_the_first_call_that_reaches_the_rate(
        len in 1_u32..40,
        minimum in 1_u32..40,
        percent in 1_u64..=100,
        fails in prop::collection::vec(prop::bool::weighted(0.4), 1..200),
    ) {
        let minimum = minimum.min(len);
        let mut machine = machine(Settings {
            window: WindowKind::Count(len),
            minimum_calls: minimum,
            failure_rate: percent as f64 / 100.0,
            ..settings()
        });
        for now in 0..fails.len() {
            let outcome = if fails[now] { Outcome::Failure } else { Outcome::Success };
            call(&mut machine, outcome, S);
            let last = &fails[(now + 1).saturating_sub(len as usize)..=now];
            let failures = last.iter().filter(|failed| **failed).count() as u64;
            let trips = last.len() as u64 >= u64::from(minimum)
                && 100 * failures >= percent * last.len() as u64;
            prop_assert_eq!(machine.state() != State::Closed, trips, "after {} calls", now + 1);
            if trips {
                return Ok(());
            }
        }
    }
}
