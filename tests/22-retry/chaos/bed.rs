//! The servers of one run, the ways to them, and the policies by which they are called.
//!
//! Both servers are the run's own, since faults kill them. Redis syncs each write to its file before it answers: what it has
//! acknowledged outlives a kill, so an effect that is missing in the end was never there.
//!
//! Servers are started and stopped on another thread: that takes a process, which on a busy machine takes seconds, and the
//! callers' thread would stand still for as long.

use std::sync::Arc;
use std::time::Duration;

use retry::core::backoff::{Backoff, Strategy};
use retry::core::budget::Income;
use retry::core::error::ConfigError;
use retry::core::hedge::{Hedge, When};
use retry::core::limits::Limits;
use retry::shell::budget::Budget;
use retry::shell::policy::Policy;
use testbed::{AppendFsync, Direction, OwnMysql, OwnRedis, Proxy};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::calls::{Plan, Server};
use crate::facts::{ServerTerms, Terms, Waits};
use crate::run::Result;
use crate::stores::Stores;

/// A call is over after this.
const DEADLINE: Duration = Duration::from_millis(900);
/// An attempt is over after this.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(300);
/// A healthy attempt takes a tenth of it.
const HEDGE_AFTER: Duration = Duration::from_millis(100);
const ATTEMPTS: u32 = 5;

/// What callers are promised.
#[must_use]
pub fn terms() -> Terms {
    Terms {
        deadline_us: DEADLINE.as_micros() as u64,
        attempt_timeout_us: ATTEMPT_TIMEOUT.as_micros() as u64,
        attempts: ATTEMPTS,
        // A small budget: an outage has it spent in a moment.
        redis: ServerTerms {
            waits: Waits::Full { base_us: 100_000 },
            cap_us: 200_000,
            ratio: 0.1,
            per_second: 5,
            capacity: 15,
        },
        // One that pays for many: calls meet their deadline, or run out of attempts.
        mysql: ServerTerms {
            waits: Waits::Decorrelated { base_us: 50_000 },
            cap_us: 250_000,
            ratio: 1.0,
            per_second: 20,
            capacity: 100,
        },
    }
}

/// The policy of those terms; its budget is filled from now on.
///
/// # Errors
/// A number makes no sense.
pub fn policy(terms: &ServerTerms) -> std::result::Result<Policy, ConfigError> {
    let cap = Duration::from_micros(terms.cap_us);
    let strategy = match terms.waits {
        Waits::Full { base_us } => Strategy::FullJitter {
            base: Duration::from_micros(base_us),
            factor: 2.0,
            cap,
        },
        Waits::Decorrelated { base_us } => Strategy::Decorrelated {
            base: Duration::from_micros(base_us),
            cap,
        },
    };
    let limits = Limits::new(ATTEMPTS)?
        .with_deadline(DEADLINE)?
        .with_attempt_timeout(ATTEMPT_TIMEOUT)?;
    let income = Income::new(terms.ratio, terms.per_second, terms.capacity)?;
    Ok(Policy::builder(Backoff::new(strategy)?, limits)
        .budget(Budget::new(income))
        .hedge(Hedge::new(When::After(HEDGE_AFTER))?)
        .build())
}

/// Everything that runs.
pub struct Bed {
    redis: Arc<Mutex<OwnRedis>>,
    mysql: Arc<Mutex<OwnMysql>>,
    /// Where those two are handled.
    elsewhere: Handle,
    /// What is used, in a line.
    pub services: String,
    /// From the callers to each, in the order of [`Server::ALL`].
    ways: [Proxy; 2],
    /// The servers as callers reach them.
    pub stores: Stores,
    /// Bytes that each says to a connection before the first answer.
    greetings: [u64; 2],
}

impl Bed {
    /// Starts it, and makes what `calls` need.
    ///
    /// # Errors
    /// A server is missing.
    pub async fn start(seed: u64, calls: &[Plan], elsewhere: Handle) -> Result<Self> {
        let redis = testbed::redis().own().appendfsync(AppendFsync::Always);
        let (redis, mysql) = tokio::join!(
            elsewhere.spawn(redis.into_future()),
            elsewhere.spawn(testbed::mysql().own().into_future())
        );
        let (redis, mysql) = (redis??, mysql??);
        let place = testbed::backend()?;
        let services = format!("Redis and MySQL {} of its own: {place}", mysql.version());
        let ways = [
            testbed::proxy(redis.addr(), seed).await?,
            testbed::proxy(mysql.addr(), seed ^ 1).await?,
        ];
        let through = |url: &str, from: std::net::SocketAddr, way: &Proxy| {
            url.replace(&from.to_string(), &way.addr().to_string())
        };
        let stores = Stores::at(
            &through(redis.url(), redis.addr(), &ways[0]),
            &through(mysql.url(), mysql.addr(), &ways[1]),
        )?;
        stores.prepare(calls).await?;
        let greetings = [
            greeting(&stores, Server::Redis, &ways[0]).await?,
            greeting(&stores, Server::Mysql, &ways[1]).await?,
        ];
        Ok(Self {
            redis: Arc::new(Mutex::new(redis)),
            mysql: Arc::new(Mutex::new(mysql)),
            elsewhere,
            services,
            ways,
            stores,
            greetings,
        })
    }

    /// How many bytes `server` says to a connection before the first answer.
    #[must_use]
    pub fn greeting(&self, server: Server) -> u64 {
        match server {
            Server::Redis => self.greetings[0],
            Server::Mysql => self.greetings[1],
        }
    }

    /// The way to `server`.
    #[must_use]
    pub fn way(&self, server: Server) -> &Proxy {
        match server {
            Server::Redis => &self.ways[0],
            Server::Mysql => &self.ways[1],
        }
    }

    /// Does that to `server`, on the other thread.
    ///
    /// # Errors
    /// It does not start, or the host refuses.
    pub async fn handle(&self, server: Server, what: Handling) -> Result<()> {
        let (redis, mysql) = (Arc::clone(&self.redis), Arc::clone(&self.mysql));
        let done = self.elsewhere.spawn(async move {
            let (mut redis, mut mysql) = tokio::join!(redis.lock(), mysql.lock());
            match (server, what) {
                (Server::Redis, Handling::Kill) => redis.kill().await,
                (Server::Redis, Handling::Restart) => redis.restart().await,
                (Server::Redis, Handling::Pause) => redis.pause().await,
                (Server::Redis, Handling::Resume) => redis.resume().await,
                (Server::Mysql, Handling::Kill) => mysql.kill().await,
                (Server::Mysql, Handling::Restart) => mysql.restart().await,
                (Server::Mysql, Handling::Pause) => mysql.pause().await,
                (Server::Mysql, Handling::Resume) => mysql.resume().await,
            }
        });
        Ok(done.await??)
    }
}

/// What is done to a server.
#[derive(Clone, Copy, Debug)]
pub enum Handling {
    /// SIGKILL.
    Kill,
    /// Started again; waits until it answers.
    Restart,
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
}

/// Counted and not known: it differs from version to version.
async fn greeting(stores: &Stores, server: Server, way: &Proxy) -> Result<u64> {
    let said = || way.stats().toward(Direction::ToClient).bytes_out;
    let before = said();
    stores.greet(server).await?;
    Ok(said() - before)
}
