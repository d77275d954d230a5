//! Stage 1: how often a buyer may ask, and when anybody may.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use seckill::core::ids::{BuyerId, UnixMillis};
use seckill::core::limiter::Limiter;
use seckill::core::sale::{Phase, Sale};
use seckill::core::window::{Limit, Verdict, Window};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// The sale's own limit: 5 requests in any second.
fn five_a_second() -> Limit {
    Limit::new(5, SECOND).unwrap()
}

fn admitted(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Admit => true,
        Verdict::Refuse { .. } => false,
    }
}

/// Offers requests at these moments and gives back the moments that were admitted.
fn offer(limit: &Limit, moments: impl IntoIterator<Item = Duration>) -> Vec<Duration> {
    let mut window = Window::default();
    moments
        .into_iter()
        .filter(|&now| admitted(window.decide(limit, now)))
        .collect()
}

#[test]
fn inv5_admits_five_and_refuses_the_sixth() {
    let admitted = offer(&five_a_second(), (0..6).map(|i| i * MS));
    assert_eq!(admitted, (0..5).map(|i| i * MS).collect::<Vec<_>>());
}

/// A counter that starts again with each second lets 10 through here, five on either side of the boundary.
#[test]
fn inv5_a_burst_across_the_boundary_of_a_second() {
    let before = (0..5).map(|i| 990 * MS + i * MS);
    let after = (0..5).map(|i| 1000 * MS + i * MS);
    let admitted = offer(&five_a_second(), before.chain(after));
    assert_eq!(admitted.len(), 5, "admitted within 15 ms: {admitted:?}");
}

/// A bucket that refills while it empties (GCRA) lets 9 through in less than a second.
#[test]
fn inv5_no_refill_within_the_window() {
    let admitted = offer(&five_a_second(), (0..100).map(|i| i * 10 * MS));
    assert_eq!(admitted.len(), 5, "admitted within 990 ms: {admitted:?}");
}

/// A client that asks ten times a second is above the limit for ever, and still gets its five in each second.
#[test]
fn inv5_a_refused_request_leaves_no_trace() {
    let admitted = offer(&five_a_second(), (0..100).map(|i| i * 100 * MS));
    assert_eq!(admitted.len(), 50, "admitted in 10 s: {admitted:?}");
}

#[test]
fn inv5_a_request_exactly_a_window_ago_is_outside() {
    let limit = Limit::new(1, SECOND).unwrap();
    let moments = [Duration::ZERO, SECOND - Duration::from_nanos(1), SECOND];
    assert_eq!(offer(&limit, moments), [Duration::ZERO, SECOND]);
}

#[test]
fn inv5_a_clock_that_steps_back_admits_nobody_twice() {
    let moments = [1000, 0, 200, 400, 600, 800, 1500].map(|ms| ms * MS);
    let admitted = offer(&Limit::new(2, SECOND).unwrap(), moments);
    // The second request is held at the first one's moment, so both leave the window at 2 s.
    assert_eq!(admitted.len(), 2, "{admitted:?}");
}

/// What steps back and is logged as it reads leaves the window too early, and the buyer is forgotten with it.
#[test]
fn inv5_a_clock_that_steps_back_is_held_at_the_newest_moment() {
    let limit = Limit::new(2, SECOND).unwrap();
    let mut window = Window::default();
    for now in [1000 * MS, Duration::ZERO] {
        assert_eq!(window.decide(&limit, now), Verdict::Admit);
    }
    assert!(!window.is_idle(&limit, 1500 * MS), "both count until 2 s");
    assert_eq!(
        window.decide(&limit, 200 * MS),
        Verdict::Refuse {
            retry_after: SECOND
        },
        "counted from 1000 ms, where the clock is held, to 2000 ms"
    );
}

