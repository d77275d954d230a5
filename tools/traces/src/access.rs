//! An access, a trace of them, and hits among them.
//!
//! A trace is kept whole, because OPT asks what comes next. Its keys are also numbered in the order of their first access: then LRU and OPT
//! look into arrays, and one pass with a hash table serves any number of capacities.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

/// Somebody asks for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Which; of a text, its hash.
    pub key: u64,
    /// What its value takes of a cache's capacity, in the trace's own unit (bytes, mostly); at least 1.
    pub weight: u32,
}

impl Access {
    /// One whose value takes one unit, as all do in a generated trace.
    #[must_use]
    pub fn unit(key: u64) -> Self {
        Self { key, weight: 1 }
    }
}

/// Accesses in their order: at most 2^32 - 2 of them.
#[derive(Clone, Debug)]
pub struct Trace {
    accesses: Vec<Access>,
    /// Of each access, its key's number.
    ids: Vec<u32>,
    distinct: usize,
    /// The weight that all have, if it is one.
    uniform: Option<u32>,
}

impl Trace {
    /// The first `at_most` of these accesses. A weight of 0 counts as 1: all that is kept takes room.
    #[must_use]
    pub fn take(accesses: impl IntoIterator<Item = Access>, at_most: u32) -> Self {
        // The highest number is no access: it is "never" to OPT.
        let at_most = at_most.min(u32::MAX - 1) as usize;
        let (mut kept, mut ids) = (Vec::new(), Vec::new());
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut uniform = None;
        let mut differ = false;
        for mut access in accesses.into_iter().take(at_most) {
            access.weight = access.weight.max(1);
            differ |= *uniform.get_or_insert(access.weight) != access.weight;
            let next = numbers.len() as u32;
            ids.push(match numbers.entry(access.key) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(next),
            });
            kept.push(access);
        }
        Self {
            accesses: kept,
            ids,
            distinct: numbers.len(),
            uniform: uniform.filter(|_| !differ),
        }
    }

    /// All of them, in order.
    #[must_use]
    pub fn accesses(&self) -> &[Access] {
        &self.accesses
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accesses.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accesses.is_empty()
    }

    /// How many different keys.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// What all different keys weigh together, each as at its first access: a cache of this capacity has no misses but first ones, if
    /// weights do not change.
    #[must_use]
    pub fn footprint(&self) -> u64 {
        let mut seen = 0;
        let mut sum = 0;
        for (access, &id) in self.accesses.iter().zip(&self.ids) {
            if id == seen {
                seen += 1;
                sum += u64::from(access.weight);
            }
        }
        sum
    }

    /// The weight that all accesses have, if it is one.
    #[must_use]
    pub fn uniform_weight(&self) -> Option<u32> {
        self.uniform
    }

    pub(crate) fn ids(&self) -> &[u32] {
        &self.ids
    }
}

/// How many accesses found their key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hits {
    /// Those that did.
    pub hits: u64,
    /// All of them.
    pub accesses: u64,
}

impl Hits {
    /// So many of this trace's accesses.
    #[must_use]
    pub fn of(hits: u64, trace: &Trace) -> Self {
        Self {
            hits,
            accesses: trace.len() as u64,
        }
    }

    /// From 0 to 1; 0 where nothing was asked for.
    #[must_use]
    pub fn ratio(self) -> f64 {
        if self.accesses == 0 {
            return 0.0;
        }
        self.hits as f64 / self.accesses as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_as_they_come() {
        let trace = Trace::take([7, 9, 7, u64::MAX].map(Access::unit), 10);
        assert_eq!(trace.ids(), [0, 1, 0, 2]);
        assert_eq!(
            (trace.len(), trace.distinct(), trace.footprint()),
            (4, 3, 3)
        );
        assert_eq!(trace.uniform_weight(), Some(1));
    }

    #[test]
    fn a_trace_ends_at_its_bound() {
        let trace = Trace::take((0..).map(Access::unit), 5);
        assert_eq!((trace.len(), trace.distinct()), (5, 5));
        assert!(Trace::take((0..).map(Access::unit), 0).is_empty());
    }

    #[test]
    fn nothing_weighs_nothing() {
        let weighs = |key, weight| Access { key, weight };
        let trace = Trace::take([weighs(1, 0), weighs(2, 5), weighs(1, 8)], 10);
        assert_eq!(trace.accesses()[0].weight, 1);
        assert_eq!(trace.uniform_weight(), None);
        assert_eq!(trace.footprint(), 6);
    }

    #[test]
    fn nothing_of_nothing_is_no_hit() {
        assert_eq!(Hits::default().ratio(), 0.0);
        assert_eq!(
            Hits {
                hits: 1,
                accesses: 4
            }
            .ratio(),
            0.25
        );
    }
}
