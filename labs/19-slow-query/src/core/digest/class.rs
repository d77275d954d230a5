//! All statements of one shape, as figures.

use std::time::Duration;

use super::measure::Measure;
use super::names::Names;
use crate::core::fingerprint::Id;
use crate::core::log::entry::{Entry, PlanFlags, Timestamp};

/// The statements of one fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The number of the fingerprint.
    pub id: Id,
    /// The fingerprint; cut after the digest's limit of it, and then with an ellipsis.
    pub fingerprint: String,
    /// How many there are.
    pub count: u64,
    /// How long they took, in microseconds.
    pub query_time: Measure,
    /// How long they waited for locks, in microseconds.
    pub lock_time: Measure,
    /// Rows that went to the client.
    pub rows_sent: Measure,
    /// Rows that the server read.
    pub rows_examined: Measure,
    /// Rows that were changed, of those where the log says it.
    pub rows_affected: Measure,
    /// The earliest, where the log says when.
    pub first: Option<Timestamp>,
    /// The latest.
    pub last: Option<Timestamp>,
    /// In which schemas.
    pub schemas: Names,
    /// By whom.
    pub users: Names,
    /// From where.
    pub hosts: Names,
    /// What the optimiser did.
    pub flags: Flags,
    /// How many ended in an error, of those where the log says it.
    pub errors: u64,
    /// How many were not whole in the log.
    pub truncated: u64,
    /// The slowest that is whole, or the slowest that is not, if none is.
    pub sample: Sample,
}

/// What the optimiser did: how often, where the log says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Flags {
    /// How many said so at all.
    pub known: u64,
    /// Read a whole table.
    pub full_scan: u64,
    /// Joined without an index.
    pub full_join: u64,
    /// Used a temporary table.
    pub temporary_table: u64,
    /// Used one on disk.
    pub temporary_table_on_disk: u64,
    /// Sorted.
    pub filesort: u64,
    /// Sorted on disk.
    pub filesort_on_disk: u64,
}

impl Flags {
    fn add(&mut self, plan: PlanFlags) {
        let counts = |flag: Option<bool>| u64::from(flag == Some(true));
        self.known += u64::from(plan != PlanFlags::default());
        self.full_scan += counts(plan.full_scan);
        self.full_join += counts(plan.full_join);
        self.temporary_table += counts(plan.temporary_table);
        self.temporary_table_on_disk += counts(plan.temporary_table_on_disk);
        self.filesort += counts(plan.filesort);
        self.filesort_on_disk += counts(plan.filesort_on_disk);
    }

    fn merge(&mut self, other: &Self) {
        self.known += other.known;
        self.full_scan += other.full_scan;
        self.full_join += other.full_join;
        self.temporary_table += other.temporary_table;
        self.temporary_table_on_disk += other.temporary_table_on_disk;
        self.filesort += other.filesort;
        self.filesort_on_disk += other.filesort_on_disk;
    }
}

/// A statement with its literals: to be explained and tried, never to be shown unless somebody asks.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// What is no UTF-8 in it is U+FFFD.
    pub statement: String,
    /// It is not whole: neither the server nor a parser can do anything with it.
    pub truncated: bool,
    /// It is not what was sent: some bytes of it were no UTF-8.
    pub lossy: bool,
    /// Where it ran.
    pub schema: Option<String>,
    /// How long it took.
    pub query_time: Duration,
    /// When, if the log says.
    pub at: Option<Timestamp>,
}

/// Without the statement: a `dbg!` must not be how its literals leave.
impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sample")
            .field("bytes", &self.statement.len())
            .field("truncated", &self.truncated)
            .field("lossy", &self.lossy)
            .field("schema", &self.schema)
            .field("query_time", &self.query_time)
            .field("at", &self.at)
            .finish()
    }
}

impl Sample {
    /// Takes a statement if it is a better example: whole rather than not, then slow, then early. All of it decides, so that the order in
    /// which statements come does not.
    fn offer(&mut self, entry: &Entry<'_>, statement: &[u8], limit: usize, first: bool) {
        let truncated = entry.truncated || statement.len() > limit;
        let order = (truncated, std::cmp::Reverse(entry.query_time));
        let mine = (self.truncated, std::cmp::Reverse(self.query_time));
        if !first && order > mine {
            return;
        }
        let kept = String::from_utf8_lossy(&statement[..statement.len().min(limit)]);
        let offered = Self {
            lossy: matches!(kept, std::borrow::Cow::Owned(_)),
            statement: kept.into_owned(),
            truncated,
            schema: entry
                .schema
                .map(|name| String::from_utf8_lossy(name).into_owned()),
            query_time: entry.query_time,
            at: entry.at,
        };
        *self = if first {
            offered
        } else {
            std::mem::take(self).better(offered)
        };
    }

    /// The one of two that is the better example.
    fn better(self, other: Self) -> Self {
        std::cmp::min_by(self, other, |one, other| one.rank().cmp(&other.rank()))
    }

    fn rank(&self) -> impl Ord + '_ {
        let slow = std::cmp::Reverse(self.query_time);
        (self.truncated, slow, self.at, &self.statement, &self.schema)
    }
}

impl Class {
    pub(super) fn new(id: Id, fingerprint: String) -> Self {
        Self {
            id,
            fingerprint,
            count: 0,
            query_time: Measure::default(),
            lock_time: Measure::default(),
            rows_sent: Measure::default(),
            rows_examined: Measure::default(),
            rows_affected: Measure::default(),
            first: None,
            last: None,
            schemas: Names::default(),
            users: Names::default(),
            hosts: Names::default(),
            flags: Flags::default(),
            errors: 0,
            truncated: 0,
            sample: Sample::default(),
        }
    }

    pub(super) fn add(&mut self, entry: &Entry<'_>, statement: &[u8], sample_bytes: usize) {
        self.sample
            .offer(entry, statement, sample_bytes, self.count == 0);
        self.count += 1;
        self.query_time.add_time(entry.query_time);
        self.lock_time.add_time(entry.lock_time);
        self.rows_sent.add(entry.rows_sent);
        self.rows_examined.add(entry.rows_examined);
        if let Some(rows) = entry.rows_affected {
            self.rows_affected.add(rows);
        }
        self.first = earlier(self.first, entry.at);
        self.last = self.last.max(entry.at);
        for (names, name) in [
            (&mut self.schemas, entry.schema),
            (&mut self.users, entry.user),
            (&mut self.hosts, entry.host),
        ] {
            if let Some(name) = name {
                names.add(name);
            }
        }
        self.flags.add(entry.plan);
        self.errors += u64::from(entry.error.is_some_and(|error| error != 0));
        self.truncated += u64::from(entry.truncated);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.sample = if self.count == 0 {
            other.sample
        } else {
            std::mem::take(&mut self.sample).better(other.sample)
        };
        self.count += other.count;
        self.query_time.merge(&other.query_time);
        self.lock_time.merge(&other.lock_time);
        self.rows_sent.merge(&other.rows_sent);
        self.rows_examined.merge(&other.rows_examined);
        self.rows_affected.merge(&other.rows_affected);
        self.first = earlier(self.first, other.first);
        self.last = self.last.max(other.last);
        self.schemas.merge(&other.schemas);
        self.users.merge(&other.users);
        self.hosts.merge(&other.hosts);
        self.flags.merge(&other.flags);
        self.errors += other.errors;
        self.truncated += other.truncated;
    }
}

/// The earlier of two moments that may be unknown.
fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
