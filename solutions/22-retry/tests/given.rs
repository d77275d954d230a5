//! What the learner is given of the core and does not write: configuration, safety, texts. Bad input gets a clear error.

use std::error::Error;
use std::time::Duration;

use fastrand::Rng;
use retry::core::attempts::{Attempts, Begin, Next};
use retry::core::backoff::{Backoff, Strategy, between};
use retry::core::budget::{Budget, Income, Withdrawal};
use retry::core::capacity::{with_attempts, with_budget};
use retry::core::class::{Class, Classify, Safety, Unclassified};
use retry::core::deadline::Deadline;
use retry::core::error::{Cause, ConfigError, GaveUp, Stop};
use retry::core::hedge::{Answer, Hedge, When};
use retry::core::limits::Limits;
use retry::core::retry_after::Pushback;
use retry::core::throttle::Terms;

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn a_constant_wait_is_something_and_at_most_a_day() {
    for wait in [Duration::ZERO, DAY + NS, Duration::MAX] {
        let refused = Backoff::new(Strategy::Constant { wait });
        assert_eq!(refused, Err(ConfigError::Wait(wait)));
    }
    assert_eq!(
        ConfigError::Wait(Duration::ZERO).to_string(),
        "backoff: wait must be above 0 and at most 24 hours, not 0ns; Strategy::None is the one that does not wait"
    );
    for wait in [NS, DAY] {
        let backoff = Backoff::new(Strategy::Constant { wait }).unwrap();
        assert_eq!((backoff.cap(), backoff.ceiling(1)), (wait, wait));
    }
}

#[test]
fn every_strategy_has_a_cap_and_a_ceiling() {
    let (base, factor, cap) = (10 * MS, 2.0, 100 * MS);
    let ceilings = |strategy| {
        let backoff = Backoff::new(strategy).unwrap();
        assert_eq!(backoff.strategy(), strategy);
        let ceilings = [0, 1, 2, 3, 4, 5, u32::MAX].map(|retry| backoff.ceiling(retry));
        (backoff.cap(), ceilings.map(|ceiling| ceiling.as_millis()))
    };
    assert_eq!(ceilings(Strategy::None), (Duration::ZERO, [0; 7]));
    let growing = (cap, [10, 10, 20, 40, 80, 100, 100]);
    assert_eq!(
        ceilings(Strategy::Exponential { base, factor, cap }),
        growing
    );
    assert_eq!(
        ceilings(Strategy::FullJitter { base, factor, cap }),
        growing
    );
    assert_eq!(
        ceilings(Strategy::EqualJitter { base, factor, cap }),
        growing
    );
    // Three times the base before the first retry, and three times that before the second.
    let tripled = (cap, [10, 30, 90, 100, 100, 100, 100]);
    assert_eq!(ceilings(Strategy::Decorrelated { base, cap }), tripled);
}

#[test]
fn a_draw_is_between_its_ends() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..100 {
        let drawn = between(5 * NS, 7 * NS, &mut rng);
        assert!(drawn >= 5 * NS && drawn <= 7 * NS, "{drawn:?}");
    }
    let before = rng.get_seed();
    assert_eq!(between(7 * NS, 7 * NS, &mut rng), 7 * NS);
    assert_eq!(between(7 * NS, 5 * NS, &mut rng), 7 * NS);
    assert_eq!(rng.get_seed(), before, "there was nothing to draw");
    let drawn = between(Duration::ZERO, Duration::MAX, &mut rng);
    assert!(drawn <= Duration::from_nanos(u64::MAX));
}

