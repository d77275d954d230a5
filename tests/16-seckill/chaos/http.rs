//! As much HTTP as it takes to buy: one request a connection, and a client who may vanish in the middle of it.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
pub enum Reply {
    /// An answer, as the sale's JSON.
    Answer(Value),
    /// Nobody listened: nothing was asked.
    NoDoor,
    /// It was asked, and no answer came: time ran out, or the connection died.
    Silence,
}

/// `POST /orders` at `door`, and away after `patience`: the connection is closed, as by a buyer who closes the page.
pub async fn buy(door: SocketAddr, buyer: u64, patience: Duration) -> Reply {
    let Ok(mut stream) = TcpStream::connect(door).await else {
        return Reply::NoDoor;
    };
    let body = format!(r#"{{"buyer":{buyer}}}"#);
    let request = format!(
        "POST /orders HTTP/1.1\r\nhost: sale\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = async {
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await.ok()?;
        let (_, body) = response.split_once("\r\n\r\n")?;
        serde_json::from_str(body).ok()
    };
    match tokio::time::timeout(patience, exchange).await {
        Ok(Some(answer)) => Reply::Answer(answer),
        Ok(None) | Err(_) => Reply::Silence,
    }
}

/// Whether anybody serves there.
pub async fn is_open(door: SocketAddr) -> bool {
    TcpStream::connect(door).await.is_ok()
}
