//! As much HTTP as a `GET` takes, a connection for each; and a service behind a port of loopback.
//!
//! Why not a client with a pool: whoever drops this future hangs up, and the service hears of it. That is what a time-out does to a call, and a
//! pool would only be one more thing that may be slow. There is no time-out in here: that is the business of whoever is being shown.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, as it came.
    pub body: String,
}

/// Asks `addr` for `path`.
///
/// # Errors
/// There was no connection, or it ended before the answer.
pub async fn get(addr: SocketAddr, path: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(addr).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    read(&response).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn read(response: &[u8]) -> Option<Answer> {
    let (head, body) = std::str::from_utf8(response).ok()?.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some(Answer {
        status,
        body: body.to_owned(),
    })
}

/// A free port of loopback.
///
/// # Errors
/// There is none.
pub async fn port() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Serves for ever.
///
/// # Errors
/// The port is gone.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    axum::serve(listener, router).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_half_of_one_is_none() {
        let whole = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno";
        let answer = read(whole).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (503, "no"));
        for cut in [0, 5, 12, 40] {
            assert_eq!(read(&whole[..cut]), None, "{cut}");
        }
    }
}
