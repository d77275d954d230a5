//! Logs for the tests: those that servers wrote, and a writer that does as they do, so that what was logged is known.

use std::time::Duration;

use proptest::prelude::*;
use slow_query::core::log::entry::{Command, Entry, Timestamp};
use slow_query::core::log::reader::Reader;
use slow_query::core::log::{Limits, Summary};

pub const MYSQL: &[u8] = include_bytes!("../logs/mysql-9.7.log.1");
pub const MYSQL_EXTRA: &[u8] = include_bytes!("../logs/mysql-9.7.log");
pub const MARIADB: &[u8] = include_bytes!("../logs/mariadb-10.11.log.1");
pub const MARIADB_EXPLAIN: &[u8] = include_bytes!("../logs/mariadb-10.11.log");
pub const PERCONA: &[u8] = include_bytes!("../logs/percona-8.0.log");

/// All that are there.
pub const ALL: [(&str, &[u8]); 5] = [
    ("MySQL", MYSQL),
    ("MySQL, extra", MYSQL_EXTRA),
    ("MariaDB", MARIADB),
    ("MariaDB, explain", MARIADB_EXPLAIN),
    ("Percona", PERCONA),
];

/// An entry that outlives the reader. Names and statements as text, which is what a failed assertion can show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Read {
    pub at: Option<i64>,
    pub user: Option<String>,
    pub host: Option<String>,
    pub connection: Option<u64>,
    pub schema: Option<String>,
    pub query_time: Duration,
    pub lock_time: Duration,
    pub rows: [u64; 2],
    pub rows_affected: Option<u64>,
    pub statement: String,
    pub administrator: bool,
    pub truncated: bool,
}

/// Bytes as text of which nothing is lost.
pub fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}

impl Read {
    fn of(entry: &Entry<'_>) -> Self {
        let (text, administrator) = match entry.command {
            Command::Statement(text) => (text, false),
            Command::Administrator(text) => (text, true),
        };
        Self {
            at: entry.at.map(|Timestamp(micros)| micros),
            user: entry.user.map(shown),
            host: entry.host.map(shown),
            connection: entry.connection,
            schema: entry.schema.map(shown),
            query_time: entry.query_time,
            lock_time: entry.lock_time,
            rows: [entry.rows_sent, entry.rows_examined],
            rows_affected: entry.rows_affected,
            statement: shown(text),
            administrator,
            truncated: entry.truncated,
        }
    }
}

/// Reads pieces, with limits.
pub fn read_pieces<'a>(
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Read>, Summary) {
    let mut entries = Vec::new();
    let mut each = |entry: &Entry<'_>| entries.push(Read::of(entry));
    let mut reader = Reader::new(limits);
    for piece in pieces {
        reader.feed(piece, &mut each);
    }
    let summary = reader.finish(&mut each);
    (entries, summary)
}

/// Reads a log in one piece.
pub fn read(log: &[u8]) -> Vec<Read> {
    read_pieces(Limits::default(), [log]).0
}

/// The statements of a log.
pub fn statements(log: &[u8]) -> Vec<String> {
    let entries = read(log).into_iter();
    entries.map(|entry| entry.statement).collect()
}

/// Files of one log, one after the other.
pub fn read_files<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Read>, Summary) {
    let mut entries = Vec::new();
    let mut each = |entry: &Entry<'_>| entries.push(Read::of(entry));
    let mut reader = Reader::new(Limits::default());
    for (number, file) in files.into_iter().enumerate() {
        if number > 0 {
            reader.next_file();
        }
        reader.feed(file, &mut each);
    }
    let summary = reader.finish(&mut each);
    (entries, summary)
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    MySql,
    MariaDb,
    Percona,
}

pub const SERVERS: [Server; 3] = [Server::MySql, Server::MariaDb, Server::Percona];

/// What a client did.
#[derive(Debug, Clone)]
pub struct Done {
    /// Seconds since 1970.
    pub at: u32,
    pub user: &'static str,
    pub connection: u64,
    pub schema: Option<&'static str>,
    pub micros: u64,
    pub rows: [u64; 2],
    pub affected: u64,
    pub statement: Vec<u8>,
    pub administrator: bool,
}

impl Default for Done {
    fn default() -> Self {
        Self {
            at: 1_705_314_225,
            user: "app",
            connection: 8,
            schema: Some("shop"),
            micros: 1500,
            rows: [1, 100],
            affected: 0,
            statement: b"select 1".to_vec(),
            administrator: false,
        }
    }
}

impl Done {
    pub fn statement(text: impl AsRef<[u8]>) -> Self {
        Self {
            statement: text.as_ref().to_vec(),
            ..Self::default()
        }
    }

    /// What a reader is to make of it, if the server writes all of that.
    pub fn read(&self) -> Read {
        Read {
            at: Some(i64::from(self.at) * 1_000_000),
            user: Some(self.user.to_owned()),
            host: Some("web1".to_owned()),
            connection: Some(self.connection),
            schema: self.schema.map(ToOwned::to_owned),
            query_time: Duration::from_micros(self.micros),
            lock_time: Duration::from_micros(self.micros / 2),
            rows: self.rows,
            rows_affected: Some(self.affected),
            statement: shown(&self.statement),
            administrator: self.administrator,
            truncated: false,
        }
    }
}

