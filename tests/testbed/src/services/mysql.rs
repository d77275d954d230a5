//! MySQL or MariaDB: one shared server with a schema per handle, or servers of one's own.
//!
//! Both speak one protocol and not quite one SQL, so both are started alike where their defaults differ:
//! `sql_mode` (MariaDB's lacks ONLY_FULL_GROUP_BY), character set, collation, time zone. What differs still is
//! told by [`Mysql::flavor`].

use std::net::SocketAddr;
use std::str::FromStr;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection};

use crate::backend::{self, Place};
use crate::error::Error;
use crate::names;
use crate::server::{Instance, ServerSpec, Service};
use crate::services::awaitable;
use crate::services::sweep::{self, Target};

/// Asks for MySQL or MariaDB; await it for the shared server, or make it [`MysqlRequest::own`].
#[must_use = "await it"]
pub fn mysql() -> MysqlRequest {
    MysqlRequest(())
}

/// A request for MySQL or MariaDB.
#[derive(Debug)]
pub struct MysqlRequest(());

awaitable!(MysqlRequest => Mysql, start);

impl MysqlRequest {
    /// A server of this test's own, to kill, pause and restart.
    #[must_use = "await it"]
    pub fn own(self) -> OwnMysqlRequest {
        OwnMysqlRequest { args: Vec::new() }
    }

    async fn start(self) -> Result<Mysql, Error> {
        let (url, given) = shared_url().await?;
        sweep::once(Target::Mysql(url.clone()));
        let handle = Mysql::new(&url, names::fresh()).await;
        handle.map_err(|error| match given {
            true => given_error(&url, &error.to_string()),
            false => error,
        })
    }
}

/// Where the shared server is, without a schema, and whether it was given; starts it if it does not run.
pub(crate) async fn shared_url() -> Result<(String, bool), Error> {
    match backend::place(Service::Mysql)? {
        Place::Given(url) => {
            let answers = async { MySqlConnection::connect(&url).await?.close().await };
            let answers: Result<(), sqlx::Error> = answers.await;
            answers.map_err(|error| given_error(&url, &error.to_string()))?;
            Ok((url, true))
        }
        Place::Hosted(host) => {
            let addr = host.shared("mysql", &shared_spec()).await?.addr();
            Ok((root_url(addr), false))
        }
    }
}

/// A commit of the shared server survives a SIGKILL and not a power cut: tests that ask for more have their own.
pub(crate) fn shared_spec() -> ServerSpec {
    base_spec().set("innodb-flush-log-at-trx-commit", "2")
}

/// `loose-` before what only one of the two knows.
fn base_spec() -> ServerSpec {
    ServerSpec::new(Service::Mysql)
        .set(
            "sql-mode",
            "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
             ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
        )
        .set("character-set-server", "utf8mb4")
        .set("collation-server", "utf8mb4_unicode_ci")
        .set("default-time-zone", "+00:00")
        .set("skip-log-bin", "")
        .set("skip-name-resolve", "ON")
        .set("max-connections", "500")
        // Half the memory and a second of the start of MySQL 9.
        .set("performance-schema", "OFF")
        .set("innodb-buffer-pool-size", "64M")
        .set("loose-mysqlx", "OFF")
}

/// A MySQL or MariaDB server that is nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// Oracle's MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
}

/// The shared server, with a schema for this handle.
#[derive(Debug, Clone)]
pub struct Mysql {
    url: String,
    schema: String,
    addr: SocketAddr,
    flavor: Flavor,
    version: String,
}

impl Mysql {
    async fn new(server: &str, schema: String) -> Result<Self, Error> {
        let options = MySqlConnectOptions::from_str(server)?;
        let mut connection = options.connect().await?;
        let create = format!("CREATE DATABASE IF NOT EXISTS `{schema}`");
        sqlx::query(AssertSqlSafe(create))
            .execute(&mut connection)
            .await?;
        let version: String = sqlx::query_scalar("SELECT VERSION()")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        let target = format!("{}:{}", options.get_host(), options.get_port());
        let addr = tokio::net::lookup_host(target.clone())
            .await
            .map_err(sqlx::Error::Io)?
            .next()
            .ok_or_else(|| Error::State(format!("{target} has no address")))?;
        Ok(Self {
            url: with_schema(server, &schema),
            schema,
            addr,
            flavor: match version.contains("MariaDB") {
                true => Flavor::MariaDb,
                false => Flavor::MySql,
            },
            version,
        })
    }

