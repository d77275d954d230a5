//! A retry storm: three layers of services above a dependency that fails, and what reaches it for each call at the top.
//!
//! `cargo run --release -p retry-solution --features runs --example storm -- [--seed N] [--quick] [--save]`
//!
//! Four processes on loopback, one behind the other; each of the three services calls the next through the lab's
//! `RetryLayer`. The load comes on a schedule, whether or not earlier calls were answered. The dependency refuses everything, then a half,
//! is well, hangs, and is well again; four designs, one after the other, differ in who retries and with which budget. What is promised
//! are counts: of the calls that each process has seen. Exit code 1: one of the printed promises did not hold.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::process::ExitCode;

#[path = "storm/budget.rs"]
mod budget;
#[path = "runs/clock.rs"]
mod clock;
#[path = "storm/dependency.rs"]
mod dependency;
#[path = "runs/http.rs"]
mod http;
#[path = "storm/layer.rs"]
mod layer;
#[path = "runs/next.rs"]
mod next;
#[path = "storm/plot.rs"]
mod plot;
#[path = "storm/process.rs"]
mod process;
#[path = "runs/report.rs"]
mod report;
#[path = "storm/run.rs"]
mod run;
#[path = "storm/said.rs"]
mod said;
#[path = "storm/scenario.rs"]
mod scenario;
#[path = "storm/tally.rs"]
mod tally;

use scenario::{Design, Scenario};

const RUN: report::Run = report::Run {
    name: "storm",
    folder: "22-retry",
};

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == process::SERVE) {
        return process::serve(&words[1..]).await;
    }
    let (args, machine) = match report::begin() {
        Ok(begun) => begun,
        Err(code) => return code,
    };
    let scenario = Scenario::of(args.quick);
    said::head(args.seed, &scenario);
    let mut runs = Vec::new();
    for design in Design::ALL {
        match run::run(args.seed, design, &scenario).await {
            Ok(run) => {
                said::row(design, &run);
                runs.push(run);
            }
            Err(error) => {
                eprintln!("{}: {error}", design.name());
                return ExitCode::from(3);
            }
        }
    }
    let picture = plot::svg(&scenario, &runs);
    let figures = said::figures(&scenario, &runs);
    report::end(RUN, args, machine, figures, Some(&picture))
}