/// The lines that a server writes when it opens the file.
pub fn banner(server: Server) -> &'static str {
    match server {
        Server::MySql => {
            "/usr/sbin/mysqld, Version: 8.4.0 (MySQL Community Server - GPL). started with:\n\
             Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n\
             Time                 Id Command    Argument\n"
        }
        Server::MariaDb => {
            "mariadbd, Version: 10.11.19-MariaDB-0+deb12u1-log (Debian 12). started with:\n\
             Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\n\
             Time\t\t    Id Command\tArgument\n"
        }
        Server::Percona => {
            "/usr/sbin/mysqld, Version: 8.0.36-28 (Percona Server (GPL), Release 28). started with:\n\
             Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n\
             Time                 Id Command    Argument\n"
        }
    }
}

/// Writes a log as that server does.
pub fn write(server: Server, done: &[Done]) -> Vec<u8> {
    let mut log = banner(server).as_bytes().to_vec();
    // MySQL and Percona say the schema when it changes, and keep what they last said in the file, not in the connection.
    let mut said: Option<&str> = None;
    for entry in done {
        let Done {
            user,
            connection: id,
            rows: [sent, examined],
            affected,
            at,
            ..
        } = entry;
        let schema = entry.schema.unwrap_or("");
        let seconds = |micros: u64| format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        let (query, lock) = (seconds(entry.micros), seconds(entry.micros / 2));
        let second = 10 * 3600 + 23 * 60 + 45 + (at - 1_705_314_225);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let day = format!("2024-01-15T{hour:02}:{minute:02}:{second:02}.000000Z");
        let header = match server {
            Server::MySql => format!(
                "# Time: {day}\n# User@Host: {user}[{user}] @ web1 [10.0.0.7]  Id: {id:5}\n\
                 # Query_time: {query}  Lock_time: {lock} Rows_sent: {sent}  Rows_examined: {examined}\n"
            ),
            Server::MariaDb => format!(
                "# User@Host: {user}[{user}] @ web1 [10.0.0.7]\n\
                 # Thread_id: {id}  Schema: {schema}  QC_hit: No\n\
                 # Query_time: {query}  Lock_time: {lock}  Rows_sent: {sent}  Rows_examined: {examined}\n\
                 # Rows_affected: {affected}  Bytes_sent: 11\n"
            ),
            Server::Percona => format!(
                "# Time: {day}\n# User@Host: {user}[{user}] @ web1 [10.0.0.7]  Id: {id:5}\n\
                 # Schema: {schema}  Last_errno: 0  Killed: 0\n\
                 # Query_time: {query}  Lock_time: {lock}  Rows_sent: {sent}  Rows_examined: {examined}  Rows_affected: {affected}\n\
                 # Bytes_sent: 11\n"
            ),
        };
        log.extend_from_slice(header.as_bytes());
        if said != entry.schema
            && let Some(schema) = entry.schema
        {
            log.extend_from_slice(format!("use {schema};\n").as_bytes());
            said = entry.schema;
        }
        log.extend_from_slice(format!("SET timestamp={at};\n").as_bytes());
        if entry.administrator {
            log.extend_from_slice(b"# administrator command: ");
        }
        log.extend_from_slice(&entry.statement);
        log.extend_from_slice(b";\n");
    }
    log
}

/// Statements that clients send: texts of several lines, comments, bytes that are no text.
pub fn any_statement() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "[a-z ,='0-9]{0,30}".prop_map(String::into_bytes),
        "# [a-z:]{0,10}".prop_map(String::into_bytes),
        Just(b"# Time: long ago".to_vec()),
        Just(b"SET timestamp=5;".to_vec()),
        Just(b"use shop;".to_vec()),
        Just(b"update t set a = 1;".to_vec()),
        Just(b"# administrator command: Ping".to_vec()),
        Just(b"".to_vec()),
        Just(b"\r".to_vec()),
        prop::collection::vec(
            prop_oneof![Just(b'\0'), Just(b';'), Just(b'#'), Just(0xff), any::<u8>()],
            0..20
        )
        .prop_map(|bytes| bytes.into_iter().filter(|byte| *byte != b'\n').collect()),
    ];
    let lines = prop::collection::vec(line, 1..6).prop_map(|lines| lines.join(&b'\n'));
    // What a client sends begins with a word, a comment, a parenthesis.
    ("select|-- x\n|/* */ ", lines).prop_map(|(first, mut lines)| {
        lines.splice(0..0, first.into_bytes());
        lines
    })
}

/// What clients did, one after another.
pub fn any_day(most: usize) -> impl Strategy<Value = Vec<Done>> {
    let entry = (
        any_statement(),
        0_u32..7,
        prop_oneof![Just("app"), Just("report"), Just("root")],
        1_u64..100,
        prop_oneof![Just("shop"), Just("shop archive"), Just("a;b")],
        (0_u64..10_000_000, any::<u16>(), any::<u32>(), any::<u8>()),
        prop::option::of(prop_oneof![Just("Ping"), Just("Close stmt")]),
    );
    let entry = entry.prop_map(
        |(statement, hour, user, connection, schema, figures, administrator)| {
            let (micros, sent, examined, affected) = figures;
            Done {
                at: 1_705_314_225 + hour * 3600,
                user,
                connection,
                schema: Some(schema),
                micros,
                rows: [u64::from(sent), u64::from(examined)],
                affected: u64::from(affected),
                statement: administrator.map_or(statement, |name| name.as_bytes().to_vec()),
                administrator: administrator.is_some(),
            }
        },
    );
    prop::collection::vec(entry, 1..most)
}
