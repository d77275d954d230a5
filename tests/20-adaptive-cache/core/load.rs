//! Loads for caches: who is asked for, in which order.

use std::time::Duration;

use adaptive_cache::core::cache::Cache;
use adaptive_cache::core::limits::{Limits, WindowLimits};
use fastrand::Rng;

/// The moment at which everything happens that has nothing to do with time.
pub const NOW: Duration = Duration::from_secs(1);

/// A cache for so many entries of weight 1, whose window stays at one unit.
pub fn still(capacity: u64) -> Cache<u64, u64> {
    with_window(capacity, 1)
}

/// The same with a window of so many units.
pub fn with_window(capacity: u64, window: u64) -> Cache<u64, u64> {
    let share = window as f64 / capacity as f64;
    let limits = Limits {
        window: WindowLimits {
            initial: share,
            min: share,
            max: share,
        },
        adaptive: false,
        ..Limits::new(capacity, capacity as u32, 7)
    };
    Cache::new(limits).unwrap()
}

/// Asks for `key`, and brings it if it is not there; whether it was.
pub fn ask(cache: &mut Cache<u64, u64>, key: u64) -> bool {
    let hit = cache.get(&key, NOW).is_some();
    if !hit {
        let _kept_or_not = cache.insert(key, key, 1, None, NOW);
    }
    hit
}

/// Asks for each of `keys` so many times, round by round.
pub fn rounds(cache: &mut Cache<u64, u64>, keys: impl Iterator<Item = u64> + Clone, times: u32) {
    for _ in 0..times {
        for key in keys.clone() {
            ask(cache, key);
        }
    }
}

/// Keys by Zipf's law: the nth is asked for 1/n times as often as the first.
#[derive(Clone, Debug)]
pub struct Zipf {
    sums: Vec<f64>,
}

impl Zipf {
    /// Of so many keys.
    pub fn new(keys: u32) -> Self {
        let mut sum = 0.0;
        let sums = (1..=keys).map(|n| {
            sum += 1.0 / f64::from(n);
            sum
        });
        Self {
            sums: sums.collect(),
        }
    }

    /// The next key, 0 to so many.
    pub fn draw(&self, rng: &mut Rng) -> u64 {
        let all = self.sums.last().copied().unwrap_or(0.0);
        let drawn = rng.f64() * all;
        self.sums.partition_point(|sum| *sum < drawn) as u64
    }
}

/// Keys that are asked for again soon, or never: every third request is for a new one, all others go back `span` keys on average.
#[derive(Clone, Debug)]
pub struct Recent {
    newest: u64,
    span: f64,
}

impl Recent {
    /// With this span.
    pub fn new(span: f64) -> Self {
        Self {
            newest: 1 << 32,
            span,
        }
    }

    /// The next key.
    pub fn draw(&mut self, rng: &mut Rng) -> u64 {
        if rng.u32(..3) == 0 {
            self.newest += 1;
        }
        let back = -(1.0 - rng.f64()).ln() * self.span;
        self.newest - back as u64
    }
}
