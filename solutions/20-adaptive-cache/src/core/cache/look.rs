//! What can be seen of a cache without being counted as a request.

use std::borrow::Borrow;
use std::hash::Hash;
use std::time::Duration;

use super::super::expiry::Moment;
use super::Cache;
use super::entry::{Space, Stats};

impl<K: Hash + Eq, V> Cache<K, V> {
    /// The value of `key`, if it is there and has not expired at `now`. Nothing is counted, and no order changes.
    #[must_use]
    pub fn peek<Q>(&self, key: &Q, now: Duration) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.find(self.hasher.hash(key), key)?;
        if self.has_expired(slot, Moment::at(now)) {
            return None;
        }
        Some(&self.entries[slot].value)
    }

    /// The weight of all entries, those that have expired and are still there among them.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.window.weight() + self.probation.weight() + self.protected.weight()
    }

    /// How many entries there are, those that have expired and are still there among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What all entries together may weigh.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.limits.capacity
    }

    /// What the entries in the window together may weigh.
    #[must_use]
    pub fn window_capacity(&self) -> u64 {
        self.window_capacity
    }

    /// How many expiries are remembered, those of entries that are gone among them: never many more than three for each entry that expires.
    #[must_use]
    pub fn marks(&self) -> usize {
        self.expiries.len()
    }

    /// What has happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Where the entry of `key` is, if there is one, be it expired.
    #[must_use]
    pub fn space<Q>(&self, key: &Q) -> Option<Space>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.find(self.hasher.hash(key), key)?;
        Some(self.entries[slot].space)
    }

    /// How often `key` was asked for lately: see [`Sketch::estimate`](crate::core::sketch::Sketch::estimate).
    #[must_use]
    pub fn frequency<Q>(&self, key: &Q) -> u8
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        self.sketch.estimate(self.hasher.hash(key))
    }
}
