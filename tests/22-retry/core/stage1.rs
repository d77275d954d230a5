//! Stage 1: how long to wait.

use std::time::Duration;

use fastrand::Rng;
use proptest::prelude::*;
use retry::core::backoff::{Backoff, Strategy as Wait};
use retry::core::error::ConfigError;
use retry::core::limits::Limits;

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Where doubling, shifting and counting overflow, if they do.
const RETRIES: [u32; 17] = [
    0,
    1,
    2,
    3,
    10,
    31,
    32,
    33,
    34,
    63,
    64,
    65,
    129,
    1025,
    i32::MAX as u32,
    i32::MAX as u32 + 1,
    u32::MAX,
];

fn full_jitter(base: Duration, cap: Duration) -> Backoff {
    let factor = 2.0;
    Backoff::new(Wait::FullJitter { base, factor, cap }).unwrap()
}

/// All strategies with these numbers.
fn all(base: Duration, factor: f64, cap: Duration) -> [Backoff; 6] {
    [
        Wait::None,
        Wait::Constant { wait: cap },
        Wait::Exponential { base, factor, cap },
        Wait::FullJitter { base, factor, cap },
        Wait::EqualJitter { base, factor, cap },
        Wait::Decorrelated { base, cap },
    ]
    .map(|strategy| Backoff::new(strategy).unwrap())
}

/// Refuses a draw outside of `low` to `high`. Pearson's statistic of `draws` in 20 equal parts of `low` to `high`: about 19 if every part is as likely, and above 60 by
/// chance once in 300,000 times.
fn chi_square(draws: &[Duration], low: Duration, high: Duration, what: &str) -> f64 {
    let mut parts = [0_u32; 20];
    let width = (high - low).as_nanos() + 1;
    for draw in draws {
        assert!(
            low <= *draw && *draw <= high,
            "{what}: {draw:?} was drawn, and the interval is {low:?} to {high:?}"
        );
        let part = (*draw - low).as_nanos() * 20 / width;
        parts[part as usize] += 1;
    }
    let expected = draws.len() as f64 / 20.0;
    let off = |count: &u32| (f64::from(*count) - expected).powi(2) / expected;
    parts.iter().map(off).sum()
}

/// The source's formula, base x factor^(attempt-1), with the cap that it also has.
#[test]
fn inv1_the_ceiling_grows_up_to_the_cap() {
    let waits = |factor| {
        let (base, cap) = (5 * MS, 2000 * MS);
        let backoff = Backoff::new(Wait::Exponential { base, factor, cap }).unwrap();
        let waits: Vec<_> = backoff.waits(Rng::with_seed(1)).take(11).collect();
        waits
    };
    assert_eq!(
        waits(2.0),
        [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2000, 2000].map(|ms| ms * MS)
    );
    assert_eq!(waits(1.0), [5 * MS; 11]);
    assert_eq!(waits(100.0)[..4], [5, 500, 2000, 2000].map(|ms| ms * MS));
}

/// Whoever counts retries from 0 gets the first ceiling, and not the last.
#[test]
fn inv1_a_retry_numbered_0_is_the_first() {
    let (base, factor, cap) = (5 * MS, 2.0, 2000 * MS);
    let backoff = Backoff::new(Wait::Exponential { base, factor, cap }).unwrap();
    let ceilings = [0, 1, 2].map(|retry| backoff.ceiling(retry));
    assert_eq!(
        ceilings,
        [5, 5, 10].map(|ms| ms * MS),
        "the ceilings of the retries 0, 1 and 2"
    );
}

