//! A Redis Cluster of three primaries, each with a third of the slots.
//!
//! No replicas: a chapter that needs a failover has [`crate::OwnRedis::replica`]. Formed here by `CLUSTER MEET` and
//! not by `redis-cli --cluster create`, which needs the tool and a host from which every node has the same address.

use std::time::{Duration, Instant};

use super::redis::{ask, base_spec, field};
use crate::backend;
use crate::error::Error;
use crate::lock::lock;
use crate::server::{Host, Instance, ServerSpec, Service};
use crate::services::awaitable;
use crate::services::sweep::{self, Target};
use crate::{names, root};

const SLOTS: u32 = 16_384;
const NODES: u32 = 3;

/// Asks for a Redis Cluster; await it for the shared one, or make it [`RedisClusterRequest::own`].
#[must_use = "await it"]
pub fn redis_cluster() -> RedisClusterRequest {
    RedisClusterRequest(())
}

/// A request for a Redis Cluster.
#[derive(Debug)]
pub struct RedisClusterRequest(());

awaitable!(RedisClusterRequest => RedisCluster, start);

impl RedisClusterRequest {
    /// A cluster of this test's own, to kill nodes of.
    #[must_use = "await it"]
    pub fn own(self) -> OwnRedisClusterRequest {
        OwnRedisClusterRequest { args: Vec::new() }
    }

    async fn start(self) -> Result<RedisCluster, Error> {
        let urls = shared_urls().await?;
        for url in &urls {
            sweep::once(Target::Redis(url.clone()));
        }
        Ok(RedisCluster {
            urls,
            prefix: format!("{}:", names::fresh()),
        })
    }
}

/// Where the shared nodes are; starts and joins them if need be.
pub(crate) async fn shared_urls() -> Result<Vec<String>, Error> {
    // A URL names one server, and no cluster: that comes from a host, whatever else is given.
    let host = match backend::host(Service::Redis) {
        Err(Error::NotGiven { .. }) => {
            return Err(Error::State(
                "no Redis Cluster: a URL gives one server; leave LAB_BACKEND out, and start Docker or run \
                 `cargo lab up --install`"
                    .to_owned(),
            ));
        }
        found => found?,
    };
    let mut nodes = Vec::new();
    for name in node_names() {
        nodes.push(host.shared(&name, &shared_spec()).await?);
    }
    if !is_formed(&nodes).await? {
        let _one_forms = lock(&root::state().join("locks/redis-cluster")).await?;
        form(&nodes).await?;
    }
    Ok(urls(&nodes))
}

/// What the shared nodes are called by their host.
pub(crate) fn node_names() -> impl Iterator<Item = String> {
    (1..=NODES).map(|n| format!("redis-cluster-{n}"))
}

pub(crate) fn shared_spec() -> ServerSpec {
    cluster_spec("5000").set("save", "").set("appendonly", "no")
}

/// With one node gone the others serve their slots: no node stands for another here.
fn cluster_spec(node_timeout_ms: &str) -> ServerSpec {
    let mut spec = base_spec()
        .set("cluster-node-timeout", node_timeout_ms)
        .set("cluster-require-full-coverage", "no");
    spec.cluster = true;
    spec
}

/// The shared Redis Cluster, with a prefix for this handle's keys.
#[derive(Debug, Clone)]
pub struct RedisCluster {
    urls: Vec<String>,
    prefix: String,
}

impl RedisCluster {
    /// One `redis://..` for each node.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// What this handle's keys begin with. It has no `{..}`: which keys share a slot is the test's to say.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

/// A request for a Redis Cluster of one's own.
#[derive(Debug)]
pub struct OwnRedisClusterRequest {
    args: Vec<(String, String)>,
}

awaitable!(OwnRedisClusterRequest => OwnRedisCluster, start);

impl OwnRedisClusterRequest {
    /// An option of every node's redis-server: `.arg("--cluster-require-full-coverage", "yes")`.
    pub fn arg(mut self, name: &str, value: &str) -> Self {
        self.args
            .push((name.trim_start_matches('-').to_owned(), value.to_owned()));
        self
    }

