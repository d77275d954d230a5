//! Hit ratios on generated loads: the reference, moka, quick_cache and yours, between LRU and OPT; and the broken designs where they differ.
//!
//! All is counted: a seed gives one trace, and a trace one hit ratio, on any machine. A figure is the median of five seeds. Promised is that the
//! reference is nowhere more than half a point below moka, which is what the seeds of one load differ by, and above it on the mean.

use measure::{Run, Spread, Target};
use traces::{Score, Trace, lru, opt, score};

use crate::loads::{self, ACCESSES, Named};
use crate::replay::{Replayed, Size, replay};
use crate::rivals::{Moka, Quick};
use crate::{lru_scan, no_ageing, reference, window_stands_still};

const SEEDS: u64 = 5;
/// Of the learner's stages, the last one that a hit ratio needs.
const STAGE: u32 = 3;
/// In points: what a load may be below moka.
const ROOM: f64 = -0.5;

const SIZES: [(&str, u32); 2] = [("small", 500), ("large", 5_000)];

/// Whoever is measured, beside LRU and OPT.
type Contender = (&'static str, fn(Size) -> Box<dyn Replayed>);

/// The first two are compared, and the reference is the second.
const MOKA: usize = 0;
const REFERENCE: usize = 1;

fn contenders(run: &Run) -> Vec<Contender> {
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contenders: Vec<Contender> = vec![
        ("moka", |size| Box::new(Moka::new(size))),
        ("reference", |size| {
            Box::new(reference::variant::Ours::new(size))
        }),
        ("quick_cache", |size| Box::new(Quick::new(size))),
    ];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        contenders.push(("yours", |size| {
            Box::new(crate::yours::variant::Ours::new(size))
        }));
    }
    contenders
}

/// Which broken design is shown on which load.
fn design(load: &str) -> Option<Contender> {
    match load {
        "zipf_and_scan" => Some(("lru_scan", |size| {
            Box::new(lru_scan::variant::Ours::new(size))
        })),
        "shift" => Some(("no_ageing", |size| {
            Box::new(no_ageing::variant::Ours::new(size))
        })),
        "recency" => Some(("window_stands_still", |size| {
            Box::new(window_stands_still::variant::Ours::new(size))
        })),
        _ => None,
    }
}

/// In per cent, of each seed.
type Percents = Vec<f64>;

/// What one load gives at one size.
struct Row {
    lru: Percents,
    opt: Percents,
    /// As the contenders.
    theirs: Vec<Percents>,
    /// As the contenders; of each seed, unless LRU and OPT tie there.
    scores: Vec<Option<Vec<f64>>>,
}

/// All loads at all sizes.
pub fn compare(run: &mut Run) {
    let contenders = contenders(run);
    // Of each load and size, as the contenders: points above moka, and scores.
    let mut above = vec![Vec::new(); contenders.len()];
    let mut scores = vec![Vec::new(); contenders.len()];
    for named in loads::all() {
        run.part(format!("hit ratios: {}", named.words));
        let seeds = 1..=run.times(SEEDS as usize) as u64;
        let traces: Vec<Trace> = seeds.map(|seed| trace(run, &named, seed)).collect();
        for (size, entries) in SIZES {
            let mut all = contenders.clone();
            all.extend(design(named.name));
            let row = row(&traces, Size::entries(entries), &all);
            report(
                run,
                &format!("{}_{size}", named.name),
                &all,
                &row,
                contenders.len(),
            );
            for who in 0..contenders.len() {
                above[who].push(Spread::of(differences(&row, who)).median);
                scores[who].extend(
                    row.scores[who]
                        .iter()
                        .map(|of| Spread::of(of.iter().copied()).median),
                );
            }
        }
    }
    run.part("hit ratios: all loads");
    for (who, (name, _)) in contenders.iter().enumerate() {
        run.add(
            format!("{name}_score_mean"),
            "ratio",
            Spread::exactly(mean(&scores[who])),
        );
        let mean = Spread::exactly(mean(&above[who]));
        match *name {
            "moka" => {}
            "quick_cache" => run.add("quick_cache_above_moka_mean", "points", mean),
            _ => {
                let target = Target::counts_at_least(0.0);
                run.promise(format!("{name}_above_moka_mean"), "points", mean, target);
            }
        }
    }
}

fn trace(run: &Run, named: &Named, seed: u64) -> Trace {
    let accesses = run.times(ACCESSES) as u32;
    named.load.trace(seed, accesses).expect("a load in range")
}

fn row(traces: &[Trace], size: Size, all: &[Contender]) -> Row {
    let percent = |hits: traces::Hits| 100.0 * hits.ratio();
    let capacity = size.capacity;
    let floor: Vec<_> = traces.iter().map(|trace| lru(trace, capacity)).collect();
    let ceiling: Vec<_> = traces
        .iter()
        .map(|trace| opt(trace, capacity).at_most())
        .collect();
    let (mut theirs, mut scores) = (Vec::new(), Vec::new());
    for (_, cache) in all {
        let hits: Vec<_> = traces
            .iter()
            .map(|trace| replay(trace, cache(size).as_mut()))
            .collect();
        let score = |seed: usize| match score(hits[seed], floor[seed], ceiling[seed]) {
            Score::Between(score) => Some(score),
            Score::Tie(_) => None,
        };
        scores.push((0..hits.len()).map(score).collect());
        theirs.push(hits.into_iter().map(percent).collect());
    }
    Row {
        lru: floor.into_iter().map(percent).collect(),
        opt: ceiling.into_iter().map(percent).collect(),
        theirs,
        scores,
    }
}

/// Above moka, in points, seed by seed.
fn differences(row: &Row, who: usize) -> impl Iterator<Item = f64> {
    let pairs = row.theirs[who].iter().zip(&row.theirs[MOKA]);
    pairs.map(|(this, moka)| this - moka)
}

fn report(run: &mut Run, of: &str, all: &[Contender], row: &Row, compared: usize) {
    for (who, (name, _)) in all.iter().enumerate() {
        if let Some(scores) = &row.scores[who] {
            let score = Spread::of(scores.iter().copied());
            run.add(format!("{of}_{name}_score"), "ratio", score);
        }
        // A broken design promises nothing, and of quick_cache nothing is promised.
        let promises = who < compared && (who == REFERENCE || *name == "yours");
        if promises {
            let above = Spread::of(differences(row, who));
            let target = Target::counts_at_least(ROOM);
            run.promise(format!("{of}_{name}_above_moka"), "points", above, target);
        }
    }
    run.add(format!("{of}_lru"), "%", spread(&row.lru));
    for ((name, _), percents) in all.iter().zip(&row.theirs) {
        run.add(format!("{of}_{name}"), "%", spread(percents));
    }
    run.add(format!("{of}_opt"), "%", spread(&row.opt));
}

fn spread(percents: &Percents) -> Spread {
    Spread::of(percents.iter().copied())
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}
