//! The sold-out answer over HTTP, beside an axum handler that answers the same bytes without looking.
//!
//! Real connections over loopback, kept alive, one request in flight on each; the client writes bytes and counts bytes, so that
//! most of what is measured is the server. All routers are served by one thread of their own, in turns.

use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use measure::{Run, Spread, Target, Turns, rate, timed_async};
use redis::aio::ConnectionManager;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Error, contenders};

const ROUNDS: usize = 60;
const WARM_UP: usize = 5;
const CONNECTIONS: u64 = 32;
/// Requests on each connection in a slice.
const EACH: u64 = 200;
/// Of the learner's stages, the last one that this answer needs.
const STAGE: u32 = 3;

const REQUEST: &[u8] = b"POST /orders HTTP/1.1\r\nhost: sale\r\ncontent-type: application/json\r\n\
    content-length: 16\r\n\r\n{\"buyer\":123456}";
const ANSWER: &[u8] = br#"{"outcome":"sold_out"}"#;

/// What the constant handler does: nothing.
async fn constant() -> impl IntoResponse {
    let json = HeaderValue::from_static("application/json");
    (StatusCode::CONFLICT, [(header::CONTENT_TYPE, json)], ANSWER)
}

/// Connections to one router, and the size of its answer.
struct Client {
    connections: Vec<TcpStream>,
    size: usize,
}

impl Client {
    async fn connect(addr: SocketAddr) -> Result<Self, Error> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let connection = TcpStream::connect(addr).await?;
            connection.set_nodelay(true)?;
            connections.push(connection);
        }
        let first = &mut connections[0];
        first.write_all(REQUEST).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(ANSWER) {
            if first.read_buf(&mut answer).await? == 0 {
                return Err(format!("not sold out: {}", String::from_utf8_lossy(&answer)).into());
            }
        }
        Ok(Self {
            connections,
            size: answer.len(),
        })
    }

    /// How many requests a second are answered.
    async fn slice(&mut self) -> Result<f64, Error> {
        let size = self.size;
        let talks = self.connections.iter_mut().map(|connection| async move {
            let mut answer = vec![0; size];
            for _ in 0..EACH {
                connection.write_all(REQUEST).await?;
                connection.read_exact(&mut answer).await?;
            }
            std::io::Result::Ok(answer)
        });
        let (took, answers) = timed_async(futures_util::future::join_all(talks)).await;
        for answer in answers {
            assert!(answer?.ends_with(ANSWER));
        }
        Ok(rate(CONNECTIONS * EACH, took))
    }
}

/// Serves the reference, the constant, and yours, and reports them. Redis is not asked: every gate is closed.
pub async fn compare(conn: &ConnectionManager, ledger: &str, run: &mut Run) -> Result<(), Error> {
    run.part("sold out, over HTTP");
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut routers = vec![
        (
            "sold_out_over_http",
            contenders::reference::sold_out(conn, ledger).await?,
        ),
        (
            "constant_over_http",
            Router::new().route("/orders", post(constant)),
        ),
    ];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        routers.push((
            "yours_sold_out_over_http",
            contenders::yours::sold_out(conn, ledger).await?,
        ));
    }
    let (names, routers): (Vec<_>, Vec<_>) = routers.into_iter().unzip();
    let mut clients = Vec::new();
    for addr in serve(routers)? {
        clients.push(Client::connect(addr).await?);
    }
    for client in &clients {
        assert_eq!(client.size, clients[0].size, "the same answer");
    }
    let mut turns = Turns::new(clients.len(), run.times(WARM_UP), run.times(ROUNDS));
    while let Some(who) = turns.next() {
        turns.record(clients[who].slice().await?);
    }
    for (who, name) in names.iter().enumerate().filter(|(who, _)| *who != 1) {
        let ratio = Spread::of(turns.ratios(who, 1));
        let target = Target::at_least(0.8);
        run.promise(format!("{name}_to_constant"), "ratio", ratio, target);
    }
    for (who, name) in names.into_iter().enumerate() {
        run.add(name, "a second", Spread::of(turns.rates(who)));
    }
    Ok(())
}

/// Serves all of them on one thread until the process ends.
fn serve(routers: Vec<Router>) -> Result<Vec<SocketAddr>, Error> {
    let mut addrs = Vec::new();
    let mut listeners = Vec::new();
    for _ in &routers {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        addrs.push(listener.local_addr()?);
        listeners.push(listener);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let servers = listeners
                .into_iter()
                .zip(routers)
                .map(|(listener, router)| async {
                    use axum::serve::ListenerExt;
                    let listener = tokio::net::TcpListener::from_std(listener)?;
                    let listener = listener.tap_io(|connection| {
                        let _best_effort = connection.set_nodelay(true);
                    });
                    axum::serve(listener, router).await
                });
            futures_util::future::join_all(servers).await
        })
    });
    Ok(addrs)
}