    async fn start(self) -> Result<OwnRedisCluster, Error> {
        let host: Host = backend::host_of_own(Service::Redis)?;
        // So that a killed node comes back with all its keys: under everysec a write waits while the disk is busy,
        // and what is only in Redis's memory goes even with a SIGKILL.
        let mut spec = cluster_spec("2000")
            .set("appendonly", "yes")
            .set("appendfsync", "always")
            .set("save", "");
        spec.settings.extend(self.args);
        let (first, second, third) =
            tokio::try_join!(host.own(&spec), host.own(&spec), host.own(&spec))?;
        let nodes = vec![first, second, third];
        form(&nodes).await?;
        Ok(OwnRedisCluster {
            urls: urls(&nodes),
            nodes,
        })
    }
}

/// A Redis Cluster of this test's own. It goes with this handle, and with this process however that ends.
#[derive(Debug)]
pub struct OwnRedisCluster {
    nodes: Vec<Instance>,
    urls: Vec<String>,
}

impl OwnRedisCluster {
    /// One `redis://..` for each node, in the order that [`Self::kill`] counts by.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Empty: nobody else uses this cluster.
    pub fn prefix(&self) -> &str {
        ""
    }

    /// SIGKILL for one node, 0 to 2; the others go on with their slots.
    ///
    /// # Errors
    /// When the host refuses.
    ///
    /// # Panics
    /// When there is no such node.
    pub async fn kill(&mut self, node: usize) -> Result<(), Error> {
        self.nodes[node].kill().await
    }

    /// Starts a killed node again on its data and port; returns when all three agree that the cluster is whole.
    ///
    /// # Errors
    /// When it does not start, or the cluster is not whole after 20 s.
    ///
    /// # Panics
    /// When there is no such node.
    pub async fn restart(&mut self, node: usize) -> Result<(), Error> {
        self.nodes[node].start_again().await?;
        until_formed(&self.nodes, Duration::from_secs(20)).await
    }
}

fn urls(nodes: &[Instance]) -> Vec<String> {
    nodes
        .iter()
        .map(|node| format!("redis://{}/", node.addr()))
        .collect()
}

/// Every node knows the three and sees all slots served.
async fn is_formed(nodes: &[Instance]) -> Result<bool, Error> {
    for url in urls(nodes) {
        let info: String = ask(&url, &["CLUSTER", "INFO"]).await?;
        let whole = field(&info, "cluster_state") == Some("ok")
            && field(&info, "cluster_slots_ok") == Some("16384")
            && field(&info, "cluster_known_nodes") == Some("3");
        if !whole {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn until_formed(nodes: &[Instance], patience: Duration) -> Result<(), Error> {
    let begun = Instant::now();
    while !is_formed(nodes).await? {
        if begun.elapsed() > patience {
            let info: String = ask(&urls(nodes)[0], &["CLUSTER", "NODES"]).await?;
            return Err(Error::State(format!(
                "the Redis Cluster is not whole after {patience:?}:\n{info}"
            )));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Forms the cluster. Nodes that were one before (restarted, or one of them new) find each other again, or are
/// made new: what tests had in them is nobody's any more.
async fn form(nodes: &[Instance]) -> Result<(), Error> {
    let urls = urls(nodes);
    let first: String = ask(&urls[0], &["CLUSTER", "INFO"]).await?;
    let knew_others = field(&first, "cluster_known_nodes") != Some("1");
    if knew_others && until_formed(nodes, Duration::from_secs(8)).await.is_ok() {
        return Ok(());
    }
    for (n, url) in (0..).zip(&urls) {
        ask::<()>(url, &["FLUSHALL"]).await?;
        ask::<()>(url, &["CLUSTER", "RESET", "HARD"]).await?;
        let (from, to) = (n * SLOTS / NODES, (n + 1) * SLOTS / NODES - 1);
        ask::<()>(
            url,
            &[
                "CLUSTER",
                "ADDSLOTSRANGE",
                &from.to_string(),
                &to.to_string(),
            ],
        )
        .await?;
        ask::<()>(url, &["CLUSTER", "SET-CONFIG-EPOCH", &(n + 1).to_string()]).await?;
    }
    let mut peers = Vec::new();
    for node in nodes {
        peers.push(node.peer_addr().await?);
    }
    // Every pair: left to gossip, the second and the third find each other seconds later.
    for (n, url) in urls.iter().enumerate() {
        for peer in &peers[n + 1..] {
            let (ip, port) = (peer.ip().to_string(), peer.port().to_string());
            ask::<()>(url, &["CLUSTER", "MEET", &ip, &port]).await?;
        }
    }
    until_formed(nodes, Duration::from_secs(20)).await
}
