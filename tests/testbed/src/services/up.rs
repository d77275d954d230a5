//! The shared servers, started ahead of the first test that wants them.

use super::{kafka, mysql, redis, redis_cluster};
use crate::error::Error;

/// One of the servers that all tests share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// One Redis.
    Redis,
    /// A Redis Cluster of three.
    RedisCluster,
    /// MySQL or MariaDB.
    Mysql,
    /// A Kafka broker.
    Kafka,
}

impl Shared {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Redis, Self::RedisCluster, Self::Mysql, Self::Kafka];

    /// What it is called on a command line and in a lab.toml.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::RedisCluster => "redis-cluster",
            Self::Mysql => "mysql",
            Self::Kafka => "kafka",
        }
    }
}

/// Starts a shared server unless it runs; returns its addresses as a client takes them.
///
/// # Errors
/// When it is missing or does not start.
pub async fn up(shared: Shared) -> Result<Vec<String>, Error> {
    Ok(match shared {
        Shared::Redis => vec![redis::shared_url().await?.0],
        Shared::RedisCluster => redis_cluster::shared_urls().await?,
        Shared::Mysql => vec![mysql::shared_url().await?.0],
        Shared::Kafka => vec![kafka::shared_brokers().await?],
    })
}
