//! Local decisions, and what it costs to have them shared: gate and limiter on one core, governor beside it, the window in Redis.

use std::num::NonZeroU32;
use std::time::Duration;

use futures_util::StreamExt;
use governor::clock::FakeRelativeClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use measure::{Run, Spread, Target, Turns, core_time, rate, timed, timed_async};
use redis::aio::ConnectionManager;
use reference::core::ids::BuyerId;
use reference::core::limiter::Limiter;
use reference::core::window::Limit;
use reference::shell::conn::Conn;
use reference::shell::keys::Keys;
use reference::shell::limiter::SharedLimiter;

use crate::crowd::{BUYERS, Crowd, FULL, PEAK};
use crate::{Error, contenders};

const ROUNDS: usize = 30;
/// Long beside the steps in which core time is counted.
const SLICE: usize = 1_000_000;
/// So many requests go before, so that the measured ones meet a map that is full.
const BEFORE: usize = 6_000_000;
/// As many as in the simulation.
const BUCKETS: u16 = 16;
/// Of the learner's stages, the last one that gate and limiter need.
const STAGE: u32 = 3;

/// Whoever decides by themselves whether a request goes on.
pub trait Deciding {
    /// Decides the next requests of the crowd.
    fn decide(&mut self, crowd: &mut Crowd, decisions: usize);
}

/// governor's GCRA, which promises less: see `benches/limiter.rs`.
struct Governor {
    clock: FakeRelativeClock,
    step: Duration,
    limiter: RateLimiter<u64, DashMapStateStore<u64>, FakeRelativeClock, NoOpMiddleware<Nanos>>,
}

impl Governor {
    fn new(step: Duration) -> Self {
        let clock = FakeRelativeClock::default();
        let five = Quota::per_second(NonZeroU32::new(5).expect("not zero"));
        Self {
            limiter: RateLimiter::new(five, DashMapStateStore::default(), clock.clone()),
            clock,
            step,
        }
    }
}

impl Deciding for Governor {
    fn decide(&mut self, crowd: &mut Crowd, decisions: usize) {
        for (buyer, _) in crowd.take(decisions) {
            self.clock.advance(self.step);
            let _verdict = std::hint::black_box(self.limiter.check_key(&buyer));
        }
    }
}

/// Gate and limiter beside governor, at two paces of the crowd.
pub fn local(run: &mut Run) {
    for (pace, step) in [("at_500k_a_second", PEAK), ("windows_full", FULL)] {
        run.part(format!("gate and limiter, {}", pace.replace('_', " ")));
        let mut contest: Vec<(&str, Box<dyn Deciding>, Crowd)> = vec![
            (
                "gate_and_limiter",
                Box::new(contenders::reference::Door::new(BUCKETS)),
                Crowd::new(1, step),
            ),
            (
                "governor_gcra",
                Box::new(Governor::new(step)),
                Crowd::new(1, step),
            ),
        ];
        if run.yours(STAGE) {
            #[cfg(feature = "yours")]
            contest.push((
                "yours_gate_and_limiter",
                Box::new(contenders::yours::Door::new(BUCKETS)),
                Crowd::new(1, step),
            ));
        }
        for (_, door, crowd) in &mut contest {
            door.decide(crowd, run.times(BEFORE));
        }
        let slice = run.times(SLICE);
        let mut turns = Turns::new(contest.len(), 0, run.times(ROUNDS));
        while let Some(who) = turns.next() {
            let (_, door, crowd) = &mut contest[who];
            turns.record(rate(slice as u64, core_time(|| door.decide(crowd, slice))));
        }
        for (who, (name, _, _)) in contest.iter().enumerate() {
            let (name, rates) = (format!("{name}_{pace}"), Spread::of(turns.rates(who)));
            if who == 1 {
                run.add(name, "a core second", rates);
            } else {
                run.promise(name, "a core second", rates, Target::at_least(5e6));
            }
            if who != 1 {
                let name = format!("{}_to_governor_{pace}", contest[who].0);
                run.add(name, "ratio", Spread::of(turns.ratios(who, 1)));
            }
        }
    }
}

/// The limiter in Redis: what a decision costs that every instance shares.
pub async fn shared(conn: &ConnectionManager, run: &mut Run) -> Result<(), Error> {
    const CHECKS: usize = 2_000;
    run.part("the limiter in Redis");
    let five_a_second =
        || Limit::new(5, Duration::from_secs(1)).expect("5 in a second is in range");
    let keys = Keys::new("limit:", &"bench".parse()?, 1);
    let limiter = SharedLimiter::new(Conn::over(conn.clone()), keys, five_a_second());
    let own = Limiter::new(five_a_second());
    let mut buyers = Crowd::new(2, PEAK).map(|(buyer, _)| BuyerId(buyer));
    let (mut micros, mut rates, mut own_nanos) = (Vec::new(), Vec::new(), Vec::new());
    for _round in 0..run.times(ROUNDS) {
        for in_flight in [1, 64] {
            let asking = buyers
                .by_ref()
                .take(CHECKS)
                .map(|buyer| limiter.check(buyer));
            let mut asking = futures_util::stream::iter(asking).buffer_unordered(in_flight);
            let took = timed_async(async {
                while let Some(verdict) = asking.next().await {
                    let _either_way = verdict?;
                }
                Ok::<_, Error>(())
            });
            let (took, checked) = took.await;
            checked?;
            if in_flight == 1 {
                micros.push(took.as_secs_f64() * 1e6 / CHECKS as f64);
            } else {
                rates.push(rate(CHECKS as u64, took));
            }
        }
        let took = timed(|| {
            for i in 0..BUYERS / 10 {
                let _verdict = std::hint::black_box(own.check(BuyerId(i), Duration::ZERO));
            }
        });
        own_nanos.push(took.as_nanos() as f64 / (BUYERS / 10) as f64);
    }
    run.add("shared_limiter_1_in_flight", "us each", Spread::of(micros));
    run.add("shared_limiter_64_in_flight", "a second", Spread::of(rates));
    run.add("own_limiter", "ns each", Spread::of(own_nanos));
    Ok(())
}
