//! What is measured of a variant of the lab, in the variant's own types. `bench.rs` mounts this file once for each, with
//! `retry` naming that variant's crate; to the rest of the bench they are all [`Calling`], or a count.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Duration;

use tower::{Layer, Service, ServiceExt};

use super::retry::core::backoff::{Backoff, Strategy};
use super::retry::core::budget::Income;
use super::retry::core::class::{Class, Safety};
use super::retry::core::hedge::{Hedge, When};
use super::retry::core::limits::Limits;
use super::retry::core::throttle::Terms;
use super::retry::shell::budget::Budget;
use super::retry::shell::clock::Clock;
use super::retry::shell::layer::RetryLayer;
use super::retry::shell::policy::{Builder, Policy};
use super::retry::shell::retry::retry;
use crate::calls::{Calling, EverySecond, No, Slice, fail, succeed};
use crate::options::Adds;
use crate::rival::{ATTEMPTS, BASE, CAP};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn transient(_: &No) -> Class {
    Class::Transient
}

fn limits(attempts: u32) -> Limits {
    Limits::new(attempts).expect("in range")
}

/// Full jitter, within `limits`.
fn jittered(limits: Limits) -> Builder {
    let (base, factor, cap) = (BASE, 2.0, CAP);
    let backoff = Backoff::new(Strategy::FullJitter { base, factor, cap }).expect("in range");
    Policy::builder(backoff, limits)
}

/// No waits, within `limits`.
fn at_once(limits: Limits) -> Builder {
    Policy::builder(Backoff::new(Strategy::None).expect("in range"), limits)
}

fn budget(ratio: f64, per_second: u32, capacity: u32) -> Budget {
    Budget::new(Income::new(ratio, per_second, capacity).expect("in range"))
}

fn hedge(when: When) -> Hedge {
    Hedge::new(when).expect("in range")
}

fn two_minutes() -> Terms {
    Terms::new(2.0, 120 * SECOND).expect("in range")
}

/// Calls that succeed at once, under a policy with one option more than backoff and classes.
pub struct AtOnce(Policy);

impl AtOnce {
    pub fn new(adds: Adds) -> Self {
        let limits = limits(ATTEMPTS);
        let plain = jittered(limits);
        let policy = match adds {
            Adds::Nothing => plain,
            Adds::Deadline => jittered(limits.with_deadline(SECOND).expect("in range")),
            Adds::AttemptTimeout => {
                jittered(limits.with_attempt_timeout(SECOND).expect("in range"))
            }
            Adds::Budget => plain.budget(budget(0.1, 10, 100)),
            Adds::Throttle => plain.throttle(two_minutes()),
            Adds::HedgeAfter => plain.hedge(hedge(When::After(10 * MS))),
            Adds::HedgePercentile => plain.hedge(hedge(When::Percentile {
                percentile: 95.0,
                window: 10 * SECOND,
            })),
        };
        Self(policy.build())
    }
}

impl Calling for AtOnce {
    fn calls(&self, times: u64) -> Slice<'_> {
        Box::pin(async move {
            let mut succeeded = 0;
            for _ in 0..times {
                let call = retry(black_box(&self.0), Safety::Idempotent, transient, succeed);
                succeeded += call.await.unwrap_or(0);
            }
            succeeded
        })
    }
}

/// The same through the tower layer.
pub struct Layered(Policy);

impl Layered {
    pub fn new() -> Self {
        Self(jittered(limits(ATTEMPTS)).build())
    }
}

impl Calling for Layered {
    fn calls(&self, times: u64) -> Slice<'_> {
        Box::pin(async move {
            let safety = |(): &()| Safety::Idempotent;
            let layer = RetryLayer::new(self.0.clone(), transient as fn(&No) -> Class, safety);
            let mut service = layer.layer(tower::service_fn(|()| succeed()));
            let mut succeeded = 0;
            for _ in 0..times {
                let Ok(ready) = black_box(&mut service).ready().await else {
                    return succeeded;
                };
                succeeded += ready.call(()).await.unwrap_or(0);
            }
            succeeded
        })
    }
}

/// Readings of the clock that a deadline asks.
pub struct Reading(Clock);

impl Reading {
    pub fn new() -> Self {
        Self(Clock::start())
    }
}

impl Calling for Reading {
    fn calls(&self, times: u64) -> Slice<'_> {
        Box::pin(async move {
            for _ in 0..times {
                black_box(self.0.elapsed());
            }
            times
        })
    }
}

/// Calls that fail once, and are retried without a wait.
pub struct FailsOnce(Policy);

impl FailsOnce {
    pub fn new() -> Self {
        Self(at_once(limits(ATTEMPTS)).build())
    }
}

