//! Keys as numbers: one hash, made once, for the index, the sketch and whatever else counts keys.
//!
//! Why not std's hasher: SipHash takes several times as long, and what it guards against (keys chosen so that they collide) is
//! guarded against by the seed as long as that is secret. What must stay true: one seed gives one hash for a key, in every process.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

/// A key's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hashed(u64);

impl Hashed {
    /// A hash that was made elsewhere. All 64 bits should differ from key to key.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its 64 bits.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// Hashes keys, by one seed.
#[derive(Clone, Debug)]
pub struct KeyHasher(FixedState);

impl KeyHasher {
    /// Draw the seed once per process, and do not tell it to whoever chooses the keys.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(FixedState::with_seed(seed))
    }

    /// The hash of `key`.
    #[must_use]
    pub fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> Hashed {
        Hashed(self.0.hash_one(key))
    }
}
