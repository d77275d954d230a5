//! Local decisions, and what it costs to have them shared: gate and limiter on one core, governor beside it, the window in Redis.

use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::StreamExt;
use governor::clock::FakeRelativeClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use seckill::core::gate::Gates;
use seckill::core::ids::BuyerId;
use seckill::core::limiter::Limiter;
use seckill::shell::conn::Conn;
use seckill::shell::keys::Keys;
use seckill::shell::limiter::SharedLimiter;
use testbed::OwnRedis;

use crate::crowd::{BUYERS, Crowd, FULL, PEAK, five_a_second};
use crate::measure::{Spread, core_time, rate, timed, timed_async};
use crate::report::Report;
use crate::{Result, sale};

const ROUNDS: usize = 30;
/// Long beside the steps in which core time is counted.
const SLICE: usize = 1_000_000;
/// So many requests go before, so that the measured ones meet a map that is full.
const BEFORE: usize = 6_000_000;
/// As many as in the simulation. They are open: a closed gate spares the limiter, and `benches/gate.rs` has what is between.
const BUCKETS: u16 = 16;

/// Gate and limiter, and governor's GCRA, which promises less: see `benches/limiter.rs`.
pub fn local(report: &mut Report) {
    for (name, step) in [("at_500k_a_second", PEAK), ("windows_full", FULL)] {
        let gates = Gates::open(BUCKETS);
        let limiter = Limiter::new(five_a_second());
        let mut crowd = Crowd::new(1, step);
        let mut ours = |decisions| {
            core_time(|| {
                for (buyer, now) in crowd.by_ref().take(decisions) {
                    if !std::hint::black_box(&gates).all_closed() {
                        let _verdict = std::hint::black_box(limiter.check(buyer, now));
                    }
                }
            })
        };
        let clock = FakeRelativeClock::default();
        let five = Quota::per_second(NonZeroU32::new(5).expect("not zero"));
        let buyers = DashMapStateStore::<BuyerId>::default();
        let gcra = RateLimiter::<_, _, _, NoOpMiddleware<Nanos>>::new(five, buyers, clock.clone());
        let mut crowd = Crowd::new(1, step);
        let mut governor = |decisions| {
            core_time(|| {
                for (buyer, _) in crowd.by_ref().take(decisions) {
                    clock.advance(step);
                    let _verdict = std::hint::black_box(gcra.check_key(&buyer));
                }
            })
        };
        ours(BEFORE);
        governor(BEFORE);
        let (mut ours_rates, mut governor_rates) = (Vec::new(), Vec::new());
        for _round in 0..ROUNDS {
            ours_rates.push(rate(SLICE as u64, ours(SLICE)));
            governor_rates.push(rate(SLICE as u64, governor(SLICE)));
        }
        let ratio = ours_rates.iter().zip(&governor_rates).map(|(a, b)| a / b);
        let ratio = Spread::of(ratio.collect());
        report.promise(
            format!("gate_and_limiter_{name}"),
            "a core second",
            Spread::of(ours_rates),
            5e6,
        );
        report.add(
            format!("governor_gcra_{name}"),
            "a core second",
            Spread::of(governor_rates),
        );
        report.add(
            format!("gate_and_limiter_to_governor_{name}"),
            "ratio",
            ratio,
        );
    }
}

/// The limiter in Redis: what a decision costs that every instance shares.
///
/// # Errors
/// Redis failed.
pub async fn shared(redis: &OwnRedis, report: &mut Report) -> Result<()> {
    const CHECKS: u64 = 2_000;
    let sale = sale(1, 1);
    let keys = Keys::new("limit:", sale.id(), 1);
    let limiter = SharedLimiter::new(Conn::single(redis.url()).await?, keys, five_a_second());
    let own = Limiter::new(five_a_second());
    let buyers = Crowd::new(2, PEAK).map(|(buyer, _)| buyer);
    let mut shared_rates = [Vec::new(), Vec::new()];
    let mut own_nanos = Vec::new();
    let mut buyers = buyers.into_iter();
    for _round in 0..ROUNDS {
        for (rates, in_flight) in shared_rates.iter_mut().zip([1, 64]) {
            let asking = buyers
                .by_ref()
                .take(CHECKS as usize)
                .map(|buyer| limiter.check(buyer));
            let mut asking = futures_util::stream::iter(asking).buffer_unordered(in_flight);
            let took = timed_async(async {
                while let Some(verdict) = asking.next().await {
                    assert!(verdict.is_ok());
                }
            });
            rates.push(rate(CHECKS, took.await));
        }
        let took = timed(|| {
            for i in 0..BUYERS / 10 {
                let _verdict = std::hint::black_box(own.check(BuyerId(i), Duration::ZERO));
            }
        });
        own_nanos.push(took.as_nanos() as f64 / (BUYERS / 10) as f64);
    }
    let [alone, together] = shared_rates;
    let micros = alone.iter().map(|rate| 1e6 / rate).collect();
    report.add("shared_limiter_1_in_flight", "us each", Spread::of(micros));
    report.add(
        "shared_limiter_64_in_flight",
        "a second",
        Spread::of(together),
    );
    report.add("own_limiter", "ns each", Spread::of(own_nanos));
    Ok(())
}
