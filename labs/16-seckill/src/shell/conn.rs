//! One connection type for a single Redis and for a cluster, so that the rest need not know which it has.
//!
//! Both reconnect by themselves and fail what was in flight: such a command may have run, and this crate's commands may all be
//! said again. Time-outs are short, since a buyer who waits longer than this asks again anyway.

use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{Client, Cmd, Pipeline, RedisFuture, RedisResult, Value};

/// A command that Redis has not answered by now counts as failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// A multiplexed connection; a clone shares it.
#[derive(Clone)]
pub enum Conn {
    /// To one server.
    Single(ConnectionManager),
    /// To every primary of a cluster.
    Cluster(ClusterConnection),
}

impl Conn {
    /// Connects to one server, `redis://host:port`.
    ///
    /// # Errors
    /// The URL is malformed, or the server cannot be reached.
    pub async fn single(url: &str) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(ANSWER_WITHIN))
            .set_connection_timeout(Some(ANSWER_WITHIN))
            // A request that finds Redis gone fails at once: its buyer asks again, and a limiter decides alone.
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(50));
        let manager = ConnectionManager::new_with_config(Client::open(url)?, config).await?;
        Ok(Self::Single(manager))
    }

    /// Connects to a cluster by some of its nodes.
    ///
    /// # Errors
    /// A URL is malformed, or no node can be reached.
    pub async fn cluster(urls: &[String]) -> RedisResult<Self> {
        let client = ClusterClient::builder(urls.to_vec())
            .response_timeout(ANSWER_WITHIN)
            .connection_timeout(ANSWER_WITHIN)
            .retries(3)
            .build()?;
        Ok(Self::Cluster(client.get_async_connection().await?))
    }
}

impl ConnectionLike for Conn {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(conn) => conn.req_packed_command(cmd),
            Self::Cluster(conn) => conn.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(conn) => conn.req_packed_commands(pipeline, offset, count),
            Self::Cluster(conn) => conn.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(conn) => conn.get_db(),
            Self::Cluster(conn) => conn.get_db(),
        }
    }
}