#[test]
fn inv1_no_wait_is_above_the_cap_for_any_retry_number() {
    for (base, factor, cap) in [
        (5 * MS, 2.0, 2000 * MS),
        (NS, 1.0, NS),
        (NS, 100.0, DAY),
        (DAY, 100.0, DAY),
        (MS, 1.0 + f64::EPSILON, DAY),
    ] {
        for backoff in all(base, factor, cap) {
            for retry in RETRIES {
                for previous in [Duration::ZERO, base, cap, Duration::MAX] {
                    let wait = backoff.wait(retry, previous, &mut Rng::with_seed(7));
                    assert!(
                        wait <= cap,
                        "{backoff:?}: {wait:?} before retry {retry}, after {previous:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Each strategy draws from its own interval, whatever its numbers are.
    #[test]
    fn inv1_every_wait_is_within_its_bounds(
        base_ns in 1_u64..10_000_000_000,
        above_ns in 0_u64..86_000_000_000_000,
        factor in 1.0_f64..=100.0,
        retry: u32,
        previous_ns: u64,
        seed: u64,
    ) {
        let (base, previous) = (Duration::from_nanos(base_ns), Duration::from_nanos(previous_ns));
        let cap = base + Duration::from_nanos(above_ns);
        let rng = &mut Rng::with_seed(seed);
        let [none, constant, exponential, full, equal, decorrelated] = all(base, factor, cap);
        let mut wait = |backoff: &Backoff| backoff.wait(retry, previous, rng);
        prop_assert_eq!(wait(&none), Duration::ZERO);
        prop_assert_eq!(wait(&constant), cap);
        let ceiling = wait(&exponential);
        prop_assert!(base <= ceiling && ceiling <= cap, "the ceiling {:?} is not {:?} to {:?}", ceiling, base, cap);
        let whole = wait(&full);
        prop_assert!(whole <= ceiling, "full jitter: {:?}, the ceiling is {:?}", whole, ceiling);
        let half = wait(&equal);
        prop_assert!(ceiling / 2 <= half && half <= ceiling, "equal jitter: {:?}, the ceiling is {:?}", half, ceiling);
        let drawn = wait(&decorrelated);
        let longest = cap.min(3 * previous.max(base));
        prop_assert!(base <= drawn && drawn <= longest, "decorrelated: {:?} is not {:?} to {:?}", drawn, base, longest);
    }

    /// The iterator hands each wait to the next, and counts.
    #[test]
    fn inv1_the_waits_of_a_call_stay_below_the_cap(seed: u64, base_ms in 1_u32..100, times in 1_u32..200) {
        let (base, cap) = (base_ms * MS, base_ms * times * MS);
        for backoff in all(base, 2.0, cap) {
            let mut previous = Duration::ZERO;
            let mut rng = Rng::with_seed(seed);
            for (retry, wait) in (1..).zip(backoff.waits(Rng::with_seed(seed)).take(50)) {
                prop_assert!(wait <= cap, "{:?} before retry {} of {:?}", wait, retry, backoff);
                prop_assert_eq!(wait, backoff.wait(retry, previous, &mut rng));
                previous = wait;
            }
        }
    }
}

/// A ceiling that falls again is a storm at the 33rd retry: what a shift by the retry number does.
#[test]
fn inv8_a_ceiling_never_falls() {
    for factor in [1.0, 1.5, 2.0, 3.0, 100.0] {
        let (base, cap) = (MS, DAY);
        let backoff = Backoff::new(Wait::Exponential { base, factor, cap }).unwrap();
        let mut before = Duration::ZERO;
        for retry in (1..200).chain([1025, i32::MAX as u32, u32::MAX]) {
            let wait = backoff.wait(retry, before, &mut Rng::with_seed(7));
            assert!(
                wait >= before,
                "factor {factor}: {wait:?} before retry {retry}, {before:?} before the one ahead of it"
            );
            before = wait;
        }
        assert!(before == cap || factor == 1.0, "{before:?} at the end");
    }
}

/// A thousand callers fail together and may come back within 100 ms. A tenth of jitter brings all of them back in the last tenth.
#[test]
fn inv8_a_herd_is_spread_over_the_whole_interval() {
    let backoff = full_jitter(100 * MS, 2000 * MS);
    let seed = 22;
    let mut rng = Rng::with_seed(seed);
    let waits: Vec<_> = (0..1000)
        .map(|_| backoff.wait(1, Duration::ZERO, &mut rng))
        .collect();
    let mut per_tenth = [0; 10];
    for wait in &waits {
        per_tenth[((wait.as_nanos() * 10 / (100 * MS).as_nanos()) as usize).min(9)] += 1;
    }
    // 100 each; a fair spread stays within five standard deviations (9.5 each).
    assert!(
        per_tenth.iter().all(|count| (52..=148).contains(count)),
        "callers in each 10 ms, seed {seed}: {per_tenth:?}"
    );
}

#[test]
fn inv8_full_and_equal_jitter_are_even() {
    let (base, factor, cap) = (100 * MS, 2.0, 2000 * MS);
    let equal = Backoff::new(Wait::EqualJitter { base, factor, cap }).unwrap();
    for seed in 0..20 {
        let mut rng = Rng::with_seed(seed);
        for (retry, ceiling) in [(1, 100 * MS), (3, 400 * MS), (40, cap)] {
            let mut draw = |backoff: &Backoff| -> Vec<Duration> {
                let wait = |_| backoff.wait(retry, Duration::ZERO, &mut rng);
                (0..10_000).map(wait).collect()
            };
            let what = format!("full jitter, retry {retry}, seed {seed}");
            let full = draw(&full_jitter(base, cap));
            let even = chi_square(&full, Duration::ZERO, ceiling, &what);
            assert!(even < 60.0, "{what}: not even, chi-square is {even}");
            let what = format!("equal jitter, retry {retry}, seed {seed}");
            let even = chi_square(&draw(&equal), ceiling / 2, ceiling, &what);
            assert!(even < 60.0, "{what}: not even, chi-square is {even}");
        }
    }
}

/// Decorrelated waits of callers that have long been at the cap: drawn first and cut afterwards, two of three are the cap exactly.
#[test]
fn inv8_decorrelated_waits_at_the_cap_are_no_herd() {
    let (base, cap) = (10 * MS, 1000 * MS);
    let backoff = Backoff::new(Wait::Decorrelated { base, cap }).unwrap();
    for seed in 0..20 {
        let mut rng = Rng::with_seed(seed);
        let draws: Vec<_> = (0..10_000)
            .map(|_| backoff.wait(9, cap, &mut rng))
            .collect();
        let at_cap = draws.iter().filter(|wait| **wait == cap).count();
        assert!(
            at_cap < 10,
            "seed {seed}: {at_cap} of 10,000 waits are the cap itself"
        );
        let what = format!("decorrelated, after the cap, seed {seed}");
        let even = chi_square(&draws, base, cap, &what);
        assert!(even < 60.0, "{what}: not even, chi-square is {even}");
    }
}

#[test]
fn inv8_decorrelated_waits_are_drawn_up_to_three_times_the_last() {
    let backoff = Backoff::new(Wait::Decorrelated {
        base: 10 * MS,
        cap: DAY,
    })
    .unwrap();
    for seed in 0..20 {
        let mut rng = Rng::with_seed(seed);
        for (previous, longest) in [(0, 30), (5, 30), (10, 30), (50, 150)] {
            let draws: Vec<_> = (0..10_000)
                .map(|_| backoff.wait(2, previous * MS, &mut rng))
                .collect();
            let what = format!("decorrelated, base 10 ms, after {previous} ms, seed {seed}");
            let even = chi_square(&draws, 10 * MS, longest * MS, &what);
            assert!(
                even < 60.0,
                "{what}: not even from 10 to {longest} ms, chi-square is {even}"
            );
        }
    }
}

/// One seed is one sequence, and what does not jitter draws nothing: a test or a simulation can be repeated.
#[test]
fn inv8_a_seed_decides_every_wait() {
    for backoff in all(5 * MS, 2.0, 2000 * MS) {
        let waits = |seed| -> Vec<_> { backoff.waits(Rng::with_seed(seed)).take(20).collect() };
        assert_eq!(waits(7), waits(7), "one seed, {backoff:?}");
        let jitters = match backoff.strategy() {
            Wait::None | Wait::Constant { .. } | Wait::Exponential { .. } => false,
            Wait::FullJitter { .. } | Wait::EqualJitter { .. } | Wait::Decorrelated { .. } => true,
        };
        assert_eq!(
            waits(7) != waits(8),
            jitters,
            "whether two seeds wait differently, {backoff:?}"
        );
        let mut rng = Rng::with_seed(7);
        let _wait = backoff.wait(3, MS, &mut rng);
        assert_eq!(
            rng.get_seed() != Rng::with_seed(7).get_seed(),
            jitters,
            "whether the first wait draws from rng, {backoff:?}"
        );
    }
}

/// The source's own configuration has numbers that may be zero, and each of them is a storm or a call that is never made.
#[test]
fn inv7_zeros_are_refused_by_name() {
    let said = |base, factor, cap| {
        let backoff = Backoff::new(Wait::FullJitter { base, factor, cap });
        backoff.map_err(|error| error.to_string())
    };
    let refused = |text: &str| Err(text.to_owned());
    assert_eq!(
        said(5 * MS, 0.0, 2000 * MS),
        refused("backoff: factor must be 1 to 100, not 0")
    );
    assert_eq!(
        said(5 * MS, 2.0, Duration::ZERO),
        refused("backoff: cap must be above 0 and at most 24 hours, not 0ns")
    );
    assert_eq!(
        said(Duration::ZERO, 2.0, 2000 * MS),
        refused("backoff: base must be above 0 and at most the cap (2s), not 0ns")
    );
    assert_eq!(Limits::new(0), Err(ConfigError::Attempts(0)));
    assert_eq!(
        ConfigError::Attempts(0).to_string(),
        "limits: attempts must be 1 to 1000, not 0"
    );
}

#[test]
fn inv7_numbers_that_are_none_are_refused() {
    let (base, cap) = (5 * MS, 2000 * MS);
    for factor in [
        -1.0,
        0.999,
        100.001,
        f64::MAX,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
    ] {
        for strategy in [
            Wait::Exponential { base, factor, cap },
            Wait::FullJitter { base, factor, cap },
            Wait::EqualJitter { base, factor, cap },
        ] {
            match Backoff::new(strategy) {
                Err(ConfigError::Factor(given)) => assert_eq!(given.to_bits(), factor.to_bits()),
                other => panic!("{strategy:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn inv7_a_base_above_the_cap_and_a_cap_above_a_day_are_refused() {
    let factor = 2.0;
    for (base, cap, expected) in [
        (
            MS + NS,
            MS,
            ConfigError::Base {
                base: MS + NS,
                cap: MS,
            },
        ),
        (
            Duration::MAX,
            DAY,
            ConfigError::Base {
                base: Duration::MAX,
                cap: DAY,
            },
        ),
        (MS, DAY + NS, ConfigError::Cap(DAY + NS)),
        (MS, Duration::MAX, ConfigError::Cap(Duration::MAX)),
        (
            Duration::ZERO,
            Duration::ZERO,
            ConfigError::Cap(Duration::ZERO),
        ),
    ] {
        for strategy in [
            Wait::Exponential { base, factor, cap },
            Wait::FullJitter { base, factor, cap },
            Wait::EqualJitter { base, factor, cap },
            Wait::Decorrelated { base, cap },
        ] {
            assert_eq!(Backoff::new(strategy), Err(expected), "{strategy:?}");
        }
    }
}

#[test]
fn inv7_the_edges_of_what_makes_sense_are_accepted() {
    for (base, factor, cap) in [(NS, 1.0, NS), (DAY, 100.0, DAY), (MS, 1.0, DAY)] {
        for backoff in all(base, factor, cap) {
            assert_eq!(Backoff::new(backoff.strategy()), Ok(backoff));
        }
    }
    assert_eq!(Limits::new(1).unwrap().attempts(), 1);
    assert_eq!(Limits::new(1000).unwrap().attempts(), 1000);
    assert_eq!(Limits::new(1001), Err(ConfigError::Attempts(1001)));
    assert_eq!(Limits::new(u32::MAX), Err(ConfigError::Attempts(u32::MAX)));
}
