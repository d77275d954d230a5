//! What will go wrong, and when: drawn by seed from the faults that a lab can make happen.
//!
//! Faults come one after another, with a pause between them: so each can be found by its own effect and has a count of its own, and
//! what a reader sees in the timeline has one cause. Each kind comes once before any comes twice. A fault that meets the after-effects of
//! the one before is common all the same: a recovery takes longer than the pause.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::dice::Dice;

/// A fault that a lab can make happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possible {
    /// What is done: `kill -9`, `cut`, `pause`. The lab's own word.
    pub what: &'static str,
    /// To whom: a lane of the history.
    pub target: &'static str,
    /// How often it comes first, beside the others.
    pub weight: u32,
    /// How long it lasts, in milliseconds.
    pub lasts_ms: RangeInclusive<u64>,
}

impl Possible {
    /// A row of a lab's table of faults.
    #[must_use]
    pub fn new(
        what: &'static str,
        target: &'static str,
        weight: u32,
        lasts_ms: RangeInclusive<u64>,
    ) -> Self {
        Self {
            what,
            target,
            weight,
            lasts_ms,
        }
    }
}

/// A fault of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What is done.
    pub what: String,
    /// To whom.
    pub target: String,
    /// When it begins, in milliseconds after the run did.
    pub at_ms: u64,
    /// How long it lasts.
    pub lasts_ms: u64,
}

/// When faults may happen, in milliseconds after the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// None begins before this.
    pub from_ms: u64,
    /// All have ended by then.
    pub until_ms: u64,
    /// Between the end of one and the start of the next.
    pub pause_ms: RangeInclusive<u64>,
}

/// The faults of a run, in order; none overlaps another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// What decides it.
    pub seed: u64,
    /// The faults.
    pub faults: Vec<Fault>,
}

impl Schedule {
    /// The schedule of `seed`: as many of the `possible` faults as the hours hold. The same arguments give the same schedule.
    #[must_use]
    pub fn draw(seed: u64, possible: &[Possible], hours: &Hours) -> Self {
        let mut dice = Dice::of(seed, "faults");
        let mut faults = Vec::new();
        let mut bag: Vec<&Possible> = Vec::new();
        let mut free_ms = hours.from_ms;
        loop {
            if bag.is_empty() {
                bag = possible.iter().collect();
            }
            let at_ms = free_ms + dice.within(&hours.pause_ms);
            let room_ms = hours.until_ms.saturating_sub(at_ms);
            // What no longer fits waits in vain; a shorter one may still come. Without this room, one that lasts no time would come for ever.
            bag.retain(|one| 0 < room_ms && *one.lasts_ms.start() <= room_ms);
            let Some(chosen) = take(&mut bag, &mut dice) else {
                return Self { seed, faults };
            };
            let longest = (*chosen.lasts_ms.end()).min(room_ms);
            let lasts_ms = dice.within(&(*chosen.lasts_ms.start()..=longest));
            faults.push(Fault {
                what: chosen.what.to_owned(),
                target: chosen.target.to_owned(),
                at_ms,
                lasts_ms,
            });
            // One millisecond more, so that faults that last no time end all the same.
            free_ms = at_ms + lasts_ms.max(1);
        }
    }
}

impl Fault {
    /// `kill -9 serve-1`, as a person says it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.what, self.target)
    }
}

/// One out of the bag, the heavy ones sooner.
fn take<'p>(bag: &mut Vec<&'p Possible>, dice: &mut Dice) -> Option<&'p Possible> {
    let whole: u64 = bag.iter().map(|one| u64::from(one.weight)).sum();
    let mut drawn = dice.below(whole);
    let index = bag.iter().position(|one| {
        let weight = u64::from(one.weight);
        let here = drawn < weight;
        drawn = drawn.saturating_sub(weight);
        here
    })?;
    Some(bag.swap_remove(index))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const TARGETS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    fn possible() -> impl Strategy<Value = Vec<Possible>> {
        let one = (1_u32..9, 0_u64..4_000, 0_u64..4_000);
        proptest::collection::vec(one, 0..TARGETS.len()).prop_map(|ones| {
            ones.into_iter()
                .zip(TARGETS)
                .map(|((weight, least, more), target)| Possible {
                    what: "stop",
                    target,
                    weight,
                    lasts_ms: least..=least + more,
                })
                .collect()
        })
    }

    fn hours() -> impl Strategy<Value = Hours> {
        (0_u64..3_000, 0_u64..20_000, 0_u64..500, 0_u64..900).prop_map(
            |(from, long, least, more)| Hours {
                from_ms: from,
                until_ms: from + long,
                pause_ms: least..=least + more,
            },
        )
    }

    proptest! {
        #[test]
        fn the_same_seed_gives_the_same_schedule(seed: u64, possible in possible(), hours in hours()) {
            let schedule = Schedule::draw(seed, &possible, &hours);
            prop_assert_eq!(&schedule, &Schedule::draw(seed, &possible, &hours));
            let text = serde_json::to_string(&schedule).unwrap();
            prop_assert_eq!(schedule, serde_json::from_str::<Schedule>(&text).unwrap());
        }

        #[test]
        fn faults_keep_to_the_hours_their_length_and_their_pause(seed: u64, possible in possible(), hours in hours()) {
            let mut free = hours.from_ms;
            for fault in Schedule::draw(seed, &possible, &hours).faults {
                prop_assert!(fault.at_ms >= free + hours.pause_ms.start());
                free = fault.at_ms + fault.lasts_ms;
                prop_assert!(free <= hours.until_ms);
                let drawn = possible.iter().find(|one| one.target == fault.target).unwrap();
                prop_assert!(drawn.lasts_ms.contains(&fault.lasts_ms));
            }
        }
    }

    #[test]
    fn faults_that_last_no_time_come_to_an_end() {
        let possible = [Possible {
            what: "stop",
            target: "a",
            weight: 1,
            lasts_ms: 0..=0,
        }];
        let hours = Hours {
            from_ms: 0,
            until_ms: 10,
            pause_ms: 0..=0,
        };
        let schedule = Schedule::draw(1, &possible, &hours);
        assert_eq!(schedule.faults.len(), 10);
    }

    #[test]
    fn every_kind_comes_once_before_any_comes_twice() {
        let possible: Vec<Possible> = TARGETS
            .into_iter()
            .map(|target| Possible {
                what: "stop",
                target,
                weight: 1,
                lasts_ms: 10..=20,
            })
            .collect();
        let hours = Hours {
            from_ms: 0,
            until_ms: 100_000,
            pause_ms: 0..=10,
        };
        let mut orders = BTreeSet::new();
        for seed in 0..50 {
            let faults = Schedule::draw(seed, &possible, &hours).faults;
            let first: Vec<&str> = faults
                .iter()
                .take(TARGETS.len())
                .map(|fault| fault.target.as_str())
                .collect();
            assert_eq!(
                first.iter().copied().collect::<BTreeSet<_>>(),
                BTreeSet::from(TARGETS),
                "seed {seed}"
            );
            orders.insert(first.join(""));
        }
        assert!(orders.len() > 25, "50 seeds gave {} orders", orders.len());
    }
}
