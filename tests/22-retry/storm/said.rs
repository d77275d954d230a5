//! What the run says: a table for the terminal, figures for the book.

use std::time::Duration;

use measure::{Figure, Spread, Target};

use crate::budget::{self, Load};
use crate::scenario::{
    AGAIN, ATTEMPTS, CAPACITY, Design, HALF, HANGS, LAYERS, PATIENCE, PER_SECOND, RATIO, REFUSES,
    Scenario, TIMEOUTS, WORK,
};
use crate::tally::Run;

pub fn head(seed: u64, scenario: &Scenario) {
    println!(
        "seed {seed}: {} calls a second for {:.1} s, through {LAYERS} layers; the dependency can do {:.0}",
        scenario.rate,
        scenario.whole().as_secs_f64(),
        capacity(scenario),
    );
    println!("At the bottom for each call at the top; of the calls, how many succeed:\n");
    print!("{:23}", "who retries");
    for phase in scenario.phases {
        print!("{:>9}", phase.name);
    }
    println!();
}

pub fn row(design: Design, run: &Run) {
    let rows = run.rows();
    print!("{:14}{:9}", design.name(), "calls");
    for row in rows {
        print!("{:>9.2}", row.amplification());
    }
    print!("\n{:14}{:9}", "", "succeed");
    for row in rows {
        print!("{:>8.0}%", row.success() * 100.0);
    }
    println!(
        "\n{:14}after the last recovery: last failure {:.2} s, {:.0}% of the work for nobody",
        "",
        run.last_failure().unwrap_or_default().as_secs_f64(),
        for_nobody(run) * 100.0,
    );
}

/// Calls a second that the dependency can do.
fn capacity(scenario: &Scenario) -> f64 {
    scenario.workers as f64 / WORK.as_secs_f64()
}

/// Of the work since the last recovery, how much was done for callers who had left.
fn for_nobody(run: &Run) -> f64 {
    run.after_recovery.for_nobody as f64 / run.after_recovery.all.max(1) as f64
}

/// The most that a budget allows at the bottom while everything is refused.
fn allowed(run: &Run) -> f64 {
    let calls = run.rows()[REFUSES].calls as f64;
    let (lasts, meanwhile) = run.until_all_ended(REFUSES);
    budget::most_per_call(Load {
        calls,
        meanwhile: meanwhile as f64,
        lasts,
    })
}

/// In the order of [`Design::ALL`].
pub fn figures(scenario: &Scenario, runs: &[Run]) -> Vec<Figure> {
    let mut figures = constants(scenario);
    for (design, run) in Design::ALL.into_iter().zip(runs) {
        of_design(&mut figures, design, run);
    }
    figures
}

fn figure(name: &str, unit: &str, value: f64, target: Option<Target>) -> Figure {
    // Counts, with room for a machine that has other work: judged in a quick run too.
    Figure::new(name, unit, Spread::exactly(value), target, false)
}

fn constants(scenario: &Scenario) -> Vec<Figure> {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let [top, middle, bottom] = TIMEOUTS;
    [
        ("layers", "layers", LAYERS as f64),
        ("attempts", "attempts", ATTEMPTS.into()),
        ("calls_at_the_top", "a second", scenario.rate.into()),
        ("dependency_can_do", "a second", capacity(scenario)),
        ("patience", "ms each", ms(PATIENCE)),
        ("time_out_top", "ms each", ms(top)),
        ("time_out_middle", "ms each", ms(middle)),
        ("time_out_bottom", "ms each", ms(bottom)),
        ("budget_ratio", "ratio", RATIO),
        ("budget_per_second", "a second", PER_SECOND.into()),
        ("budget_capacity", "tokens", CAPACITY.into()),
        ("budget_ideal", "ratio", budget::ideal()),
        ("refuses_for", "ms each", ms(scenario.phases[REFUSES].lasts)),
        ("hangs_for", "ms each", ms(scenario.phases[HANGS].lasts)),
        (
            "watched_after_recovery",
            "ms each",
            ms(scenario.phases[AGAIN].lasts),
        ),
    ]
    .map(|(name, unit, value)| figure(name, unit, value, None))
    .to_vec()
}

fn of_design(figures: &mut Vec<Figure>, design: Design, run: &Run) {
    let rows = run.rows();
    let lost = 1.0 - rows[AGAIN].success();
    let least = |value| Some(Target::at_least(value));
    let most = |value| Some(Target::counts_at_most(value));
    // Of 27 a busy machine may lose some to a time-out; 24 are no accident.
    let (refusing, half, lost_target) = match design {
        Design::EveryLayer => (least(24.0), least(0.9), least(0.5)),
        Design::Budgets => (most(allowed(run)), None, most(0.5)),
        Design::TopOnly => (least(2.7), None, None),
        Design::Nobody => (most(1.0), None, most(0.5)),
    };
    let mut add = |name: &str, unit: &str, value: f64, target| {
        let name = format!("{}_{name}", design.name().replace(' ', "_"));
        figures.push(figure(&name, unit, value, target));
    };
    add(
        "calls_refusing",
        "ratio",
        rows[REFUSES].amplification(),
        refusing,
    );
    add("calls_half", "ratio", rows[HALF].amplification(), None);
    add("calls_hanging", "ratio", rows[HANGS].amplification(), None);
    add(
        "calls_afterwards",
        "ratio",
        rows[AGAIN].amplification(),
        None,
    );
    let most_of_one = match design {
        Design::EveryLayer | Design::TopOnly | Design::Nobody => most(design.most().into()),
        Design::Budgets => None,
    };
    add(
        "most_of_one_call",
        "calls",
        run.most_of_one() as f64,
        most_of_one,
    );
    add("success_well", "ratio", rows[0].success(), None);
    add("success_refusing", "ratio", rows[REFUSES].success(), None);
    add("success_half", "ratio", rows[HALF].success(), half);
    add("success_hanging", "ratio", rows[HANGS].success(), None);
    add("lost_after_recovery", "ratio", lost, lost_target);
    let last = run.last_failure().unwrap_or_default();
    add(
        "last_failure_after_recovery",
        "ms each",
        last.as_secs_f64() * 1e3,
        None,
    );
    add("work_for_nobody_afterwards", "ratio", for_nobody(run), None);
    if design == Design::Budgets {
        let ledgers = run.ledgers.iter();
        let above = ledgers.map(|ledger| budget::above(*ledger, run.alive));
        add(
            "attempts_above_budget",
            "attempts",
            above.fold(f64::MIN, f64::max).max(0.0),
            most(0.0),
        );
    }
}
