//! The loop as a tower layer: every call of the service below is retried.
//!
//! Why not tower's own `retry`: its policy is asked "again?" and has no place for a deadline over all attempts, a time-out that is
//! ambiguous, or a hedge. Where it goes: outside a breaker (a rejected call is worth a wait, and the breaker sees each attempt), inside
//! whatever must happen once a call. The future is boxed: one allocation a call, which [`retry`] does not need.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower::{Layer, Service, ServiceExt};

use crate::core::class::{Classify, Safety};
use crate::core::error::{Cause, GaveUp, Stop};

use super::policy::Policy;
use super::retry::retry;

/// Wraps a service in [`Retry`].
#[derive(Clone, Debug)]
pub struct RetryLayer<C, S> {
    policy: Policy,
    classify: C,
    safety: S,
}

/// A service whose calls are retried.
#[derive(Clone, Debug)]
pub struct Retry<Svc, C, S> {
    inner: Svc,
    policy: Policy,
    classify: C,
    safety: S,
}

/// A call that is being retried.
pub type RetryFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, GaveUp<E>>> + Send>>;

impl<C, S> RetryLayer<C, S> {
    /// Retries by `policy`; `classify` says what an error means, `safety` whether a request may happen twice.
    pub fn new(policy: Policy, classify: C, safety: S) -> Self {
        Self {
            policy,
            classify,
            safety,
        }
    }
}

impl<Svc, C: Clone, S: Clone> Layer<Svc> for RetryLayer<C, S> {
    type Service = Retry<Svc, C, S>;

    fn layer(&self, inner: Svc) -> Self::Service {
        Retry {
            inner,
            policy: self.policy.clone(),
            classify: self.classify.clone(),
            safety: self.safety.clone(),
        }
    }
}

impl<Svc, Req, C, S> Service<Req> for Retry<Svc, C, S>
where
    Svc: Service<Req> + Clone + Send + 'static,
    Svc::Response: Send,
    Svc::Error: Send,
    Svc::Future: Send,
    Req: Clone + Send + 'static,
    C: Classify<Svc::Error> + Clone + Send + Sync + 'static,
    S: Fn(&Req) -> Safety,
{
    type Response = Svc::Response;
    type Error = GaveUp<Svc::Error>;
    type Future = RetryFuture<Svc::Response, Svc::Error>;

    /// Ready when the service below is. If that has failed for good there is no call to retry: nothing was sent, nobody waited.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(|error| GaveUp {
            cause: Cause::Failed(error),
            attempts: 0,
            elapsed: None,
            waited: std::time::Duration::ZERO,
            may_have_happened: false,
            stop: Stop::Permanent,
        })
    }

    fn call(&mut self, request: Req) -> Self::Future {
        // ANCHOR: stage3_call
        todo!("stage 3: call")
        // ANCHOR_END: stage3_call
    }
}
