//! The server that is analysed: sessions that can only read, and that end.
//!
//! Why not trust that we only send SELECT: a log's statements are somebody else's, an EXPLAIN may run a subquery or a stored function while it plans,
//! and one that waits for a lock waits for a year by default. So the session itself forbids: every transaction of it is read-only, and
//! every statement and every wait for a lock has a time-out. Each statement is a transaction of its own, or a long analysis would keep the
//! server from purging old rows. Texts go to the server as prepared statements, of which the protocol takes one at a time: `;` in a text
//! begins no second one.

use std::ops::ControlFlow;
use std::str::FromStr;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, Row};

use super::error::Error;

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Oracle's MySQL, or Percona's.
    MySql,
    /// MariaDB.
    MariaDb,
}

/// A server, and how long it may take.
#[derive(Debug, Clone)]
pub struct Server {
    options: MySqlConnectOptions,
    which: &'static str,
    flavour: Flavour,
    version: String,
    limit: Duration,
}

/// A session of a server, which can only read. After a time-out it is another connection.
#[derive(Debug)]
pub struct Session {
    server: Server,
    connection: Option<MySqlConnection>,
}

/// The text of a row's value, or `None` for NULL. What is read is cast to text by the statement that reads it.
pub type Text = Option<String>;

/// How much longer than the server's own time-out the client waits: for a server that has gone, not for one that is slow.
const GRACE: Duration = Duration::from_secs(2);

/// Prepared statements that a session keeps. Closing one is a message without an answer, behind which the next message waits for the network's
/// delayed acknowledgement: 40 ms on Linux, each time.
const STATEMENTS: usize = 256;

/// What `asked` says, if it says it in time: a server that has gone says nothing for hours.
///
/// # Errors
/// [`Error::Sql`], [`Error::TimedOut`]; then its answer is still to come, and the connection is of no more use.
pub(super) async fn in_time<T>(
    limit: Duration,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit + GRACE, asked).await {
        Ok(said) => Ok(said?),
        Err(_) => Err(Error::TimedOut(limit)),
    }
}

impl Server {
    /// The server at `dsn`, given by the option `which`. A statement may take `limit`.
    ///
    /// # Errors
    /// [`Error::Dsn`], [`Error::Connect`].
    pub async fn connect(dsn: &str, which: &'static str, limit: Duration) -> Result<Self, Error> {
        let options = MySqlConnectOptions::from_str(dsn).map_err(|_| Error::Dsn { which })?;
        // As the server is set up, so that a statement means here what it meant to whoever sent it.
        let options = options
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .timezone(None)
            .statement_cache_capacity(STATEMENTS)
            // It would write each slow one to the log of whoever runs this, literals and all.
            .disable_statement_logging();
        let connected = tokio::time::timeout(limit + GRACE, async {
            let mut connection = options.connect().await?;
            let version: String = sqlx::query_scalar("SELECT VERSION()")
                .fetch_one(&mut connection)
                .await?;
            connection.close().await?;
            Ok(version)
        });
        let version = match connected.await {
            Ok(Ok(version)) => version,
            Ok(Err(cause)) => return Err(Error::Connect { which, cause }),
            Err(_) => return Err(Error::TimedOut(limit)),
        };
        let flavour = match version.contains("MariaDB") {
            true => Flavour::MariaDb,
            false => Flavour::MySql,
        };
        Ok(Self {
            options,
            which,
            flavour,
            version,
            limit,
        })
    }

    /// MySQL or MariaDB.
    #[must_use]
    pub fn flavour(&self) -> Flavour {
        self.flavour
    }

    /// In its own words: `10.11.19-MariaDB-0+deb12u1`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How long a statement may take.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Where it was looked for: `db1:3306`. What is there may be reached under other addresses too.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.options.get_host(), self.options.get_port())
    }

    /// The schema of the address.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.options.get_database()
    }

    /// The same server, in another schema.
    #[must_use]
    pub fn with_schema(&self, schema: &str) -> Self {
        Self {
            options: self.options.clone().database(schema),
            ..self.clone()
        }
    }

    /// A connection that may do everything: for the scratch server.
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub(super) async fn connection(&self) -> Result<MySqlConnection, Error> {
        let connected = tokio::time::timeout(self.limit + GRACE, self.options.connect());
        match connected.await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(cause)) => Err(Error::Connect {
                which: self.which,
                cause,
            }),
            Err(_) => Err(Error::TimedOut(self.limit)),
        }
    }

    /// A session that can only read.
    ///
    /// # Errors
    /// [`Error::Connect`], or a server that cannot forbid.
    pub async fn session(&self) -> Result<Session, Error> {
        let mut session = Session {
            server: self.clone(),
            connection: None,
        };
        session.connection().await?;
        Ok(session)
    }
}

