//! The lines before a statement: whose it is, when it ran, what it cost.
//!
//! Why a line is asked for its exact form before it is taken for a header: a statement may have lines that begin with `#` too, which are
//! comments. Why each value is looked for by its name and not by its place: three servers write them in three orders, and add new ones.
//! What must stay true: a value that is missing or broken is missing or zero, and never another entry's.

use std::time::Duration;

use super::entry::{Dialect, PlanFlags, Timestamp};
use super::time::{self, Moment};

/// What a line begins, by its form.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start<'a> {
    /// `# Time: 2024-01-15T10:23:45.123456Z`, or `# Time: 240115 10:23:45`.
    Time(Option<Moment>),
    /// `# User@Host: app[app] @ web1 [10.0.0.7]  Id:    12`.
    User(User<'a>),
    /// `/usr/sbin/mysqld, Version: 8.4.0 (..). started with:`.
    Banner(Dialect),
    /// None of these.
    Nothing,
}

/// Who sent a statement, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct User<'a> {
    name: &'a [u8],
    host: &'a [u8],
    /// MySQL and Percona write the connection here.
    id: Option<u64>,
}

/// What a line of the log begins.
pub(super) fn start(line: &[u8]) -> Start<'_> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some(text) = line.strip_prefix(b"# Time: ") {
        // A comment may say `# Time: long`; the servers write a date.
        return match text.first() {
            Some(b'0'..=b'9') => Start::Time(time::date(text.trim_ascii())),
            Some(_) | None => Start::Nothing,
        };
    }
    if let Some(text) = line.strip_prefix(b"# User@Host: ") {
        return user(text).map_or(Start::Nothing, Start::User);
    }
    if line.ends_with(b"started with:") {
        return banner(line).map_or(Start::Nothing, Start::Banner);
    }
    Start::Nothing
}

fn banner(line: &[u8]) -> Option<Dialect> {
    let at = memchr::memmem::find(line, b", Version: ")?;
    let holds = |word: &[u8]| memchr::memmem::find(&line[at..], word).is_some();
    Some(match (holds(b"MariaDB"), holds(b"Percona")) {
        (true, _) => Dialect::MariaDb,
        (false, true) => Dialect::Percona,
        (false, false) => Dialect::MySql,
    })
}

/// `app[app] @ web1 [10.0.0.7]  Id:    12`: the account, who logged in, the host's name and its address. Any of them may be empty.
fn user(text: &[u8]) -> Option<User<'_>> {
    let at = memchr::memmem::find(text, b"] @ ")?;
    let (names, host) = (&text[..at], &text[at + 4..]);
    let open = memchr::memchr(b'[', names)?;
    let (account, login) = (&names[..open], &names[open + 1..]);
    let open = memchr::memchr(b'[', host)?;
    let close = open + memchr::memchr(b']', &host[open..])?;
    let (name, address) = (host[..open].trim_ascii(), &host[open + 1..close]);
    let id = host[close + 1..].trim_ascii_start().strip_prefix(b"Id:");
    Some(User {
        name: if account.is_empty() { login } else { account },
        host: if name.is_empty() { address } else { name },
        id: id.and_then(|id| time::number(id.trim_ascii())),
    })
}

/// What the lines of a header have said so far.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// `# Time:`, if there was one.
    pub moment: Option<Moment>,
    /// `SET timestamp`: MySQL's is when the statement began, MariaDB's when it ended.
    pub set_timestamp: Option<Timestamp>,
    /// Whether there was a `# User@Host:`.
    pub has_user: bool,
    pub user: Vec<u8>,
    pub host: Vec<u8>,
    pub connection: Option<u64>,
    /// `Schema:`, where the header has one; empty if the connection was in none.
    pub schema: Vec<u8>,
    pub has_schema: bool,
    /// `Query_time:`. Without one there is nothing to digest.
    pub query_time: Option<Duration>,
    pub lock_time: Duration,
    pub rows_sent: u64,
    pub rows_examined: u64,
    pub rows_affected: Option<u64>,
    pub error: Option<u32>,
    pub plan: PlanFlags,
}

impl Header {
    /// Forgets the entry before, and keeps the room that its names took.
    pub(super) fn clear(&mut self) {
        let keep = |mut bytes: Vec<u8>| {
            bytes.clear();
            bytes
        };
        *self = Self {
            user: keep(std::mem::take(&mut self.user)),
            host: keep(std::mem::take(&mut self.host)),
            schema: keep(std::mem::take(&mut self.schema)),
            ..Self::default()
        };
    }

