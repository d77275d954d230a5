//! Stage 5: when an attempt gets a second one beside it, and whose answer counts.

use std::time::Duration;

use fastrand::Rng;
use proptest::prelude::*;
use retry::core::attempts::{Attempts, Begin};
use retry::core::class::{Class, Safety};
use retry::core::hedge::{Answer, Race, judge};
use retry::core::histogram::Histogram;
use retry::core::limits::Limits;
use retry::core::retry_after::Pushback;

use crate::call::{MS, ten_ms};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn inv6_a_success_counts_and_so_does_what_is_permanent() {
    for answer in [Answer::Succeeded, Answer::Failed(Class::Permanent)] {
        assert_eq!(judge(answer), Race::Settled, "{answer:?}");
    }
}

/// The first to fail is no winner.
#[test]
fn inv6_any_other_failure_waits_for_the_other_attempt() {
    for class in [
        Class::Transient,
        Class::Ambiguous,
        Class::Throttled { pushback: None },
        Class::Throttled {
            pushback: Some(Pushback::Never),
        },
    ] {
        assert_eq!(
            judge(Answer::Failed(class)),
            Race::WaitForOther,
            "{class:?}"
        );
    }
}

#[test]
fn inv4_what_is_not_safe_to_repeat_is_not_hedged() {
    let (backoff, limits) = (ten_ms(), Limits::new(3).unwrap());
    for (safety, may) in [
        (Safety::Unsafe, false),
        (Safety::Idempotent, true),
        (Safety::Keyed, true),
    ] {
        let mut call = Attempts::start(&backoff, &limits, safety, Duration::ZERO);
        assert!(matches!(call.begin(Duration::ZERO), Begin::Go { .. }));
        assert_eq!(call.may_hedge(Duration::ZERO), may, "{safety:?}");
    }
}

#[test]
fn inv6_a_hedge_is_one_of_the_attempts() {
    let (backoff, limits) = (ten_ms(), Limits::new(2).unwrap());
    let mut call = Attempts::start(&backoff, &limits, Safety::Idempotent, Duration::ZERO);
    for may in [true, false] {
        assert!(matches!(call.begin(Duration::ZERO), Begin::Go { .. }));
        assert_eq!(
            call.may_hedge(Duration::ZERO),
            may,
            "after {} attempts",
            call.made()
        );
    }
}

#[test]
fn inv2_no_hedge_starts_after_the_deadline() {
    let backoff = ten_ms();
    let limits = Limits::new(3).unwrap().with_deadline(50 * MS).unwrap();
    let mut call = Attempts::start(&backoff, &limits, Safety::Idempotent, 10 * MS);
    assert!(matches!(call.begin(20 * MS), Begin::Go { .. }));
    assert!(call.may_hedge(60 * MS - Duration::from_nanos(1)));
    assert!(!call.may_hedge(60 * MS));
    assert!(!call.may_hedge(Duration::MAX));
    assert!(
        call.may_hedge(Duration::ZERO),
        "20 ms was the latest that was seen"
    );
    assert!(matches!(call.begin(60 * MS), Begin::Stop(_)));
    assert!(
        !call.may_hedge(Duration::ZERO),
        "60 ms was the latest that was seen"
    );
}

/// The latency that `percentile` per cent of `sorted` did not exceed, by the definition: the nearest rank.
fn nearest_rank(sorted: &[Duration], percentile: f64) -> Duration {
    let rank = (sorted.len() as f64 * percentile / 100.0).ceil() as usize;
    sorted[rank.max(1) - 1]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a sorted list: never below the true percentile, or too many calls would be hedged, and at most an eighth above it.
    #[test]
    fn inv6_a_percentile_is_at_most_an_eighth_too_long(
        seed: u64,
        count in 100_usize..2000,
        longest_ns in 100_u64..1_000_000_000_000,
        percentile in 50.0_f64..=99.9,
    ) {
        let mut rng = Rng::with_seed(seed);
        let mut histogram = Histogram::new(SECOND);
        let mut latencies: Vec<Duration> = (0..count)
            // Most are short and some are long, as latencies are.
            .map(|_| Duration::from_nanos(rng.u64(8..=rng.clone().u64(8..=longest_ns))))
            .collect();
        for latency in &latencies {
            histogram.record(*latency, MS);
        }
        latencies.sort_unstable();
        let truth = nearest_rank(&latencies, percentile);
        let said = histogram.percentile(percentile, MS).expect("there are enough");
        prop_assert!(said >= truth && said <= truth + truth / 8, "{:?} for {:?}", said, truth);
    }
}

