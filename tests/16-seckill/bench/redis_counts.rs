//! What Redis itself says: its version, how many commands it has run, and what its scripts cost.

use redis::aio::ConnectionManager;
use reference::shell::conn::Conn;

use crate::Error;

/// A connection as the lab makes it.
pub async fn connect(url: &str) -> Result<ConnectionManager, Error> {
    match Conn::single(url).await? {
        Conn::Single(conn) => Ok(conn.manager()),
        Conn::Cluster(_) => Err("one server is no cluster".into()),
    }
}

/// The server's version.
pub async fn version(conn: &ConnectionManager) -> Result<String, Error> {
    let info = info(conn, "server").await?;
    let version = info
        .lines()
        .find_map(|line| line.strip_prefix("redis_version:"));
    Ok(version.unwrap_or("unknown").to_owned())
}

/// How often these commands have run. Redis counts those inside of scripts too.
pub async fn calls(conn: &ConnectionManager, commands: &[&str]) -> Result<u64, Error> {
    let stats = info(conn, "commandstats").await?;
    let of = |line: &str| {
        let (command, counts) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        commands
            .contains(&command)
            .then(|| counts.split(',').next()?.parse::<u64>().ok())?
    };
    Ok(stats.lines().filter_map(of).sum())
}

/// How many microseconds Redis has spent in a script, on average.
pub async fn script_micros(conn: &ConnectionManager) -> Result<f64, Error> {
    let stats = info(conn, "commandstats").await?;
    let of = |line: &str| {
        let counts = line.strip_prefix("cmdstat_evalsha:")?;
        let micros = counts
            .split(',')
            .find_map(|count| count.strip_prefix("usec_per_call="));
        micros?.parse().ok()
    };
    stats
        .lines()
        .find_map(of)
        .ok_or_else(|| "Redis does not say what scripts cost".into())
}

async fn info(conn: &ConnectionManager, section: &str) -> Result<String, Error> {
    let mut info = redis::cmd("INFO");
    Ok(info.arg(section).query_async(&mut conn.clone()).await?)
}
