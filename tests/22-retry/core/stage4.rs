//! Stage 4: what all callers together may send.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use proptest::prelude::*;
use retry::core::budget::{Budget, Income, Withdrawal};
use retry::core::throttle::{Admission, Terms, Throttle, rejection};

use crate::call::MS;

const SECOND: Duration = Duration::from_secs(1);

fn bucket(ratio: f64, per_second: u32, capacity: u32) -> Budget {
    Budget::new(Income::new(ratio, per_second, capacity).unwrap())
}

/// How many of `asked` withdrawals at `now` are granted.
fn granted(budget: &Budget, asked: u32, now: Duration) -> u32 {
    let grant = |_| match budget.withdraw(now) {
        Withdrawal::Granted => 1,
        Withdrawal::Spent => 0,
    };
    (0..asked).map(grant).sum()
}

#[test]
fn inv3_a_tenth_of_the_calls_may_be_retried() {
    let budget = bucket(0.1, 0, 1000);
    assert_eq!(
        granted(&budget, 5, Duration::ZERO),
        0,
        "nobody has called yet"
    );
    for calls in 1..=1000 {
        budget.deposit();
        let expected = u32::from(calls % 10 == 0);
        assert_eq!(
            granted(&budget, 3, Duration::ZERO),
            expected,
            "after {calls} calls"
        );
    }
}

/// A bucket that starts full would pay for a storm at the very start; one that starts empty refuses the first call's retry.
#[test]
fn inv3_it_starts_with_what_a_second_brings() {
    assert_eq!(granted(&bucket(0.1, 7, 100), 50, Duration::ZERO), 7);
    assert_eq!(
        granted(&bucket(0.1, 7, 3), 50, Duration::ZERO),
        3,
        "but never above the capacity"
    );
}

#[test]
fn inv3_seconds_bring_tokens_whatever_is_called() {
    let budget = bucket(0.0, 10, 100);
    assert_eq!(granted(&budget, 100, Duration::ZERO), 10);
    for (ms, expected) in [
        (99, 0),
        (100, 1),
        (150, 0),
        (200, 1),
        (1000, 8),
        (1001, 0),
        (100_000, 100),
    ] {
        assert_eq!(granted(&budget, 200, ms * MS), expected, "at {ms} ms");
    }
}

/// Time that is asked for bit by bit brings as much as time that is asked for at once.
#[test]
fn inv3_no_fraction_of_time_is_lost() {
    let budget = bucket(0.0, 3, 100);
    let mut total = granted(&budget, 100, Duration::ZERO);
    for step in 1..=100_000_u32 {
        total += granted(&budget, 1, step * Duration::from_nanos(100_123));
    }
    // 10.0123 s at 3 a second, and the 3 of the start.
    assert_eq!(total, 33);
}

#[test]
fn inv3_what_is_saved_is_bounded() {
    let budget = bucket(1.0, 0, 5);
    for _ in 0..1000 {
        budget.deposit();
    }
    assert_eq!(budget.tokens(), 5);
    assert_eq!(granted(&budget, 100, Duration::ZERO), 5);
    budget.give_back();
    assert_eq!(granted(&budget, 100, Duration::ZERO), 1);
}

#[test]
fn inv3_what_was_not_used_comes_back_and_no_more() {
    let budget = bucket(0.1, 2, 2);
    assert_eq!(granted(&budget, 1, Duration::ZERO), 1);
    budget.give_back();
    budget.give_back();
    assert_eq!(
        granted(&budget, 100, Duration::ZERO),
        2,
        "the capacity holds"
    );
}

#[test]
fn inv7_a_clock_that_steps_back_brings_no_token_twice() {
    let budget = bucket(0.0, 10, 100);
    assert_eq!(granted(&budget, 100, SECOND), 20);
    for now in [Duration::ZERO, 500 * MS, SECOND] {
        assert_eq!(granted(&budget, 100, now), 0, "{now:?}");
    }
    assert_eq!(granted(&budget, 100, 1100 * MS), 1);
    assert_eq!(
        granted(&budget, 200, Duration::MAX),
        100,
        "and a jump fills it"
    );
}

/// Four threads that call and retry at once, while time goes on, get no token more than was paid in; and none is lost.
#[test]
fn inv3_threads_together_get_what_was_paid_in() {
    const CALLS: u64 = 20_000;
    let budget = bucket(0.25, 0, 1_000_000);
    let got = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for call in 0..CALLS {
                    budget.deposit();
                    let mut tokens = u64::from(granted(&budget, 2, Duration::ZERO));
                    if call % 3 == 0 && tokens > 0 {
                        budget.give_back();
                        tokens -= 1;
                    }
                    got.fetch_add(tokens, Ordering::Relaxed);
                }
            });
        }
    });
    let rest = u64::from(granted(&budget, 1_000_000, Duration::ZERO));
    assert_eq!(
        got.into_inner() + rest,
        CALLS,
        "a quarter of 4 x {CALLS} calls"
    );
}