/// In floats 55 / 100 x 100 is a little more than 55, and rounded up it is 56: the first of the slow.
#[test]
fn inv6_a_whole_rank_is_not_rounded_up() {
    for short in 50..=99_u32 {
        let mut histogram = Histogram::new(SECOND);
        for call in 0..100 {
            histogram.record(if call < short { MS } else { SECOND }, MS);
        }
        let said = histogram.percentile(f64::from(short), MS);
        let said = said.expect("there are enough");
        assert!(
            said < 2 * MS,
            "{short} of 100 calls took 1 ms, and percentile {short} is {said:?}"
        );
    }
}

#[test]
fn inv6_fewer_than_a_hundred_latencies_say_nothing() {
    let mut histogram = Histogram::new(SECOND);
    for known in 0..100 {
        assert_eq!(histogram.percentile(95.0, MS), None, "{known} are known");
        histogram.record(10 * MS, MS);
    }
    let said = histogram.percentile(95.0, MS).expect("a hundred are known");
    assert!(said >= 10 * MS && said <= 12 * MS, "{said:?}");
}

#[test]
fn inv6_what_is_older_than_two_windows_is_forgotten() {
    let mut histogram = Histogram::new(SECOND);
    let of = |histogram: &mut Histogram, now: Duration| histogram.percentile(50.0, now);
    let about = |said: Option<Duration>, ms: u32| {
        said.is_some_and(|said| said >= ms * MS && said <= ms * MS * 9 / 8)
    };
    for _ in 0..100 {
        histogram.record(100 * MS, 500 * MS);
    }
    assert!(about(of(&mut histogram, 999 * MS), 100));
    for _ in 0..200 {
        histogram.record(10 * MS, 1500 * MS);
    }
    assert!(
        about(histogram.percentile(90.0, 1999 * MS), 100),
        "both windows count"
    );
    assert!(
        about(histogram.percentile(90.0, 2000 * MS), 10),
        "the first is forgotten"
    );
    assert_eq!(of(&mut histogram, 3000 * MS), None, "and now the second");
    for _ in 0..100 {
        histogram.record(20 * MS, 3000 * MS);
    }
    assert!(
        about(of(&mut histogram, 2000 * MS), 20),
        "a clock that steps back forgets nothing"
    );
    assert_eq!(of(&mut histogram, 60 * SECOND), None);
}

#[test]
fn inv7_no_latency_is_too_short_or_too_long() {
    for (latency, at_least, at_most) in [
        (Duration::ZERO, Duration::ZERO, Duration::from_nanos(8)),
        (
            Duration::from_nanos(1),
            Duration::from_nanos(1),
            Duration::from_nanos(8),
        ),
        (24 * 3600 * SECOND, 24 * 3600 * SECOND, 27 * 3600 * SECOND),
        // In the last bucket, which ends at 2^47 ns.
        (Duration::MAX, 39 * 3600 * SECOND, 40 * 3600 * SECOND),
    ] {
        let mut histogram = Histogram::new(SECOND);
        for _ in 0..100 {
            histogram.record(latency, Duration::MAX);
        }
        let said = histogram
            .percentile(99.9, Duration::MAX)
            .expect("there are enough");
        assert!(
            at_least <= said && said <= at_most,
            "{said:?} for {latency:?}"
        );
    }
}
