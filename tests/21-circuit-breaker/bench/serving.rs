//! A service that does nothing, and calls to it by hand: asked whether it is ready, called, polled.
//!
//! Why no runtime drives the calls: its own work for a task would be measured with each of them, and its budget makes a task that never waits
//! yield now and then, which whoever uses tokio's locks would pay for here and nobody else.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tower::Service;

use crate::rivals::is_ready;

/// An error that the service does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// Whoever serves calls, and is measured.
pub trait Serving {
    /// Serves so many, one after another.
    fn serve(&mut self, count: u64);
}

/// What can stand below a layer.
pub trait Inner:
    Service<u64, Response = u64, Error = Refused, Future: Send + 'static> + Clone + Send + 'static
{
}

impl<S> Inner for S where
    S: Service<u64, Response = u64, Error = Refused, Future: Send + 'static>
        + Clone
        + Send
        + 'static
{
}

/// A service that answers at its n-th poll: 1 is at once.
#[derive(Clone, Copy)]
pub struct Echo {
    /// The n.
    pub polls: u32,
}

/// Its answer.
pub struct Echoing {
    left: u32,
    number: u64,
}

impl Service<u64> for Echo {
    type Response = u64;
    type Error = Refused;
    type Future = Echoing;

    #[inline]
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, number: u64) -> Echoing {
        Echoing {
            left: self.polls,
            number,
        }
    }
}

impl Future for Echoing {
    type Output = Result<u64, Refused>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.left -= 1;
        if self.left == 0 {
            Poll::Ready(Ok(self.number))
        } else {
            Poll::Pending
        }
    }
}

/// Serves so many calls.
///
/// # Panics
/// If the service is not ready.
pub fn serve(service: &mut impl Service<u64>, count: u64) {
    let mut cx = Context::from_waker(Waker::noop());
    for number in 0..count {
        assert!(is_ready(service, &mut cx), "it is always ready");
        let mut call = pin!(service.call(std::hint::black_box(number)));
        loop {
            if let Poll::Ready(answer) = call.as_mut().poll(&mut cx) {
                let _answer = std::hint::black_box(answer);
                break;
            }
        }
    }
}
