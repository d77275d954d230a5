//! Who asks for what, when, and for how long they wait: all by seed.
//!
//! Readers come whether Redis is well or not (an open loop): callers that wait politely for a dead server would hide what its
//! death does. Popularity is skewed and shifts, so that keys become hot, warm and cold again within the run; the one that all the others follow stays where it
//! is, and is written by the other instance only, so that a copy which lives too long shows.

use std::ops::RangeInclusive;

use chaos::Dice;
use serde::{Deserialize, Serialize};

/// The crowd comes in this time; the last readers find everything well.
pub const COMES_FOR_MS: u64 = 19_500;
/// Nobody writes after this: what is old by then must be gone in the end.
pub const WRITES_UNTIL_MS: u64 = 17_500;
/// Keys that are asked for again and again.
pub const KEYS: u32 = 90;
/// From here on, keys that a scan reads once.
pub const SCANNED: u32 = 1_000;
/// From here on, keys that only a warm-up asks for.
pub const WARMED: u32 = 5_000;

/// Between two readers: about 80 a second at each instance, of which the first key gets twelve.
const READ_EVERY_MS: RangeInclusive<u64> = 4..=8;
/// Between two writers.
const WRITE_EVERY_MS: RangeInclusive<u64> = 50..=130;
/// Between two bursts.
const BURST_EVERY_MS: RangeInclusive<u64> = 500..=900;
/// How many readers a burst has, all at the same moment.
const BURST: RangeInclusive<u64> = 8..=30;
/// Between two scans.
const SCAN_EVERY_MS: RangeInclusive<u64> = 2_500..=4_000;
/// How many keys a scan reads.
const SCAN: RangeInclusive<u64> = 40..=120;
/// Between two warm-ups.
const WARM_EVERY_MS: RangeInclusive<u64> = 2_500..=3_500;
/// None begins after this: in a fault it takes some seconds.
const WARM_UNTIL_MS: u64 = WRITES_UNTIL_MS - 2_000;
/// How many keys a warm-up names: more than fit ([`crate::bed::terms`]).
const WARM: u32 = 60;
/// A caller who goes away does so after this.
const LEAVES_AFTER_MS: RangeInclusive<u64> = 1..=150;
/// Popularity shifts after this, by so many keys.
const SHIFTS_EVERY_MS: u64 = 4_000;
const SHIFTS_BY: u64 = 23;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Instance {
    A,
    B,
}

/// How a write is told to the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The new value is put.
    Put,
    /// The key is deleted.
    Delete,
    /// Not at all: somebody else has changed the source.
    Silent,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A value is read.
    Read,
    /// The source changes, and then the cache is told.
    Write(How),
    /// So many readers at once.
    Burst(u64),
    /// This key and so many after it, each once.
    Scan(u64),
    /// The keys in this order of priority, the first the highest.
    WarmUp(Vec<u32>),
}

/// One of the crowd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// When.
    pub comes_ms: u64,
    /// At which instance.
    pub at: Instance,
    /// Which key; of a warm-up the first.
    pub key: u32,
    /// What.
    pub what: What,
    /// The caller goes away after so long, and the call is dropped.
    pub leaves_after_ms: Option<u64>,
}

