//! Each load at each size, and what must hold of it whatever the figures are.

use measure::{Curves, Line, Spread};
use traces::{Trace, lru, opt};

use crate::loads::{self, ACCESSES, KEYS, Named};
use crate::reference::variant::Ours;
use crate::replay::{Replayed, Size, replay};
use crate::rivals::{Moka, Quick};

pub const SEEDS: u64 = 3;
/// In per cent of the keys that the loads by Zipf have.
const SIZES: [f64; 6] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
/// Of the loads: one that frequency serves, one that a scan spoils, one that recency serves, and one that LRU cannot serve at all.
const SHOWN: [&str; 4] = ["zipf_09", "zipf_and_scan", "recency", "loop"];
/// By so much the reference may be below LRU, on the mean of a load's sizes: what learning costs where LRU is the best there is.
const ROOM: f64 = 0.03;

const LRU: &str = "LRU";
const OPT: &str = "OPT";
const REFERENCE: &str = "reference";

/// A panel for each load.
pub fn panels(quick: bool) -> Vec<Curves> {
    let shown = |named: &Named| SHOWN.contains(&named.name);
    let (seeds, accesses) = if quick {
        (1, ACCESSES / 10)
    } else {
        (SEEDS, ACCESSES)
    };
    let panel = |named: Named| {
        let trace = |seed| {
            let trace = named.load.trace(seed, accesses as u32);
            trace.expect("a load in range")
        };
        let traces: Vec<Trace> = (1..=seeds).map(trace).collect();
        panel(named.words, &traces)
    };
    loads::all().into_iter().filter(shown).map(panel).collect()
}

fn panel(title: &str, traces: &[Trace]) -> Curves {
    let what = "cache size, % of 50,000 entries (logarithmic)";
    let mut curves = Curves::new(title, what, SIZES.to_vec());
    let sizes = SIZES.map(|percent| Size::entries((f64::from(KEYS) * percent / 100.0) as u32));
    let median = |ratio: &dyn Fn(&Trace, Size) -> f64| {
        let of = |size| Spread::of(traces.iter().map(|trace| ratio(trace, size))).median;
        sizes.map(of).to_vec()
    };
    let of = |cache: fn(Size) -> Box<dyn Replayed>| {
        median(&|trace, size| replay(trace, cache(size).as_mut()).ratio())
    };
    curves.line(
        LRU,
        median(&|trace, size| lru(trace, size.capacity).ratio()),
    );
    curves.line("moka", of(|size| Box::new(Moka::new(size))));
    curves.line("quick_cache", of(|size| Box::new(Quick::new(size))));
    curves.line(
        OPT,
        median(&|trace, size| opt(trace, size.capacity).at_most().ratio()),
    );
    curves.line(REFERENCE, of(|size| Box::new(Ours::new(size))));
    curves
}

/// What cannot be, or must not.
pub fn broken(curves: &Curves) -> Vec<String> {
    let title = &curves.title;
    let named = |name: &str| curves.lines.iter().find(|line| line.name == name);
    let (Some(lru), Some(opt), Some(reference)) = (named(LRU), named(OPT), named(REFERENCE)) else {
        return vec![format!(
            "{title}: it says nothing without LRU, OPT and the reference"
        )];
    };
    let mut broken = Vec::new();
    for line in &curves.lines {
        let pairs = line.values.iter().zip(&opt.values).zip(&curves.at);
        for ((value, best), at) in pairs.filter(|((value, best), _)| value > best) {
            let name = &line.name;
            broken.push(format!(
                "{title}, {at} %: {name} has {value:.4}, and OPT {best:.4}"
            ));
        }
    }
    let mean = |line: &Line| line.values.iter().sum::<f64>() / line.values.len() as f64;
    let (ours, theirs) = (mean(reference), mean(lru));
    if ours < theirs - ROOM {
        broken.push(format!(
            "{title}: on the mean the reference has {ours:.4}, and LRU {theirs:.4}"
        ));
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(lru: f64, reference: f64, opt: f64) -> Curves {
        let mut curves = Curves::new("a load", "%", vec![1.0, 10.0]);
        curves.line(LRU, vec![lru, 0.5]);
        curves.line(REFERENCE, vec![reference, 0.5]);
        curves.line(OPT, vec![opt, 0.5]);
        curves
    }

    #[test]
    fn what_cannot_be_is_found() {
        assert_eq!(broken(&curves(0.3, 0.4, 0.5)), [""; 0]);
        let above = broken(&curves(0.3, 0.6, 0.5));
        assert_eq!(above, ["a load, 1 %: reference has 0.6000, and OPT 0.5000"]);
        let below = broken(&curves(0.3, 0.2, 0.5));
        assert_eq!(
            below,
            ["a load: on the mean the reference has 0.3500, and LRU 0.4000"]
        );
        assert_eq!(
            broken(&curves(0.3, 0.25, 0.5)),
            [""; 0],
            "within what learning costs"
        );
        assert_eq!(broken(&Curves::new("t", "%", vec![1.0])).len(), 1);
    }
}
