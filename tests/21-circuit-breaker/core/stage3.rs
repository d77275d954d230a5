//! Stage 3: a window over time, and calls that answer too late.

use std::sync::mpsc;
use std::time::Duration;

use circuit_breaker::core::config::{Settings, SlowCalls, WindowKind};
use circuit_breaker::core::machine::{Machine, Settled, State};
use circuit_breaker::core::outcome::{Call, EveryError, Outcome};
use circuit_breaker::core::window::{Counts, TimeWindow};
use proptest::prelude::*;

use crate::bed::{S, admit, breaker, call, calls, machine, outcome, settings};
use crate::oracle::Oracle;

const MS: Duration = Duration::from_millis(1);
const SLOW: Call = Call {
    outcome: Outcome::Success,
    slow: true,
};

/// The last ten seconds, in ten buckets.
fn ten_seconds() -> Settings {
    Settings {
        window: WindowKind::Time {
            length: 10 * S,
            buckets: 10,
        },
        ..settings()
    }
}

/// Longer than a second is slow, and half of them are too many.
fn with_slow_calls() -> Settings {
    Settings {
        slow_calls: Some(SlowCalls {
            longer_than: S,
            rate: 0.5,
        }),
        ..settings()
    }
}

#[test]
fn inv4_a_bucket_leaves_after_the_windows_length() {
    let mut window = TimeWindow::new(10 * S, 10);
    let mut record = |now, letter| {
        window.record(Call::quick(outcome(letter)), now);
        let Counts {
            calls, failures, ..
        } = window.counts();
        (calls, failures)
    };
    assert_eq!(record(500 * MS, 'x'), (1, 1));
    assert_eq!(record(999 * MS, 'x'), (2, 2));
    assert_eq!(record(S, '.'), (3, 2));
    // 9.999 s: the first bucket is the oldest of ten. A millisecond later it is gone.
    assert_eq!(record(9_999 * MS, '.'), (4, 2));
    assert_eq!(record(10 * S, '.'), (3, 0));
}

/// Six failures around a full second. Windows that begin anew at each would see three and three.
#[test]
fn inv4_failures_across_a_boundary_count_together() {
    let mut machine = machine(Settings {
        minimum_calls: 6,
        ..ten_seconds()
    });
    calls(&mut machine, "xxx", 9_999 * MS);
    calls(&mut machine, "xx", 10 * S);
    assert_eq!(machine.state(), State::Closed);
    calls(&mut machine, "x", 10_001 * MS);
    assert_eq!(machine.state(), State::Open { until: 20_001 * MS });
}

#[test]
fn inv4_failures_of_long_ago_do_not_count() {
    let mut machine = machine(ten_seconds());
    for minute in 0..1_000 {
        calls(&mut machine, "xxx", 60 * minute * S);
        assert_eq!(machine.counts().failures, 3);
    }
    assert_eq!(machine.state(), State::Closed);
}

/// The window is full of failures, and then nobody calls for just so long.
#[test]
fn inv4_after_a_pause_only_what_is_left_counts() {
    for (pause, left) in [(1, 10), (5, 6), (9, 2), (10, 1), (11, 1), (1_000_000, 1)] {
        let mut window = TimeWindow::new(10 * S, 10);
        for second in 0..10 {
            window.record(Call::quick(Outcome::Failure), second * S);
        }
        window.record(Call::quick(Outcome::Failure), (9 + pause) * S);
        assert_eq!(window.counts().failures, left, "after {pause} s");
        // And its buckets still begin where they should.
        window.record(Call::quick(Outcome::Failure), (18 + pause) * S + 999 * MS);
        assert_eq!(window.counts().failures, 2, "{pause} s and 9.999 s more");
        window.record(Call::quick(Outcome::Failure), (19 + pause) * S);
        assert_eq!(window.counts().failures, 2, "{pause} s and 10 s more");
    }
}

