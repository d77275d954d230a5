//! How large the window should be: climbs the hill of hit ratios, a step at a time, by what the cache let go of too early.
//!
//! A larger window keeps for longer what was rejected when it left the window; a larger main space keeps for longer what was evicted from there.
//! So two shadows remember the last keys of each kind, as many as one step is worth, and a miss of such a key is a hit that this step would
//! have brought. The window goes where more of them are. (The hill and its step: Einziger, Eytan, Friedman and Manes, "Adaptive Software
//! Cache Management", 2018. The shadows: Megiddo and Modha, "ARC", 2003, and Cidon et al., "Cliffhanger", 2016.)
//!
//! Why not step, and see whether the hit ratio rises, as Caffeine does: a ratio over 2,000 requests is off by a point by chance, which is more
//! than most steps bring, so that the window of a small cache wanders; and between two hills it stays where it is. What must stay true: chance
//! moves nothing, and evidence that is old counts for less than what came since.

use super::hash::Hashed;
use super::shadow::Shadow;

/// What the window should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Move {
    /// So many units larger.
    Grow(u64),
    /// So many units smaller.
    Shrink(u64),
    /// As it is.
    Stay,
}

/// What spoke for which side since the last move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Requests whose key was not there.
    pub misses: u64,
    /// Those of them whose key was rejected lately: a larger window would have had it.
    pub rejected: u64,
    /// Those of them whose key was evicted from the main space lately: a smaller window would have left room for it.
    pub evicted: u64,
}

/// A step is this part of the capacity: Caffeine's 6.25 %.
pub const STEP: u64 = 16;
/// Shadows of fewer keys are chance.
pub const MIN_SHADOW: u32 = 16;
/// What was evicted counts twice: it had been asked for more often than what was rejected, and will be.
const EVICTED_COUNTS: u64 = 2;
/// A difference of less than three times its standard deviation, and five more, is chance: a count of n is off by about √n.
const DEVIATIONS: u64 = 3;
const AT_LEAST: u64 = 5;
/// If less than one miss in so many speaks for either side, the window is smaller than it looks: a loop that is longer than the shadows
/// brings nothing back, and lives off the main space alone.
const SILENCE: u64 = 100;
/// After so much that did not suffice, half of it is forgotten: it may be of another load.
const ENOUGH: u64 = 512;

/// The climber, with its shadows.
#[derive(Clone, Debug)]
pub struct Climber {
    step: u64,
    rejected: Shadow,
    evicted: Shadow,
    evidence: Evidence,
}

impl Climber {
    /// For a cache of `capacity` units of weight, and about so many entries.
    #[must_use]
    pub fn new(capacity: u64, expected_entries: u32) -> Self {
        let keep = (expected_entries / STEP as u32).max(MIN_SHADOW);
        Self {
            step: (capacity / STEP).max(1),
            rejected: Shadow::new(keep),
            evicted: Shadow::new(keep),
            evidence: Evidence::default(),
        }
    }

    /// A candidate was rejected.
    pub fn rejected(&mut self, key: Hashed) {
        self.rejected.remember(key);
    }

    /// An entry was evicted from the main space.
    pub fn evicted(&mut self, key: Hashed) {
        self.evicted.remember(key);
    }

    /// `key` was asked for, and is not there: does that speak for either side?
    pub fn missed(&mut self, key: Hashed) {
        // ANCHOR: stage3_missed
        self.evidence.misses += 1;
        if self.rejected.take(key) {
            self.evidence.rejected += 1;
        } else if self.evicted.take(key) {
            self.evidence.evicted += 1;
        }
        // ANCHOR_END: stage3_missed
    }

    /// What has been seen since the last move.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// At the end of a sample: what to do. The evidence of a move is used up; what did not suffice is kept, up to a bound.
    pub fn observe(&mut self) -> Move {
        // ANCHOR: stage3_observe
        let next = judge(self.evidence, self.step);
        let Evidence {
            misses,
            rejected,
            evicted,
        } = self.evidence;
        self.evidence = match next {
            Move::Grow(_) | Move::Shrink(_) => Evidence::default(),
            Move::Stay if rejected + evicted >= ENOUGH => Evidence {
                misses: misses / 2,
                rejected: rejected / 2,
                evicted: evicted / 2,
            },
            Move::Stay => self.evidence,
        };
        next
        // ANCHOR_END: stage3_observe
    }
}

/// Which way a step goes, if either.
pub fn judge(evidence: Evidence, step: u64) -> Move {
    // ANCHOR: stage3_judge
    let Evidence {
        misses,
        rejected,
        evicted,
    } = evidence;
    let (larger, smaller) = (rejected, EVICTED_COUNTS * evicted);
    let variance = rejected + evicted;
    let outweighs = |this: u64, other: u64| {
        let more = this.saturating_sub(other + AT_LEAST);
        more * more > DEVIATIONS * DEVIATIONS * variance
    };
    if variance * SILENCE < misses || outweighs(smaller, larger) {
        Move::Shrink(step)
    } else if outweighs(larger, smaller) {
        Move::Grow(step)
    } else {
        Move::Stay
    }
    // ANCHOR_END: stage3_judge
}
