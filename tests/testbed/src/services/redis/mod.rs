//! Redis: one shared server with a key prefix per handle, or servers of one's own.

mod own;
mod power;

pub use own::{AppendFsync, OwnRedis, OwnRedisRequest};
pub use power::PowerCut;

use std::net::SocketAddr;

use redis::FromRedisValue;

use crate::backend::{self, Place};
use crate::error::Error;
use crate::names;
use crate::server::{ServerSpec, Service};
use crate::services::awaitable;
use crate::services::sweep::{self, Target};

/// Asks for Redis; await it for the shared server, or make it [`RedisRequest::own`].
#[must_use = "await it"]
pub fn redis() -> RedisRequest {
    RedisRequest(())
}

/// A request for Redis.
#[derive(Debug)]
pub struct RedisRequest(());

awaitable!(RedisRequest => Redis, start);

impl RedisRequest {
    /// A server of this test's own, to kill, pause and restart.
    #[must_use = "await it"]
    pub fn own(self) -> OwnRedisRequest {
        OwnRedisRequest::new()
    }

    async fn start(self) -> Result<Redis, Error> {
        let (url, addr) = shared_url().await?;
        sweep::once(Target::Redis(url.clone()));
        let version = version(&url).await?;
        Ok(Redis {
            url,
            addr,
            prefix: format!("{}:", names::fresh()),
            version,
        })
    }
}

/// Where the shared server is; starts it if it does not run.
pub(crate) async fn shared_url() -> Result<(String, SocketAddr), Error> {
    match backend::place(Service::Redis)? {
        Place::Given(url) => {
            let addr = given_addr(&url).await?;
            let answers: Result<(), Error> = ask(&url, &["PING"]).await;
            answers.map_err(|error| given_error(&url, &error.to_string()))?;
            Ok((url, addr))
        }
        Place::Hosted(host) => {
            let addr = host.shared("redis", &shared_spec()).await?.addr();
            Ok((format!("redis://{addr}/"), addr))
        }
    }
}

/// The shared server keeps nothing: what tests leave there is nobody's.
pub(crate) fn shared_spec() -> ServerSpec {
    base_spec().set("save", "").set("appendonly", "no")
}

/// What every server of ours has: a replica is in sync at once and not after the five seconds in which Redis
/// waits for others that might want the same snapshot.
pub(crate) fn base_spec() -> ServerSpec {
    ServerSpec::new(Service::Redis).set("repl-diskless-sync-delay", "0")
}

/// The shared Redis, with a prefix for this handle's keys.
#[derive(Debug, Clone)]
pub struct Redis {
    url: String,
    addr: SocketAddr,
    prefix: String,
    version: String,
}

impl Redis {
    /// `redis://..`, for a client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, for a proxy.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What this handle's keys begin with: `lb_.._1:`. Others use the same server at the same time.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The server's version, `8.0.6`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// One command on a connection of its own.
pub(crate) async fn ask<T: FromRedisValue>(url: &str, words: &[&str]) -> Result<T, Error> {
    let client = redis::Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let (name, arguments) = words.split_first().unwrap_or((&"PING", &[]));
    Ok(redis::cmd(name)
        .arg(arguments)
        .query_async(&mut connection)
        .await?)
}

/// The value of `field:value` in an answer of INFO or CLUSTER INFO.
pub(crate) fn field<'a>(info: &'a str, field: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
}

async fn version(url: &str) -> Result<String, Error> {
    let info: String = ask(url, &["INFO", "server"]).await?;
    Ok(field(&info, "redis_version")
        .unwrap_or("unknown")
        .to_owned())
}

async fn given_addr(url: &str) -> Result<SocketAddr, Error> {
    let client = redis::Client::open(url).map_err(|error| given_error(url, &error.to_string()))?;
    let redis::ConnectionAddr::Tcp(host, port) = client.get_connection_info().addr() else {
        return Err(given_error(url, "only redis:// addresses are supported"));
    };
    let mut found = tokio::net::lookup_host(format!("{host}:{port}"))
        .await
        .map_err(|error| given_error(url, &error.to_string()))?;
    found
        .next()
        .ok_or_else(|| given_error(url, "the host has no address"))
}

fn given_error(url: &str, reason: &str) -> Error {
    Error::Given {
        variable: backend::variable(Service::Redis),
        value: url.to_owned(),
        reason: reason.to_owned(),
    }
}
