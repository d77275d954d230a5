//! Removes what dead processes left on shared servers: keys, schemas, topics and groups whose names say so.
//!
//! At a process's first use of a service and not at each test's end: a test that is killed or panics runs no
//! code, and one that failed leaves its data for whoever wants to look, until the next run.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use ::redis::AsyncCommands;

use super::{kafka as broker, mysql as database, redis as single, redis_cluster as cluster};
use crate::backend::{self, Place};
use crate::error::Error;
use crate::server::Service;
use crate::{docker, names, native};

/// Removes what dead processes left: their own servers, and what is theirs on the shared servers that run.
/// Starts nothing. A test need not call it: each process does, at its first use of a shared server.
///
/// # Errors
/// When a server that runs does not answer.
pub async fn sweep() -> Result<(), Error> {
    native::sweep()?;
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

/// Whether this is the first call of this process for that server.
fn first_time(server: &str) -> bool {
    static SEEN: Mutex<BTreeMap<String, ()>> = Mutex::new(BTreeMap::new());
    SEEN.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(server.to_owned(), ())
        .is_none()
}

pub(crate) async fn redis_once(url: &str) -> Result<(), Error> {
    match first_time(url) {
        true => redis(url).await,
        false => Ok(()),
    }
}

pub(crate) async fn mysql_once(url: &str) -> Result<(), Error> {
    match first_time(url) {
        true => database::drop_orphans(url).await,
        false => Ok(()),
    }
}

pub(crate) async fn kafka_once(brokers: &str) -> Result<(), Error> {
    match first_time(brokers) {
        true => broker::delete_orphans(brokers).await,
        false => Ok(()),
    }
}

pub(crate) async fn redis_cluster_once(urls: &[String]) -> Result<(), Error> {
    for url in urls {
        redis_once(url).await?;
    }
    Ok(())
}

/// Unlinks the keys of dead processes on one server (a cluster is swept node by node).
pub(crate) async fn redis(url: &str) -> Result<(), Error> {
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
        for key in keys.iter().filter(|key| is_orphan_key(key)) {
            connection.unlink::<_, ()>(key).await?;
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
