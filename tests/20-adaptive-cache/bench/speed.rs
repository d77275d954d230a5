//! How long a get that hits and an insert take, beside moka's: on one thread, with a full cache of 10,000 entries.
//!
//! moka may be used by many threads at once, and pays for it here too: a reference that may not be is promised to take at most twice as long, so
//! that nobody has a better hit ratio by a slower cache. moka acts on what it noted when it likes, as it does in a service.

use measure::{Run, Spread, Target, Turns, rate, timed};
use traces::{Generator, Load};

use crate::reference;
use crate::replay::Size;
use crate::rivals::Moka;

const ROUNDS: usize = 60;
const WARM_UP: usize = 5;
/// About ten milliseconds.
const SLICE: usize = 100_000;
const ENTRIES: u32 = 10_000;
/// Of the learner's stages, the last one that a get and an insert need.
const STAGE: u32 = 3;

/// Whoever has gets and inserts to be timed.
trait Timed {
    /// Gets them all; how many were there.
    fn get(&mut self, keys: &[u64]) -> usize;
    /// Inserts them all.
    fn insert(&mut self, keys: &[u64]);
    /// After this, all that was asked for has been done.
    fn settle(&mut self);
}

impl Timed for Moka {
    fn get(&mut self, keys: &[u64]) -> usize {
        keys.iter()
            .filter(|&&key| Self::get(self, key).is_some())
            .count()
    }

    fn insert(&mut self, keys: &[u64]) {
        keys.iter().for_each(|&key| Self::insert(self, key));
    }

    fn settle(&mut self) {
        Self::settle(self);
    }
}

macro_rules! timed_variant {
    ($variant:ty) => {
        impl Timed for $variant {
            fn get(&mut self, keys: &[u64]) -> usize {
                keys.iter()
                    .filter(|&&key| Self::get(self, key).is_some())
                    .count()
            }

            fn insert(&mut self, keys: &[u64]) {
                keys.iter().for_each(|&key| Self::insert(self, key));
            }

            fn settle(&mut self) {}
        }
    };
}

timed_variant!(reference::variant::Ours);
#[cfg(feature = "yours")]
timed_variant!(crate::yours::variant::Ours);

type Contest = Vec<(&'static str, Box<dyn Timed>)>;

/// moka first, then the reference and yours.
fn contest(run: &Run) -> Contest {
    let size = Size::entries(ENTRIES);
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Contest = vec![
        ("moka", Box::new(Moka::new(size))),
        ("reference", Box::new(reference::variant::Ours::new(size))),
    ];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        contest.push(("yours", Box::new(crate::yours::variant::Ours::new(size))));
    }
    contest
}

/// Gets, then inserts.
pub fn compare(run: &mut Run) {
    gets(run);
    inserts(run);
}

/// Keys by Zipf's law, all of them there.
fn gets(run: &mut Run) {
    run.part("a get that hits");
    let mut contest = contest(run);
    for (_, cache) in &mut contest {
        // Half as many as fit, so that none of them has to compete.
        let keys: Vec<u64> = (0..=u64::from(ENTRIES / 2)).collect();
        for batch in keys.chunks(100) {
            cache.insert(batch);
            cache.settle();
        }
    }
    let load = Load::Zipf {
        keys: ENTRIES / 2,
        exponent: 0.9,
    };
    let keys = Generator::new(&load, 1).expect("a load in range");
    let keys: Vec<u64> = keys
        .take(run.times(SLICE))
        .map(|access| access.key)
        .collect();
    let turns = turns(run, contest.len(), |who, _| {
        let (name, cache) = &mut contest[who];
        let mut hits = 0;
        let took = timed(|| hits = cache.get(&keys));
        assert_eq!(hits, keys.len(), "{name}: each key is there");
        rate(keys.len() as u64, took)
    });
    report(run, "get_hit", &contest, &turns);
}

/// Keys that nobody has seen, into a cache that is full.
fn inserts(run: &mut Run) {
    run.part("an insert into a full cache");
    let mut contest = contest(run);
    let slice = run.times(SLICE) as u64;
    for (_, cache) in &mut contest {
        let keys: Vec<u64> = (0..2 * u64::from(ENTRIES)).collect();
        for batch in keys.chunks(100) {
            cache.insert(batch);
            cache.settle();
        }
    }
    let turns = turns(run, contest.len(), |who, number| {
        let from = (number + 1) << 32;
        let keys: Vec<u64> = (from..from + slice).collect();
        let cache = &mut contest[who].1;
        // What was only noted would be done in another's slice.
        rate(
            slice,
            timed(|| {
                cache.insert(&keys);
                cache.settle();
            }),
        )
    });
    report(run, "insert", &contest, &turns);
}

fn turns(run: &Run, contenders: usize, mut slice: impl FnMut(usize, u64) -> f64) -> Turns {
    let mut turns = Turns::new(contenders, run.times(WARM_UP), run.times(ROUNDS));
    let mut number = 0;
    while let Some(who) = turns.next() {
        turns.record(slice(who, number));
        number += 1;
    }
    turns
}

fn report(run: &mut Run, what: &str, contest: &Contest, turns: &Turns) {
    for (who, (name, _)) in contest.iter().enumerate().skip(1) {
        // moka's rate in terms of this one's: how many times as long.
        let to_moka = Spread::of(turns.ratios(0, who));
        run.promise(
            format!("{name}_{what}_to_moka"),
            "ratio",
            to_moka,
            Target::at_most(2.0),
        );
    }
    for (who, (name, _)) in contest.iter().enumerate() {
        let nanos = turns.rates(who).into_iter().map(|rate| 1e9 / rate);
        run.add(format!("{name}_{what}"), "ns each", Spread::of(nanos));
    }
}