impl Calling for FailsOnce {
    fn calls(&self, times: u64) -> Slice<'_> {
        Box::pin(async move {
            let server = EverySecond::default();
            let mut succeeded = 0;
            for _ in 0..times {
                let attempt = || server.attempt();
                let call = retry(black_box(&self.0), Safety::Idempotent, transient, attempt);
                succeeded += call.await.unwrap_or(0);
            }
            succeeded
        })
    }
}

/// Calls that fail, and get no retry.
pub struct Fails(fn() -> Policy);

impl Fails {
    /// Because the budget is empty: it brings a token for a million calls, which no slice has.
    pub fn refused() -> Self {
        Self(|| at_once(limits(ATTEMPTS)).budget(budget(1e-6, 0, 1)).build())
    }

    /// Because one attempt is all there is.
    pub fn tried_once() -> Self {
        Self(|| at_once(limits(1)).build())
    }
}

impl Calling for Fails {
    fn calls(&self, times: u64) -> Slice<'_> {
        // A policy for each slice: what the one before has paid in is gone.
        let policy = self.0();
        Box::pin(async move {
            let mut succeeded = 0;
            for _ in 0..times {
                let call = retry(black_box(&policy), Safety::Idempotent, transient, fail);
                succeeded += call.await.unwrap_or(0);
            }
            assert_eq!(policy.counters().retries.get(), 0, "no retry was sent");
            succeeded
        })
    }
}

/// Attempts for each of so many calls, all of which `attempt`'s server refuses with `class`.
async fn attempts(policy: Policy, class: Class, times: u32) -> f64 {
    let seen = Cell::new(0_u32);
    for _ in 0..times {
        let attempt = || {
            seen.set(seen.get() + 1);
            fail()
        };
        let gave_up = retry(&policy, Safety::Idempotent, |_: &No| class, attempt).await;
        assert!(gave_up.is_err());
    }
    f64::from(seen.get()) / f64::from(times)
}

/// What a dead server hears of each call: three attempts, and a budget that pays for a tenth of the calls.
pub async fn dead_with_a_budget(times: u32) -> f64 {
    let policy = at_once(limits(3)).budget(budget(0.1, 0, 100)).build();
    attempts(policy, Class::Transient, times).await
}

/// What it hears of so many calls with adaptive throttling, one attempt each.
pub async fn dead_with_a_throttle(times: u32) -> f64 {
    let policy = at_once(limits(1)).throttle(two_minutes()).seed(1).build();
    f64::from(times) * attempts(policy, Class::Transient, times).await
}

/// What a server hears of each bad request.
pub async fn bad_requests(times: u32) -> f64 {
    attempts(at_once(limits(5)).build(), Class::Permanent, times).await
}

/// What a server hears of each call when all calls are slow, and hedged if a budget pays: it does for a tenth of the calls. Tokio's clock stands still.
pub async fn all_slow(times: u32) -> f64 {
    let policy = at_once(limits(2))
        .budget(budget(0.1, 0, 100))
        .hedge(hedge(When::After(10 * MS)))
        .build();
    let seen = Cell::new(0_u32);
    for _ in 0..times {
        let attempt = || {
            seen.set(seen.get() + 1);
            async {
                tokio::time::sleep(100 * MS).await;
                Ok::<_, No>(1)
            }
        };
        let answer = retry(&policy, Safety::Idempotent, transient, attempt).await;
        assert!(answer.is_ok());
    }
    f64::from(seen.get()) / f64::from(times)
}

/// How many seconds a call takes whose deadline is one, and whose attempts never answer. Tokio's clock stands still.
pub async fn no_answer() -> f64 {
    let policy = at_once(limits(3).with_deadline(SECOND).expect("in range")).build();
    let began = tokio::time::Instant::now();
    let attempt = std::future::pending::<Result<u64, No>>;
    let gave_up = retry(&policy, Safety::Idempotent, transient, attempt).await;
    assert!(gave_up.is_err());
    began.elapsed().as_secs_f64()
}

/// How many seconds a call takes whose first attempt needs ten, and whose hedge, sent after one, needs a tenth. Tokio's clock stands still.
pub async fn slow_then_fast() -> f64 {
    let policy = at_once(limits(2)).hedge(hedge(When::After(SECOND))).build();
    let began = tokio::time::Instant::now();
    let takes = Cell::new(10 * SECOND);
    let attempt = || {
        let takes = takes.replace(100 * MS);
        async move {
            tokio::time::sleep(takes).await;
            Ok::<_, No>(1)
        }
    };
    let answer = retry(&policy, Safety::Idempotent, transient, attempt).await;
    assert!(answer.is_ok());
    began.elapsed().as_secs_f64()
}
