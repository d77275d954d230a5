//! What is measured of a variant of the lab, in the variant's own types. `bench.rs` mounts this file once for each, with
//! `adaptive_cache` naming that variant's crate; to the rest of the bench they are all [`Replayed`].

use std::time::Duration;

use traces::Access;

use super::adaptive_cache::core::cache::Cache;
use super::adaptive_cache::core::limits::Limits;
use crate::replay::{Replayed, Size};

const SEED: u64 = 20;

/// A variant's cache, at a moment that stands still: nothing expires.
pub struct Ours(Cache<u64, u32>);

impl Ours {
    pub fn new(size: Size) -> Self {
        let limits = Limits::new(size.capacity, size.entries, SEED);
        Self(Cache::new(limits).expect("a size in range"))
    }

    /// What whoever uses it calls.
    pub fn get(&mut self, key: u64) -> Option<u32> {
        std::hint::black_box(self.0.get(&key, Duration::ZERO).copied())
    }

    /// The same of an insert.
    pub fn insert(&mut self, key: u64) {
        let inserted = self.0.insert(key, 1, 1, None, Duration::ZERO);
        let _kept_or_not = std::hint::black_box(inserted);
    }
}

impl Replayed for Ours {
    fn is_hit(&mut self, access: Access) -> bool {
        let hit = self.get(access.key).is_some();
        if !hit {
            let Access { key, weight } = access;
            let _kept_or_not = self.0.insert(key, weight, weight, None, Duration::ZERO);
        }
        hit
    }
}
