//! Which wraps which: retry, breaker and time-out in every order, over a service that fails and comes back.
//!
//! `cargo run --release -p retry-solution --features runs --example composition -- [--seed N] [--quick] [--save]`
//!
//! The layers are those of labs 21 and 22, the downstream is a server on loopback, and calls come on a schedule. It refuses for a while, or hangs, and is
//! then well again. Counted are the calls that reach it meanwhile, what the breaker hears of them, and what the callers are told. Then
//! the first order again, with three answers to a refusal of the breaker. Exit code 1: one of the printed promises did not hold.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::process::ExitCode;

#[path = "runs/clock.rs"]
mod clock;
#[path = "composition/downstream.rs"]
mod downstream;
#[path = "runs/http.rs"]
mod http;
#[path = "runs/next.rs"]
mod next;
#[path = "runs/report.rs"]
mod report;
#[path = "composition/run.rs"]
mod run;
#[path = "composition/said.rs"]
mod said;
#[path = "composition/scenario.rs"]
mod scenario;
#[path = "composition/stack.rs"]
mod stack;
#[path = "composition/tally.rs"]
mod tally;

use scenario::{Case, Scenario};

const RUN: report::Run = report::Run {
    name: "composition",
    folder: "22-retry",
};

#[tokio::main]
async fn main() -> ExitCode {
    let (args, machine) = match report::begin() {
        Ok(begun) => begun,
        Err(code) => return code,
    };
    let scenario = Scenario::of(args.quick);
    // All at once: they share nothing, and a machine that stutters does it to all of them.
    let cases = Case::all();
    let running: Vec<_> = cases
        .iter()
        .map(|&case| tokio::spawn(run::run(args.seed, case, scenario)))
        .collect();
    let mut runs = Vec::new();
    for running in running {
        match running.await.map_err(std::io::Error::other).flatten() {
            Ok(tally) => runs.push(tally),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(3);
            }
        }
    }
    let runs: Vec<_> = cases.into_iter().zip(runs).collect();
    said::print(args.seed, &scenario, &runs);
    let figures = said::figures(&scenario, &runs);
    report::end(RUN, args, machine, figures, None)
}
