//! Another answer, when the breaker has none: what was known before, a default, "try later" in a form that the page can show.
//!
//! Why a layer of its own: it stands outside the breaker, so that its answers are nobody's success, and the metrics still tell how many
//! callers were served by it. What must stay true: it never calls what the breaker protects.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::core::breaker::Breaker;
use crate::core::error::BreakerError;

/// Which errors the fallback answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A call that was not made.
    Rejected,
    /// A call that was not made or had no answer in time.
    NoAnswer,
    /// Any.
    AnyError,
}

/// Wraps services in [`Fallback`].
#[derive(Debug)]
pub struct FallbackLayer<C, F> {
    breaker: Arc<Breaker<C>>,
    on: On,
    answer: F,
}

/// A service whose errors are answered.
#[derive(Debug)]
pub struct Fallback<S, C, F> {
    inner: S,
    breaker: Arc<Breaker<C>>,
    on: On,
    answer: F,
}

pin_project! {
    /// One call.
    #[derive(Debug)]
    pub struct FallbackFuture<Fut, C, F> {
        #[pin]
        inner: Fut,
        breaker: Arc<Breaker<C>>,
        on: On,
        answer: F,
    }
}

impl On {
    /// Whether this error is one of them.
    #[must_use]
    pub fn covers<E>(self, error: &BreakerError<E>) -> bool {
        match error {
            BreakerError::Rejected(_) => true,
            BreakerError::TimedOut { .. } => self != Self::Rejected,
            BreakerError::Inner(_) => self == Self::AnyError,
        }
    }
}

impl<C, F> FallbackLayer<C, F> {
    /// `answer`, a `Fn(&BreakerError<E>) -> T`, answers for the errors `on` says; `breaker`, the one inside, counts them.
    #[must_use]
    pub fn new(breaker: Arc<Breaker<C>>, on: On, answer: F) -> Self {
        Self {
            breaker,
            on,
            answer,
        }
    }
}

impl<C, F: Clone> Clone for FallbackLayer<C, F> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.breaker), self.on, self.answer.clone())
    }
}

impl<S: Clone, C, F: Clone> Clone for Fallback<S, C, F> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            breaker: Arc::clone(&self.breaker),
            on: self.on,
            answer: self.answer.clone(),
        }
    }
}

impl<S, C, F: Clone> Layer<S> for FallbackLayer<C, F> {
    type Service = Fallback<S, C, F>;

    fn layer(&self, inner: S) -> Self::Service {
        Fallback {
            inner,
            breaker: Arc::clone(&self.breaker),
            on: self.on,
            answer: self.answer.clone(),
        }
    }
}

impl<S, C, F, E, Req> Service<Req> for Fallback<S, C, F>
where
    S: Service<Req, Error = BreakerError<E>>,
    C: crate::core::clock::Clock,
    F: Fn(&BreakerError<E>) -> S::Response + Clone,
{
    type Response = S::Response;
    type Error = BreakerError<E>;
    type Future = FallbackFuture<S::Future, C, F>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Req) -> Self::Future {
        FallbackFuture {
            inner: self.inner.call(request),
            breaker: Arc::clone(&self.breaker),
            on: self.on,
            answer: self.answer.clone(),
        }
    }
}

impl<Fut, C, F, T, E> Future for FallbackFuture<Fut, C, F>
where
    Fut: Future<Output = Result<T, BreakerError<E>>>,
    C: crate::core::clock::Clock,
    F: Fn(&BreakerError<E>) -> T,
{
    type Output = Result<T, BreakerError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // ANCHOR: stage4_fallback
        todo!("stage 4: fallback")
        // ANCHOR_END: stage4_fallback
    }
}