/// Makes a session one that can only read, and in which nothing takes longer than `limit`: no transaction of it may write, and neither a
/// SELECT nor a wait for a table's lock goes on for longer. (MySQL: `max_execution_time`, in milliseconds; MariaDB: `max_statement_time`, in seconds with
/// fractions; both: `lock_wait_timeout`, in whole seconds.)
///
/// # Errors
/// When the server refuses.
pub async fn read_only(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    limit: Duration,
) -> Result<(), sqlx::Error> {
    // ANCHOR: stage5_read_only
    todo!("stage 5: read only")
    // ANCHOR_END: stage5_read_only
}

impl Session {
    /// Its server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The rows of `sql`, one statement, with `values` for its question marks.
    ///
    /// # Errors
    /// [`Error::Sql`], [`Error::TimedOut`].
    pub async fn rows(&mut self, sql: &str, values: &[&str]) -> Result<Vec<MySqlRow>, Error> {
        let limit = self.server.limit;
        let connection = self.connection().await?;
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in values {
            query = query.bind(*value);
        }
        let rows = tokio::time::timeout(limit + GRACE, query.fetch_all(connection)).await;
        match rows {
            Ok(rows) => Ok(rows?),
            Err(_) => {
                // Its answer is still to come: the next statement needs another connection.
                self.abandon();
                Err(Error::TimedOut(limit))
            }
        }
    }

    /// Gives the rows of `sql` one by one, until `each` has had enough.
    ///
    /// # Errors
    /// [`Error::Sql`], [`Error::TimedOut`].
    pub async fn each(
        &mut self,
        sql: &str,
        mut each: impl FnMut(MySqlRow) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let limit = self.server.limit;
        let connection = self.connection().await?;
        let reading = async {
            let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
            while let Some(row) = rows.try_next().await? {
                if each(row).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        let read = match tokio::time::timeout(limit + GRACE, reading).await {
            Ok(read) => read.map_err(Error::Sql),
            Err(_) => Err(Error::TimedOut(limit)),
        };
        if !matches!(read, Ok(ControlFlow::Continue(()))) {
            // What is still to come would have to be read to its end.
            self.abandon();
        }
        read
    }

    /// The rows of `sql`, every column of which is a text.
    ///
    /// # Errors
    /// As [`Session::rows`].
    pub async fn texts(&mut self, sql: &str, values: &[&str]) -> Result<Vec<Vec<Text>>, Error> {
        let rows = self.rows(sql, values).await?;
        rows.iter().map(texts).collect()
    }

    /// The connection, opened again if it was lost.
    pub(super) async fn connection(&mut self) -> Result<&mut MySqlConnection, Error> {
        if self.connection.is_none() {
            let mut connection = self.server.connection().await?;
            let limit = self.server.limit;
            in_time(
                limit,
                read_only(&mut connection, self.server.flavour, limit),
            )
            .await?;
            if self.server.flavour == Flavour::MySql {
                // From 8.3 on there are two formats of a plan. An older server has only the first, and does not know the variable.
                let set = sqlx::query("SET SESSION explain_json_format_version = 1");
                let _only_newer = in_time(limit, set.execute(&mut connection)).await;
            }
            self.connection = Some(connection);
        }
        match &mut self.connection {
            Some(connection) => Ok(connection),
            None => Err(Error::Interrupted),
        }
    }

    /// Leaves its connection with whatever is still to come on it; the next statement has another one.
    pub(super) fn abandon(&mut self) {
        self.connection = None;
    }

    /// Ends it.
    pub async fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            // Whoever ends a session has what was wanted of it.
            let _closed = tokio::time::timeout(GRACE, connection.close()).await;
        }
    }
}

fn texts(row: &MySqlRow) -> Result<Vec<Text>, Error> {
    (0..row.len())
        .map(|i| {
            // A cast text is VARCHAR, LONGTEXT or, of MySQL's own tables, VARBINARY: the bytes are the same.
            let bytes = row.try_get_unchecked::<Option<&[u8]>, _>(i)?;
            Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
        })
        .collect()
}
