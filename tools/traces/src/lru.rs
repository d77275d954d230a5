//! LRU, exactly: the cache that everybody has, and the floor of the score.
//!
//! What was not there is inserted, whatever it is, and then the least recently used go until all fits. What weighs more than the capacity is not
//! inserted, and nothing goes for it. A hit leaves a weight as it was inserted, as in a cache that is read through. Why not by stack distances,
//! which give all capacities at once: they need a tree, and weights break them.

use crate::{Hits, Trace};

/// No number of a key.
const NONE: u32 = u32::MAX;

/// How many accesses of this trace LRU serves with this capacity, in units of weight.
#[must_use]
pub fn lru(trace: &Trace, capacity: u64) -> Hits {
    let mut list = List::new(trace.distinct());
    let mut weight = 0;
    let mut hits = 0;
    for (access, &id) in trace.accesses().iter().zip(trace.ids()) {
        if list.weights[id as usize] != 0 {
            hits += 1;
            list.unlink(id);
            list.push(id);
            continue;
        }
        let added = u64::from(access.weight);
        if added > capacity {
            continue;
        }
        while weight + added > capacity {
            let oldest = list.oldest;
            list.unlink(oldest);
            weight -= u64::from(std::mem::take(&mut list.weights[oldest as usize]));
        }
        list.push(id);
        list.weights[id as usize] = access.weight;
        weight += added;
    }
    Hits::of(hits, trace)
}

/// Keys by their last access. A key's number is its place, so there is nothing to look up.
struct List {
    /// Towards the older.
    older: Vec<u32>,
    newer: Vec<u32>,
    oldest: u32,
    newest: u32,
    /// 0 for what is not kept.
    weights: Vec<u32>,
}

impl List {
    fn new(keys: usize) -> Self {
        Self {
            older: vec![NONE; keys],
            newer: vec![NONE; keys],
            oldest: NONE,
            newest: NONE,
            weights: vec![0; keys],
        }
    }

    fn push(&mut self, id: u32) {
        self.older[id as usize] = self.newest;
        self.newer[id as usize] = NONE;
        match self.newest {
            NONE => self.oldest = id,
            newest => self.newer[newest as usize] = id,
        }
        self.newest = id;
    }

    fn unlink(&mut self, id: u32) {
        let (older, newer) = (self.older[id as usize], self.newer[id as usize]);
        match older {
            NONE => self.oldest = newer,
            older => self.newer[older as usize] = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.older[newer as usize] = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Access;

    fn units(keys: &[u64]) -> Trace {
        Trace::take(keys.iter().copied().map(Access::unit), u32::MAX)
    }

    #[test]
    fn a_loop_that_is_one_too_long_has_no_hit() {
        let trace = units(&[1, 2, 3, 1, 2, 3, 1, 2, 3]);
        assert_eq!(lru(&trace, 2).hits, 0);
        assert_eq!(lru(&trace, 3).hits, 6);
        assert_eq!(lru(&trace, 0).hits, 0);
    }

    #[test]
    fn what_is_too_heavy_pushes_nothing_out() {
        let of = |key, weight| Access { key, weight };
        let trace = Trace::take([of(1, 1), of(2, 9), of(1, 1), of(2, 9)], 10);
        assert_eq!(lru(&trace, 8).hits, 1);
        // With room for it, it pushes 1 out, and 1 it.
        assert_eq!(lru(&trace, 9).hits, 0);
        assert_eq!(lru(&trace, 10).hits, 2);
    }

    /// The same by a list of what is kept, newest last.
    fn by_hand(accesses: &[Access], capacity: u64) -> u64 {
        let (mut kept, mut hits): (Vec<Access>, u64) = (Vec::new(), 0);
        let weight = |kept: &[Access]| kept.iter().map(|a| u64::from(a.weight)).sum::<u64>();
        for access in accesses {
            if let Some(at) = kept.iter().position(|a| a.key == access.key) {
                let known = kept.remove(at);
                kept.push(known);
                hits += 1;
            } else if u64::from(access.weight) <= capacity {
                kept.push(*access);
                while weight(&kept) > capacity {
                    kept.remove(0);
                }
            }
        }
        hits
    }

    fn accesses(weights: std::ops::Range<u32>) -> impl Strategy<Value = Vec<Access>> {
        let access = (0_u64..12, weights).prop_map(|(key, weight)| Access { key, weight });
        prop::collection::vec(access, 0..200)
    }

    proptest! {
        #[test]
        fn it_is_the_list_of_the_last_used(accesses in accesses(1..2), capacity in 0_u64..14) {
            let trace = Trace::take(accesses.iter().copied(), u32::MAX);
            prop_assert_eq!(lru(&trace, capacity).hits, by_hand(&accesses, capacity));
        }

        #[test]
        fn with_weights_too(accesses in accesses(1..9), capacity in 0_u64..40) {
            let trace = Trace::take(accesses.iter().copied(), u32::MAX);
            prop_assert_eq!(lru(&trace, capacity).hits, by_hand(&accesses, capacity));
        }
    }
}
