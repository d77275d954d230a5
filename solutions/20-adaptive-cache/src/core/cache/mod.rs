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
mod policy;
mod window;

use std::borrow::Borrow;
use std::hash::Hash;
use std::time::Duration;

use hashbrown::HashTable;

pub use self::admission::{Admission, decide};
use self::entry::Entry;
pub use self::entry::{Inserted, Refusal, Space, Stats};
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
        let hash = self.hasher.hash(key);
        self.sketch.record(hash);
        let Some(slot) = self.find(hash, key) else {
            self.count_miss(hash);
            return None;
        };
        if self.has_expired(slot, Moment::at(now)) {
            self.drop_expired(slot);
            self.count_miss(hash);
            return None;
        }
        self.stats.hits += 1;
        self.on_hit(slot);
        Some(&self.entries[slot].value)
        // ANCHOR_END: stage2_get
    }

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

    /// Takes out what has expired at `now`, `at_most` so many entries, the earliest first; how many it were.
    pub fn expire(&mut self, now: Duration, at_most: usize) -> usize {
        let now = Moment::at(now);
        let mut expired = 0;
        while expired < at_most && self.expire_one(now) {
            expired += 1;
        }
        expired
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

    /// How often `key` was asked for lately: see [`Sketch::estimate`].
    #[must_use]
    pub fn frequency<Q>(&self, key: &Q) -> u8
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
    {
        self.sketch.estimate(self.hasher.hash(key))
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

    /// Puts a new entry into the window.
    fn add(&mut self, entry: Entry<K, V>) -> Slot {
        let (hash, weight) = (entry.hash, entry.weight);
        let slot = self.entries.insert(entry);
        let rehash = |slot: &Slot| self.entries[*slot].hash.bits();
        self.index.insert_unique(hash.bits(), slot, rehash);
        if u64::from(weight) > self.window_capacity {
            // It goes through at once, alone, and does not push all the others out before it.
            self.window.push_oldest(&mut self.links, slot, weight);
        } else {
            self.window.push_newest(&mut self.links, slot, weight);
        }
        slot
    }

    /// Gives an entry another value, in its place.
    fn replace(&mut self, slot: Slot, value: V, weight: u32, expires: Moment) {
        let entry = &mut self.entries[slot];
        entry.value = value;
        let before = std::mem::replace(&mut entry.weight, weight);
        let expired = std::mem::replace(&mut entry.expires, expires);
        let space = entry.space;
        self.list(space).0.reweigh(before, weight);
        if expired != Moment::NEVER {
            self.mortal -= 1;
        }
    }

    /// Remembers when an entry expires, if ever.
    fn mark(&mut self, slot: Slot, expires: Moment) {
        if expires == Moment::NEVER {
            return;
        }
        self.mortal += 1;
        self.expiries.push(expires, slot);
        if self.expiries.is_stale(self.mortal) {
            let marks = self
                .entries
                .iter()
                .map(|(slot, entry)| (entry.expires, slot));
            let marks = marks.filter(|(expires, _)| *expires != Moment::NEVER);
            self.expiries.rebuild(marks);
        }
    }

    /// Takes an entry out of everything but the heap of expiries, which notices by itself.
    fn take(&mut self, slot: Slot) -> V {
        let (space, weight) = (self.entries[slot].space, self.entries[slot].weight);
        let (list, links) = self.list(space);
        list.unlink(links, slot, weight);
        let hash = self.entries[slot].hash.bits();
        if let Ok(found) = self.index.find_entry(hash, |other| *other == slot) {
            found.remove();
        }
        let Some(entry) = self.entries.remove(slot) else {
            unreachable!("its space was read above");
        };
        if entry.expires != Moment::NEVER {
            self.mortal -= 1;
        }
        entry.value
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

    fn list(&mut self, space: Space) -> (&mut List, &mut Links) {
        let list = match space {
            Space::Window => &mut self.window,
            Space::Probation => &mut self.probation,
            Space::Protected => &mut self.protected,
        };
        (list, &mut self.links)
    }
}
