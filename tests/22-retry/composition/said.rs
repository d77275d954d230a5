//! What the run says: two tables for the terminal, figures for the book.

use measure::{Figure, Spread, Target};

use crate::scenario::{
    ATTEMPTS, Case, DEADLINE, Fault, LONG, MINIMUM, OPEN_FOR, Order, RATE, Rejected, SHORT,
    Scenario, WINDOW, most_probes,
};
use crate::tally::Tally;

pub fn print(seed: u64, scenario: &Scenario, runs: &[(Case, Tally)]) {
    println!(
        "seed {seed}: {RATE} calls a second; at most {ATTEMPTS} attempts; the breaker trips on {MINIMUM} of {WINDOW}",
    );
    for fault in Fault::ALL {
        println!(
            "\nthe downstream {} for {:.1} s, and until the circuit opens once more",
            fault.name(),
            scenario.dead.as_secs_f64()
        );
        println!(
            "{:23}{:>8}{:>8}{:>8}{:>9}{:>8}{:>8}{:>8}",
            "from the outside", "reach", "results", "opens", "refused", "failed", "no time", "lost"
        );
        println!(
            "{:23}{:>8}{:>8}{:>8}{:>9}{:>8}{:>8}{:>8}",
            "", "it", "heard", "after", "", "", "", "after"
        );
        for order in Order::ALL {
            row(order.name(), of(runs, Case::Order(order, fault)));
        }
    }
    println!("\nthe downstream refuses, and to the retry outside it a refusal of the breaker ..");
    println!(
        "{:23}{:>8}{:>10}{:>9}{:>9}{:>11}{:>8}",
        "", "reach", "refusals", "retries", "refused", "ms a call", "lost"
    );
    println!("{:23}{:>8}{:>47}", "", "it", "after");
    for rejected in Rejected::ALL {
        let tally = of(runs, Case::Rejected(rejected));
        println!(
            "{:23}{:>8}{:>10}{:>9}{:>9}{:>11.0}{:>8}",
            rejected.words(),
            tally.reached,
            tally.heard.rejected,
            tally.retries,
            tally.while_dead().rejected,
            tally.held().as_secs_f64() * 1e3,
            tally.lost_after(),
        );
    }
}

fn row(name: &str, tally: &Tally) {
    let dead = tally.while_dead();
    let opens = tally.until_open.map(|attempts| attempts.to_string());
    println!(
        "{name:23}{:>8}{:>8}{:>8}{:>9}{:>8}{:>8}{:>8}",
        tally.reached,
        tally.heard.results,
        opens.as_deref().unwrap_or("never"),
        dead.rejected,
        dead.failed,
        dead.timed_out,
        tally.lost_after(),
    );
}

fn of(runs: &[(Case, Tally)], case: Case) -> &Tally {
    let found = runs.iter().find(|(own, _)| *own == case);
    &found.expect("every case was run").1
}

pub fn figures(scenario: &Scenario, runs: &[(Case, Tally)]) -> Vec<Figure> {
    let mut figures = constants(scenario);
    for (case, tally) in runs {
        let promised = match *case {
            Case::Order(order, fault) => of_order(order, fault, tally),
            Case::Rejected(rejected) => of_rejected(rejected, tally),
        };
        figures.extend(promised);
    }
    let order = |order, fault| of(runs, Case::Order(order, fault));
    let ratio = |above: u64, below: u64| above as f64 / below.max(1) as f64;
    let reached = |it, fault| order(it, fault).reached;
    let [inside, outside, blind] = [
        Order::RetryBreakerTimeout,
        Order::BreakerRetryTimeout,
        Order::RetryTimeoutBreaker,
    ];
    let rejected = |it| of(runs, Case::Rejected(it));
    figures.extend([
        figure(
            "reach_refusing_breaker_outside_to_inside",
            "ratio",
            ratio(
                reached(outside, Fault::Refuses),
                reached(inside, Fault::Refuses),
            ),
            Some(Target::at_least(2.0)),
        ),
        figure(
            "reach_hanging_breaker_outside_to_inside",
            "ratio",
            ratio(
                reached(outside, Fault::Hangs),
                reached(inside, Fault::Hangs),
            ),
            Some(Target::at_least(1.5)),
        ),
        figure(
            "reach_hanging_time_out_outside_to_inside",
            "ratio",
            ratio(reached(blind, Fault::Hangs), reached(inside, Fault::Hangs)),
            Some(Target::at_least(3.0)),
        ),
        figure(
            "refusals_retried_to_stopped",
            "ratio",
            ratio(
                rejected(Rejected::Retried).heard.rejected,
                rejected(Rejected::Stops).heard.rejected,
            ),
            Some(Target::at_least(2.0)),
        ),
        figure(
            "lost_after_stopped_less_waited",
            "calls",
            rejected(Rejected::Stops).lost_after() as f64
                - rejected(Rejected::Waits).lost_after() as f64,
            Some(Target::at_least(3.0)),
        ),
    ]);
    let before: usize = runs.iter().map(|(_, tally)| tally.lost_before()).sum();
    figures.push(figure(
        "lost_before_the_fault",
        "calls",
        before as f64,
        None,
    ));
    figures
}

