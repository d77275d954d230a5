//! What Redis itself says: its version, and how many commands it has run.

use redis::aio::ConnectionManager;

use crate::Error;

/// Those that a cache sends.
const COMMANDS: [&str; 6] = ["get", "mget", "set", "del", "eval", "evalsha"];

/// A connection.
pub async fn connect(url: &str) -> Result<ConnectionManager, Error> {
    Ok(ConnectionManager::new(redis::Client::open(url)?).await?)
}

/// The server's version.
pub async fn version(conn: &ConnectionManager) -> Result<String, Error> {
    let info = info(conn, "server").await?;
    let version = info
        .lines()
        .find_map(|line| line.strip_prefix("redis_version:"));
    Ok(version.unwrap_or("unknown").to_owned())
}

/// How often a cache's commands have run. Redis counts those inside of scripts too.
pub async fn calls(conn: &ConnectionManager) -> Result<u64, Error> {
    let stats = info(conn, "commandstats").await?;
    let of = |line: &str| {
        let (command, counts) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        COMMANDS
            .contains(&command)
            .then(|| counts.split(',').next()?.parse::<u64>().ok())?
    };
    Ok(stats.lines().filter_map(of).sum())
}

/// Forgets all keys.
pub async fn empty(conn: &ConnectionManager) -> Result<(), Error> {
    let () = redis::cmd("FLUSHALL")
        .query_async(&mut conn.clone())
        .await?;
    Ok(())
}

async fn info(conn: &ConnectionManager, section: &str) -> Result<String, Error> {
    let mut info = redis::cmd("INFO");
    Ok(info.arg(section).query_async(&mut conn.clone()).await?)
}
