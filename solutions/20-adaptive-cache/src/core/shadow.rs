//! What the cache let go of lately: hashes without values, to learn whether it was right.
//!
//! Why not a list and a map, as ARC has it: this is asked at every miss, and answers by one look at one slot. A key whose slot another
//! one has taken since is forgotten early, in every shadow alike, and what matters is the difference between two of them. What must stay true:
//! a key is found at most once, and never after `keep` others were remembered.

use super::hash::Hashed;

/// So many slots for each key that is kept, at least: a key loses its slot to a later one in about one of eight cases.
const SLOTS: usize = 4;

/// A slot: the upper half of a hash, and which remembered key it was.
#[derive(Clone, Copy, Debug, Default)]
struct Trace {
    hash: u32,
    nth: u32,
}

/// The last keys, about.
#[derive(Clone, Debug)]
pub struct Shadow {
    slots: Box<[Trace]>,
    /// Of the key that was remembered last; wraps.
    nth: u32,
    keep: u32,
}

impl Shadow {
    /// For the last `keep` keys; 0 counts as 1.
    #[must_use]
    pub fn new(keep: u32) -> Self {
        let keep = keep.max(1);
        let slots = (keep as usize * SLOTS).next_power_of_two();
        Self {
            slots: vec![Trace::default(); slots].into_boxed_slice(),
            // Empty slots look as old as a key that was just forgotten.
            nth: keep,
            keep,
        }
    }

    /// How many keys it is for.
    #[must_use]
    pub fn keep(&self) -> u32 {
        self.keep
    }

    /// The bytes of all slots.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }

    /// The cache let go of `key`.
    pub fn remember(&mut self, key: Hashed) {
        self.nth = self.nth.wrapping_add(1);
        let slot = self.slot(key);
        self.slots[slot] = Trace {
            hash: upper(key),
            nth: self.nth,
        };
    }

    /// Whether `key` is among the last that were let go of; forgets it.
    pub fn take(&mut self, key: Hashed) -> bool {
        let slot = self.slot(key);
        let Trace { hash, nth } = self.slots[slot];
        let found = hash == upper(key) && self.nth.wrapping_sub(nth) < self.keep;
        if found {
            self.slots[slot].nth = self.nth.wrapping_sub(self.keep);
        }
        found
    }

    fn slot(&self, key: Hashed) -> usize {
        key.bits() as usize & (self.slots.len() - 1)
    }
}

fn upper(key: Hashed) -> u32 {
    (key.bits() >> 32) as u32
}
