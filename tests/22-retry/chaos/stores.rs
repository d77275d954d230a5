//! One attempt at each server, and what the servers hold in the end.
//!
//! Each attempt has a connection of its own. Why not a pool: what fails before the request is sent did not happen, what fails after may
//! have, and with a connection for each attempt the line between them is a line of this file. What must stay true: `Transient` is only what
//! certainly did not happen, or the checker blames a retry for it.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;
use redis::{IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use retry::core::class::Class;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, Row};

use crate::calls::{Kind, Plan, Server};
use crate::run::Result;

/// What an attempt died of.
pub type Failure = (Class, String);

/// The servers, as an attempt reaches them: through the proxies.
#[derive(Clone)]
pub struct Stores {
    redis: redis::Client,
    mysql: String,
}

impl Stores {
    /// Those of these addresses.
    ///
    /// # Errors
    /// An address is none.
    pub fn at(redis: &str, mysql: &str) -> Result<Self> {
        // No greeting: the first answer of a connection is that of its request.
        let mute = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP2)
            .set_skip_set_lib_name();
        let redis = redis.into_connection_info()?.set_redis_settings(mute);
        Ok(Self {
            redis: redis::Client::open(redis)?,
            mysql: mysql.to_owned(),
        })
    }

    /// Connects and says what is said before any request.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn greet(&self, server: Server) -> Result<()> {
        match server {
            Server::Redis => drop(self.redis.get_multiplexed_async_connection().await?),
            Server::Mysql => MySqlConnection::connect(&self.mysql).await?.close().await?,
        }
        Ok(())
    }

    /// Takes the lock of every row that MySQL's writes change, on a connection of its own; it is held as long as the connection is.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn lock_rows(&self) -> Result<MySqlConnection> {
        let mut connection = MySqlConnection::connect(&self.mysql).await?;
        let lock = "BEGIN; SELECT COUNT(*) FROM (SELECT id FROM effects FOR UPDATE) AS locked";
        connection.execute(sqlx::raw_sql(lock)).await?;
        Ok(connection)
    }

    /// One attempt of call `id`.
    ///
    /// # Errors
    /// What it died of.
    pub async fn attempt(
        &self,
        server: Server,
        kind: Kind,
        id: u64,
    ) -> std::result::Result<(), Failure> {
        match server {
            Server::Redis => {
                // Whatever goes wrong up to here, the request was not sent.
                let connection = self.redis.get_multiplexed_async_connection().await;
                let connection =
                    connection.map_err(|error| (Class::Transient, error.to_string()))?;
                at_redis(connection, kind, id)
                    .await
                    .map_err(|error| (class_of_redis(&error), error.to_string()))
            }
            Server::Mysql => {
                let connection = MySqlConnection::connect(&self.mysql).await;
                let connection =
                    connection.map_err(|error| (Class::Transient, error.to_string()))?;
                at_mysql(connection, kind, id)
                    .await
                    .map_err(|error| (class_of_mysql(&error), error.to_string()))
            }
        }
    }

    /// Makes what the calls need.
    ///
    /// # Errors
    /// A server does not answer.
    pub async fn prepare(&self, calls: &[Plan]) -> Result<()> {
        let mut redis = self.redis.get_multiplexed_async_connection().await?;
        redis::cmd("RPUSH")
            .arg("list")
            .arg("not a number")
            .exec_async(&mut redis)
            .await?;
        let mut mysql = MySqlConnection::connect(&self.mysql).await?;
        mysql
            .execute(sqlx::raw_sql(include_str!("schema.sql")))
            .await?;
        let rows: Vec<String> = calls.iter().map(|call| format!("({})", call.id)).collect();
        let insert = format!("INSERT INTO effects (id) VALUES {}", rows.join(", "));
        mysql.execute(sqlx::raw_sql(AssertSqlSafe(insert))).await?;
        Ok(mysql.close().await?)
    }

    /// How often each write happened: of Redis' calls and MySQL's, which have no number in common.
    ///
    /// # Errors
    /// A server does not answer.
    pub async fn effects(&self, calls: &[Plan]) -> Result<BTreeMap<u64, i64>> {
        let mut redis = self.redis.get_multiplexed_async_connection().await?;
        let mut mysql = MySqlConnection::connect(&self.mysql).await?;
        let mut effects = BTreeMap::new();
        for call in calls.iter().filter(|call| call.server == Server::Redis) {
            let mut get = redis::cmd("GET");
            let n: Option<i64> = get.arg(count_key(call.id)).query_async(&mut redis).await?;
            effects.extend(n.map(|n| (call.id, n)));
        }
        let rows = sqlx::query("SELECT id, n FROM effects WHERE n <> 0")
            .fetch_all(&mut mysql)
            .await?;
        for row in rows {
            effects.insert(row.try_get("id")?, i64::from(row.try_get::<i32, _>("n")?));
        }
        mysql.close().await?;
        Ok(effects)
    }
}

fn count_key(id: u64) -> String {
    format!("count:{id}")
}

async fn at_redis(
    mut connection: MultiplexedConnection,
    kind: Kind,
    id: u64,
) -> redis::RedisResult<()> {
    let command = match kind {
        Kind::Read => redis::cmd("GET").arg(count_key(id)).to_owned(),
        Kind::Plain => redis::cmd("INCR").arg(count_key(id)).to_owned(),
        Kind::Keyed => {
            let script = include_str!("once.lua");
            let keys = (format!("used:{id}"), count_key(id));
            redis::cmd("EVAL").arg(script).arg(2).arg(keys).to_owned()
        }
        Kind::Wrong => redis::cmd("INCR").arg("list").to_owned(),
    };
    command.exec_async(&mut connection).await
}

async fn at_mysql(mut connection: MySqlConnection, kind: Kind, id: u64) -> sqlx::Result<()> {
    let run = |sql: String| sqlx::raw_sql(AssertSqlSafe(sql));
    let effect = format!("UPDATE effects SET n = n + 1 WHERE id = {id}");
    match kind {
        Kind::Read => {
            let select = format!("SELECT n FROM effects WHERE id = {id}");
            connection.execute(run(select)).await?;
        }
        Kind::Plain => {
            connection.execute(run(effect)).await?;
        }
        Kind::Keyed => {
            let mut transaction = connection.begin().await?;
            let key = format!("INSERT IGNORE INTO used_keys (id) VALUES ({id})");
            if transaction.execute(run(key)).await?.rows_affected() == 1 {
                transaction.execute(run(effect)).await?;
            }
            transaction.commit().await?;
        }
        Kind::Wrong => {
            connection
                .execute(run("SELECT n FROM no_such_table".to_owned()))
                .await?;
        }
    }
    Ok(())
}

/// A server that says so is believed; whatever broke on the way may have happened.
fn class_of_redis(error: &redis::RedisError) -> Class {
    match error.code() {
        Some("LOADING" | "BUSY") => Class::Transient,
        Some(_) => Class::Permanent,
        None => Class::Ambiguous,
    }
}

fn class_of_mysql(error: &sqlx::Error) -> Class {
    use sqlx::mysql::MySqlDatabaseError;
    let told = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    match told.map(MySqlDatabaseError::number) {
        // A lock that was not had in time, and a deadlock's victim: rolled back.
        Some(1205 | 1213) => Class::Transient,
        // The server is going down, or the statement was killed.
        Some(1053 | 1317 | 1927) => Class::Ambiguous,
        Some(_) => Class::Permanent,
        None => Class::Ambiguous,
    }
}
