//! What the run says: tables for the terminal, figures and a picture for the book.

use std::ops::Range;
use std::time::Duration;

use measure::{Figure, Spread, Target};
use part_5::core::plot::{Line, Panel, Picture, svg};
use part_5::core::tally::{Outcome, Seen, Tally, percentile, took};

use crate::{
    CLIENT, DESIGNS, Design, EACH_A_SECOND, Lengths, PATIENCE, PERMITS, PRICES_A_SECOND,
    REVIEWS_A_SECOND, Run, STEP, WELL,
};

/// 99 of 100 requests had ended by then, whichever way.
fn p99(seen: &[Seen], during: &Range<Duration>) -> f64 {
    let all = [Outcome::InTime, Outcome::Refused, Outcome::TooLate];
    percentile(took(seen, during, &all), 99)
        .unwrap_or_default()
        .as_secs_f64()
        * 1e3
}

pub fn print(seed: u64, lengths: Lengths, runs: &[Run]) {
    println!(
        "seed {seed}: {PERMITS} permits; clients wait {} ms",
        CLIENT.as_millis()
    );
    let row = |name: &str, route: &str, seen: &[Seen], during: &Range<Duration>| {
        let tally = Tally::of(seen, during);
        println!(
            "{name:12}{route:10}{:>8}{:>9}{:>9}{:>10}{:>8.0}%{:>9.0}",
            tally.asked,
            tally.in_time,
            tally.refused,
            tally.too_late,
            tally.success() * 100.0,
            p99(seen, during),
        );
    };
    let head = || {
        println!(
            "{:12}{:10}{:>8}{:>9}{:>9}{:>10}{:>9}{:>9}",
            "permits", "route", "asked", "in time", "refused", "too late", "success", "p99 ms"
        )
    };
    println!(
        "\nreviews are slow, {EACH_A_SECOND} requests a second to each, last two thirds of {:.1} s",
        lengths.slow.as_secs_f64()
    );
    head();
    for ((name, _), run) in DESIGNS.iter().zip(runs) {
        row(name, "prices", &run.slow.prices, &lengths.judged());
        row(name, "reviews", &run.slow.reviews, &lengths.judged());
    }
    println!(
        "\nall are well, {PRICES_A_SECOND} a second want prices and {REVIEWS_A_SECOND} reviews"
    );
    head();
    for ((name, _), run) in DESIGNS.iter().zip(runs) {
        row(name, "prices", &run.lopsided.prices, &lengths.lopsided());
        row(name, "reviews", &run.lopsided.reviews, &lengths.lopsided());
        if let Some(idle) = run.lopsided.idle {
            println!(
                "{:12}whenever a price was refused, {idle:.1} permits of the reviews lay idle",
                ""
            );
        }
    }
}

pub fn figures(lengths: Lengths, rounds: &[Vec<Run>]) -> Vec<Figure> {
    let spread = |of: &dyn Fn(&[Run]) -> f64| Spread::of(rounds.iter().map(|runs| of(runs)));
    let slow = |run: &Run| Tally::of(&run.slow.prices, &lengths.judged()).success();
    let lopsided = |run: &Run| Tally::of(&run.lopsided.prices, &lengths.lopsided()).success();
    let mut figures = Vec::new();
    // Promised and judged in a quick run too: the ratios leave room for a busy machine.
    let mut add = |name: &str, unit: &str, value: Spread, target: Option<Target>| {
        figures.push(Figure::new(name, unit, value, target, false));
    };
    let ms = |time: Duration| Spread::exactly(time.as_secs_f64() * 1e3);
    add("permits", "permits", Spread::exactly(PERMITS as f64), None);
    add("patience_of_clients", "ms each", ms(CLIENT), None);
    add("wait_for_a_permit", "ms each", ms(PATIENCE.permit), None);
    add("time_out_of_a_call", "ms each", ms(PATIENCE.call), None);
    add("answer_of_the_well", "ms each", ms(WELL), None);
    for (index, name) in ["one_pool", "bulkheads"].into_iter().enumerate() {
        let of = |value: &dyn Fn(&Run) -> f64| spread(&|runs| value(&runs[index]));
        add(&format!("{name}_prices_success"), "ratio", of(&slow), None);
        add(
            &format!("{name}_prices_p99"),
            "ms each",
            of(&|run| p99(&run.slow.prices, &lengths.judged())),
            None,
        );
        add(
            &format!("{name}_reviews_success"),
            "ratio",
            of(&|run| Tally::of(&run.slow.reviews, &lengths.judged()).success()),
            None,
        );
        add(
            &format!("{name}_lopsided_success"),
            "ratio",
            of(&lopsided),
            None,
        );
        add(
            &format!("{name}_lopsided_p99"),
            "ms each",
            of(&|run| p99(&run.lopsided.prices, &lengths.lopsided())),
            None,
        );
    }
    if rounds.iter().all(|runs| runs[1].lopsided.idle.is_some()) {
        let idle = spread(&|runs| runs[1].lopsided.idle.unwrap_or_default());
        add("bulkheads_idle_next_door", "permits", idle, None);
    }
    let ratio = |value: &dyn Fn(&Run) -> f64| spread(&|runs| value(&runs[0]) / value(&runs[1]));
    add(
        "prices_success_one_pool_to_bulkheads",
        "ratio",
        ratio(&slow),
        Some(Target::counts_at_most(0.5)),
    );
    add(
        "lopsided_success_one_pool_to_bulkheads",
        "ratio",
        ratio(&lopsided),
        Some(Target::at_least(1.05)),
    );
    figures
}

pub fn picture(lengths: Lengths, runs: &[Run]) -> String {
    let steps = (lengths.whole().as_millis() / STEP.as_millis()) as u32;
    let lines = |of: fn(&Run) -> &[Seen]| {
        let line = |((name, _), run): (&Design, &Run)| Line {
            name,
            values: (0..steps)
                .map(|step| {
                    Some(Tally::of(of(run), &(STEP * step..STEP * (step + 1))).success() * 100.0)
                })
                .collect(),
        };
        DESIGNS.iter().zip(runs).map(line).collect()
    };
    let panel = |title, of| Panel {
        title,
        lines: lines(of),
        marks: vec![0, 25, 50, 75, 100],
        level: None,
    };
    svg(&Picture {
        id: "bulkhead",
        title: "Two dependencies, one of them slow for a while: which part of the requests for either is answered in time",
        step: STEP.as_secs_f64(),
        fault: (
            lengths.before.as_secs_f64(),
            (lengths.before + lengths.slow).as_secs_f64(),
            "reviews are slow",
        ),
        panels: vec![
            panel(
                "Prices, whose dependency is well: answered in time, of 100 asked",
                |run| &run.slow.prices,
            ),
            panel(
                "Reviews, whose dependency is slow: answered in time, of 100 asked",
                |run| &run.slow.reviews,
            ),
        ],
    })
}
