//! Two loads on one cache: a stretch of the one, a stretch of the other.
//!
//! In stretches and not access by access, because that is how a scan comes: a report reads a table from end to end while the shop goes on, then
//! it is done. The keys of the two never meet.

use fastrand::Rng;

use crate::generate::{Load, Source};

/// Two sources, and whose stretch it is.
#[derive(Clone, Debug)]
pub(crate) struct Mix {
    sources: [Source; 2],
    stretches: [u32; 2],
    /// Whose it is, and what is left of it.
    now: (usize, u32),
}

impl Mix {
    pub(crate) fn new(loads: [&Load; 2], stretches: [u32; 2]) -> Self {
        Self {
            sources: loads.map(Source::new),
            stretches,
            now: (0, stretches[0]),
        }
    }

    pub(crate) fn next(&mut self, rng: &mut Rng) -> u64 {
        let (mut who, mut left) = self.now;
        if left == 0 {
            who = 1 - who;
            left = self.stretches[who];
        }
        self.now = (who, left - 1);
        // Even numbers are the first's, odd ones the second's; a mixture of mixtures halves them again.
        2 * self.sources[who].next(rng) + who as u64
    }
}
