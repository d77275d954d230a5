//! One call through a breaker, as a future.
//!
//! Why not `async move`: an async block would have to be boxed to have a name, an allocation a call. The time-out's timer is made only when the
//! call does not answer at once, so a call that does never touches it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::task::unconstrained;
use tokio::time::{Sleep, sleep};

use crate::core::breaker::{Breaker, Permit};
use crate::core::clock::Clock;
use crate::core::error::{BreakerError, Rejection};
use crate::core::outcome::{Classify, Ending};

use super::in_flight::InFlight;

pin_project! {
    /// One call. Dropped before it has an answer, it is cancelled.
    #[derive(Debug)]
    pub struct BreakerFuture<F, C: Clock, K> {
        // The call; none if it was rejected, or has ended.
        #[pin]
        inner: Option<F>,
        // Its permit.
        in_flight: InFlight<C>,
        // Why it was not made.
        rejection: Option<Rejection>,
        classify: K,
        timeout: Option<Duration>,
        // Runs from the first time that the call did not answer at once.
        #[pin]
        timer: Option<Sleep>,
    }
}

impl<F, C: Clock, K> BreakerFuture<F, C, K> {
    /// A call that was admitted.
    pub(super) fn calling(
        call: F,
        permit: Permit<Arc<Breaker<C>>, C>,
        classify: K,
        timeout: Option<Duration>,
    ) -> Self {
        Self {
            inner: Some(call),
            in_flight: InFlight::new(permit),
            rejection: None,
            classify,
            timeout,
            timer: None,
        }
    }

    /// A call that was not.
    pub(super) fn rejected(rejection: Rejection, classify: K) -> Self {
        Self {
            inner: None,
            in_flight: InFlight::none(),
            rejection: Some(rejection),
            classify,
            timeout: None,
            timer: None,
        }
    }
}

impl<F, C, K, T, E> Future for BreakerFuture<F, C, K>
where
    F: Future<Output = Result<T, E>>,
    C: Clock,
    K: Classify<T, E>,
{
    type Output = Result<T, BreakerError<E>>;

    /// # Panics
    /// If it is polled after it has answered.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // ANCHOR: stage4_poll
        todo!("stage 4: poll")
        // ANCHOR_END: stage4_poll
    }
}