#[test]
fn inv5_retry_after_is_the_first_moment_that_admits() {
    let limit = five_a_second();
    let mut window = Window::default();
    for i in 0..5 {
        assert_eq!(window.decide(&limit, i * 100 * MS), Verdict::Admit);
    }
    let Verdict::Refuse { retry_after } = window.decide(&limit, 450 * MS) else {
        panic!("a sixth was admitted")
    };
    assert_eq!(
        retry_after,
        550 * MS,
        "the oldest, at 0 ms, leaves at 1000 ms"
    );
    assert!(!admitted(window.clone().decide(
        &limit,
        450 * MS + retry_after - Duration::from_nanos(1)
    )));
    assert!(admitted(window.decide(&limit, 450 * MS + retry_after)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Both halves of the invariant, against a count by hand: an admitted request had fewer than N in the W before it, a
    /// refused one had N.
    #[test]
    fn inv5_admits_exactly_when_fewer_than_n_were_admitted(
        requests in 1_usize..8,
        window_ms in 1_u32..50,
        gaps_ms in prop::collection::vec(0_u32..20, 1..200),
    ) {
        let span = window_ms * MS;
        let limit = Limit::new(requests, span).unwrap();
        let mut window = Window::default();
        let mut admitted_at: Vec<Duration> = Vec::new();
        let mut now = SECOND;
        for gap in gaps_ms {
            now += gap * MS;
            let inside = admitted_at.iter().filter(|&&then| then + span > now).count();
            let admit = admitted(window.decide(&limit, now));
            prop_assert_eq!(admit, inside < requests, "{} admitted in the {:?} before {:?}", inside, span, now);
            if admit {
                admitted_at.push(now);
            }
        }
    }
}

#[test]
fn inv5_buyers_do_not_share_a_window() {
    let limiter = Limiter::new(Limit::new(1, SECOND).unwrap());
    for buyer in 0..10_000 {
        assert_eq!(
            limiter.check(BuyerId(buyer), MS),
            Verdict::Admit,
            "buyer {buyer}"
        );
    }
    for buyer in 0..10_000 {
        assert!(
            !admitted(limiter.check(BuyerId(buyer), 2 * MS)),
            "buyer {buyer}"
        );
    }
}

/// Two threads that ask for one buyer are decided one after the other.
#[test]
fn inv5_threads_together_get_no_more() {
    let limiter = Arc::new(Limiter::new(Limit::new(100, SECOND).unwrap()));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let limiter = Arc::clone(&limiter);
            std::thread::spawn(move || {
                (0..1000)
                    .filter(|_| admitted(limiter.check(BuyerId(7), MS)))
                    .count()
            })
        })
        .collect();
    let total: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    assert_eq!(total, 100);
}

/// A million buyers who came once must not stay in memory for the rest of the day.
#[test]
fn inv5_idle_buyers_are_forgotten() {
    let limiter = Limiter::new(five_a_second());
    for second in 0_u32..20 {
        for buyer in 0..5_000 {
            let buyer = BuyerId(u64::from(second) * 5_000 + buyer);
            assert_eq!(limiter.check(buyer, second * SECOND), Verdict::Admit);
        }
    }
    assert!(
        limiter.buyers() <= 15_000,
        "{} of 100,000 buyers are remembered",
        limiter.buyers()
    );
    assert!(
        limiter.buyers() >= 5_000,
        "the buyers of the last second are forgotten"
    );
}

/// A sweep walks over a whole shard, so a request must not pay for one each time. Seen by who is still remembered: buyers that
/// have been idle since 1500 ms stay until the next sweep is due, at 2000 ms.
#[test]
fn inv5_idle_buyers_are_looked_for_once_a_window() {
    let limiter = Limiter::new(five_a_second());
    let ask = |buyers: std::ops::Range<u64>, now| {
        for buyer in buyers {
            assert_eq!(limiter.check(BuyerId(buyer), now), Verdict::Admit);
        }
    };
    // So many that every shard has some of either half.
    ask(0..10_000, Duration::ZERO);
    ask(10_000..20_000, 500 * MS);
    ask(0..10_000, 1000 * MS); // due in every shard
    ask(0..10_000, 1600 * MS);
    assert_eq!(limiter.buyers(), 20_000, "swept before it was due");
    ask(0..10_000, 2000 * MS);
    assert_eq!(limiter.buyers(), 10_000, "not swept when it was due");
}

/// Whoever asked within the last window is not idle, and forgetting them would start their count again.
#[test]
fn inv5_forgetting_the_idle_admits_nobody_too_often() {
    let limiter = Limiter::new(Limit::new(2, SECOND).unwrap());
    let admitted = [0, 900, 1000, 1100, 1900].map(|ms| {
        let verdict = limiter.check(BuyerId(7), ms * MS);
        (ms, admitted(verdict))
    });
    assert_eq!(
        admitted,
        [
            (0, true),
            (900, true),
            (1000, true),
            (1100, false),
            (1900, true)
        ]
    );
}

#[test]
fn inv7_the_opening_belongs_to_the_sale_and_the_closing_does_not() {
    let sale = Sale::new(
        "s".parse().unwrap(),
        1,
        1,
        (UnixMillis(1000), UnixMillis(2000)),
        SECOND,
    )
    .unwrap();
    assert_eq!(
        sale.phase(UnixMillis(400)),
        Phase::NotYet { opens_in: 600 * MS }
    );
    assert_eq!(sale.phase(UnixMillis(999)), Phase::NotYet { opens_in: MS });
    assert_eq!(sale.phase(UnixMillis(1000)), Phase::Open);
    assert_eq!(sale.phase(UnixMillis(1999)), Phase::Open);
    assert_eq!(sale.phase(UnixMillis(2000)), Phase::Closed);
}
