//! The whole layer around a service that answers at once, beside tower-resilience-circuitbreaker: slow calls in both, so both read the clock
//! when a call begins and when it ends.

use measure::{Run, Spread, Target, Turns, rate, timed};

use crate::calls::nanos;
use crate::contenders::{self, reference};
use crate::rivals::{Bare, tower_resilience};
use crate::serving::{Echo, Serving};

const ROUNDS: usize = 40;
const WARM_UP: usize = 3;
/// Calls in a slice.
const SLICE: usize = 100_000;
/// Of the learner's stages, the last one that the layer needs.
const STAGE: u32 = 4;

/// Answers at once.
const NOW: Echo = Echo { polls: 1 };

/// Runs the contest and reports it.
pub fn compare(run: &mut Run) {
    run.part("the layer with slow calls");
    let ours = |time_window| reference::Options {
        time_window,
        slow_calls: true,
        ..reference::Options::default()
    };
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Vec<(&str, Box<dyn Serving>)> = vec![
        ("layer_count_window", reference::layered(NOW, ours(false))),
        ("layer_time_window", reference::layered(NOW, ours(true))),
        ("tower_resilience", tower_resilience(NOW)),
        ("bare_service", Box::new(Bare(NOW))),
    ];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        {
            let options = contenders::yours::Options {
                slow_calls: true,
                ..contenders::yours::Options::default()
            };
            contest.push(("yours_layer", contenders::yours::layered(NOW, options)));
        }
    }
    let slice = run.times(SLICE) as u64;
    let mut turns = Turns::new(contest.len(), run.times(WARM_UP), run.times(ROUNDS));
    while let Some(who) = turns.next() {
        let took = timed(|| contest[who].1.serve(slice));
        turns.record(rate(slice, took));
    }
    for (who, (name, _)) in contest.iter().enumerate() {
        run.add(*name, "ns each", nanos(&turns, who));
    }
    for who in [0, 1] {
        let ratio = Spread::of(turns.ratios(2, who));
        let name = format!("{}_to_tower_resilience", contest[who].0);
        run.promise(name, "ratio", ratio, Target::at_most(0.7));
    }
    let ratio = Spread::of(turns.ratios(0, 1));
    let name = "layer_time_window_to_count_window";
    run.promise(name, "ratio", ratio, Target::at_most(2.0));
    if contest.len() > 4 {
        let ratio = Spread::of(turns.ratios(0, 4));
        run.add("yours_layer_to_layer", "ratio", ratio);
    }
}
