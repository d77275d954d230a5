//! As much HTTP as a `GET` takes: one request a connection, and a client who hangs up when its time is over.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::core::tally::Outcome;

/// Tells the service how long its client will wait: a deadline that travels as what is left of it, because clocks differ.
pub const TIMEOUT_HEADER: &str = "x-timeout-ms";

/// Asks `addr` for `path`, and hangs up after `patience`.
pub async fn get(addr: SocketAddr, path: &str, patience: Duration) -> Outcome {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: service\r\nconnection: close\r\n{TIMEOUT_HEADER}: {}\r\n\r\n",
        patience.as_millis()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(addr).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.ok()?;
        Some(response.starts_with(b"HTTP/1.1 200 "))
    };
    match tokio::time::timeout(patience, exchange).await {
        Ok(Some(true)) => Outcome::InTime,
        Ok(Some(false) | None) => Outcome::Refused,
        Err(_) => Outcome::TooLate,
    }
}
