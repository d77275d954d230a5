//! The loads that hit ratios are measured on, by name: what a cache meets, each by itself and two at a time.
//!
//! Those by Zipf's law have 50,000 keys, and caches have 1 % and 10 % as many entries. A trace has 2,000,000 accesses, which is 400 for each
//! entry of the larger cache, because a policy that learns needs time to.

use traces::Load;

/// Accesses of a trace.
pub const ACCESSES: usize = 2_000_000;

/// A load, and what it is called in figures and in words.
pub struct Named {
    pub name: &'static str,
    pub words: &'static str,
    pub load: Load,
}

pub const KEYS: u32 = 50_000;
/// A table that a batch reads again and again: twice the larger cache.
const TABLE: u32 = 10_000;
/// Of a mixture, each.
const STRETCH: u32 = 10_000;

fn zipf(exponent: f64) -> Load {
    Load::Zipf {
        keys: KEYS,
        exponent,
    }
}

fn table() -> Load {
    Load::Loop { keys: TABLE }
}

/// After every 100,000 accesses the 500 hottest keys are others.
fn shift() -> Load {
    Load::Shift {
        keys: KEYS,
        exponent: 1.0,
        every: 100_000,
        step: 500,
    }
}

fn recency() -> Load {
    Load::Recency {
        reach: 10_000,
        fresh: 0.2,
    }
}

fn half(first: Load, second: Load) -> Load {
    Load::Mix {
        first: Box::new(first),
        second: Box::new(second),
        stretches: [STRETCH; 2],
    }
}

/// All of them.
pub fn all() -> Vec<Named> {
    let named = |name, words, load| Named { name, words, load };
    vec![
        named("zipf_07", "Zipf, exponent 0.7", zipf(0.7)),
        named("zipf_09", "Zipf, exponent 0.9", zipf(0.9)),
        named("zipf_12", "Zipf, exponent 1.2", zipf(1.2)),
        named("loop", "a loop over 10,000 keys", table()),
        named("shift", "Zipf whose hottest keys change", shift()),
        named("recency", "asked for again soon, or never", recency()),
        named(
            "zipf_and_scan",
            "Zipf 0.9, half the time a scan",
            half(zipf(0.9), Load::Scan),
        ),
        named(
            "zipf_and_loop",
            "Zipf 0.9, half the time a loop",
            half(zipf(0.9), table()),
        ),
        named(
            "shift_and_scan",
            "hottest keys that change, half the time a scan",
            half(shift(), Load::Scan),
        ),
    ]
}
