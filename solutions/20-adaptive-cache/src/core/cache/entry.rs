//! What a cache keeps of an entry, and what it says about one.

use super::super::expiry::Moment;
use super::super::hash::Hashed;

/// Where an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Among what came last.
    Window,
    /// In the main space, not asked for since it came there: the next to go.
    Probation,
    /// In the main space, and asked for there.
    Protected,
}

/// An entry.
#[derive(Clone, Debug)]
pub(super) struct Entry<K, V> {
    pub(super) key: K,
    pub(super) value: V,
    pub(super) hash: Hashed,
    pub(super) expires: Moment,
    pub(super) weight: u32,
    pub(super) space: Space,
}

/// The bytes of an entry beside its key and its value.
pub const ENTRY_BYTES: usize = size_of::<Option<Entry<(), ()>>>();

/// What became of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// The key was not there, and is.
    Kept {
        /// So many others had to go.
        evicted: usize,
    },
    /// The key was there, and has the new value.
    Replaced {
        /// So many others had to go.
        evicted: usize,
    },
    /// There was no room for it: what would have had to go is asked for as often, or more often.
    Rejected {
        /// So many others had to go all the same.
        evicted: usize,
    },
    /// It was not tried. An older value of the key is gone too: it is not what was written last.
    Refused(Refusal),
}

/// Why an insert was not tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It alone weighs more than the capacity.
    TooHeavy,
    /// It has expired already.
    Expired,
}

/// What has happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests whose value was there.
    pub hits: u64,
    /// Requests whose value was not there, or had expired.
    pub misses: u64,
    /// Candidates from the window for which others had to go.
    pub admitted: u64,
    /// Candidates that had to go themselves.
    pub rejected: u64,
    /// Entries that went because there was no room, candidates among them.
    pub evicted: u64,
    /// Entries that went because their time had come.
    pub expired: u64,
}
