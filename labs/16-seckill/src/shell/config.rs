//! Configuration from the environment: each value is checked here, by name, before anything is started.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use crate::core::ids::{SaleId, UnixMillis};
use crate::core::reconcile::Patience;
use crate::core::sale::{Sale, SaleError};
use crate::core::window::{Limit, LimitError};

/// Everything that a process of the sale is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// The sale's terms.
    pub sale: Sale,
    /// `SECKILL_REDIS_URLS`: one URL is a server, several are nodes of a cluster.
    pub redis: Vec<String>,
    /// `SECKILL_PREFIX`: before every key in Redis.
    pub prefix: String,
    /// `SECKILL_MYSQL_URL`: the ledger.
    pub mysql: String,
    /// `SECKILL_KAFKA_BROKERS`.
    pub brokers: String,
    /// `SECKILL_TOPIC`: the orders.
    pub topic: String,
    /// `SECKILL_GROUP`: the consumer group.
    pub group: String,
    /// `SECKILL_INSTANCE`: this process's name among its peers; it outlives a restart.
    pub instance: Option<String>,
    /// `SECKILL_LISTEN`: where HTTP is served.
    pub listen: SocketAddr,
    /// `SECKILL_LIMIT_REQUESTS` in `SECKILL_LIMIT_WINDOW_MS`.
    pub limit: Limit,
    /// `SECKILL_LIMIT_SHARED`: across instances, in Redis.
    pub limit_shared: bool,
    /// `SECKILL_GRACE_MS`, `SECKILL_GIVE_UP_MS`.
    pub patience: Patience,
}

/// A variable that is missing, or makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It has no default.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// It does not parse.
    #[error("{name}={value:?}: {expected} expected")]
    Malformed {
        /// The variable.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The terms of the sale make no sense.
    #[error(transparent)]
    Sale(#[from] SaleError),
    /// The limit makes no sense.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A claim would be given up before it is looked at.
    #[error("SECKILL_GIVE_UP_MS must be above SECKILL_GRACE_MS")]
    Patience,
}

impl Config {
    /// Reads the configuration through `lookup`, usually `|name| std::env::var(name).ok()`.
    ///
    /// # Errors
    /// [`ConfigError`] names the first variable that is wrong.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Env(&lookup);
        let hours = (
            UnixMillis(env.number("SECKILL_OPENS_AT_MS", None)?),
            UnixMillis(env.number("SECKILL_CLOSES_AT_MS", None)?),
        );
        let sale = Sale::new(
            env.parse::<SaleId>("SECKILL_SALE", "1 to 64 of a-z, 0-9 and -", None)?,
            env.number("SECKILL_STOCK", None)?,
            env.number("SECKILL_BUCKETS", Some("1"))?,
            hours,
            env.millis("SECKILL_PAY_WITHIN_MS", "900000")?,
        )?;
        let limit = Limit::new(
            env.number("SECKILL_LIMIT_REQUESTS", Some("5"))?,
            env.millis("SECKILL_LIMIT_WINDOW_MS", "1000")?,
        )?;
        let patience = Patience {
            grace: env.millis("SECKILL_GRACE_MS", "5000")?,
            give_up: env.millis("SECKILL_GIVE_UP_MS", "600000")?,
        };
        if patience.give_up <= patience.grace {
            return Err(ConfigError::Patience);
        }
        Ok(Self {
            redis: env
                .text("SECKILL_REDIS_URLS", None)?
                .split(',')
                .map(str::to_owned)
                .collect(),
            prefix: env.text("SECKILL_PREFIX", Some(""))?,
            mysql: env.text("SECKILL_MYSQL_URL", None)?,
            brokers: env.text("SECKILL_KAFKA_BROKERS", None)?,
            topic: env.text("SECKILL_TOPIC", Some("seckill.orders"))?,
            group: env.text("SECKILL_GROUP", Some("seckill.ledger"))?,
            instance: lookup("SECKILL_INSTANCE"),
            listen: env.parse(
                "SECKILL_LISTEN",
                "an address such as 127.0.0.1:8016",
                Some("127.0.0.1:8016"),
            )?,
            limit_shared: env.parse("SECKILL_LIMIT_SHARED", "true or false", Some("false"))?,
            sale,
            limit,
            patience,
        })
    }
}

struct Env<'a, F>(&'a F);

impl<F: Fn(&str) -> Option<String>> Env<'_, F> {
    fn text(&self, name: &'static str, default: Option<&str>) -> Result<String, ConfigError> {
        (self.0)(name)
            .or(default.map(str::to_owned))
            .ok_or(ConfigError::Missing(name))
    }

    fn parse<T: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
        default: Option<&str>,
    ) -> Result<T, ConfigError> {
        let value = self.text(name, default)?;
        value.parse().map_err(|_| ConfigError::Malformed {
            name,
            value,
            expected,
        })
    }

    fn number<T: FromStr>(
        &self,
        name: &'static str,
        default: Option<&str>,
    ) -> Result<T, ConfigError> {
        self.parse(name, "a whole number in range", default)
    }

    fn millis(&self, name: &'static str, default: &str) -> Result<Duration, ConfigError> {
        Ok(Duration::from_millis(self.parse(
            name,
            "a whole number of milliseconds",
            Some(default),
        )?))
    }
}
