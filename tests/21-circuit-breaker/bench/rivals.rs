//! The crates that ours are measured against, with the same settings as far as they have them.

use std::hint::black_box;
use std::task::{Context, Poll};
use std::time::Duration;

use failsafe::CircuitBreaker as _;
use failsafe::backoff::Constant;
use failsafe::failure_policy::ConsecutiveFailures;
use tower::{Layer as _, Service};
use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer};

use crate::calls::{Answer, Calling, LONG, WINDOW};
use crate::serving::{Inner, Refused, Serving, serve};

/// recloser: a ring of as many calls, half of which open it.
pub struct Recloser(recloser::Recloser);

impl Recloser {
    /// A closed circuit.
    pub fn closed() -> Self {
        let breaker = recloser::Recloser::custom()
            .error_rate(0.5)
            .closed_len(WINDOW as usize)
            .open_wait(LONG)
            .build();
        Self(breaker)
    }
}

impl<A: Answer> Calling<A> for Recloser {
    fn calls(&self, count: u64) {
        for number in 0..count {
            let answer = self.0.call(|| A::answer(black_box(number)));
            let _answer = black_box(answer);
        }
    }
}

/// failsafe: five failures in a row, the cheapest policy that it has.
pub struct Failsafe(failsafe::StateMachine<ConsecutiveFailures<Constant>, ()>);

impl Failsafe {
    /// A closed circuit.
    pub fn closed() -> Self {
        let policy =
            failsafe::failure_policy::consecutive_failures(5, failsafe::backoff::constant(LONG));
        Self(failsafe::Config::new().failure_policy(policy).build())
    }
}

impl<A: Answer> Calling<A> for Failsafe {
    fn calls(&self, count: u64) {
        for number in 0..count {
            let answer = self.0.call(|| A::answer(black_box(number)));
            let _answer = black_box(answer);
        }
    }
}

/// tower-resilience-circuitbreaker: a layer with slow calls and sums since it closed, which it calls a count-based window. Its window over time
/// keeps every call and counts them all at each, so in a loop of millions it has no figure.
pub fn tower_resilience<I: Inner>(inner: I) -> Box<dyn Serving> {
    let layer = CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(WINDOW as usize)
        .minimum_number_of_calls(20)
        .slow_call_duration_threshold(Duration::from_secs(1))
        .slow_call_rate_threshold(0.5)
        .wait_duration_in_open(LONG)
        .permitted_calls_in_half_open(1)
        .build()
        .expect("in range");
    Box::new(Layered(layer.layer(inner)))
}

struct Layered<S>(S);

impl<S> Serving for Layered<S>
where
    S: Service<u64, Response = u64, Error = CircuitBreakerError<Refused>>,
{
    fn serve(&mut self, count: u64) {
        serve(&mut self.0, count);
    }
}

/// The service without any breaker.
pub struct Bare<I>(pub I);

impl<I: Inner> Serving for Bare<I> {
    fn serve(&mut self, count: u64) {
        serve(&mut self.0, count);
    }
}

/// Whether a poll is over: for those who only ask for readiness.
pub fn is_ready<E>(service: &mut impl Service<u64, Error = E>, cx: &mut Context<'_>) -> bool {
    matches!(service.poll_ready(cx), Poll::Ready(Ok(())))
}