    /// When the entry ended: by `# Time:` if that says its zone, else by `SET timestamp`, which has none.
    pub(super) fn at(&self) -> Option<Timestamp> {
        let moment = self.moment.map(|moment| moment.at);
        match self.moment {
            Some(Moment { zoned: true, .. }) => moment,
            Some(Moment { zoned: false, .. }) | None => self.set_timestamp.or(moment),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.user.capacity() + self.host.capacity() + self.schema.capacity()
    }

    pub(super) fn set_user(&mut self, user: User<'_>) {
        self.has_user = true;
        self.user.extend_from_slice(user.name);
        self.host.extend_from_slice(user.host);
        self.connection = user.id.or(self.connection);
    }

    /// Reads a line of `Name: value` pairs; gives the server that alone writes one of these names.
    pub(super) fn read(&mut self, line: &[u8]) -> Option<Dialect> {
        let mut dialect = None;
        let line = line.strip_prefix(b"#").unwrap_or(line);
        // A plan has columns, and texts of statements: no names of ours.
        if line.trim_ascii_start().starts_with(b"explain: ") {
            return Some(Dialect::MariaDb);
        }
        let line = self.schema(line);
        let mut words = line
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if let Some(name) = word.strip_suffix(b":") {
                // A value that is missing is not the next one's name.
                let mut ahead = words.clone();
                let value = match ahead.next() {
                    Some(value) if !value.ends_with(b":") => {
                        words = ahead;
                        value
                    }
                    Some(_) | None => b"",
                };
                dialect = self.pair(name, value).or(dialect);
            }
        }
        dialect
    }

    /// Takes `Schema: name` out of a line and gives the rest: the one value that may hold spaces, and look like another name.
    fn schema<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        let Some(at) = memchr::memmem::find(line, b"Schema: ") else {
            return line;
        };
        let value = &line[at + 8..];
        // The last of them: a schema may be called like one.
        let end = [b" QC_hit: ".as_slice(), b" Last_errno: "]
            .iter()
            .filter_map(|next| memchr::memmem::rfind(value, next))
            .max();
        let (schema, rest) = value.split_at(end.unwrap_or(value.len()));
        self.has_schema = true;
        self.schema.clear();
        self.schema.extend_from_slice(schema.trim_ascii());
        // MariaDB and Percona write the connection before it.
        const CONNECTION: &[u8] = b"Thread_id: ";
        if let Some(from) = memchr::memmem::find(&line[..at], CONNECTION) {
            let number = line[from + CONNECTION.len()..at].trim_ascii();
            self.connection = time::number(number).or(self.connection);
        }
        rest
    }

    fn pair(&mut self, name: &[u8], value: &[u8]) -> Option<Dialect> {
        let number = || time::number(value);
        match name {
            b"Query_time" => self.query_time = Some(time::seconds(value).unwrap_or_default()),
            b"Lock_time" => self.lock_time = time::seconds(value).unwrap_or_default(),
            b"Rows_sent" => self.rows_sent = number().unwrap_or(0),
            b"Rows_examined" => self.rows_examined = number().unwrap_or(0),
            b"Rows_affected" => self.rows_affected = number(),
            b"Thread_id" => self.connection = number().or(self.connection),
            b"Errno" | b"Last_errno" => {
                self.error = number().and_then(|error| u32::try_from(error).ok());
            }
            b"Full_scan" => self.plan.full_scan = yes(value),
            b"Full_join" => self.plan.full_join = yes(value),
            b"Tmp_table" => self.plan.temporary_table = yes(value),
            b"Tmp_table_on_disk" => self.plan.temporary_table_on_disk = yes(value),
            b"Filesort" => self.plan.filesort = yes(value),
            b"Filesort_on_disk" => self.plan.filesort_on_disk = yes(value),
            // MySQL with `log_slow_extra` counts instead.
            b"Created_tmp_tables" => self.plan.temporary_table = number().map(|count| count > 0),
            b"Created_tmp_disk_tables" => {
                self.plan.temporary_table_on_disk = number().map(|count| count > 0);
            }
            b"Sort_range_count" | b"Sort_scan_count" => {
                let sorted = self.plan.filesort.unwrap_or(false);
                self.plan.filesort = number().map(|count| sorted || count > 0);
            }
            b"Sort_merge_passes" => self.plan.filesort_on_disk = number().map(|count| count > 0),
            _ => {}
        }
        match name {
            b"QC_hit" => Some(Dialect::MariaDb),
            b"QC_Hit" | b"Last_errno" | b"Log_slow_rate_type" => Some(Dialect::Percona),
            b"Errno" | b"Bytes_received" => Some(Dialect::MySql),
            _ => None,
        }
    }
}

/// `Yes` or `No`.
fn yes(value: &[u8]) -> Option<bool> {
    match value {
        b"Yes" => Some(true),
        b"No" => Some(false),
        _ => None,
    }
}
