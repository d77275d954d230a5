//! What one decision of the limiter costs over a million buyers, beside governor's keyed limiter at `per_second(5)`.
//!
//! The two do not promise the same. Ours admits never more than 5 in any second, and keeps five moments a buyer for it. GCRA
//! keeps one, refills while it empties, and lets 9 through within a second (`broken/gcra-is-not-a-window.rs`). governor also
//! keeps every buyer it has seen until `retain_recent` is called; ours forgets them as it goes, and pays for that here.
//! Both are given the same virtual clock, so that neither pays for reading one.
//!
//! `cargo bench -p seckill-solution --no-default-features --features bench --bench limiter`

use std::num::NonZeroU32;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crowd::{Crowd, FULL, PEAK};
use governor::clock::FakeRelativeClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use seckill::core::ids::BuyerId;
use seckill::core::limiter::Limiter;
use seckill::core::window::Limit;

#[path = "../../../tests/16-seckill/bench/crowd.rs"]
mod crowd;

/// So many requests go before, so that the measured ones meet a map that is full.
const BEFORE: usize = 6_000_000;

/// The sale's limit.
fn five_a_second() -> Limit {
    Limit::new(5, Duration::from_secs(1)).expect("5 in a second is in range")
}

fn over_a_million_buyers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("limiter");
    group.throughput(Throughput::Elements(1));
    for (name, step) in [("at_500k_a_second", PEAK), ("windows_full", FULL)] {
        let limiter = Limiter::new(five_a_second());
        let mut crowd = Crowd::new(1, step);
        for (buyer, now) in crowd.by_ref().take(BEFORE) {
            let _filled = limiter.check(BuyerId(buyer), now);
        }
        group.bench_function(format!("window/{name}"), |bench| {
            bench.iter(|| {
                let (buyer, now) = crowd.next().expect("it has no end");
                limiter.check(BuyerId(buyer), now)
            });
        });

        let clock = FakeRelativeClock::default();
        let five = Quota::per_second(NonZeroU32::new(5).expect("not zero"));
        let buyers = DashMapStateStore::<BuyerId>::default();
        let gcra = RateLimiter::<_, _, _, NoOpMiddleware<Nanos>>::new(five, buyers, clock.clone());
        let mut crowd = Crowd::new(1, step);
        for (buyer, _) in crowd.by_ref().take(BEFORE) {
            clock.advance(step);
            let _filled = gcra.check_key(&BuyerId(buyer));
        }
        group.bench_function(format!("governor/{name}"), |bench| {
            bench.iter(|| {
                let (buyer, _) = crowd.next().expect("it has no end");
                clock.advance(step);
                gcra.check_key(&BuyerId(buyer))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, over_a_million_buyers);
criterion_main!(benches);
