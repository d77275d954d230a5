//! What each option adds to a call through the layer, in ns: the difference to the layer without it, round by round. A reading of the clock
//! stands beside them, because most of them are made of it.
//!
//! Counting has no figure of its own: it cannot be switched off. What the metrics cost is to write them, once a scrape.

use std::time::Duration;

use measure::{Run, Spread, Turns, rate, timed};

use crate::contenders::reference::{Metrics, Options, layered, read_std_clock, read_tokio_clock};
use crate::serving::{Echo, Serving};

const ROUNDS: usize = 40;
const WARM_UP: usize = 3;
const SLICE: usize = 100_000;

/// Reports each option.
pub fn compare(run: &mut Run) {
    run.part("what each option adds");
    let plain = Options::default();
    let now = |options| layered(Echo { polls: 1 }, options);
    let waits = |options| layered(Echo { polls: 2 }, options);
    let time_out = Options {
        time_out: true,
        ..plain
    };
    // The plain layer, and the layer with one option; for calls that answer at once, and for calls that wait.
    let contest: Vec<(&str, Box<dyn Serving>, usize)> = vec![
        ("layer", now(plain), 0),
        ("layer_of_a_call_that_waits", waits(plain), 1),
        (
            "slow_calls",
            now(Options {
                slow_calls: true,
                ..plain
            }),
            0,
        ),
        (
            "time_window",
            now(Options {
                time_window: true,
                ..plain
            }),
            0,
        ),
        ("time_out", now(time_out), 0),
        ("time_out_of_a_call_that_waits", waits(time_out), 1),
        (
            "fallback",
            now(Options {
                fallback: true,
                ..plain
            }),
            0,
        ),
    ];
    together(run, contest);
    readings(run);
}

fn together(run: &mut Run, mut contest: Vec<(&str, Box<dyn Serving>, usize)>) {
    // The timer of a time-out belongs to a runtime. It never fires here.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a timer needs nothing of the system");
    let _inside = runtime.enter();
    let slice = run.times(SLICE) as u64;
    let mut turns = Turns::new(contest.len(), run.times(WARM_UP), run.times(ROUNDS));
    while let Some(who) = turns.next() {
        let took = timed(|| contest[who].1.serve(slice));
        turns.record(rate(slice, took));
    }
    for (who, (name, _, base)) in contest.iter().enumerate() {
        let each = |who| turns.rates(who).into_iter().map(|rate| 1e9 / rate);
        if who == *base {
            run.add(*name, "ns each", Spread::of(each(who)));
        } else {
            let added = each(who)
                .zip(each(*base))
                .map(|(with, without)| with - without);
            run.add(format!("{name}_adds"), "ns each", Spread::of(added));
        }
    }
}

fn readings(run: &mut Run) {
    let slice = run.times(SLICE) as u64;
    let metrics = Metrics::of_one_breaker();
    let each = |took: Duration, count: u64| took.as_nanos() as f64 / count as f64;
    let [mut std, mut tokio, mut text] = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..run.times(ROUNDS) {
        std.push(each(timed(|| read_std_clock(slice)), slice));
        tokio.push(each(timed(|| read_tokio_clock(slice)), slice));
        let scrapes = slice / 100;
        text.push(each(timed(|| metrics.write(scrapes)), scrapes) / 1e3);
    }
    run.add("reading_of_the_clock", "ns each", Spread::of(std));
    run.add("reading_of_tokios_clock", "ns each", Spread::of(tokio));
    run.add("metrics_of_one_breaker", "us each", Spread::of(text));
}