#[test]
fn inv7_a_window_whose_clock_steps_back_counts_at_its_newest_moment() {
    let mut machine = machine(ten_seconds());
    calls(&mut machine, "xx", 100 * S);
    calls(&mut machine, ".x", 5 * S);
    assert_eq!(machine.state(), State::Open { until: 110 * S });
    // The window by itself, which no machine's clock holds.
    let mut window = TimeWindow::new(10 * S, 10);
    window.record(Call::quick(Outcome::Failure), 100 * S);
    window.record(Call::quick(Outcome::Failure), 5 * S);
    assert_eq!((window.counts().calls, window.newest()), (2, 100 * S));
}

/// The clock jumps by a year: everything is long ago, and no loop runs for as long.
#[test]
fn inv7_a_clock_that_jumps_ahead_empties_the_window() {
    // In a thread of its own, because a walk of 146 years in steps of a second would be a test that never ends.
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let mut window = TimeWindow::new(10 * S, 10);
        window.record(Call::quick(Outcome::Failure), S);
        window.record(Call::quick(Outcome::Failure), Machine::LAST_MOMENT);
        let _nobody_waits = done.send(window.counts().calls);
    });
    assert_eq!(
        ended.recv_timeout(10 * S),
        Ok(1),
        "calls in a window of 10 s, 146 years later; it may take 10 s to say so"
    );
    let year = 365 * 24 * 3600 * S;
    let mut machine = machine(ten_seconds());
    calls(&mut machine, "xxx", S);
    calls(&mut machine, "x", year);
    assert_eq!(
        (machine.state(), machine.counts().calls),
        (State::Closed, 1)
    );
    calls(&mut machine, "xxx", Duration::MAX);
    calls(&mut machine, "x", Duration::MAX);
    assert!(matches!(machine.state(), State::Open { .. }));
}

#[test]
fn inv4_a_call_is_slow_only_if_it_took_longer() {
    let (breaker, clock) = breaker(with_slow_calls());
    let took = |time| {
        breaker.call(&EveryError, || {
            clock.set(clock.get() + time);
            Ok::<(), ()>(())
        })
    };
    assert_eq!(took(S), Ok(()));
    assert_eq!(breaker.snapshot().window.slow, 0);
    assert_eq!(took(S + Duration::from_nanos(1)), Ok(()));
    let after = breaker.snapshot();
    assert_eq!(
        (after.window.slow, after.tally.slow, after.window.failures),
        (1, 1, 0)
    );
}

#[test]
fn inv4_slow_calls_trip_at_their_own_rate() {
    let mut machine = machine(with_slow_calls());
    let slow = |machine: &mut Machine| {
        let ticket = admit(machine, S);
        assert_eq!(machine.settle(ticket, SLOW, S), Settled::InTime);
    };
    calls(&mut machine, "...", S);
    slow(&mut machine);
    slow(&mut machine);
    assert_eq!(machine.state(), State::Closed);
    slow(&mut machine);
    assert_eq!(machine.state(), State::Open { until: 11 * S });
}

/// A call that fails late is counted as both, and each rate sees it once.
#[test]
fn inv4_a_slow_failure_is_one_call() {
    let mut machine = machine(with_slow_calls());
    let ticket = admit(&mut machine, S);
    let call = Call {
        outcome: Outcome::Failure,
        slow: true,
    };
    let _in_time = machine.settle(ticket, call, S);
    let expected = Counts {
        calls: 1,
        failures: 1,
        slow: 1,
    };
    assert_eq!(machine.counts(), expected);
}

#[test]
fn inv4_below_the_minimum_of_calls_slow_ones_do_not_trip() {
    let mut machine = machine(with_slow_calls());
    for _ in 0..3 {
        let ticket = admit(&mut machine, S);
        let _in_time = machine.settle(ticket, SLOW, S);
    }
    assert_eq!(machine.state(), State::Closed);
    call(&mut machine, Outcome::Success, S);
    assert_eq!(machine.state(), State::Open { until: 11 * S });
}

