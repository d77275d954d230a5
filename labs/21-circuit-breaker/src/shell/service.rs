//! A service whose calls go through a breaker.
//!
//! Why admission is in `call` and not in `poll_ready`: a service may be made ready and never called, and a permit taken there would be held by
//! nobody's call. The service below is asked to be ready all the same; if that fails for good, the error is passed on and not counted,
//! because no call was made.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tower::Service;

use crate::core::breaker::Breaker;
use crate::core::clock::Clock;
use crate::core::error::BreakerError;
use crate::core::outcome::Classify;

use super::future::BreakerFuture;

/// A service behind a breaker.
#[derive(Debug)]
pub struct BreakerService<S, C, K> {
    inner: S,
    breaker: Arc<Breaker<C>>,
    classify: K,
    timeout: Option<Duration>,
}

impl<S, C, K> BreakerService<S, C, K> {
    pub(super) fn new(
        inner: S,
        breaker: Arc<Breaker<C>>,
        classify: K,
        timeout: Option<Duration>,
    ) -> Self {
        Self {
            inner,
            breaker,
            classify,
            timeout,
        }
    }
}

impl<S: Clone, C, K: Clone> Clone for BreakerService<S, C, K> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            breaker: Arc::clone(&self.breaker),
            classify: self.classify.clone(),
            timeout: self.timeout,
        }
    }
}

impl<S, C, K, Req> Service<Req> for BreakerService<S, C, K>
where
    S: Service<Req>,
    C: Clock,
    K: Classify<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = BreakerError<S::Error>;
    type Future = BreakerFuture<S::Future, C, K>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(BreakerError::Inner)
    }

    /// Asks for a permit, and calls if there is one.
    fn call(&mut self, request: Req) -> Self::Future {
        // ANCHOR: stage4_call
        todo!("stage 4: call")
        // ANCHOR_END: stage4_call
    }
}