#[test]
fn inv3_threads_do_not_claim_a_second_twice() {
    let budget = bucket(0.0, 1000, 1_000_000);
    let got = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for ms in 0..=2000 {
                    got.fetch_add(u64::from(granted(&budget, 4, ms * MS)), Ordering::Relaxed);
                }
            });
        }
    });
    let rest = u64::from(granted(&budget, 10_000, 2 * SECOND));
    assert_eq!(
        got.into_inner() + rest,
        3000,
        "1000 at the start, 2000 in 2 s"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Call,
    Retry,
    GiveBack,
    Time(i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Call),
        4 => Just(Step::Retry),
        1 => Just(Step::GiveBack),
        2 => (-500_000_i64..3_000_000).prop_map(Step::Time),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a count by hand in exact numbers: what was granted is never more than what was paid in.
    #[test]
    fn inv3_retries_never_exceed_what_was_paid_in(
        ratio_millionths in 0_u64..=1_000_000,
        per_second in 1_u32..1000,
        capacity in 1_u32..50,
        steps in prop::collection::vec(any_step(), 1..300),
    ) {
        let budget = bucket(ratio_millionths as f64 / 1e6, per_second, capacity);
        let (mut now_us, mut latest_us) = (0_u64, 0_u64);
        let (mut calls, mut out, mut ever) = (0_u64, 0_u64, 0_u64);
        for step in steps {
            match step {
                Step::Call => {
                    budget.deposit();
                    calls += 1;
                }
                Step::Retry => {
                    latest_us = latest_us.max(now_us);
                    let got = u64::from(granted(&budget, 1, Duration::from_micros(now_us)));
                    out += got;
                    ever += got;
                }
                Step::GiveBack if out > 0 => {
                    budget.give_back();
                    out -= 1;
                }
                Step::GiveBack => {}
                Step::Time(us) => now_us = now_us.saturating_add_signed(us),
            }
            let start = u128::from(per_second.min(capacity)) * 1_000_000;
            let paid_in = start
                + u128::from(calls) * u128::from(ratio_millionths)
                + u128::from(latest_us) * u128::from(per_second);
            prop_assert!(u128::from(out) * 1_000_000 <= paid_in, "{} granted, {} millionths paid in", out, paid_in);
            prop_assert!(budget.tokens() <= u64::from(capacity));
        }
        prop_assert!(ever >= out);
    }
}

// Adaptive throttling.

fn throttle(k: f64, window: Duration) -> Throttle {
    Throttle::new(Terms::new(k, window).unwrap())
}

fn sent(admission: Admission) -> bool {
    match admission {
        Admission::Send => true,
        Admission::Reject { .. } => false,
    }
}

/// The book's formula.
#[test]
fn inv10_the_probability_is_the_books() {
    for (requests, accepts, k, expected) in [
        (0, 0, 2.0, 0.0),
        (100, 100, 2.0, 0.0),
        (100, 50, 2.0, 0.0),
        (99, 25, 2.0, 0.49),
        (99, 0, 2.0, 0.99),
        (1, 0, 1.0, 0.5),
        (100, 100, 1.0, 0.0),
        (0, 10, 2.0, 0.0),
    ] {
        let probability = rejection(requests, accepts, k);
        assert!(
            (probability - expected).abs() < 1e-12,
            "{requests} requests, {accepts} accepts, K {k}: {probability}"
        );
    }
    let most = rejection(u64::MAX, 0, 100.0);
    assert!((0.0..=1.0).contains(&most), "{most}");
    assert_eq!(rejection(0, u64::MAX, 100.0), 0.0);
}

#[test]
fn inv10_while_the_server_accepts_nothing_is_rejected_here() {
    let mut throttle = throttle(2.0, 10 * SECOND);
    for i in 0..10_000_u32 {
        let now = i * 7 * MS;
        // The worst dice there are: zero rejects whenever anything does.
        assert!(
            sent(throttle.ask(now, 0.0)),
            "request {i} was rejected, and the {i} before it were accepted"
        );
        throttle.accepted(now);
    }
}

