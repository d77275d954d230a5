//! The sold-out answer over HTTP, beside an axum handler that answers the same bytes without looking.
//!
//! Real connections over loopback, kept alive, one request in flight on each; the client writes bytes and counts bytes, so that
//! most of what is measured is the server. Both routers are served by one thread of their own, in turns.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use seckill::core::ids::Bucket;
use seckill::core::limiter::Limiter;
use seckill::shell::http::{App, router};
use seckill::shell::ledger::Ledger;
use seckill::shell::limiter::Admission;
use seckill::shell::orders::Publisher;
use seckill::shell::service::Seckill;
use seckill::shell::stock::Stock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::crowd::five_a_second;
use crate::measure::{Spread, rate, timed_async};
use crate::report::Report;
use crate::{Result, sale};

const ROUNDS: usize = 60;
const CONNECTIONS: u64 = 32;
/// Requests on each connection in a slice.
const EACH: u64 = 200;
const BUCKETS: u16 = 16;

const REQUEST: &[u8] = b"POST /orders HTTP/1.1\r\nhost: sale\r\ncontent-type: application/json\r\n\
    content-length: 16\r\n\r\n{\"buyer\":123456}";

/// What the constant handler does: nothing.
async fn constant() -> impl IntoResponse {
    let json = HeaderValue::from_static("application/json");
    (
        StatusCode::CONFLICT,
        [(header::CONTENT_TYPE, json)],
        r#"{"outcome":"sold_out"}"#,
    )
}

/// Connections to one router, and the size of its answer.
struct Client {
    connections: Vec<TcpStream>,
    answer: Vec<u8>,
}

impl Client {
    async fn connect(addr: SocketAddr) -> Result<Self> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let connection = TcpStream::connect(addr).await?;
            connection.set_nodelay(true)?;
            connections.push(connection);
        }
        let first = &mut connections[0];
        first.write_all(REQUEST).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(br#"{"outcome":"sold_out"}"#) {
            if first.read_buf(&mut answer).await? == 0 {
                return Err(format!("not sold out: {}", String::from_utf8_lossy(&answer)).into());
            }
        }
        Ok(Self {
            connections,
            answer,
        })
    }

    /// How many requests a second are answered.
    async fn slice(&mut self) -> Result<f64> {
        let size = self.answer.len();
        let talks = self.connections.iter_mut().map(|connection| async move {
            let mut answer = vec![0; size];
            for _ in 0..EACH {
                connection.write_all(REQUEST).await?;
                connection.read_exact(&mut answer).await?;
            }
            std::io::Result::Ok(answer)
        });
        let mut answers = Vec::new();
        let took =
            timed_async(async { answers = futures_util::future::join_all(talks).await }).await;
        for answer in answers {
            assert!(answer?.ends_with(br#"{"outcome":"sold_out"}"#));
        }
        Ok(rate(CONNECTIONS * EACH, took))
    }
}

/// Runs both and reports them. `stock` is not asked: every gate is closed.
///
/// # Errors
/// A server failed.
pub async fn run(stock: Stock, ledger: Ledger, report: &mut Report) -> Result<()> {
    let nowhere = Publisher::new(
        "127.0.0.1:1",
        "nowhere",
        stock.sale().id(),
        Duration::from_secs(1),
    )?;
    let own = Admission::PerInstance(Limiter::new(five_a_second()));
    let seckill = Arc::new(Seckill::new(stock, own, nowhere));
    for bucket in 0..BUCKETS {
        seckill.gates().of(Bucket(bucket)).sold_out(0);
    }
    let [ours, limit] = serve([
        router(App { seckill, ledger }),
        Router::new().route("/orders", post(constant)),
    ])?;
    let (mut ours, mut limit) = (Client::connect(ours).await?, Client::connect(limit).await?);
    assert_eq!(ours.answer.len(), limit.answer.len(), "the same answer");
    let (mut ours_rates, mut limit_rates, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS + 5 {
        let a = ours.slice().await?;
        let b = (limit.slice().await? + limit.slice().await?) / 2.0;
        let a = (a + ours.slice().await?) / 2.0;
        // The first ones warm up.
        if round >= 5 {
            ratios.push(a / b);
            ours_rates.push(a);
            limit_rates.push(b);
        }
    }
    report.promise(
        "sold_out_over_http_to_constant",
        "ratio",
        Spread::of(ratios),
        0.8,
    );
    report.add("sold_out_over_http", "a second", Spread::of(ours_rates));
    report.add("constant_over_http", "a second", Spread::of(limit_rates));
    Ok(())
}

/// Serves both on one thread until the process ends.
fn serve(routers: [Router; 2]) -> Result<[SocketAddr; 2]> {
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
    Ok([addrs[0], addrs[1]])
}

/// The sale that is sold out.
pub fn sold_out_sale() -> seckill::core::sale::Sale {
    sale(100, BUCKETS)
}
