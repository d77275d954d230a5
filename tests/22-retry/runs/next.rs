//! The service that is called, as a tower service: one attempt a call, without a time-out and without a retry. Those are layers.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use retry::core::class::{Class, of_http};
use tower::Service;

use crate::http;

/// The next service, one attempt a call.
#[derive(Clone, Debug)]
pub struct Next {
    addr: SocketAddr,
    attempts: Arc<AtomicU64>,
}

impl Next {
    /// Calls `addr`, and counts its attempts in `attempts`.
    pub fn new(addr: SocketAddr, attempts: Arc<AtomicU64>) -> Self {
        Self { addr, attempts }
    }
}

/// An attempt without an answer that is one.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("answered with {0}")]
    Status(u16),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Failure {
    /// What it means for a retry.
    pub fn class(&self) -> Class {
        match self {
            Self::Status(status) => of_http(*status, None),
            Self::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => Class::Transient,
            Self::Io(_) => Class::Ambiguous,
        }
    }
}

impl Service<usize> for Next {
    type Response = ();
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, id: usize) -> Self::Future {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let addr = self.addr;
        Box::pin(async move {
            match http::get(addr, &format!("/call/{id}")).await?.status {
                200 => Ok(()),
                status => Err(Failure::Status(status)),
            }
        })
    }
}