/// Many at once, before the first answer: what is under way is no rejection.
#[test]
fn inv10_what_is_under_way_says_nothing() {
    let mut throttle = throttle(1.1, 10 * SECOND);
    for round in 0..10_u32 {
        let now = round * 100 * MS;
        for i in 0..100 {
            let said = throttle.ask(now, 0.0);
            assert!(
                sent(said),
                "{i} are under way, and none was rejected: {said:?}"
            );
        }
        for _ in 0..100 {
            throttle.accepted(now);
        }
    }
    assert_eq!(throttle.counts(), (1000, 1000));
}

/// Demand is what was wanted, not what was sent: counted without the rejected, 10,000 requests at a dead server still send over a hundred.
#[test]
fn inv10_a_dead_server_hears_little() {
    for seed in 0..20 {
        let mut rng = Rng::with_seed(seed);
        let mut throttle = throttle(2.0, 3600 * SECOND);
        let heard = (0..10_000)
            .filter(|_| {
                let heard = sent(throttle.ask(SECOND, rng.f64()));
                if heard {
                    throttle.refused(SECOND);
                }
                heard
            })
            .count();
        // The harmonic number of 10,000 is 9.8; its spread is 2.9.
        assert!(
            (1..=25).contains(&heard),
            "seed {seed}: {heard} of 10,000 were sent"
        );
        assert_eq!(throttle.counts(), (10_000, 0));
    }
}

/// A server that does 100 a second, and a client that wants 500: it is sent about K times what it accepts.
#[test]
fn inv10_a_busy_server_hears_k_times_what_it_accepts() {
    for (k, seed) in [(1.1, 1), (1.5, 2), (2.0, 3), (3.0, 4)] {
        let mut rng = Rng::with_seed(seed);
        let mut throttle = throttle(k, 10 * SECOND);
        let (mut heard, mut accepted) = (0, 0);
        for second in 0..60_u32 {
            let mut room = 100;
            for i in 0..500_u32 {
                let now = second * SECOND + i * 2 * MS;
                if sent(throttle.ask(now, rng.f64())) {
                    heard += 1;
                    if room > 0 {
                        room -= 1;
                        accepted += 1;
                        throttle.accepted(now);
                    } else {
                        throttle.refused(now);
                    }
                }
            }
        }
        let ratio = f64::from(heard) / f64::from(accepted);
        assert!(
            (ratio / k - 1.0).abs() < 0.15,
            "K {k}, seed {seed}: {ratio}"
        );
    }
}

#[test]
fn inv10_what_left_the_window_is_forgotten() {
    let mut throttle = throttle(2.0, 10 * SECOND);
    for i in 0..1000 {
        throttle.refused(i * MS);
    }
    assert_eq!(throttle.counts(), (1000, 0));
    let _rejected = throttle.ask(9_999 * MS, 0.0);
    assert_eq!(throttle.counts(), (1001, 0), "what is rejected here counts");
    assert!(
        sent(throttle.ask(10 * SECOND, 0.6)),
        "rejected: 1 request is left in the window, so the probability is a half, and the dice say 0.6"
    );
    assert_eq!(throttle.counts(), (1, 0), "what was sent does not, yet");
    throttle.refused(10 * SECOND);
    assert_eq!(throttle.counts(), (2, 0));
    assert!(
        sent(throttle.ask(30 * SECOND, 0.0)),
        "rejected: nothing is left in the window, so nothing is to be"
    );
    assert_eq!(throttle.counts(), (0, 0));
}

#[test]
fn inv10_each_slice_is_forgotten_alone() {
    let mut throttle = throttle(2.0, 10 * SECOND);
    for second in 0..10 {
        throttle.accepted(second * SECOND);
    }
    for second in 10..19 {
        throttle.refused(second * SECOND);
        let left = 19 - u64::from(second);
        assert_eq!(throttle.counts(), (10, left), "at {second} s");
    }
    // 10 requests, 1 accepted: 8 in 11.
    assert!(sent(throttle.ask(18 * SECOND, 0.73)));
    assert!(!sent(throttle.ask(18 * SECOND, 0.72)));
}

#[test]
fn inv7_a_throttles_clock_may_step() {
    let mut throttle = throttle(2.0, 10 * SECOND);
    for now in [20 * SECOND, Duration::ZERO, 5 * SECOND] {
        throttle.refused(now);
    }
    assert_eq!(throttle.counts(), (3, 0), "all of it counts as now");
    assert!(sent(throttle.ask(Duration::MAX, 0.0)), "all of it has left");
    assert_eq!(throttle.counts(), (0, 0));
    throttle.refused(Duration::ZERO);
    throttle.accepted(Duration::ZERO);
    assert_eq!(throttle.counts(), (2, 1));
}
