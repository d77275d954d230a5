//! What the run says: tables for the terminal, figures and a picture for the book.

use std::ops::Range;
use std::time::Duration;

use measure::{Figure, Spread, Target};
use part_5::core::plot::{Line, Panel, Picture, svg};
use part_5::core::queue::Rules;
use part_5::core::tally::{Outcome, answered, percentile, took};

use crate::{BURST, DESIGNS, Lengths, MOST, NEEDS, PATIENCE, Round, Run, STEP, WORKERS};

/// Answers in time a second, while the overload is judged.
fn goodput(run: &Run, lengths: Lengths) -> f64 {
    let judged = lengths.judged();
    answered(&run.seen, &judged) as f64 / (judged.end - judged.start).as_secs_f64()
}

pub fn print(seed: u64, lengths: Lengths, round: &Round) {
    println!(
        "seed {seed}: {WORKERS} workers can do {:.0} requests a second; clients wait {} ms",
        round.capacity,
        PATIENCE.as_millis()
    );
    println!(
        "\ntwice that, open loop, second half of {:.1} s",
        lengths.over.as_secs_f64()
    );
    println!(
        "{:14}{:>9}{:>9}{:>9}{:>9}{:>8}{:>7}{:>9}",
        "queue", "in time", "refused", "too late", "capacity", "p50 ms", "busy", "longest"
    );
    for ((name, _), run) in DESIGNS.iter().zip(&round.runs) {
        let p50 = run
            .p50
            .map_or_else(|| "-".to_owned(), |p50| p50.as_millis().to_string());
        println!(
            "{name:14}{:>9}{:>9}{:>9}{:>8.0}%{p50:>8}{:>6.0}%{:>9}",
            run.over.in_time,
            run.over.refused,
            run.over.too_late,
            goodput(run, lengths) / round.capacity * 100.0,
            run.busy * 100.0,
            run.longest,
        );
    }
    println!(
        "\nhalf of it again, the {:.1} s after; and bursts of {BURST}, with calm between",
        lengths.after.as_secs_f64()
    );
    println!(
        "{:14}{:>9}{:>9}{:>9}{:>14}{:>9}{:>9}",
        "queue", "in time", "refused", "too late", "bursts: in t.", "refused", "too late"
    );
    for ((name, _), run) in DESIGNS.iter().zip(&round.runs) {
        println!(
            "{name:14}{:>9}{:>9}{:>9}{:>14}{:>9}{:>9}",
            run.after.in_time,
            run.after.refused,
            run.after.too_late,
            run.burst.in_time,
            run.burst.refused,
            run.burst.too_late,
        );
    }
}

pub fn figures(lengths: Lengths, rounds: &[Round]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let spread = |of: &dyn Fn(&Round) -> f64| Spread::of(rounds.iter().map(of));
    let mut add = |name: String, unit: &str, value: Spread, target: Option<Target>| {
        // Promised and judged in a quick run too: the ratios leave room for a busy machine.
        figures.push(Figure::new(name, unit, value, target, false));
    };
    add(
        "capacity".to_owned(),
        "a second",
        spread(&|round| round.capacity),
        None,
    );
    let ms = |time: Duration| Spread::exactly(time.as_secs_f64() * 1e3);
    let count = |count: usize| Spread::exactly(count as f64);
    for (name, unit, value) in [
        ("workers", "workers", count(WORKERS)),
        ("patience_of_clients", "ms each", ms(PATIENCE)),
        ("most_in_the_bounded_queue", "requests", count(MOST.get())),
        ("left_when_work_begins", "ms each", ms(NEEDS)),
        ("burst", "requests", count(BURST)),
    ] {
        add(name.to_owned(), unit, value, None);
    }
    for (index, (name, _)) in DESIGNS.iter().enumerate() {
        let name = name.replace(' ', "_");
        let of = |value: fn(&Run) -> f64| spread(&|round| value(&round.runs[index]));
        let share = spread(&|round| goodput(&round.runs[index], lengths) / round.capacity);
        let promised = if index == 0 {
            Target::counts_at_most(0.35)
        } else {
            Target::at_least(0.6)
        };
        add(
            format!("{name}_in_time_of_capacity"),
            "ratio",
            share,
            Some(promised),
        );
        add(
            format!("{name}_busy"),
            "ratio",
            of(|run| run.busy),
            (index == 0).then(|| Target::at_least(0.8)),
        );
        add(
            format!("{name}_for_nobody"),
            "requests",
            of(|run| run.for_nobody as f64),
            None,
        );
        add(
            format!("{name}_longest_queue"),
            "requests",
            of(|run| run.longest as f64),
            None,
        );
        if rounds.iter().all(|round| round.runs[index].p50.is_some()) {
            let p50 = of(|run| run.p50.unwrap_or_default().as_secs_f64() * 1e3);
            add(format!("{name}_p50"), "ms each", p50, None);
        }
        add(
            format!("{name}_success_afterwards"),
            "ratio",
            of(|run| run.after.success()),
            None,
        );
        let refused = of(|run| run.burst.refused as f64 / run.burst.asked as f64);
        // Its price: what the others carry is refused here.
        let promised = (index == 1).then(|| Target::at_least(0.05));
        add(
            format!("{name}_refused_of_bursts"),
            "ratio",
            refused,
            promised,
        );
        let carried = of(|run| run.burst.success());
        add(format!("{name}_success_of_bursts"), "ratio", carried, None);
    }
    figures
}

pub fn picture(lengths: Lengths, round: &Round) -> String {
    let steps = (lengths.afterwards().end.as_millis() / STEP.as_millis()) as u32;
    let windows = || (0..steps).map(|step| STEP * step..STEP * (step + 1));
    let lines = |value: &dyn Fn(&Run, Range<Duration>) -> Option<f64>| {
        let runs = DESIGNS.iter().zip(&round.runs);
        let line = |((name, _), run): (&(&'static str, Rules), &Run)| Line {
            name,
            values: windows().map(|window| value(run, window)).collect(),
        };
        runs.map(line).collect()
    };
    let seconds = |at: Duration| at.as_secs_f64();
    svg(&Picture {
        id: "load-shedding",
        title: "A service under twice its capacity, and after: answers in time a second, and how long they took",
        step: STEP.as_secs_f64(),
        fault: (
            seconds(lengths.before),
            seconds(lengths.before + lengths.over),
            "twice the capacity",
        ),
        panels: vec![
            Panel {
                title: "Answers in time a second",
                lines: lines(&|run, window| {
                    Some(answered(&run.seen, &window) as f64 / STEP.as_secs_f64())
                }),
                marks: vec![0, 100, 200, 300, 400],
                level: Some((round.capacity, "capacity")),
            },
            Panel {
                title: "Half of the answers in time took at least, in ms",
                lines: lines(&|run, window| {
                    let waited = percentile(took(&run.seen, &window, &[Outcome::InTime]), 50)?;
                    Some(waited.as_secs_f64() * 1e3)
                }),
                marks: vec![0, 100, 200, 300],
                level: None,
            },
        ],
    })
}
