//! The layers in each order, and what their errors say.
//!
//! A time-out is a layer's own wherever the layer has one: the breaker's stands next to what it calls, the retry's around one attempt, and the
//! retry's deadline around all of them. Only what stands around everything is tokio's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use circuit_breaker::core::breaker::Breaker;
use circuit_breaker::core::config::{HalfOpen, Settings, WindowKind};
use circuit_breaker::core::error::{BreakerError, Retry as MayRetry};
use circuit_breaker::shell::clock::TokioClock;
use circuit_breaker::shell::layer::BreakerLayer;
use retry::core::backoff::{Backoff, Strategy};
use retry::core::class::{Class, Safety};
use retry::core::error::{Cause, GaveUp};
use retry::core::limits::Limits;
use retry::core::retry_after::Pushback;
use retry::shell::layer::RetryLayer;
use retry::shell::policy::Policy;
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, Service, ServiceExt as _};

use crate::next::{Failure, Next};
use crate::scenario::{
    ATTEMPTS, Case, DEADLINE, FAILURE_RATE, LONG, MINIMUM, OPEN_FOR, Order, Rejected, SHORT,
    WINDOW, ms,
};

/// The first wait is drawn from nothing to this,
const BASE: Duration = ms(5);
/// and none is above this.
pub const CAP: Duration = ms(10);

/// The layers as one service.
pub type Stack = BoxCloneSyncService<usize, (), Told>;

/// What a caller is told when there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The breaker refused, so the last attempt was not sent.
    Rejected,
    /// The downstream answered with a failure.
    Failed,
    /// There was no answer in time.
    TimedOut,
}

/// A constant that is out of range. It is said here, and not where it is built.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    Breaker(#[from] circuit_breaker::core::error::ConfigError),
    #[error(transparent)]
    Retry(#[from] retry::core::error::ConfigError),
}

/// A breaker for one run.
///
/// # Errors
/// A constant is out of range.
pub fn breaker() -> Result<Breaker<TokioClock>, ConfigError> {
    let config = Settings {
        window: WindowKind::Count(WINDOW),
        minimum_calls: MINIMUM,
        failure_rate: FAILURE_RATE,
        slow_calls: None,
        open_for: OPEN_FOR,
        half_open: HalfOpen {
            permits: 1,
            successes: 2,
            lease: Duration::from_secs(1),
        },
    }
    .build()?;
    Ok(Breaker::new("downstream", config, TokioClock::start()))
}

/// How the retry of this case does it, with the time-outs that are the retry's.
///
/// # Errors
/// A constant is out of range.
pub fn policy(case: Case, seed: u64) -> Result<Policy, ConfigError> {
    let backoff = Backoff::new(Strategy::FullJitter {
        base: BASE,
        factor: 2.0,
        cap: CAP,
    })?;
    let limits = Limits::new(ATTEMPTS)?;
    let limits = match case {
        Case::Order(Order::RetryTimeoutBreaker | Order::BreakerRetryTimeout, _) => {
            limits.with_attempt_timeout(SHORT)?
        }
        Case::Order(Order::TimeoutRetryBreaker, _) => limits.with_deadline(LONG)?,
        Case::Order(
            Order::RetryBreakerTimeout | Order::BreakerTimeoutRetry | Order::TimeoutBreakerRetry,
            _,
        ) => limits,
        Case::Rejected(_) => limits.with_deadline(DEADLINE)?,
    };
    Ok(Policy::builder(backoff, limits).seed(seed).build())
}