fn figure(name: &str, unit: &str, value: f64, target: Option<Target>) -> Figure {
    // Counts, with room for a machine that has other work: judged in a quick run too.
    Figure::new(name, unit, Spread::exactly(value), target, false)
}

fn constants(scenario: &Scenario) -> Vec<Figure> {
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    [
        ("attempts", "attempts", f64::from(ATTEMPTS)),
        ("calls_sent", "a second", f64::from(RATE)),
        ("breaker_window", "results", f64::from(WINDOW)),
        ("breaker_minimum", "results", f64::from(MINIMUM)),
        ("open_for", "ms each", ms(OPEN_FOR)),
        ("short_time_out", "ms each", ms(SHORT)),
        ("long_time_out", "ms each", ms(LONG)),
        ("deadline_of_who_waits", "ms each", ms(DEADLINE)),
        ("dead_for", "s", scenario.dead.as_secs_f64()),
    ]
    .map(|(name, unit, value)| figure(name, unit, value, None))
    .to_vec()
}

fn of_order(order: Order, fault: Fault, tally: &Tally) -> Vec<Figure> {
    let least = |value| Some(Target::at_least(value));
    let most = |value| Some(Target::counts_at_most(value));
    let dead = tally.while_dead();
    let opens = tally.until_open.is_some();
    let should_open = fault == Fault::Refuses || order.breaker_hears_of_a_timeout();
    // One attempt is one result: what reaches a dead downstream is what trips the breaker, its probes, and who was on the way when it
    // tripped. Twice as many are on the way where a machine stutters.
    let on_the_way = (f64::from(RATE) * LONG.as_secs_f64()).ceil() * 2.0;
    // Who is sent while it is still open, and half as many again.
    let lost = (f64::from(RATE) * OPEN_FOR.as_secs_f64() * 1.5).ceil();
    let sees_each = order == Order::RetryBreakerTimeout;
    let reach = sees_each
        .then(|| f64::from(MINIMUM) + most_probes(tally.dead.end - tally.dead.start) + on_the_way);
    let name = format!("{}_{}", fault.name(), order.name().replace([' ', '-'], "_"));
    let named = |what: &str, unit: &str, value: f64, target| {
        figure(&format!("{name}_{what}"), unit, value, target)
    };
    let heard_per_attempt = tally.heard.results as f64 / tally.reached.max(1) as f64;
    let heard = match (should_open, order.breaker_sees_attempts()) {
        (false, _) => most(0.0),
        // It may have sent what the fault's end found on the way.
        (true, true) => least(0.9),
        // In a hang without a time-out for each there is one attempt a call.
        (true, false) if order == Order::BreakerTimeoutRetry && fault == Fault::Hangs => None,
        (true, false) => most(0.5),
    };
    let mut figures = vec![
        named("reach", "calls", tally.reached as f64, reach.and_then(most)),
        named("results_heard", "results", tally.heard.results as f64, None),
        named("cancelled", "calls", tally.heard.cancelled as f64, None),
        named("heard_per_attempt", "ratio", heard_per_attempt, heard),
        named(
            "opens",
            "times",
            f64::from(u8::from(opens)),
            if should_open { least(1.0) } else { most(0.0) },
        ),
        named("refused", "calls", dead.rejected as f64, None),
        named("failed", "calls", dead.failed as f64, None),
        named("no_answer_in_time", "calls", dead.timed_out as f64, None),
        named("held", "ms each", tally.held().as_secs_f64() * 1e3, None),
        named("lost_after", "calls", tally.lost_after() as f64, most(lost)),
    ];
    if let Some(attempts) = tally.until_open {
        figures.push(named("opens_after", "attempts", attempts as f64, None));
    }
    figures
}

fn of_rejected(rejected: Rejected, tally: &Tally) -> Vec<Figure> {
    let dead = tally.while_dead();
    let named = |what: &str, unit: &str, value: f64| {
        figure(
            &format!("when_refused_{}_{what}", rejected.name()),
            unit,
            value,
            None,
        )
    };
    vec![
        named("reach", "calls", tally.reached as f64),
        named("refusals", "refusals", tally.heard.rejected as f64),
        named("retries", "attempts", tally.retries as f64),
        named("told_refused", "calls", dead.rejected as f64),
        named("answered_late", "calls", dead.answered as f64),
        named("held", "ms each", tally.held().as_secs_f64() * 1e3),
        named("lost_after", "calls", tally.lost_after() as f64),
    ]
}
