//! A cache that keeps what is asked for most: W-TinyLFU, with weights and expiry.
//!
//! New keys enter a small window, in the order of use. What drops out of it is a candidate for the main space, and gets in only if it
//! is asked for more often than what would have to go. The main space is a segmented LRU: probation, and 80 % protected for what was
//! hit there. (Einziger, Friedman and Manes, "TinyLFU", 2017; the design is Caffeine's.)
//!
//! Why not LRU: one scan, and all is gone. Why not LFU: what was hot yesterday would stay for good. What must stay true: the weight of
//! what is kept is never above the capacity, and what has expired is never given back.

mod admission;
mod entry;
mod look;
mod policy;
mod store;
mod window;

use std::borrow::Borrow;
use std::hash::Hash;
use std::time::Duration;

use hashbrown::HashTable;

pub use self::admission::{Admission, decide};
use self::entry::Entry;
pub use self::entry::{ENTRY_BYTES, Inserted, Refusal, Space, Stats};
use super::climber::Climber;
use super::expiry::{Expiries, Moment};
use super::hash::{Hashed, KeyHasher};
use super::limits::{Limits, LimitsError};
use super::list::{Links, List};
use super::sketch::Sketch;
use super::slab::{Slab, Slot};

/// The cache. Whoever shares it between threads puts a lock around it: a read changes the order.
#[derive(Clone, Debug)]
pub struct Cache<K, V> {
    limits: Limits,
    hasher: KeyHasher,
    sketch: Sketch,
    index: HashTable<Slot>,
    entries: Slab<Entry<K, V>>,
    links: Links,
    window: List,
    probation: List,
    protected: List,
    expiries: Expiries,
    /// How many entries expire at some time.
    mortal: usize,
    window_capacity: u64,
    /// Where the window's capacity is going, in strides.
    window_target: u64,
    /// Only if the window follows the load.
    climber: Option<Climber>,
    /// Requests up to the end of the last sample.
    sampled: u64,
    stats: Stats,
}

impl<K: Hash + Eq, V> Cache<K, V> {
    /// An empty cache.
    ///
    /// # Errors
    /// [`LimitsError`]: see [`Limits::check`].
    pub fn new(limits: Limits) -> Result<Self, LimitsError> {
        limits.check()?;
        let window_capacity = limits.share(limits.window.initial);
        Ok(Self {
            hasher: KeyHasher::new(limits.seed),
            sketch: Sketch::new(limits.expected_entries),
            index: HashTable::new(),
            entries: Slab::new(),
            links: Links::default(),
            window: List::new(),
            probation: List::new(),
            protected: List::new(),
            expiries: Expiries::new(),
            mortal: 0,
            window_capacity,
            window_target: window_capacity,
            climber: limits
                .adaptive
                .then(|| Climber::new(limits.capacity, limits.expected_entries)),
            sampled: 0,
            stats: Stats::default(),
            limits,
        })
    }

    /// The value of `key`, if it is there and has not expired at `now`. Counts that the key was asked for, also if it is not there.
    pub fn get<Q>(&mut self, key: &Q, now: Duration) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // ANCHOR: stage2_get
        todo!("stage 2: get")
        // ANCHOR_END: stage2_get
    }

    /// Keeps `value`, which weighs `weight` (0 counts as 1: the number of entries has a bound too), until `expires_at` or for good.
    ///
    /// A new key enters the window; a key that is there keeps its place, because a write says nothing about who asks. That the key was asked for
    /// was counted by [`Cache::get`], which came first.
    pub fn insert(
        &mut self,
        key: K,
        value: V,
        weight: u32,
        expires_at: Option<Duration>,
        now: Duration,
    ) -> Inserted {
        let (now, expires) = (Moment::at(now), Moment::of_expiry(expires_at));
        let weight = weight.max(1);
        let hash = self.hasher.hash(&key);
        let mut found = self.find(hash, &key);
        if let Some(slot) = found
            && self.has_expired(slot, now)
        {
            self.drop_expired(slot);
            found = None;
        }
        if let Some(refusal) = self.refusal(weight, expires, now) {
            if let Some(slot) = found {
                self.take(slot);
            }
            return Inserted::Refused(refusal);
        }
        let slot = match found {
            Some(slot) => {
                self.replace(slot, value, weight, expires);
                slot
            }
            None => self.add(Entry {
                key,
                value,
                hash,
                expires,
                weight,
                space: Space::Window,
            }),
        };
        self.mark(slot, expires);
        let evicted = self.make_room(now);
        self.adapt();
        match (found, self.entries.get(slot)) {
            (None, Some(_)) => Inserted::Kept { evicted },
            (Some(_), Some(_)) => Inserted::Replaced { evicted },
            (_, None) => Inserted::Rejected {
                evicted: evicted - 1,
            },
        }
    }

    /// Takes `key` out; its value, if it was there and had not expired at `now`.
    pub fn remove<Q>(&mut self, key: &Q, now: Duration) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.find(self.hasher.hash(key), key)?;
        if self.has_expired(slot, Moment::at(now)) {
            self.drop_expired(slot);
            return None;
        }
        Some(self.take(slot))
    }

    /// Takes out what has expired at `now`, `at_most` so many entries, the earliest first; how many there were.
    pub fn expire(&mut self, now: Duration, at_most: usize) -> usize {
        let now = Moment::at(now);
        let mut expired = 0;
        while expired < at_most && self.expire_one(now) {
            expired += 1;
        }
        expired
    }

    fn find<Q>(&self, hash: Hashed, key: &Q) -> Option<Slot>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let same = |slot: &Slot| self.entries[*slot].key.borrow() == key;
        self.index.find(hash.bits(), same).copied()
    }

    fn refusal(&self, weight: u32, expires: Moment, now: Moment) -> Option<Refusal> {
        if u64::from(weight) > self.limits.capacity {
            Some(Refusal::TooHeavy)
        } else if expires <= now {
            Some(Refusal::Expired)
        } else {
            None
        }
    }

    fn drop_expired(&mut self, slot: Slot) {
        self.take(slot);
        self.stats.expired += 1;
    }

    fn count_miss(&mut self, key: Hashed) {
        self.stats.misses += 1;
        if let Some(climber) = &mut self.climber {
            climber.missed(key);
        }
    }
}
