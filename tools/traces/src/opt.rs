//! What a cache that knows the future makes of a trace: the ceiling of every score.
//!
//! Of equal weights it is Belady's MIN (Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal 5(2),
//! 1966): keep whatever is asked for again soonest. Here a cache may also leave out what it has just fetched, as every cache with an
//! admission policy does; without that, a policy could beat it. It is exact.
//!
//! Of different weights the question is NP-hard (Chrobak, Woeginger, Makino, Xu, "Caching is hard, even in the fault model", Algorithmica 63,
//! 2012), so there are two bounds. Both look at the gaps between an access and the next of the same key, over which the value is kept or is not; a
//! kept gap is a hit, and takes the value's weight for as long as the gap is.
//!
//! - **At most**: the cheapest gaps, by weight times length, until their sum is the capacity times the trace's length. It is PFOO-L of Berger,
//!   Beckmann, Harchol-Balter ("Practical Bounds on Optimal Caching with Variable Object Sizes", POMACS 2(2), 2018): whoever must fit at every
//!   moment fits on average, and on average this is the most. A lower bound of misses, so an upper bound of hits.
//! - **At least**: the same gaps in the same order, each taken if it fits at every moment of it beside those that are taken already. That is a
//!   schedule, so OPT is no worse; how far it is below nothing promises. It is the greedy of the same paper's PFOO-U, without its solver.

use std::collections::BinaryHeap;

use crate::packing::Timeline;
use crate::{Hits, Trace};

/// How many hits no cache of this capacity can exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Opt {
    /// All weights are the same: this is what Belady's MIN has.
    Exact(Hits),
    /// They differ: OPT is somewhere between.
    Between {
        /// What a schedule is known for.
        at_least: Hits,
        /// What none can reach beyond.
        at_most: Hits,
    },
}

impl Opt {
    /// What no cache exceeds.
    #[must_use]
    pub fn at_most(self) -> Hits {
        match self {
            Self::Exact(hits) => hits,
            Self::Between { at_most, .. } => at_most,
        }
    }

    /// What can be had by whoever knows the future.
    #[must_use]
    pub fn at_least(self) -> Hits {
        match self {
            Self::Exact(hits) => hits,
            Self::Between { at_least, .. } => at_least,
        }
    }
}

/// The best that can be made of this trace with this capacity, in units of weight. The lower bound of different weights takes some 50 to 80
/// bytes an access while it is computed: a tree of gaps of two nodes a leaf, rounded up to a power of two.
pub fn opt(trace: &Trace, capacity: u64) -> Opt {
    match trace.uniform_weight() {
        Some(weight) => Opt::Exact(Hits::of(belady(trace, capacity / u64::from(weight)), trace)),
        None if trace.is_empty() => Opt::Exact(Hits::default()),
        None => {
            let gaps = gaps(trace, capacity);
            Opt::Between {
                at_least: Hits::of(packed(&gaps, trace.len(), capacity), trace),
                at_most: Hits::of(on_average(&gaps, trace.len(), capacity), trace),
            }
        }
    }
}

/// Never asked for again.
const NEVER: u32 = u32::MAX;

/// Of each access, the next of the same key.
fn next_uses(trace: &Trace) -> Vec<u32> {
    let mut coming = vec![NEVER; trace.distinct()];
    let mut next = vec![NEVER; trace.len()];
    for (at, &id) in trace.ids().iter().enumerate().rev() {
        next[at] = std::mem::replace(&mut coming[id as usize], at as u32);
    }
    next
}

/// Hits of Belady's MIN with room for so many values.
fn belady(trace: &Trace, room: u64) -> u64 {
    let next = next_uses(trace);
    let mut kept = vec![false; trace.distinct()];
    let mut free = room;
    // By next use, the latest first. What has been used since it was pushed lies below all that is still to come.
    let mut latest: BinaryHeap<(u32, u32)> = BinaryHeap::new();
    let mut hits = 0;
    for (&id, &next) in trace.ids().iter().zip(&next) {
        if std::mem::take(&mut kept[id as usize]) {
            hits += 1;
            free += 1;
        }
        if next == NEVER {
            continue;
        }
        if free == 0 {
            match latest.peek() {
                // With a single entry's room or more, the top is one that is kept.
                Some(&(later, victim)) if later > next => {
                    latest.pop();
                    kept[victim as usize] = false;
                    free += 1;
                }
                Some(_) | None => continue,
            }
        }
        free -= 1;
        kept[id as usize] = true;
        latest.push((next, id));
    }
    hits
}

/// From an access to the next of its key.
struct Gap {
    from: u32,
    to: u32,
    weight: u32,
}

impl Gap {
    /// Weight times length.
    fn cost(&self) -> u128 {
        u128::from(self.weight) * u128::from(self.to - self.from)
    }
}

/// All gaps whose value fits at all, the cheapest first. A key whose weight changes is taken at its least: the upper bound holds then, whatever a
/// change means; the lower one is that of a trace in which every key weighs its least.
fn gaps(trace: &Trace, capacity: u64) -> Vec<Gap> {
    let mut least = vec![u32::MAX; trace.distinct()];
    for (access, &id) in trace.accesses().iter().zip(trace.ids()) {
        let known = &mut least[id as usize];
        *known = access.weight.min(*known);
    }
    let of = |((from, &id), &to): ((usize, &u32), &u32)| Gap {
        from: from as u32,
        to,
        weight: least[id as usize],
    };
    let next = next_uses(trace);
    let all = trace.ids().iter().enumerate().zip(&next).map(of);
    let mut gaps: Vec<Gap> = all
        .filter(|gap| gap.to != NEVER && u64::from(gap.weight) <= capacity)
        .collect();
    gaps.sort_by_key(|gap| (gap.cost(), gap.from));
    gaps
}

/// How many of the cheapest fit on average.
fn on_average(gaps: &[Gap], length: usize, capacity: u64) -> u64 {
    // Between n accesses lie n - 1 steps.
    let mut left = u128::from(capacity) * (length as u128).saturating_sub(1);
    let fits = |gap: &&Gap| {
        let rest = left.checked_sub(gap.cost());
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    gaps.iter().take_while(fits).count() as u64
}

/// How many fit at every moment, taken in this order.
fn packed(gaps: &[Gap], length: usize, capacity: u64) -> u64 {
    let mut timeline = Timeline::new(length);
    let mut taken = 0;
    for gap in gaps {
        let steps = gap.from as usize..gap.to as usize;
        let weight = u64::from(gap.weight);
        if timeline.most(&steps) + weight <= capacity {
            timeline.add(&steps, weight);
            taken += 1;
        }
    }
    taken
}

#[cfg(test)]
mod tests;
