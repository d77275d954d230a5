//! What this process knows: the traffic, the classes, its copies of hot values, and of which keys Redis may be wrong.
//!
//! One lock around all of it, for a time without a wait in it. Why not a lock for each part: a read counts and decides in one step, and a write between
//! these two would have to be thought about. What must stay true: a copy is kept only if nobody wrote the key since what is
//! kept was read; a key that is not hot has no copy.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;

use super::clock::Clock;
use super::config::Config;
use super::error::ConfigError;
use crate::core::cache::Cache;
use crate::core::class::{Classifier, Decision, Place};
use crate::core::dirty::{Belief, Dirty, Mark};
use crate::core::hash::{Hashed, KeyHasher};
use crate::core::heavy::Traffic;
use crate::core::place::{Keep, Ttls};
use crate::core::value::Value;

/// The process's memory.
pub(crate) struct Memory {
    clock: Clock,
    hasher: KeyHasher,
    ttls: Ttls,
    /// How long a mark of [`Dirty`] is needed.
    dirty_for: Duration,
    inner: Mutex<Inner>,
}

struct Inner {
    hasher: KeyHasher,
    traffic: Traffic,
    classifier: Classifier,
    copies: Cache<String, Value>,
    stamps: Box<[u64; STAMPS]>,
    dirty: Dirty,
    dice: Rng,
}

/// How often keys were written, by hash. Two keys that share a stamp cost each other a copy that is not kept, and nothing else; so few are enough.
const STAMPS: usize = 1024;

/// How many copies that have expired a read clears away: more than it can add.
const EXPIRE_AT_MOST: usize = 2;

impl Inner {
    /// Keeps a copy, if the key is still hot: what reads and writes began with may have changed while they waited.
    fn insert(&mut self, key: &str, value: &Value, ttl: Duration, now: Duration) {
        match self.classifier.class(self.hasher.hash(key).bits()).place() {
            Place::LocalAndRedis => {}
            Place::Redis | Place::Nowhere => {
                self.copies.remove(key, now);
                return;
            }
        }
        let weight = u32::try_from(key.len() + value.encoded_len()).unwrap_or(u32::MAX);
        let expires = Some(now.saturating_add(ttl));
        let (key, value) = (key.to_owned(), value.clone());
        let _kept_or_not = self.copies.insert(key, value, weight, expires, now);
    }
}

/// A moment in the life of a key: the number of its writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

impl Memory {
    pub(crate) fn new(config: &Config, clock: Clock) -> Result<Self, ConfigError> {
        let seed = config.local.seed;
        Ok(Self {
            clock,
            hasher: KeyHasher::new(seed),
            ttls: config.ttls,
            // What was in Redis, or on its way there, when it refused.
            dirty_for: config.ttls.longest() + config.grace(),
            inner: Mutex::new(Inner {
                hasher: KeyHasher::new(seed),
                traffic: Traffic::new(config.counters, config.window)?,
                classifier: Classifier::new(config.thresholds)?,
                copies: Cache::new(config.local)?,
                stamps: Box::new([0; STAMPS]),
                dirty: Dirty::new(config.max_dirty as usize),
                dice: Rng::with_seed(seed),
            }),
        })
    }

    /// `key` is read: counts it, and decides its class. A key that is not hot loses its copy.
    pub(crate) fn observe(&self, key: &str) -> Decision {
        // ANCHOR: stage5_observe
        todo!("stage 5: observe")
        // ANCHOR_END: stage5_observe
    }

    /// Where `key` is kept, as it was last decided.
    pub(crate) fn place(&self, key: &str) -> Place {
        self.lock().classifier.class(self.hash(key).bits()).place()
    }

    /// The copy of `key`, if there is one that has not expired.
    pub(crate) fn copy(&self, key: &str) -> Option<Value> {
        let now = self.clock.now();
        let mut inner = self.lock();
        inner.copies.expire(now, EXPIRE_AT_MOST);
        inner.copies.get(key, now).cloned()
    }

    /// How `value` is kept at `place`.
    pub(crate) fn keep(&self, place: Place, value: &Value) -> Keep {
        let dice = self.lock().dice.f64();
        self.ttls.keep(place, value, dice)
    }

    /// The stamp of `key`, to take before it is read elsewhere.
    pub(crate) fn stamp(&self, key: &str) -> Stamp {
        Stamp(self.lock().stamps[self.stripe(key)])
    }

    /// Keeps a copy of what was read since `stamp`, for `ttl`; unless the key was written since.
    pub(crate) fn keep_copy(&self, key: &str, value: &Value, ttl: Duration, stamp: Stamp) {
        // ANCHOR: stage5_keep_copy
        todo!("stage 5: keep copy")
        // ANCHOR_END: stage5_keep_copy
    }

    /// A write of `key` begins: its copy goes. Gives the stamp of this write.
    pub(crate) fn begin_write(&self, key: &str) -> Stamp {
        let (stripe, now) = (self.stripe(key), self.clock.now());
        let mut inner = self.lock();
        inner.copies.remove(key, now);
        inner.stamps[stripe] += 1;
        Stamp(inner.stamps[stripe])
    }

    /// Redis took the write that began at `begun`: a mark that was there before is taken back, and `copy` is kept. If two writes overlap,
    /// neither knows which came last in Redis, and neither keeps a copy.
    pub(crate) fn written(
        &self,
        key: &str,
        begun: Stamp,
        mark: Option<Mark>,
        copy: Option<(Value, Duration)>,
    ) {
        let (stripe, now) = (self.stripe(key), self.clock.now());
        let mut inner = self.lock();
        match copy {
            Some((value, ttl)) if inner.stamps[stripe] == begun.0 => {
                inner.insert(key, &value, ttl, now);
            }
            // What a read has left here since then may be older.
            Some(_) | None => {
                inner.copies.remove(key, now);
            }
        }
        inner.stamps[stripe] += 1;
        if let Some(mark) = mark {
            inner.dirty.clean(key, mark);
        }
    }

    /// Redis refused a write of `key`, or nobody knows.
    pub(crate) fn refused(&self, key: &str) {
        let (stripe, now) = (self.stripe(key), self.clock.now());
        let mut inner = self.lock();
        inner.copies.remove(key, now);
        inner.stamps[stripe] += 1;
        let until = now.saturating_add(self.dirty_for);
        inner.dirty.mark(key, now, until);
    }

    /// Whether to believe what Redis says about `key`.
    pub(crate) fn belief(&self, key: &str) -> Belief {
        self.lock().dirty.belief(key, self.clock.now())
    }

    /// The mark of `key`.
    pub(crate) fn mark(&self, key: &str) -> Option<Mark> {
        self.lock().dirty.get(key)
    }

    /// Redis has overwritten `key` since `mark`.
    pub(crate) fn clean(&self, key: &str, mark: Mark) {
        self.lock().dirty.clean(key, mark);
    }

    /// Some keys that are dirty.
    pub(crate) fn pending(&self, at_most: usize) -> Vec<(String, Mark)> {
        self.lock().dirty.pending(self.clock.now(), at_most)
    }

    /// Keys that are tracked; copies and their weight; dirty keys.
    pub(crate) fn sizes(&self) -> [u64; 4] {
        let inner = self.lock();
        let (tracked, copies) = (inner.classifier.tracked(), inner.copies.len());
        [
            tracked as u64,
            copies as u64,
            inner.copies.weight(),
            inner.dirty.len() as u64,
        ]
    }

    fn hash(&self, key: &str) -> Hashed {
        self.hasher.hash(key)
    }

    fn stripe(&self, key: &str) -> usize {
        (self.hash(key).bits() % STAMPS as u64) as usize
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
