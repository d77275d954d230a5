//! What the breaker guards: one HTTP request for a price, a connection each, as a tower service.
//!
//! What reads an answer panics when it has no price: a bug that only a downstream with another idea of the format brings to light.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use circuit_breaker::core::error::{BreakerError, Rejection};
use circuit_breaker::core::outcome::{Classify, Outcome};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::Service;

use crate::recorder::Recorder;

/// What the reader of an answer panics with.
pub const NO_PRICE: &str = "an answer has a price";

/// The price of something: a call, by its number.
#[derive(Clone, Copy, Debug)]
pub struct Ask(pub u64);

/// What a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// By the downstream.
    Price(u64),
    /// By the fallback, and why.
    Fallback(Why),
}

/// Why a fallback answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The call was not made.
    Rejected(Rejection),
    /// It had no answer in time.
    TimedOut,
    /// It has an error: not what this fallback is for.
    Failed,
}

/// No price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    /// There is no such thing.
    #[error("there is no such thing")]
    NotFound,
    /// The downstream failed.
    #[error("the downstream says {0}")]
    Status(u16),
    /// No connection, or one that died.
    #[error("no connection")]
    NoConnection,
}

/// A thing that is not there says nothing of the downstream's health.
#[derive(Clone, Copy, Debug)]
pub struct Classes;

impl Classify<Told, NoPrice> for Classes {
    fn classify(&self, answer: Result<&Told, &NoPrice>) -> Outcome {
        match answer {
            Ok(_) => Outcome::Success,
            Err(NoPrice::NotFound) => Outcome::Ignored,
            Err(NoPrice::Status(_) | NoPrice::NoConnection) => Outcome::Failure,
        }
    }
}

/// The fallback: no price, and why.
pub fn fallback(error: &BreakerError<NoPrice>) -> Told {
    Told::Fallback(match error {
        BreakerError::Rejected(rejection) => Why::Rejected(*rejection),
        BreakerError::TimedOut { .. } => Why::TimedOut,
        BreakerError::Inner(_) => Why::Failed,
    })
}

/// The downstream, as its callers see it.
#[derive(Clone)]
pub struct Prices {
    /// The proxy.
    pub addr: SocketAddr,
    /// Who hears that a call is made: after the breaker has let it through.
    pub recorder: Arc<Recorder>,
}

impl Service<Ask> for Prices {
    type Response = Told;
    type Error = NoPrice;
    type Future = Pin<Box<dyn Future<Output = Result<Told, NoPrice>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NoPrice>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, Ask(call): Ask) -> Self::Future {
        self.recorder.made(call);
        Box::pin(get(self.addr, call))
    }
}

async fn get(addr: SocketAddr, call: u64) -> Result<Told, NoPrice> {
    let request =
        format!("GET /price/{call} HTTP/1.1\r\nhost: prices\r\nconnection: close\r\n\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(addr).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;
        Ok::<_, std::io::Error>(response)
    };
    let response = exchange.await.map_err(|_| NoPrice::NoConnection)?;
    let status = response.get(9..12).and_then(|code| code.parse().ok());
    match (status, response.split_once("\r\n\r\n")) {
        // A whole answer, or none: a connection may die in the middle of one.
        (Some(200), Some((_, body))) if body.ends_with('}') => Ok(Told::Price(price(body))),
        (Some(404), Some(_)) => Err(NoPrice::NotFound),
        (Some(status), Some(_)) if status != 200 => Err(NoPrice::Status(status)),
        _ => Err(NoPrice::NoConnection),
    }
}

fn price(body: &str) -> u64 {
    let answer: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    answer["price"].as_u64().expect(NO_PRICE)
}
