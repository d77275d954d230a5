//! One statement of a log, with what the server measured of it.
//!
//! Borrowed from the reader's buffer: whoever keeps something of it copies that, and nothing else.

use std::time::Duration;

/// Microseconds since 1970, UTC; what the log's header says, or its `SET timestamp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Who wrote the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// MySQL 5.7 to 9.
    MySql,
    /// MariaDB 10 and 11.
    MariaDb,
    /// Percona Server: read as its documentation describes it, never seen written by one.
    Percona,
}

/// What was logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// A statement, as it was sent: it need not be UTF-8.
    Statement(&'a [u8]),
    /// `# administrator command: Ping`: what a client did without a statement.
    Administrator(&'a [u8]),
}

/// What the optimiser did, where the server says so (MariaDB, Percona, MySQL with `log_slow_extra`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanFlags {
    /// Read a whole table.
    pub full_scan: Option<bool>,
    /// Joined without an index.
    pub full_join: Option<bool>,
    /// Used a temporary table.
    pub temporary_table: Option<bool>,
    /// Used one on disk.
    pub temporary_table_on_disk: Option<bool>,
    /// Sorted.
    pub filesort: Option<bool>,
    /// Sorted on disk.
    pub filesort_on_disk: Option<bool>,
}

impl Default for Command<'_> {
    fn default() -> Self {
        Self::Statement(b"")
    }
}

/// One entry of the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry<'a> {
    /// When it ended, if the log says.
    pub at: Option<Timestamp>,
    /// Who sent it.
    pub user: Option<&'a [u8]>,
    /// From where: a name, else an address.
    pub host: Option<&'a [u8]>,
    /// The connection's number.
    pub connection: Option<u64>,
    /// The schema it ran in, as far as is known at this place of the log.
    pub schema: Option<&'a [u8]>,
    /// How long it took.
    pub query_time: Duration,
    /// How long it waited for locks.
    pub lock_time: Duration,
    /// Rows that went to the client.
    pub rows_sent: u64,
    /// Rows that the server read for it.
    pub rows_examined: u64,
    /// Rows that it changed, if the log says.
    pub rows_affected: Option<u64>,
    /// The error it ended with, where the log says (MySQL with `log_slow_extra`, Percona): 0 is none.
    pub error: Option<u32>,
    /// What the optimiser did.
    pub plan: PlanFlags,
    /// What was sent. At most the reader's limit of it.
    pub command: Command<'a>,
    /// Whether the statement is not whole: longer than the limit, or the file ends in it.
    pub truncated: bool,
}
