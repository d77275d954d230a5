//! A log as figures: one class for each shape of statement.
//!
//! Why not one entry for each statement: memory would grow with the log, and advice for one of a million calls is none. Why the classes that came first
//! and not the heaviest so far: a class that is dropped and comes again has wrong figures, one that never had a place is counted
//! with the others, and the report says how much that is. What must stay true: the classes and the others together are the log, and two
//! digests merged are the digest of both logs.

mod class;
mod histogram;
mod measure;
mod names;

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

pub use class::{Class, Flags, Sample};
pub use measure::Measure;
pub use names::Names;

use super::fingerprint::{Id, fingerprint};
use super::log::entry::{Command, Entry};

/// What a digest keeps at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    classes: usize,
    fingerprint_bytes: usize,
    sample_bytes: usize,
}

/// A limit that makes no sense, with the range that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// Nothing is told apart, or more than a report can show.
    #[error("digest: classes must be 1 to {MAX_CLASSES}, not {0}")]
    Classes(usize),
    /// A shape that nobody recognises, or longer than anybody reads.
    #[error("digest: fingerprint_bytes must be {MIN_BYTES} to {MAX_BYTES}, not {0}")]
    Fingerprint(usize),
    /// A sample that cannot be explained, or takes more than the log.
    #[error("digest: sample_bytes must be {MIN_BYTES} to {MAX_BYTES}, not {0}")]
    Sample(usize),
}

const MAX_CLASSES: usize = 1 << 20;
const MIN_BYTES: usize = 64;
const MAX_BYTES: usize = 1 << 20;

impl Limits {
    /// At most `classes` shapes (1 to a million), each with so many bytes of its fingerprint and of its sample (64 bytes to 1 MiB each).
    ///
    /// # Errors
    ///
    /// [`LimitsError`] names what is out of its range.
    pub fn new(
        classes: usize,
        fingerprint_bytes: usize,
        sample_bytes: usize,
    ) -> Result<Self, LimitsError> {
        if !(1..=MAX_CLASSES).contains(&classes) {
            return Err(LimitsError::Classes(classes));
        }
        if !(MIN_BYTES..=MAX_BYTES).contains(&fingerprint_bytes) {
            return Err(LimitsError::Fingerprint(fingerprint_bytes));
        }
        if !(MIN_BYTES..=MAX_BYTES).contains(&sample_bytes) {
            return Err(LimitsError::Sample(sample_bytes));
        }
        Ok(Self {
            classes,
            fingerprint_bytes,
            sample_bytes,
        })
    }

    /// How many shapes are told apart.
    #[must_use]
    pub fn classes(self) -> usize {
        self.classes
    }

    /// What is kept of a fingerprint.
    #[must_use]
    pub fn fingerprint_bytes(self) -> usize {
        self.fingerprint_bytes
    }

    /// What is kept of a sample.
    #[must_use]
    pub fn sample_bytes(self) -> usize {
        self.sample_bytes
    }
}

impl Default for Limits {
    /// 5,000 shapes, of the order of MySQL's own table of digests. 4 KiB of a fingerprint are more than a page, and a sample of 16 KiB is the
    /// longest that is sensibly explained. All of them full are 0.8 GB (`capacity::most_kept`).
    fn default() -> Self {
        Self {
            classes: 5_000,
            fingerprint_bytes: 4 << 10,
            sample_bytes: 16 << 10,
        }
    }
}

/// The whole log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Statements.
    pub statements: u64,
    /// How long they took, in microseconds.
    pub query_time: Measure,
    /// How long they waited for locks, in microseconds.
    pub lock_time: Measure,
    /// Rows that went to clients.
    pub rows_sent: Measure,
    /// Rows that the server read.
    pub rows_examined: Measure,
    /// Rows that were changed, where the log says it.
    pub rows_affected: Measure,
    /// How long administrator commands took, in microseconds. They are no statements, and in no other figure.
    pub administrator: Measure,
}

/// See the module.
#[derive(Debug)]
pub struct Digest {
    limits: Limits,
    classes: Vec<Class>,
    /// Of the whole fingerprint of each class.
    hashes: Vec<u64>,
    /// Places in `classes`, by those.
    places: HashTable<usize>,
    others: Option<Box<Class>>,
    totals: Totals,
    /// The fingerprint of the statement that is being added: one buffer for all.
    text: String,
}

/// What the others are called.
const OTHERS: &str = "(all other shapes)";

impl Digest {
    /// An empty one.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            classes: Vec::new(),
            hashes: Vec::new(),
            places: HashTable::new(),
            others: None,
            totals: Totals::default(),
            text: String::new(),
        }
    }

    /// Adds an entry of the log.
    pub fn add(&mut self, entry: &Entry<'_>) {
        // ANCHOR: stage2_add
        todo!("stage 2: add")
        // ANCHOR_END: stage2_add
    }

    /// The class of a fingerprint: the one it has, a new one, or that of all others if there is no room for one.
    fn class(&mut self, fingerprint: &str) -> &mut Class {
        // ANCHOR: stage2_class
        todo!("stage 2: class")
        // ANCHOR_END: stage2_class
    }

    fn find(&self, hash: u64, same: impl Fn(&Class) -> bool) -> Option<usize> {
        let same = |place: &usize| self.hashes[*place] == hash && same(&self.classes[*place]);
        self.places.find(hash, same).copied()
    }

    /// Makes a class of its own of this, if there is room, and else gives that of the others.
    fn insert(&mut self, hash: u64, class: Class) -> &mut Class {
        // ANCHOR: stage2_insert
        todo!("stage 2: insert")
        // ANCHOR_END: stage2_insert
    }

    /// Takes in another digest. While all classes have room, the order of merging makes no difference.
    pub fn merge(&mut self, other: Self) {
        self.totals.merge(&other.totals);
        for (hash, class) in other.hashes.into_iter().zip(other.classes) {
            let (id, text) = (class.id, class.fingerprint.clone());
            let place = self.find(hash, |mine| mine.id == id);
            let into = match place {
                Some(place) => &mut self.classes[place],
                None => self.insert(hash, Class::new(id, text)),
            };
            into.merge(class);
        }
        if let Some(others) = other.others {
            let mine = || Box::new(Class::new(others.id, others.fingerprint.clone()));
            self.others.get_or_insert_with(mine).merge(*others);
        }
    }

    /// The classes, from the one that took longest altogether. Without the others.
    #[must_use]
    pub fn by_total_time(&self) -> Vec<&Class> {
        // ANCHOR: stage2_by_total_time
        todo!("stage 2: by total time")
        // ANCHOR_END: stage2_by_total_time
    }

    /// The statements of shapes that had no room, as one class; `None` if there was room for all.
    #[must_use]
    pub fn others(&self) -> Option<&Class> {
        self.others.as_deref()
    }

    /// The whole log.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }
}

impl Totals {
    fn add(&mut self, entry: &Entry<'_>) {
        self.statements += 1;
        self.query_time.add_time(entry.query_time);
        self.lock_time.add_time(entry.lock_time);
        self.rows_sent.add(entry.rows_sent);
        self.rows_examined.add(entry.rows_examined);
        if let Some(rows) = entry.rows_affected {
            self.rows_affected.add(rows);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.statements += other.statements;
        self.query_time.merge(&other.query_time);
        self.lock_time.merge(&other.lock_time);
        self.rows_sent.merge(&other.rows_sent);
        self.rows_examined.merge(&other.rows_examined);
        self.rows_affected.merge(&other.rows_affected);
        self.administrator.merge(&other.administrator);
    }
}

/// At most `bytes` of a text, and then an ellipsis.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes)])
}