#[test]
fn limits_that_never_let_anything_start_or_end_are_refused() {
    let limits = Limits::new(3).unwrap();
    for time in [Duration::ZERO, DAY + NS, Duration::MAX] {
        assert_eq!(limits.with_deadline(time), Err(ConfigError::Deadline(time)));
        assert_eq!(
            limits.with_attempt_timeout(time),
            Err(ConfigError::AttemptTimeout(time))
        );
    }
    assert_eq!(
        ConfigError::Deadline(Duration::ZERO).to_string(),
        "limits: deadline must be above 0 and at most 24 hours, not 0ns"
    );
    assert_eq!(
        ConfigError::AttemptTimeout(Duration::ZERO).to_string(),
        "limits: attempt_timeout must be above 0 and at most 24 hours, not 0ns"
    );
    assert_eq!((limits.deadline(), limits.attempt_timeout()), (None, None));
    for time in [NS, DAY] {
        let limits = limits.with_deadline(time).unwrap();
        let limits = limits.with_attempt_timeout(MS).unwrap();
        assert_eq!(
            (
                limits.attempts(),
                limits.deadline(),
                limits.attempt_timeout()
            ),
            (3, Some(time), Some(MS))
        );
        let limits = limits.with_attempt_timeout(time).unwrap();
        assert_eq!(limits.attempt_timeout(), Some(time));
    }
}

#[test]
fn a_budget_that_pays_nothing_or_everything_is_refused() {
    let said = |ratio, per_second, capacity| {
        let income = Income::new(ratio, per_second, capacity);
        income.map(|_| ()).map_err(|error| error.to_string())
    };
    for ratio in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let text = format!("budget: ratio must be 0 to 1, not {ratio}");
        assert_eq!(said(ratio, 10, 100), Err(text));
    }
    assert_eq!(
        said(0.1, 1_000_001, 100),
        Err("budget: per_second must be at most 1000000, not 1000001".to_owned())
    );
    for capacity in [0, 1_000_001, u32::MAX] {
        let text = format!("budget: capacity must be 1 to 1000000, not {capacity}");
        assert_eq!(said(0.1, 10, capacity), Err(text));
    }
    // Less than a millionth is nothing.
    for ratio in [0.0, 0.000_000_4] {
        assert_eq!(said(ratio, 0, 100), Err(ConfigError::NoIncome.to_string()));
    }
    for (ratio, per_second, capacity) in
        [(0.0, 1, 1), (0.000_001, 0, 1), (1.0, 1_000_000, 1_000_000)]
    {
        assert_eq!(said(ratio, per_second, capacity), Ok(()));
    }
}

#[test]
fn a_budget_tells_its_whole_tokens() {
    let budget = Budget::new(Income::new(0.5, 3, 100).unwrap());
    assert_eq!(budget.tokens(), 3);
    budget.deposit();
    assert_eq!(budget.tokens(), 3, "and a half");
    budget.deposit();
    assert_eq!(budget.tokens(), 4);
    assert_eq!(budget.withdraw(Duration::ZERO), Withdrawal::Granted);
    assert_eq!(budget.tokens(), 3);
}

#[test]
fn a_throttle_that_rejects_what_is_accepted_is_refused() {
    let second = Duration::from_secs(1);
    for k in [0.0, 0.999, 100.1, -2.0, f64::NAN, f64::INFINITY] {
        let said = Terms::new(k, second).unwrap_err().to_string();
        assert_eq!(said, format!("throttle: k must be 1 to 100, not {k}"));
    }
    for window in [Duration::ZERO, MS - NS, DAY + NS, Duration::MAX] {
        let said = Terms::new(2.0, window).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("throttle: window must be 1 ms to 24 hours, not {window:?}")
        );
    }
    for (k, window) in [(1.0, MS), (100.0, DAY)] {
        assert!(Terms::new(k, window).is_ok(), "{k} in {window:?}");
    }
}

