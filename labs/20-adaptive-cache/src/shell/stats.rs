//! What has happened, as numbers that only grow.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) reads: Counter,
    pub(crate) local_hits: Counter,
    pub(crate) shielded: Counter,
    pub(crate) loads: Counter,
    pub(crate) loaded: Counter,
    pub(crate) redis_gets: Counter,
    pub(crate) redis_hits: Counter,
    pub(crate) redis_sets: Counter,
    pub(crate) redis_errors: Counter,
    pub(crate) malformed: Counter,
    pub(crate) fills_refused: Counter,
    pub(crate) class_changes: Counter,
}

/// What an [`AdaptiveCache`](super::cache::AdaptiveCache) has done so far, and what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls of `get`.
    pub reads: u64,
    /// Those of them that were answered from this process.
    pub local_hits: u64,
    /// Those of them that waited for what another one had begun.
    pub shielded: u64,
    /// Loads that were begun.
    pub loads: u64,
    /// Those of them that have brought a value; the others failed, or are under way.
    pub loaded: u64,
    /// Keys that Redis was asked for.
    pub redis_gets: u64,
    /// Those of them whose value it had.
    pub redis_hits: u64,
    /// Writes that were sent to Redis, deletions among them.
    pub redis_sets: u64,
    /// Commands that Redis refused, or did not answer in time.
    pub redis_errors: u64,
    /// Bytes in Redis that were no value of ours.
    pub malformed: u64,
    /// Loaded values that Redis did not take because somebody had written there in the meantime.
    pub fills_refused: u64,
    /// Keys that changed their class.
    pub class_changes: u64,
    /// Keys that have a class of their own now.
    pub tracked: u64,
    /// Copies in this process now.
    pub local_entries: u64,
    /// What they weigh.
    pub local_weight: u64,
    /// Keys of which Redis refused a write, and has not taken another one yet.
    pub dirty: u64,
}

impl Counters {
    /// All that is counted; what is held, the caller fills in.
    pub(crate) fn read(&self) -> Stats {
        Stats {
            reads: self.reads.get(),
            local_hits: self.local_hits.get(),
            shielded: self.shielded.get(),
            loads: self.loads.get(),
            loaded: self.loaded.get(),
            redis_gets: self.redis_gets.get(),
            redis_hits: self.redis_hits.get(),
            redis_sets: self.redis_sets.get(),
            redis_errors: self.redis_errors.get(),
            malformed: self.malformed.get(),
            fills_refused: self.fills_refused.get(),
            class_changes: self.class_changes.get(),
            ..Stats::default()
        }
    }
}