/// An answer that comes too late is no sign of health.
#[test]
fn inv5_a_slow_probe_opens_it_again() {
    let (breaker, clock) = breaker(with_slow_calls());
    let took = |time| {
        breaker.call(&EveryError, || {
            clock.set(clock.get() + time);
            Ok::<(), ()>(())
        })
    };
    for _ in 0..4 {
        assert_eq!(took(2 * S), Ok(()));
    }
    assert_eq!(breaker.state(), State::Open { until: 18 * S });
    clock.set(18 * S);
    assert_eq!(took(2 * S), Ok(()));
    assert_eq!(breaker.state(), State::Open { until: 30 * S });
}

/// Who waits for an answer and gives up has not learned how slow it would have been.
#[test]
fn inv6_a_caller_who_goes_away_late_makes_no_slow_call() {
    let (breaker, clock) = breaker(with_slow_calls());
    for second in 0..100 {
        let permit = breaker.admit().expect("it is closed");
        clock.set((second + 1) * 10 * S);
        drop(permit);
    }
    let after = breaker.snapshot();
    assert_eq!(
        (after.state, after.window.calls, after.tally.slow),
        (State::Closed, 0, 0)
    );
}

/// The clock stepped back during the call: it took no time at all, rather than for ever.
#[test]
fn inv7_a_call_during_which_the_clock_steps_back_is_not_slow() {
    let (breaker, clock) = breaker(with_slow_calls());
    clock.set(100 * S);
    let answer = breaker.call(&EveryError, || {
        clock.set(S);
        Ok::<(), ()>(())
    });
    assert_eq!((answer, breaker.snapshot().window.slow), (Ok(()), 0));
}

/// Slow calls cost two readings of the clock, a window over time one more only if there are no slow calls.
#[test]
fn inv11_the_clock_is_read_only_for_what_needs_it() {
    let both = Settings {
        slow_calls: with_slow_calls().slow_calls,
        ..ten_seconds()
    };
    for (what, settings, readings) in [
        ("a count window", settings(), 0),
        ("a window over time", ten_seconds(), 1),
        ("slow calls", with_slow_calls(), 2),
        ("both", both, 2),
    ] {
        let (breaker, clock) = breaker(settings);
        for _ in 0..20 {
            assert_eq!(breaker.call(&EveryError, || Ok::<(), ()>(())), Ok(()));
        }
        assert_eq!(
            clock.readings(),
            20 * readings,
            "readings of the clock in 20 calls, with {what}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// At every moment the machine counts what a look at every call counts.
    #[test]
    fn inv4_a_window_over_time_counts_the_calls_of_its_buckets(
        (width, buckets) in (1_u64..2_000, 1_u32..12),
        (minimum_calls, percent) in (1_u32..10, 30_u32..=100),
        steps in prop::collection::vec((-3_000_i64..3_000, 0_u8..4, any::<bool>()), 1..200),
    ) {
        let settings = Settings {
            window: WindowKind::Time { length: Duration::from_millis(width) * buckets, buckets },
            minimum_calls,
            failure_rate: f64::from(percent) / 100.0,
            slow_calls: Some(SlowCalls { longer_than: S, rate: 0.7 }),
            ..settings()
        };
        let (mut machine, mut oracle) = (machine(settings), Oracle::new(settings));
        let mut now = Duration::ZERO;
        for (millis, fails, slow) in steps {
            let by = Duration::from_millis(millis.unsigned_abs());
            now = if millis < 0 { now.saturating_sub(by / 4) } else { now + by };
            let outcome = if fails == 0 { Outcome::Failure } else { Outcome::Success };
            let call = Call { outcome, slow };
            let Ok(expected) = oracle.admit(now) else {
                return Ok(());
            };
            let ticket = admit(&mut machine, now);
            oracle.settle(expected, call, now);
            let _in_time = machine.settle(ticket, call, now);
            prop_assert_eq!(machine.counts(), oracle.counts());
            prop_assert_eq!(machine.state(), oracle.state);
        }
    }
}
