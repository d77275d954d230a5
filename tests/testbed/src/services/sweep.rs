//! Removes what dead processes left on shared servers: keys, schemas, topics and groups whose names say so.
//!
//! At a process's first use of a server and not at each test's end: a test that is killed or panics runs no code,
//! and one that failed leaves its data for whoever wants to look, until the next run. On a thread beside the tests,
//! with a runtime of its own: dropping sixty schemas takes seconds, and no test has to wait for them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::{kafka as broker, mysql as database, redis as single, redis_cluster as cluster};
use crate::backend::{self, Place};
use crate::error::Error;
use crate::server::Service;
use crate::{docker, names, native, ports};

/// Removes what dead processes left: their own servers, and what is theirs on the shared servers that run.
/// Starts nothing. A test need not call it: each process does, at its first use of a shared server.
///
/// # Errors
/// When a server that runs does not answer.
pub async fn sweep() -> Result<(), Error> {
    native::sweep()?;
    ports::sweep()?;
    if docker::answers() {
        docker::sweep().await?;
    }
    match place(Service::Redis)? {
        None => {}
        Some(Place::Given(url)) => redis(&url).await?,
        Some(Place::Hosted(host)) => {
            let mut specs = vec![("redis".to_owned(), single::shared_spec())];
            specs.extend(cluster::node_names().map(|name| (name, cluster::shared_spec())));
            for (name, spec) in specs {
                if let Some(running) = host.running(&name, &spec).await? {
                    redis(&format!("redis://{}/", running.addr())).await?;
                }
            }
        }
    }
    match place(Service::Mysql)? {
        None => {}
        Some(Place::Given(url)) => database::drop_orphans(&url).await?,
        Some(Place::Hosted(host)) => {
            if let Some(running) = host.running("mysql", &database::shared_spec()).await? {
                database::drop_orphans(&database::root_url(running.addr())).await?;
            }
        }
    }
    match place(Service::Kafka)? {
        None => {}
        Some(Place::Given(brokers)) => broker::delete_orphans(&brokers).await?,
        Some(Place::Hosted(host)) => {
            if let Some(running) = host.running("kafka", &broker::base_spec()).await? {
                broker::delete_orphans(&running.addr().to_string()).await?;
            }
        }
    }
    Ok(())
}

/// None where only given servers count and this one is not given: nothing of ours can be on it.
fn place(service: Service) -> Result<Option<Place>, Error> {
    match backend::place(service) {
        Err(Error::NotGiven { .. }) => Ok(None),
        found => found.map(Some),
    }
}

/// A server to be swept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// By URL; of a cluster, one node.
    Redis(String),
    Mysql(String),
    Kafka(String),
}

/// Sweeps the server beside the tests, at the first call of this process for it. What fails there is none of the
/// test's affair: the next process tries again.
pub(crate) fn once(target: Target) {
    static SEEN: Mutex<BTreeSet<Target>> = Mutex::new(BTreeSet::new());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !seen.insert(target.clone()) {
        return;
    }
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let Ok(runtime) = runtime {
            let _ = runtime.block_on(async {
                match &target {
                    Target::Redis(url) => redis(url).await,
                    Target::Mysql(url) => database::drop_orphans(url).await,
                    Target::Kafka(brokers) => broker::delete_orphans(brokers).await,
                }
            });
        }
    });
}

/// Unlinks the keys of dead processes on one server (a cluster is swept node by node).
async fn redis(url: &str) -> Result<(), Error> {
    let client = ::redis::Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    // A hash tag may come first: `{lb_.._1:stock}`.
    let pattern = format!("*{}*", names::of_this_machine());
    let mut cursor: u64 = 0;
    loop {
        let (next, keys): (u64, Vec<Vec<u8>>) = ::redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(&pattern)
            .arg("COUNT")
            .arg(1_000)
            .query_async(&mut connection)
            .await?;
        // One command a key: in a cluster one command's keys have to be in one slot.
        let mut unlink = ::redis::pipe();
        for key in keys.iter().filter(|key| is_orphan_key(key)) {
            unlink.unlink(key).ignore();
        }
        if !unlink.is_empty() {
            unlink.query_async::<()>(&mut connection).await?;
        }
        match next {
            0 => return Ok(()),
            more => cursor = more,
        }
    }
}

fn is_orphan_key(key: &[u8]) -> bool {
    let key = String::from_utf8_lossy(key);
    key.find(names::of_this_machine())
        .is_some_and(|start| names::is_orphan(&key[start..]))
}
