//! Settings that make no sense are refused when they are built, with the field's name and the range.

use std::time::Duration;

use circuit_breaker::core::config::{Config, HalfOpen, Settings, WindowKind};
use circuit_breaker::core::error::ConfigError;
use circuit_breaker::core::rate::Rate;

use crate::{S, slow};

const NS: Duration = Duration::from_nanos(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The settings, changed, and what is said of them.
fn refused(change: impl FnOnce(&mut Settings)) -> ConfigError {
    let mut settings = Settings::default();
    change(&mut settings);
    settings.build().expect_err("that makes no sense")
}

fn accepted(change: impl FnOnce(&mut Settings)) -> Config {
    let mut settings = Settings::default();
    change(&mut settings);
    settings.build().expect("that makes sense")
}

fn time(length: Duration, buckets: u32) -> WindowKind {
    WindowKind::Time { length, buckets }
}

#[test]
fn a_count_window_holds_something_and_not_everything() {
    for calls in [0, Config::MAX_COUNT + 1, u32::MAX] {
        let error = refused(|is| is.window = WindowKind::Count(calls));
        assert_eq!(error, ConfigError::WindowCount(calls));
    }
    assert_eq!(
        ConfigError::WindowCount(0).to_string(),
        "window: a count must be 1 to 65536 calls, not 0"
    );
    for calls in [1, Config::MAX_COUNT] {
        let config = accepted(|is| (is.window, is.minimum_calls) = (WindowKind::Count(calls), 1));
        assert_eq!(config.window(), WindowKind::Count(calls));
    }
}

#[test]
fn a_time_window_is_a_millisecond_to_a_day_in_even_buckets() {
    for length in [Duration::ZERO, 999_999 * NS, DAY + NS, Duration::MAX] {
        let error = refused(|is| is.window = time(length, 1));
        assert_eq!(error, ConfigError::WindowLength(length));
    }
    assert_eq!(
        ConfigError::WindowLength(DAY + S).to_string(),
        "window: length must be 1 ms to 24 hours, not 86401s"
    );
    for buckets in [0, 3, 1001, u32::MAX] {
        let error = refused(|is| is.window = time(S, buckets));
        assert_eq!(error, ConfigError::WindowBuckets { buckets, length: S });
    }
    assert_eq!(
        ConfigError::WindowBuckets {
            buckets: 3,
            length: S
        }
        .to_string(),
        "window: buckets must be 1 to 1000 and divide 1s evenly, not 3"
    );
    for window in [
        time(Duration::from_millis(1), 1000),
        time(DAY, 1),
        time(DAY, 1000),
    ] {
        assert_eq!(accepted(|is| is.window = window).window(), window);
    }
}

#[test]
fn the_minimum_of_calls_fits_into_the_window() {
    for (window, given, most) in [
        (WindowKind::Count(10), 0, 10),
        (WindowKind::Count(10), 11, 10),
        (time(S, 10), 0, 1_000_000),
        (time(S, 10), 1_000_001, 1_000_000),
    ] {
        let error = refused(|is| (is.window, is.minimum_calls) = (window, given));
        assert_eq!(error, ConfigError::MinimumCalls { given, most });
        let most_calls = accepted(|is| (is.window, is.minimum_calls) = (window, most));
        assert_eq!(most_calls.minimum_calls(), most);
    }
    assert_eq!(
        ConfigError::MinimumCalls {
            given: 11,
            most: 10
        }
        .to_string(),
        "minimum_calls must be 1 to 10, not 11"
    );
}

#[test]
fn a_rate_is_a_share() {
    let none = [
        0.0,
        -0.0,
        -0.5,
        0.000_000_9,
        1.000_000_1,
        2.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE,
        f64::MAX,
    ];
    for rate in none {
        let error = refused(|is| is.failure_rate = rate);
        let field = "failure_rate";
        assert_eq!(error, ConfigError::Rate { field, rate });
        let error = refused(|is| is.slow_calls = slow(S, rate));
        let field = "slow_calls.rate";
        assert_eq!(error, ConfigError::Rate { field, rate });
    }
    // Nothing equals NaN, so its text is compared.
    assert_eq!(
        refused(|is| is.failure_rate = f64::NAN).to_string(),
        "failure_rate must be 0.000001 to 1, not NaN"
    );
    for rate in [0.000_001, 0.07, 0.57, 1.0] {
        let kept = accepted(|is| is.failure_rate = rate).failure_rate();
        assert!((kept.as_f64() - rate).abs() < 1e-12, "{rate} is {kept:?}");
    }
}

/// Every share with six decimals is kept exactly, and what lies between two is cut.
#[test]
fn a_rate_is_kept_in_millionths() {
    for millionths in 1..=1_000_000_u32 {
        let rate = Rate::new("rate", f64::from(millionths) / 1e6).unwrap();
        let calls = 1_000_000;
        assert!(
            rate.is_reached(u64::from(millionths), calls),
            "{millionths}"
        );
        assert!(
            !rate.is_reached(u64::from(millionths) - 1, calls),
            "{millionths}"
        );
    }
    let two_thirds = Rate::new("rate", 2.0 / 3.0).unwrap();
    assert!(two_thirds.is_reached(2, 3) && !two_thirds.is_reached(665, 1000));
    // No product of counts overflows.
    assert!(two_thirds.is_reached(u64::MAX, u64::MAX));
}

#[test]
fn a_wait_is_something_and_at_most_a_day() {
    for given in [Duration::ZERO, DAY + NS, Duration::MAX] {
        let wait = |field| ConfigError::Wait { field, given };
        assert_eq!(refused(|is| is.open_for = given), wait("open_for"));
        assert_eq!(
            refused(|is| is.half_open.lease = given),
            wait("half_open.lease")
        );
        assert_eq!(
            refused(|is| is.slow_calls = slow(given, 0.5)),
            wait("slow_calls.longer_than")
        );
    }
    assert_eq!(
        refused(|is| is.open_for = Duration::ZERO).to_string(),
        "open_for must be above 0 and at most 24 hours, not 0ns"
    );
    for given in [NS, DAY] {
        let config = accepted(|is| {
            is.open_for = given;
            is.half_open.lease = given;
            is.slow_calls = slow(given, 0.25);
        });
        let limit = config.slow_calls().expect("it was set");
        assert_eq!(
            (
                config.open_for(),
                config.half_open().lease,
                limit.longer_than()
            ),
            (given, given, given)
        );
        assert!((limit.rate().as_f64() - 0.25).abs() < 1e-12);
    }
    assert_eq!(accepted(|_| {}).slow_calls(), None);
}

#[test]
fn probes_are_some_and_no_herd() {
    for given in [0, 1001, u32::MAX] {
        assert_eq!(
            refused(|is| is.half_open.permits = given),
            ConfigError::Permits(given)
        );
        assert_eq!(
            refused(|is| is.half_open.successes = given),
            ConfigError::Successes(given)
        );
    }
    assert_eq!(
        ConfigError::Permits(0).to_string(),
        "half_open.permits must be 1 to 1000, not 0"
    );
    assert_eq!(
        ConfigError::Successes(1001).to_string(),
        "half_open.successes must be 1 to 1000, not 1001"
    );
    for given in [1, 1000] {
        let half_open = HalfOpen {
            permits: given,
            successes: given,
            lease: S,
        };
        let config = accepted(|is| is.half_open = half_open);
        assert_eq!(config.half_open(), half_open);
    }
}