    /// `mysql://..` with this handle's own schema, for a client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The schema's name.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Where the server listens, for a proxy.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Which of the two it is.
    pub fn flavor(&self) -> Flavor {
        self.flavor
    }

    /// The server's version in its own words, `10.11.19-MariaDB-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// A request for a MySQL or MariaDB of one's own.
#[derive(Debug)]
pub struct OwnMysqlRequest {
    args: Vec<(String, String)>,
}

awaitable!(OwnMysqlRequest => OwnMysql, start);

impl OwnMysqlRequest {
    /// An option of the server: `.arg("--innodb-lock-wait-timeout", "1")`.
    pub fn arg(mut self, name: &str, value: &str) -> Self {
        self.args
            .push((name.trim_start_matches('-').to_owned(), value.to_owned()));
        self
    }

    async fn start(self) -> Result<OwnMysql, Error> {
        let host = backend::host_of_own(Service::Mysql)?;
        let mut spec = base_spec();
        spec.settings.extend(self.args);
        let instance = host.own(&spec).await?;
        let server = Mysql::new(&root_url(instance.addr()), "lab".to_owned()).await?;
        Ok(OwnMysql { instance, server })
    }
}

/// A MySQL or MariaDB of this test's own. It goes with this handle, and with this process however that ends.
#[derive(Debug)]
pub struct OwnMysql {
    instance: Instance,
    server: Mysql,
}

/// What can be read of the shared server can be read of this one; its schema is called `lab`.
impl std::ops::Deref for OwnMysql {
    type Target = Mysql;

    fn deref(&self) -> &Mysql {
        &self.server
    }
}

impl OwnMysql {
    /// SIGKILL; returns when the process is gone. Every committed transaction is on the disk.
    ///
    /// # Errors
    /// When the host refuses.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.instance.kill().await
    }

    /// SIGSTOP: connections stay open and nothing is answered.
    ///
    /// # Errors
    /// When the host refuses.
    pub async fn pause(&self) -> Result<(), Error> {
        self.instance.pause().await
    }

    /// SIGCONT, after [`Self::pause`].
    ///
    /// # Errors
    /// When the host refuses.
    pub async fn resume(&self) -> Result<(), Error> {
        self.instance.resume().await
    }

    /// Starts it again on the same data and port, killing it first if it runs; returns when it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.instance.start_again().await
    }
}

/// The server's address with another schema: `mysql://u:p@host:3306/old?x=y` to `mysql://u:p@host:3306/new?x=y`.
fn with_schema(server: &str, schema: &str) -> String {
    let (address, query) = match server.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (server, String::new()),
    };
    let authority = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[authority..]
        .find('/')
        .map_or(address.len(), |slash| authority + slash);
    format!("{}/{schema}{query}", &address[..end])
}

pub(crate) fn root_url(addr: SocketAddr) -> String {
    format!("mysql://root@{addr}")
}

fn given_error(url: &str, reason: &str) -> Error {
    // A password has no place in a test's output.
    let shown = match url.split_once('@') {
        Some((_, server)) => format!("mysql://..@{server}"),
        None => url.to_owned(),
    };
    Error::Given {
        variable: backend::variable(Service::Mysql),
        value: shown,
        reason: reason.to_owned(),
    }
}

/// Drops the schemas of dead processes.
pub(crate) async fn drop_orphans(url: &str) -> Result<(), Error> {
    let mut connection = MySqlConnection::connect(url).await?;
    let schemas: Vec<String> =
        sqlx::query_scalar("SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata")
            .fetch_all(&mut connection)
            .await?;
    for schema in schemas.iter().filter(|schema| names::is_orphan(schema)) {
        let drop = format!("DROP DATABASE IF EXISTS `{schema}`");
        sqlx::query(AssertSqlSafe(drop))
            .execute(&mut connection)
            .await?;
    }
    Ok(connection.close().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_takes_the_place_of_the_one_that_was_given() {
        for (given, wanted) in [
            (
                "mysql://root@127.0.0.1:3306",
                "mysql://root@127.0.0.1:3306/lb_1",
            ),
            (
                "mysql://root@127.0.0.1:3306/",
                "mysql://root@127.0.0.1:3306/lb_1",
            ),
            (
                "mysql://u:p@db/old?ssl-mode=DISABLED",
                "mysql://u:p@db/lb_1?ssl-mode=DISABLED",
            ),
        ] {
            assert_eq!(with_schema(given, "lb_1"), wanted);
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = given_error("mysql://root:secret@db:3306", "refused").to_string();
        assert!(
            !shown.contains("secret") && shown.contains("db:3306"),
            "{shown}"
        );
    }
}