#[test]
fn a_hedge_that_is_sent_at_once_or_never_is_refused() {
    for delay in [Duration::ZERO, DAY + NS, Duration::MAX] {
        let said = Hedge::new(When::After(delay)).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("hedge: delay must be above 0 and at most 24 hours, not {delay:?}")
        );
    }
    for percentile in [0.0, 49.9, 99.91, 100.0, -1.0, f64::NAN, f64::INFINITY] {
        let when = When::Percentile {
            percentile,
            window: MS,
        };
        let said = Hedge::new(when).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("hedge: percentile must be 50 to 99.9, not {percentile}")
        );
    }
    for window in [Duration::ZERO, MS - NS, DAY + NS] {
        let when = When::Percentile {
            percentile: 95.0,
            window,
        };
        let said = Hedge::new(when).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("hedge: window must be 1 ms to 24 hours, not {window:?}")
        );
    }
    for when in [
        When::After(NS),
        When::After(DAY),
        When::Percentile {
            percentile: 50.0,
            window: MS,
        },
        When::Percentile {
            percentile: 99.9,
            window: DAY,
        },
    ] {
        assert_eq!(Hedge::new(when).map(|hedge| hedge.when()), Ok(when));
    }
}

/// RFC 9110, 9.2.2; a method that it does not know may do anything.
#[test]
fn a_request_is_safe_by_its_method_or_by_its_key() {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
        assert_eq!(
            Safety::of_http(method, false),
            Safety::Idempotent,
            "{method}"
        );
        assert_eq!(
            Safety::of_http(method, true),
            Safety::Idempotent,
            "{method}"
        );
    }
    for method in ["POST", "PATCH", "CONNECT", "get", "PURGE", ""] {
        assert_eq!(Safety::of_http(method, false), Safety::Unsafe, "{method}");
        assert_eq!(Safety::of_http(method, true), Safety::Keyed, "{method}");
    }
    let may = [Safety::Unsafe, Safety::Idempotent, Safety::Keyed].map(Safety::may_repeat);
    assert_eq!(may, [false, true, true]);
}

#[test]
fn a_closure_is_a_classifier_and_no_classifier_is_permanent() {
    let busy = |error: &&str| match *error {
        "busy" => Class::Transient,
        _ => Class::Permanent,
    };
    assert_eq!(busy.classify(&"busy"), Class::Transient);
    assert_eq!(busy.classify(&"bad"), Class::Permanent);
    assert_eq!(Unclassified.classify(&"busy"), Class::Permanent);
}

#[test]
fn a_deadline_has_something_left_or_nothing() {
    let deadline = Deadline::after(10 * MS, 5 * MS);
    assert_eq!(deadline.left(Duration::ZERO), 15 * MS);
    assert_eq!(deadline.left(14 * MS), MS);
    assert_eq!(deadline.left(15 * MS), Duration::ZERO);
    assert_eq!(deadline.left(Duration::MAX), Duration::ZERO);
    let last = Deadline::after(Duration::MAX, Duration::MAX);
    assert_eq!(last.left(Duration::ZERO), Duration::MAX);
}

#[test]
fn a_wait_that_was_not_begun_was_not_waited() {
    let backoff = Backoff::new(Strategy::Constant { wait: 10 * MS }).unwrap();
    let limits = Limits::new(5).unwrap();
    let mut call = Attempts::start(&backoff, &limits, Safety::Unsafe, Duration::ZERO);
    let mut rng = Rng::with_seed(7);
    for _ in 0..2 {
        assert!(matches!(call.begin(Duration::ZERO), Begin::Go { .. }));
        let next = call.next(Class::Transient, Duration::ZERO, &mut rng);
        assert_eq!(next, Next::Retry { after: 10 * MS });
    }
    call.not_begun(10 * MS);
    let gave_up = call.gave_up(
        Stop::BudgetSpent,
        Cause::<std::io::Error>::NotSent,
        Duration::ZERO,
    );
    assert_eq!(gave_up.waited, 10 * MS);
}

