//! When a server is ready: when it answers by its own protocol.
//!
//! Not when its port accepts (Docker's proxy accepts with nothing behind it) and not when its log says so
//! (MySQL's image prints "ready for connections" for a temporary server without a network, and some log to a
//! file). A wait has a deadline, and ends early when the process does.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use sqlx::Connection;

use crate::server::Service;

/// How long a server may take from its start to its first answer: `LAB_START_DEADLINE` in seconds, else a minute.
/// The slowest measured start is MySQL 9 on a cold, busy machine with two cores: 12 s.
pub(crate) fn start_deadline() -> Duration {
    std::env::var("LAB_START_DEADLINE")
        .ok()
        .and_then(|seconds| seconds.parse().ok())
        .map_or(Duration::from_secs(60), Duration::from_secs)
}

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(2);

/// What ended a wait without an answer.
#[derive(Debug)]
pub(crate) enum Unready {
    /// `alive` said that the server is gone.
    Gone,
    /// The deadline passed; the reason of the last attempt.
    Late { waited: Duration, last: String },
}

/// Asks until the server answers; `alive` is asked between two attempts.
pub(crate) async fn wait<F: Future<Output = bool> + Send>(
    service: Service,
    addr: SocketAddr,
    deadline: Duration,
    alive: impl Fn() -> F + Send,
) -> Result<(), Unready> {
    let begun = Instant::now();
    loop {
        let last = match ping(service, addr).await {
            Ok(()) => return Ok(()),
            Err(reason) => reason,
        };
        if !alive().await {
            return Err(Unready::Gone);
        }
        let waited = begun.elapsed();
        if waited > deadline {
            return Err(Unready::Late { waited, last });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// One question by the service's own protocol.
pub(crate) async fn ping(service: Service, addr: SocketAddr) -> Result<(), String> {
    let connected = tokio::time::timeout(ATTEMPT, tokio::net::TcpStream::connect(addr)).await;
    match connected {
        Ok(Ok(_)) => {}
        Ok(Err(refused)) => return Err(refused.to_string()),
        Err(_) => return Err("no connection".to_owned()),
    }
    match service {
        Service::Redis => within(ping_redis(addr)).await,
        Service::Mysql => within(ping_mysql(addr)).await,
        Service::Kafka => ping_kafka(addr).await,
    }
}

async fn within(attempt: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    tokio::time::timeout(ATTEMPT, attempt)
        .await
        .unwrap_or_else(|_| Err("no answer".to_owned()))
}

async fn ping_redis(addr: SocketAddr) -> Result<(), String> {
    let ask = async {
        let client = redis::Client::open(format!("redis://{addr}/"))?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<()>(&mut connection).await
    };
    ask.await.map_err(|e: redis::RedisError| e.to_string())
}

async fn ping_mysql(addr: SocketAddr) -> Result<(), String> {
    let ask = async {
        let mut connection =
            sqlx::MySqlConnection::connect(&format!("mysql://root@{addr}")).await?;
        sqlx::query("SELECT 1").execute(&mut connection).await?;
        connection.close().await
    };
    ask.await.map_err(|e: sqlx::Error| e.to_string())
}

/// The broker answers a metadata request with itself in it: it is registered, and not fenced any more.
async fn ping_kafka(addr: SocketAddr) -> Result<(), String> {
    let ask = move || {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", addr.to_string())
            .create()
            .map_err(|e| e.to_string())?;
        let metadata = consumer
            .fetch_metadata(None, ATTEMPT)
            .map_err(|e| e.to_string())?;
        match metadata.brokers().is_empty() {
            true => Err("no broker in the metadata yet".to_owned()),
            false => Ok(()),
        }
    };
    tokio::task::spawn_blocking(ask)
        .await
        .unwrap_or_else(|panicked| Err(panicked.to_string()))
}
