//! What is on crates.io: moka, and quick_cache beside it.
//!
//! Both hash by a fixed seed here, so that a seed of the trace gives one hit ratio. moka notes reads and writes, and its policy looks at the notes later:
//! by itself when there are many or when time has passed, here after every operation, so that what is measured is its policy, and not how late it
//! acted, which depends on the clock.

use std::hint::black_box;

use foldhash::fast::FixedState;
use traces::Access;

use crate::replay::{Replayed, Size};

const SEED: u64 = 20;

/// moka's synchronous cache.
pub struct Moka(moka::sync::Cache<u64, u32, FixedState>);

impl Moka {
    pub fn new(size: Size) -> Self {
        Self(
            moka::sync::Cache::builder()
                .max_capacity(size.capacity)
                .initial_capacity(size.entries as usize)
                .weigher(|_, weight| *weight)
                .build_with_hasher(FixedState::with_seed(SEED)),
        )
    }

    /// What whoever uses it calls, and nothing after it.
    pub fn get(&self, key: u64) -> Option<u32> {
        black_box(self.0.get(&key))
    }

    /// The same of an insert.
    pub fn insert(&self, key: u64) {
        self.0.insert(key, 1);
    }

    /// Lets its policy look at what was noted.
    pub fn settle(&self) {
        self.0.run_pending_tasks();
    }
}

impl Replayed for Moka {
    fn is_hit(&mut self, access: Access) -> bool {
        let hit = self.get(access.key).is_some();
        if !hit {
            self.0.insert(access.key, access.weight);
        }
        self.settle();
        hit
    }
}

/// quick_cache's cache for one thread.
pub struct Quick(quick_cache::unsync::Cache<u64, u32, Weight, FixedState>);

/// The value is its weight.
#[derive(Clone)]
pub struct Weight;

impl quick_cache::Weighter<u64, u32> for Weight {
    fn weight(&self, _: &u64, value: &u32) -> u64 {
        u64::from(*value)
    }
}

impl Quick {
    pub fn new(size: Size) -> Self {
        Self(quick_cache::unsync::Cache::with(
            size.entries as usize,
            size.capacity,
            Weight,
            FixedState::with_seed(SEED),
            quick_cache::unsync::DefaultLifecycle::default(),
        ))
    }
}

impl Replayed for Quick {
    fn is_hit(&mut self, access: Access) -> bool {
        let hit = self.0.get(&access.key).is_some();
        if !hit {
            self.0.insert(access.key, access.weight);
        }
        hit
    }
}
