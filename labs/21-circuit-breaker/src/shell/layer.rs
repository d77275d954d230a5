//! The breaker as a tower layer.

use std::sync::Arc;
use std::time::Duration;

use tower::Layer;

use crate::core::breaker::Breaker;
use crate::core::outcome::EveryError;

use super::service::BreakerService;

/// Wraps services in [`BreakerService`]; all of them share one breaker.
#[derive(Debug)]
pub struct BreakerLayer<C, K = EveryError> {
    breaker: Arc<Breaker<C>>,
    classify: K,
    timeout: Option<Duration>,
}

impl<C> BreakerLayer<C> {
    /// Every error is a failure, and there is no time-out.
    #[must_use]
    pub fn new(breaker: Arc<Breaker<C>>) -> Self {
        Self {
            breaker,
            classify: EveryError,
            timeout: None,
        }
    }
}

impl<C, K> BreakerLayer<C, K> {
    /// `classify` says what an answer means: a [`crate::core::outcome::Classify`].
    #[must_use]
    pub fn classify<L>(self, classify: L) -> BreakerLayer<C, L> {
        BreakerLayer {
            breaker: self.breaker,
            classify,
            timeout: self.timeout,
        }
    }

    /// A call that has not answered `timeout` after it was first polled is dropped, and a failure. It needs tokio's timer.
    ///
    /// Shorter than the lease of a probe: or the lease ends first, and the circuit opens while the probe still waits.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl<C, K: Clone> Clone for BreakerLayer<C, K> {
    fn clone(&self) -> Self {
        Self {
            breaker: Arc::clone(&self.breaker),
            classify: self.classify.clone(),
            timeout: self.timeout,
        }
    }
}

impl<S, C, K: Clone> Layer<S> for BreakerLayer<C, K> {
    type Service = BreakerService<S, C, K>;

    fn layer(&self, inner: S) -> Self::Service {
        BreakerService::new(
            inner,
            Arc::clone(&self.breaker),
            self.classify.clone(),
            self.timeout,
        )
    }
}
