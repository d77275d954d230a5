//! The whole sale in virtual time: a million buyers, half a million requests a second, 100,000 units.
//!
//! `cargo run --release -p seckill-solution --no-default-features --example simulation -- [--seed N] [--save]`
//!
//! No machine here can send half a million requests a second, so this asks the reference's own core what it decides, and counts.
//! Redis is a queue with a measured service time, the network a fixed delay, an unpaid unit comes back, its buyer's
//! successor finds it when the gates have noticed. After every event the sale must be right: no unit made or lost, none
//! a buyer's second, and at the end as many sold as there were. What it cannot show is what no model has: use the suite
//! for that. The same seed gives the same run, on any machine.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::process::ExitCode;

#[path = "simulation/buyers.rs"]
mod buyers;
#[path = "simulation/plot.rs"]
mod plot;
#[path = "simulation/queue.rs"]
mod queue;
#[path = "simulation/redis.rs"]
mod redis;
#[path = "simulation/report.rs"]
mod report;
#[path = "simulation/rng.rs"]
mod rng;
#[path = "simulation/scenario.rs"]
mod scenario;
#[path = "simulation/tally.rs"]
mod tally;
#[path = "simulation/world.rs"]
mod world;

use report::Run;
use scenario::{BUCKETS, OPENS, SECOND};
use world::{Variant, World};

/// The variants are compared over the first rush: without a gate Redis never recovers from it, and there is nothing more to see.
const COMPARED: queue::Nanos = OPENS + 8 * SECOND;

fn variants() -> [Variant; 5] {
    let built = Variant {
        name: "as built",
        gate: true,
        early: true,
        limiter: true,
        buckets: BUCKETS,
        until: None,
    };
    let until = Some(COMPARED);
    [
        built,
        Variant {
            name: "no limiter",
            limiter: false,
            until,
            ..built
        },
        Variant {
            name: "one bucket",
            buckets: 1,
            until,
            ..built
        },
        Variant {
            name: "late gate",
            early: false,
            until,
            ..built
        },
        Variant {
            name: "no gate",
            gate: false,
            until,
            ..built
        },
    ]
}

fn main() -> ExitCode {
    let usage = "usage: simulation [--seed N] [--save]";
    let (mut seed, mut save) = (1, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--save" => save = true,
            "--seed" => match args.next().and_then(|seed| seed.parse().ok()) {
                Some(number) => seed = number,
                None => return wrong(usage),
            },
            _ => return wrong(usage),
        }
    }
    // The variants share nothing, so they may run at once.
    let runs = std::thread::scope(|scope| {
        let running = variants().map(|variant| {
            let run = scope.spawn(move || World::new(variant, seed).run());
            (variant, run)
        });
        running.map(|(variant, run)| Run {
            variant,
            tally: run
                .join()
                .expect("a run is right, or says why on its way down"),
        })
    });
    print!("{}", report::summary(seed, &runs));
    if save && let Err(error) = report::save(seed, &runs) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn wrong(usage: &str) -> ExitCode {
    eprintln!("{usage}");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sale as built, until so long after the hour.
    fn first(seed: u64, milliseconds: u64) -> tally::Tally {
        let until = Some(OPENS + milliseconds * scenario::MS);
        let [built, ..] = variants();
        World::new(Variant { until, ..built }, seed).run()
    }

    #[test]
    fn the_same_seed_gives_the_same_run_and_another_another() {
        let run = first(1, 50);
        assert_eq!(run, first(1, 50));
        assert_ne!(run, first(2, 50));
    }

    #[test]
    fn every_unit_is_with_a_buyer_when_the_shelves_are_empty() {
        let run = first(3, 500);
        assert!(
            run.sold_out_at.is_some(),
            "not sold out within half a second"
        );
        assert_eq!(run.sold, scenario::STOCK, "nothing came back yet");
    }
}