impl Instance {
    /// Both.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// Its lane in the history.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// The crowd of `seed`.
#[must_use]
pub fn crowd(seed: u64) -> Vec<Plan> {
    let mut all = readers(seed);
    all.extend(writers(seed));
    all.extend(bursts(seed));
    all.extend(scans(seed));
    all.extend(warm_ups(seed));
    all
}

fn readers(seed: u64) -> Vec<Plan> {
    let mut dice = Dice::of(seed, "readers");
    moments(&mut dice, 200, &READ_EVERY_MS, COMES_FOR_MS, |dice, ms| {
        let key = popular(dice, ms);
        Plan {
            comes_ms: ms,
            at: either(dice),
            key,
            what: What::Read,
            leaves_after_ms: leaves(dice, 10),
        }
    })
}

fn writers(seed: u64) -> Vec<Plan> {
    let mut dice = Dice::of(seed, "writers");
    moments(
        &mut dice,
        400,
        &WRITE_EVERY_MS,
        WRITES_UNTIL_MS,
        |dice, ms| {
            let anybody = dice.below(u64::from(KEYS)) as u32;
            let key = if dice.percent(60) {
                popular(dice, ms)
            } else {
                anybody
            };
            let how = match dice.below(100) {
                0..60 => How::Put,
                60..88 => How::Delete,
                _ => How::Silent,
            };
            let either = either(dice);
            Plan {
                comes_ms: ms,
                at: if key == 0 { Instance::B } else { either },
                key,
                what: What::Write(how),
                leaves_after_ms: leaves(dice, 12),
            }
        },
    )
}

/// On keys that are seldom asked for.
fn bursts(seed: u64) -> Vec<Plan> {
    let mut dice = Dice::of(seed, "bursts");
    moments(&mut dice, 900, &BURST_EVERY_MS, COMES_FOR_MS, |dice, ms| {
        let readers = dice.within(&BURST);
        Plan {
            comes_ms: ms,
            at: either(dice),
            key: 30 + dice.below(u64::from(KEYS) - 30) as u32,
            what: What::Burst(readers),
            leaves_after_ms: None,
        }
    })
}

fn scans(seed: u64) -> Vec<Plan> {
    let mut dice = Dice::of(seed, "scans");
    let mut next = SCANNED;
    moments(
        &mut dice,
        1_500,
        &SCAN_EVERY_MS,
        COMES_FOR_MS,
        |dice, ms| {
            let many = dice.within(&SCAN);
            let key = next;
            next += many as u32;
            Plan {
                comes_ms: ms,
                at: either(dice),
                key,
                what: What::Scan(many),
                leaves_after_ms: None,
            }
        },
    )
}

/// Every other one names half of the keys of the one before again.
fn warm_ups(seed: u64) -> Vec<Plan> {
    let mut dice = Dice::of(seed, "warm-ups");
    let mut next = WARMED;
    let mut again = false;
    moments(
        &mut dice,
        1_000,
        &WARM_EVERY_MS,
        WARM_UNTIL_MS,
        |dice, ms| {
            let first = if again { next - WARM / 2 } else { next };
            next = first + WARM;
            again = !again;
            let mut keys: Vec<u32> = (first..next).collect();
            for place in (1..keys.len()).rev() {
                keys.swap(place, dice.below(place as u64 + 1) as usize);
            }
            let leaves = dice.percent(20);
            Plan {
                comes_ms: ms,
                at: either(dice),
                key: first,
                what: What::WarmUp(keys),
                leaves_after_ms: leaves.then(|| dice.within(&(300..=700))),
            }
        },
    )
}

/// One from `from_ms` on, and then one after the other.
fn moments(
    dice: &mut Dice,
    from_ms: u64,
    every_ms: &RangeInclusive<u64>,
    until_ms: u64,
    mut plan: impl FnMut(&mut Dice, u64) -> Plan,
) -> Vec<Plan> {
    let mut all = Vec::new();
    let mut ms = from_ms;
    while ms < until_ms {
        all.push(plan(dice, ms));
        ms += dice.within(every_ms);
    }
    all
}

fn either(dice: &mut Dice) -> Instance {
    Instance::ALL[dice.below(2) as usize]
}

fn leaves(dice: &mut Dice, percent: u64) -> Option<u64> {
    let leaves = dice.percent(percent);
    let after = dice.within(&LEAVES_AFTER_MS);
    leaves.then_some(after)
}

/// A key by its rank at that moment: the logarithm of the rank is even, so the first gets 15 % of all, the second 9 %.
fn popular(dice: &mut Dice, ms: u64) -> u32 {
    let even = dice.below(1 << 32) as f64 / (1_u64 << 32) as f64;
    let rank = (f64::from(KEYS).powf(even) as u64).clamp(1, u64::from(KEYS)) - 1;
    if rank == 0 {
        return 0;
    }
    let others = u64::from(KEYS) - 1;
    let shifted = rank - 1 + ms / SHIFTS_EVERY_MS * SHIFTS_BY;
    1 + (shifted % others) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_crowd() {
        assert_eq!(crowd(3), crowd(3));
        assert_ne!(crowd(3), crowd(4));
        let crowd = crowd(3);
        let many = |of: fn(&What) -> bool| crowd.iter().filter(|plan| of(&plan.what)).count();
        let reads = many(|what| *what == What::Read);
        assert!((2_500..4_000).contains(&reads), "{reads} reads");
        for how in [How::Put, How::Delete, How::Silent] {
            let writes = crowd
                .iter()
                .filter(|plan| plan.what == What::Write(how))
                .count();
            assert!(writes > 8, "{writes} times {how:?}");
        }
        assert!(many(|what| matches!(what, What::Burst(_))) > 20);
        assert!(many(|what| matches!(what, What::Scan(_))) > 3);
        assert!(many(|what| matches!(what, What::WarmUp(_))) > 3);
        assert!(crowd.iter().any(|plan| plan.leaves_after_ms.is_some()));
    }

    #[test]
    fn the_first_key_is_asked_for_most_and_written_by_one() {
        let crowd = crowd(5);
        let of = |key: u32| {
            crowd
                .iter()
                .filter(|plan| plan.key == key && plan.what == What::Read)
                .count()
        };
        let most = (0..KEYS).max_by_key(|&key| of(key));
        assert_eq!(most, Some(0));
        assert!(crowd.iter().all(|plan| plan.key != 0
            || !matches!(plan.what, What::Write(_))
            || plan.at == Instance::B));
    }
}
