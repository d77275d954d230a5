//! Accepting, with bounds: so many connections, so long for a request's head, so long for a reader that takes nothing.
//!
//! `axum::serve` has none of these. A page keeps one connection for news and one for a run; a client that begins a request and never ends it,
//! or never reads its answer, would hold a descriptor for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};

/// A request's head: what a browser sends is 1 KiB.
const HEAD: usize = 16 * 1024;

/// How long, and how many.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Connections at once. A browser opens six.
    pub connections: usize,
    /// From the connection's, or the last answer's, end to the end of a request's head.
    pub head: Duration,
    /// For a request's body.
    pub body: Duration,
    /// For a client to take something of what it is sent.
    pub write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connections: 128,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            write: Duration::from_secs(30),
        }
    }
}

/// Serves until `stop` is done; then connections end where they are.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(patience.connections));
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            // Whoever finds no place waits in the kernel's backlog.
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => return,
            Some(_) = connections.join_next() => continue,
            next = next => match next {
                Some(next) => next,
                None => return,
            },
        };
        let Ok((stream, _)) = accepted else {
            // No descriptor is free: one will be.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let app = app.clone();
        connections.spawn(async move {
            let _place = place;
            // What is wrong with a connection is the client's affair.
            let _ = answer(stream, app, patience).await;
        });
    }
}

async fn answer(stream: TcpStream, app: Router, patience: Patience) -> Result<(), hyper::Error> {
    let _ = stream.set_nodelay(true);
    let stream = Impatient {
        stream,
        stalled: None,
        patience: patience.write,
    };
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
        .await
}

/// A stream whose writes must get on.
struct Impatient {
    stream: TcpStream,
    stalled: Option<Pin<Box<Sleep>>>,
    patience: Duration,
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
