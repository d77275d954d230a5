//! How large the window should be: climbs the hill of hit ratios, a step after each sample.
//!
//! Why not a formula: whether recency or frequency pays depends on the load, and nobody knows the load; the hit ratio says which way
//! was right. (Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache Management", 2018; the numbers are Caffeine's.) What must
//! stay true: what it says depends on the hit ratios alone, and a step is never above the first one.

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

/// The first step, and each after a restart: this share of the capacity.
const FIRST_STEP: f64 = 0.0625;
/// A step is this much of the one before.
const DECAY: f64 = 0.98;
/// The hit ratio changed so much from one sample to the next: the load is another, and steps are large again.
const RESTART: f64 = 0.05;

/// The climber.
#[derive(Clone, Debug)]
pub struct Climber {
    first_step: f64,
    /// In units of weight; negative: smaller.
    step: f64,
    before: f64,
}

impl Climber {
    /// For a cache of so many units of weight.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        let first_step = capacity as f64 * FIRST_STEP;
        Self {
            first_step,
            step: -first_step,
            before: 0.0,
        }
    }

    /// In the last sample this share of the requests was hits.
    pub fn observe(&mut self, hit_ratio: f64) -> Move {
        // ANCHOR: stage3_observe
        let change = hit_ratio - self.before;
        self.before = hit_ratio;
        let step = if change >= 0.0 { self.step } else { -self.step };
        self.step = if change.abs() >= RESTART {
            self.first_step.copysign(step)
        } else {
            step * DECAY
        };
        let units = step.abs() as u64;
        if units == 0 {
            Move::Stay
        } else if step > 0.0 {
            Move::Grow(units)
        } else {
            Move::Shrink(units)
        }
        // ANCHOR_END: stage3_observe
    }
}
