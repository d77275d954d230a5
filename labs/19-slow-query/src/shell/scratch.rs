//! A schema on a scratch server: made for one analysis, and gone after it.
//!
//! Why another server and not another schema of the one that is analysed: an index that is built, an ANALYZE, and statements that scan are
//! work, and that server has enough. What must stay true: it is never the analysed server, by whatever address it was given; nothing
//! done here reaches a replica; and the schema goes, also when the work failed, was interrupted or was dropped in the middle. Only where nobody can drop it
//! does it stay, under a name with `_scratch_` in it: when this process is killed, or the scratch server cannot be reached at that moment.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

use super::copy;
use super::error::Error;
use super::server::{Server, Session, in_time};
use crate::core::ddl;
use crate::core::sample::Portion;

/// A schema of one's own on a scratch server.
#[derive(Debug)]
pub struct Scratch {
    server: Server,
    schema: String,
    tables: BTreeSet<String>,
    dropped: bool,
}

/// Who a server is, as it says itself.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    uuid: Option<String>,
    place: Vec<Option<String>>,
}

/// Whether both sessions lead to the same server, by whatever addresses: their servers say the same of themselves, or one sees a lock by name that
/// was taken on the other. Both are read, and neither is written to.
///
/// # Errors
/// When a server refuses.
pub async fn same_server(analysed: &mut Session, scratch: &mut Session) -> Result<bool, Error> {
    // ANCHOR: stage5_same_server
    todo!("stage 5: same server")
    // ANCHOR_END: stage5_same_server
}

/// Makes a schema on `scratch`, does `work` with it, and drops it: when the work is done, when it failed, and when `stop` comes first.
///
/// # Errors
/// [`Error::SameServer`], [`Error::OtherFlavour`] and [`Error::Replicates`] before anything is made; [`Error::Interrupted`] when `stop` came
/// first; what `work` says.
pub async fn within<T>(
    analysed: &mut Session,
    scratch: &Server,
    stop: impl Future<Output = ()>,
    work: impl AsyncFnOnce(&mut Session, &mut Scratch) -> Result<T, Error>,
) -> Result<T, Error> {
    // ANCHOR: stage5_within
    todo!("stage 5: within")
    // ANCHOR_END: stage5_within
}

/// What a server says of itself. `server_uuid` is MySQL's and `server_uid` that of newer MariaDBs; copied data directories have the same one, so
/// the place counts as well.
async fn identity(session: &mut Session) -> Result<Identity, Error> {
    let rows = session
        .texts(
            "SELECT CAST(@@server_id AS CHAR), CAST(@@port AS CHAR), CAST(@@hostname AS CHAR), CAST(@@datadir AS CHAR), \
             CAST(@@socket AS CHAR), CAST(@@pid_file AS CHAR)",
            &[],
        )
        .await?;
    let uuid = session
        .texts(
            "SHOW GLOBAL VARIABLES WHERE variable_name IN ('server_uuid', 'server_uid')",
            &[],
        )
        .await?;
    Ok(Identity {
        uuid: uuid
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().nth(1).flatten()),
        place: rows.into_iter().next().unwrap_or_default(),
    })
}

impl Scratch {
    /// Makes the schema, after it is certain that this is another server.
    async fn create(analysed: &mut Session, scratch: &Server) -> Result<Self, Error> {
        if scratch.flavour() != analysed.server().flavour() {
            return Err(Error::OtherFlavour {
                scratch: scratch.version().to_owned(),
                analysed: analysed.server().version().to_owned(),
            });
        }
        let mut reader = scratch.session().await?;
        let same = same_server(analysed, &mut reader).await;
        reader.close().await;
        if same? {
            return Err(Error::SameServer {
                address: scratch.address(),
            });
        }
        // Below the name of the address, if it has one: whoever looks at the server sees whose it is.
        let above = scratch.schema().unwrap_or("slow_query");
        // A schema's name may have 64 characters; the rest of this one has 25.
        let above: String = above.chars().take(39).collect();
        let made = Self {
            schema: format!("{above}_scratch_{:016x}", fastrand::u64(..)),
            server: scratch.clone(),
            tables: BTreeSet::new(),
            dropped: false,
        };
        let mut connection = unlogged(scratch).await?;
        let create = format!("CREATE DATABASE {}", ddl::quote(&made.schema));
        execute(&mut connection, &create, scratch.limit()).await?;
        connection.close().await?;
        Ok(made)
    }

