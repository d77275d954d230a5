//! What jitter is worth, in virtual time: contenders of one optimistic write, and how each waits before it tries again.
//!
//! `cargo run --release -p retry-solution --no-default-features --example simulation -- [--save]`
//!
//! It is the experiment of "Exponential Backoff And Jitter" (Brooker, AWS Architecture Blog, 2015) with the reference's own [`Backoff`]: 10 to 200
//! contenders start at once; each reads a row, then writes it if nobody has written meanwhile, and goes on until its write has
//! counted. A message takes 10 ms with a deviation of 2, a wait before retry k is at most 5 ms x 2^(k-1) and 2 s. (The article's code
//! has 5 ms x 2^k.) Counted are the conditional writes that reach the row, and the time until the last contender is done.
//! Promised is that full jitter needs at most 0.4 of the writes of no backoff at 100 contenders; if it does not, this exits with 1.
//!
//! Why not on real servers: 200 contenders of a real row measure the machine, and twenty seeds of it take minutes. What it cannot
//! show is a server that slows down under the writes; here each takes no time. The same seeds give the same figures on any machine.
//!
//! [`Backoff`]: retry::core::backoff::Backoff
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::process::ExitCode;

#[path = "simulation/network.rs"]
mod network;
#[path = "simulation/plot.rs"]
mod plot;
#[path = "simulation/report.rs"]
mod report;
#[path = "simulation/strategy.rs"]
mod strategy;
#[path = "simulation/sweep.rs"]
mod sweep;
#[path = "simulation/world.rs"]
mod world;

use sweep::Sweep;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let save = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--save"] => true,
        _ => {
            eprintln!("usage: simulation [--save]");
            return ExitCode::from(2);
        }
    };
    let sweep = Sweep::run(&sweep::CONTENDERS);
    print!("{}", report::summary(&sweep));
    if save && let Err(error) = report::save(&sweep) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    if sweep.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