#[test]
fn an_error_says_what_happened_in_one_line() {
    let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let gave_up = |cause, attempts, elapsed, stop| GaveUp {
        cause,
        attempts,
        elapsed,
        waited: Duration::ZERO,
        may_have_happened: true,
        stop,
    };
    let once = gave_up(Cause::Failed(refused()), 1, None, Stop::NotSafe);
    assert_eq!(
        once.to_string(),
        "gave up after 1 attempt, because it may have happened, and is not safe to repeat; last: connection refused"
    );
    assert!(once.source().is_some());
    let late = gave_up(
        Cause::TimedOut { after: 20 * MS },
        2,
        Some(50 * MS),
        Stop::DeadlinePassed,
    );
    assert_eq!(
        late.to_string(),
        "gave up after 2 attempts in 50ms, because the deadline has passed; last: no answer within 20ms; it may have happened"
    );
    assert!(late.source().is_none());
    let stops = [
        (Stop::PushedBack, "the server said not to retry"),
        (
            Stop::PastCap {
                wait: 30 * MS,
                cap: 20 * MS,
            },
            "the server asks for 30ms, the cap is 20ms, and there is no deadline",
        ),
        (
            Stop::PastDeadline {
                wait: 30 * MS,
                left: 20 * MS,
            },
            "the next attempt is 30ms away, the deadline 20ms",
        ),
        (Stop::BudgetSpent, "the retry budget is spent"),
    ];
    for (stop, text) in stops {
        assert_eq!(stop.to_string(), text);
    }
    assert!(Cause::<std::io::Error>::NotSent.error().is_none());
}

#[test]
fn attempts_multiply_and_a_budget_does_not() {
    assert_eq!(
        [0, 1, 2, 3].map(|layers| with_attempts(3, layers)),
        [1, 3, 9, 27]
    );
    assert_eq!(with_attempts(u32::MAX, u32::MAX), u64::MAX);
    assert!((with_budget(0.1, 3) - 1.331).abs() < 1e-9);
    assert!((with_budget(0.0, 9) - 1.0).abs() < 1e-9);
}

#[test]
fn an_attempt_that_was_dropped_may_have_happened() {
    let backoff = Backoff::new(Strategy::Constant { wait: 10 * MS }).unwrap();
    let limits = Limits::new(3).unwrap();
    let mut call = Attempts::start(&backoff, &limits, Safety::Keyed, Duration::ZERO);
    let gave_up = |call: &Attempts<'_>| {
        let cause = Cause::<std::io::Error>::NotSent;
        call.gave_up(Stop::Permanent, cause, Duration::ZERO)
    };
    assert!(!gave_up(&call).may_have_happened);
    call.dropped();
    assert!(gave_up(&call).may_have_happened);
}

#[test]
fn of_two_pushbacks_the_stricter_counts() {
    let throttled = |pushback| Class::Throttled { pushback };
    let (short, long) = (Pushback::After(10 * MS), Pushback::After(20 * MS));
    for (later, earlier, expected) in [
        (throttled(None), short, throttled(Some(short))),
        (throttled(Some(long)), short, throttled(Some(long))),
        (throttled(Some(short)), long, throttled(Some(long))),
        (
            throttled(Some(Pushback::Never)),
            long,
            throttled(Some(Pushback::Never)),
        ),
        (
            throttled(Some(long)),
            Pushback::Never,
            throttled(Some(Pushback::Never)),
        ),
        (Class::Transient, short, throttled(Some(short))),
        (
            Class::Ambiguous,
            Pushback::Never,
            throttled(Some(Pushback::Never)),
        ),
        (Class::Permanent, short, Class::Permanent),
    ] {
        assert_eq!(
            later.pushed_back(earlier),
            expected,
            "{later:?} after {earlier:?}"
        );
    }
    let told = |class| Answer::Failed(class).pushback();
    assert_eq!(told(throttled(Some(short))), Some(short));
    for silent in [
        throttled(None),
        Class::Transient,
        Class::Ambiguous,
        Class::Permanent,
    ] {
        assert_eq!(told(silent), None, "{silent:?}");
    }
    assert_eq!(Answer::Succeeded.pushback(), None);
}