    /// Its name on the scratch server.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The tables that have been copied.
    #[must_use]
    pub fn tables(&self) -> &BTreeSet<String> {
        &self.tables
    }

    /// The scratch server, in this schema.
    #[must_use]
    pub fn server(&self) -> Server {
        self.server.with_schema(&self.schema)
    }

    /// A session in this schema that can only read.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn session(&self) -> Result<Session, Error> {
        self.server().session().await
    }

    /// A connection in this schema that may change it, and that no replica hears of.
    ///
    /// # Errors
    /// [`Error::Replicates`], or when the server refuses.
    pub(super) async fn maker(&self) -> Result<MySqlConnection, Error> {
        let mut connection = unlogged(&self.server()).await?;
        // Rows come as they are: with zero dates, with a key of zero, and in any order of the tables. Unique keys are checked all the same:
        // without, MariaDB loads an empty table in bulk, and one row that comes twice empties it again.
        execute(
            &mut connection,
            "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0",
            self.server.limit(),
        )
        .await?;
        Ok(connection)
    }

    /// Copies a table: its definition, and of its rows what `portion` says. Returns how many came.
    ///
    /// # Errors
    /// When a server refuses, or the table is none that may be copied; then it is not there.
    pub async fn copy(
        &mut self,
        analysed: &mut Session,
        portion: &Portion,
        bytes: u64,
    ) -> Result<copy::Copied, Error> {
        let copied = copy::table(analysed, self, portion, bytes).await?;
        self.tables.insert(portion.table.clone());
        Ok(copied)
    }

    async fn drop_schema(&mut self) -> Result<(), Error> {
        let dropped = drop_schema(self.server.clone(), self.schema.clone()).await;
        match &dropped {
            Ok(()) => self.dropped = true,
            // The end of this asks once more.
            Err(error) => still_there(&self.schema, error),
        }
        dropped
    }
}

/// If the work was dropped in the middle, the schema still goes: by a task, as nothing can be awaited here.
impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.dropped
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (server, schema) = (self.server.clone(), std::mem::take(&mut self.schema));
            runtime.spawn(async move {
                if let Err(error) = drop_schema(server, schema.clone()).await {
                    still_there(&schema, &error);
                }
            });
        }
    }
}

/// For a session of which no replica is to hear; not every user may say it.
const NOT_LOGGED: &str = "SET SESSION sql_log_bin = 0";

/// A connection whose changes no replica hears of.
async fn unlogged(server: &Server) -> Result<MySqlConnection, Error> {
    let mut connection = server.connection().await?;
    let limit = server.limit();
    let set = execute(&mut connection, NOT_LOGGED, limit).await;
    if let Err(error @ Error::TimedOut(_)) = set {
        return Err(error);
    }
    if set.is_err() {
        let logs = sqlx::query_scalar("SELECT CAST(@@log_bin AS SIGNED)");
        let logs: i64 = in_time(limit, logs.fetch_one(&mut connection)).await?;
        if logs != 0 {
            return Err(Error::Replicates);
        }
    }
    Ok(connection)
}

fn still_there(schema: &str, error: &Error) {
    tracing::warn!(schema, %error, "a scratch schema is still there");
}

async fn drop_schema(server: Server, schema: String) -> Result<(), Error> {
    let mut connection = server.connection().await?;
    // Where it is refused, nothing is logged: `create` has seen to that.
    let limit = server.limit();
    let set = execute(&mut connection, NOT_LOGGED, limit).await;
    if let Err(error @ Error::TimedOut(_)) = set {
        return Err(error);
    }
    let drop = format!("DROP DATABASE IF EXISTS {}", ddl::quote(&schema));
    execute(&mut connection, &drop, limit).await?;
    connection.close().await?;
    Ok(())
}

/// Does `sql`, which may take `limit`.
pub(super) async fn execute(
    connection: &mut MySqlConnection,
    sql: &str,
    limit: Duration,
) -> Result<(), Error> {
    in_time(limit, sqlx::query(AssertSqlSafe(sql)).execute(connection)).await?;
    Ok(())
}
