//! A naive cache beside the real one: a map that knows what was written, and checks after each operation that nothing else is given back.
//!
//! Who has to go is the real cache's business; the map follows, and compares weights, values, counts and expiry.

use std::collections::HashMap;
use std::time::Duration;

use adaptive_cache::core::cache::{Cache, Inserted, Refusal, Stats};
use proptest::prelude::*;

/// What is done to both.
#[derive(Clone, Debug)]
pub enum Op {
    Get(u8),
    Insert {
        key: u8,
        weight: u32,
        /// In milliseconds; 0: for good.
        ttl: u64,
    },
    Remove(u8),
    Expire(usize),
    Wait(u64),
}

/// Any operation on 40 keys with weights up to `heaviest`.
pub fn op(heaviest: u32) -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => (0_u8..40).prop_map(Op::Get),
        5 => (0_u8..40, 0..=heaviest, prop_oneof![Just(0), 1_u64..20])
            .prop_map(|(key, weight, ttl)| Op::Insert { key, weight, ttl }),
        1 => (0_u8..40).prop_map(Op::Remove),
        1 => (0_usize..4).prop_map(Op::Expire),
        2 => (0_u64..8).prop_map(Op::Wait),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Written {
    value: u64,
    weight: u64,
    expires: Option<Duration>,
}

impl Written {
    fn expired(&self, now: Duration) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }
}

/// Both caches.
#[derive(Debug)]
pub struct Model {
    cache: Cache<u8, u64>,
    written: HashMap<u8, Written>,
    now: Duration,
    writes: u64,
}

impl Model {
    /// Beside an empty cache.
    pub fn new(cache: Cache<u8, u64>) -> Self {
        Self {
            cache,
            written: HashMap::new(),
            now: Duration::from_secs(1),
            writes: 0,
        }
    }

    /// The real one.
    pub fn cache(&self) -> &Cache<u8, u64> {
        &self.cache
    }

    /// Does `op` to both.
    pub fn apply(&mut self, op: &Op) -> Result<(), TestCaseError> {
        let before = self.cache.stats();
        match *op {
            Op::Get(key) => self.get(key)?,
            Op::Insert { key, weight, ttl } => self.insert(key, weight, ttl)?,
            Op::Remove(key) => self.remove(key)?,
            Op::Expire(at_most) => self.expire(at_most)?,
            Op::Wait(ms) => self.now += Duration::from_millis(ms),
        }
        self.compare(before)
    }

    fn get(&mut self, key: u8) -> Result<(), TestCaseError> {
        let written = self.written.get(&key).copied();
        let live = written.filter(|written| !written.expired(self.now));
        let before = self.cache.stats();
        let got = self.cache.get(&key, self.now).copied();
        prop_assert_eq!(
            got,
            live.map(|written| written.value),
            "at {:?}, of {:?}",
            self.now,
            written
        );
        let after = self.cache.stats();
        let counted = (after.hits - before.hits, after.misses - before.misses);
        prop_assert_eq!(counted, if got.is_some() { (1, 0) } else { (0, 1) });
        Ok(())
    }

    fn insert(&mut self, key: u8, weight: u32, ttl: u64) -> Result<(), TestCaseError> {
        self.writes += 1;
        let expires = (ttl > 0).then(|| self.now + Duration::from_millis(ttl));
        let written = Written {
            value: self.writes,
            weight: u64::from(weight.max(1)),
            expires,
        };
        let old = self.written.insert(key, written);
        let was_there = old.is_some_and(|old| !old.expired(self.now));
        let inserted = self
            .cache
            .insert(key, self.writes, weight, expires, self.now);
        let is_there = self.cache.space(&key).is_some();
        let others = self.written.iter().filter(|(other, written)| {
            **other != key && !written.expired(self.now) && self.cache.space(*other).is_none()
        });
        let gone = others.count();
        let expected = match (was_there, is_there) {
            _ if written.weight > self.cache.capacity() => Inserted::Refused(Refusal::TooHeavy),
            (false, true) => Inserted::Kept { evicted: gone },
            (true, true) => Inserted::Replaced { evicted: gone },
            (_, false) => Inserted::Rejected { evicted: gone },
        };
        prop_assert_eq!(inserted, expected);
        Ok(())
    }

    fn remove(&mut self, key: u8) -> Result<(), TestCaseError> {
        let written = self.written.get(&key).copied();
        let live = written.filter(|written| !written.expired(self.now));
        prop_assert_eq!(
            self.cache.remove(&key, self.now),
            live.map(|written| written.value)
        );
        prop_assert_eq!(self.cache.space(&key), None);
        if live.is_some() {
            self.written.remove(&key);
        }
        Ok(())
    }

    fn expire(&mut self, at_most: usize) -> Result<(), TestCaseError> {
        let expired = self
            .written
            .values()
            .filter(|written| written.expired(self.now));
        let expected = expired.count().min(at_most);
        prop_assert_eq!(self.cache.expire(self.now, at_most), expected);
        Ok(())
    }

    /// Forgets what the cache has let go of, and compares all that is left.
    fn compare(&mut self, before: Stats) -> Result<(), TestCaseError> {
        let (cache, now) = (&self.cache, self.now);
        let (mut expired, mut evicted) = (0, 0);
        self.written.retain(|key, written| {
            let is_there = cache.space(key).is_some();
            if !is_there && written.expired(now) {
                expired += 1;
            } else if !is_there && written.weight <= cache.capacity() {
                evicted += 1;
            }
            is_there
        });
        let after = cache.stats();
        // A key that had expired and was written anew has both an old entry and a new one: the old one is counted by the cache alone.
        prop_assert!(after.expired - before.expired >= expired);
        prop_assert_eq!(after.evicted - before.evicted, evicted);
        let weight: u64 = self.written.values().map(|written| written.weight).sum();
        prop_assert_eq!(cache.weight(), weight, "{:?}", self.written);
        prop_assert!(
            weight <= cache.capacity(),
            "{} of {} is kept",
            weight,
            cache.capacity()
        );
        prop_assert_eq!(cache.len(), self.written.len());
        prop_assert_eq!(cache.is_empty(), self.written.is_empty());
        for (key, written) in &self.written {
            let expected = (!written.expired(now)).then_some(&written.value);
            prop_assert_eq!(
                cache.peek(key, now),
                expected,
                "key {} at {:?}: {:?}",
                key,
                now,
                written
            );
        }
        let mortal = self
            .written
            .values()
            .filter(|written| written.expires.is_some());
        let mortal = mortal.count();
        prop_assert!(
            cache.marks() >= mortal && cache.marks() <= (3 * mortal + 3).max(64),
            "{} marks for {} entries that expire",
            cache.marks(),
            mortal
        );
        Ok(())
    }
}
