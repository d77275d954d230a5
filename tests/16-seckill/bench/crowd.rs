//! The crowd that the limiters are measured with: a million buyers, in random order, at the sale's peak.
//!
//! Random order is the honest one: a loop over the ids in turn would walk the map in the order in which the processor fetches
//! it anyway. Time is virtual and moves with the decisions, so that windows fill, empty and are forgotten as they do in a sale.
//! Buyers are plain numbers here: each variant of the lab has a `BuyerId` of its own.

use std::time::Duration;

/// How many may ask.
pub const BUYERS: u64 = 1_000_000;
/// How far time moves with each decision: 500,000 requests a second, the sale's peak. A buyer asks every two seconds.
pub const PEAK: Duration = Duration::from_nanos(2_000);
/// Five million requests a second, the target: a buyer asks five times a second, so every window is full.
pub const FULL: Duration = Duration::from_nanos(200);

/// Who asks next, and when.
pub struct Crowd {
    state: u64,
    now: Duration,
    step: Duration,
}

impl Crowd {
    /// A crowd that asks once a `step`.
    pub fn new(seed: u64, step: Duration) -> Self {
        Self {
            state: seed,
            now: Duration::ZERO,
            step,
        }
    }
}

impl Iterator for Crowd {
    type Item = (u64, Duration);

    /// The next request. SplitMix64 (Steele, Lea and Flood, 2014): one multiplication more than nothing.
    fn next(&mut self) -> Option<Self::Item> {
        self.now += self.step;
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.state;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(((x ^ (x >> 31)) % BUYERS, self.now))
    }
}