/// The layers of this case above `addr`; `attempts` counts what is sent there.
pub fn stack(
    case: Case,
    addr: SocketAddr,
    attempts: Arc<AtomicU64>,
    breaker: Arc<Breaker<TokioClock>>,
    policy: Policy,
) -> Stack {
    let next = Next::new(addr, attempts);
    let breaker = BreakerLayer::new(breaker);
    let (order, rejected) = match case {
        Case::Order(order, _) => (order, Rejected::Stops),
        Case::Rejected(rejected) => (Order::RetryBreakerTimeout, rejected),
    };
    let safe: fn(&usize) -> Safety = |_| Safety::of_http("GET", false);
    let classify = move |error: &BreakerError<Failure>| rejected.class(error);
    let outside = RetryLayer::new(policy.clone(), classify, safe);
    let classify: fn(&Failure) -> Class = Failure::class;
    let inside = RetryLayer::new(policy, classify, safe);
    match order {
        Order::RetryBreakerTimeout => {
            told_by_retry(outside.layer(breaker.timeout(SHORT).layer(next)))
        }
        // The time-out is in the policy.
        Order::RetryTimeoutBreaker | Order::TimeoutRetryBreaker => {
            told_by_retry(outside.layer(breaker.layer(next)))
        }
        Order::BreakerRetryTimeout => told_by_breaker(breaker.layer(inside.layer(next))),
        Order::BreakerTimeoutRetry => {
            told_by_breaker(breaker.timeout(LONG).layer(inside.layer(next)))
        }
        Order::TimeoutBreakerRetry => {
            let inner = told_by_breaker(breaker.layer(inside.layer(next)));
            let timed = tower::service_fn(move |id| {
                let call = inner.clone().oneshot(id);
                async move {
                    let answer = tokio::time::timeout(LONG, call).await;
                    answer.unwrap_or(Err(Told::TimedOut))
                }
            });
            BoxCloneSyncService::new(timed)
        }
    }
}

impl Rejected {
    /// What an error of the breaker means for the retry outside it.
    // ANCHOR: rejected
    fn class(self, error: &BreakerError<Failure>) -> Class {
        match (error.retry(), self) {
            (MayRetry::Ask(failure), _) => failure.class(),
            (MayRetry::IfIdempotent, _) => Class::Ambiguous,
            (MayRetry::Never, _) | (MayRetry::After(_) | MayRetry::Later, Self::Stops) => {
                Class::Permanent
            }
            (MayRetry::After(asked), Self::Waits) => Class::Throttled {
                pushback: Some(Pushback::After(asked)),
            },
            (MayRetry::Later, Self::Waits)
            | (MayRetry::After(_) | MayRetry::Later, Self::Retried) => Class::Transient,
        }
    }
    // ANCHOR_END: rejected
}

/// The retry is outside: its cause is an error of the breaker.
fn told_by_retry<S>(stack: S) -> Stack
where
    S: Service<usize, Response = (), Error = GaveUp<BreakerError<Failure>>>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    BoxCloneSyncService::new(stack.map_err(|gave_up: GaveUp<_>| match gave_up.cause {
        Cause::Failed(BreakerError::Rejected(_)) => Told::Rejected,
        Cause::Failed(BreakerError::Inner(_)) => Told::Failed,
        Cause::Failed(BreakerError::TimedOut { .. }) | Cause::TimedOut { .. } | Cause::NotSent => {
            Told::TimedOut
        }
    }))
}

/// The breaker is outside: what it passes on is a retry that gave up.
fn told_by_breaker<S>(stack: S) -> Stack
where
    S: Service<usize, Response = (), Error = BreakerError<GaveUp<Failure>>>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    BoxCloneSyncService::new(stack.map_err(|error| match error {
        BreakerError::Rejected(_) => Told::Rejected,
        BreakerError::TimedOut { .. } => Told::TimedOut,
        BreakerError::Inner(gave_up) => match gave_up.cause {
            Cause::Failed(_) => Told::Failed,
            Cause::TimedOut { .. } | Cause::NotSent => Told::TimedOut,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use circuit_breaker::core::error::Rejection;

    #[test]
    fn a_refusal_of_the_breaker_has_three_answers_and_everything_else_one() {
        let open: BreakerError<Failure> = Rejection::Open { retry_after: ms(7) }.into();
        let pushback = Some(Pushback::After(ms(7)));
        let of = |error: &BreakerError<Failure>| Rejected::ALL.map(|own| own.class(error));
        assert_eq!(
            of(&open),
            [
                Class::Permanent,
                Class::Throttled { pushback },
                Class::Transient
            ]
        );
        let half: BreakerError<Failure> = Rejection::HalfOpen.into();
        assert_eq!(
            of(&half),
            [Class::Permanent, Class::Transient, Class::Transient]
        );
        let forced: BreakerError<Failure> = Rejection::ForcedOpen.into();
        assert_eq!(of(&forced), [Class::Permanent; 3]);
        assert_eq!(
            of(&BreakerError::TimedOut { after: SHORT }),
            [Class::Ambiguous; 3]
        );
        let silent = BreakerError::Inner(Failure::Status(503));
        assert_eq!(of(&silent), [Class::Ambiguous; 3]);
    }
}
