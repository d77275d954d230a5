//! A service is asked for twice what it can do, and for half of it again: what is answered in time, with and without shedding.
//!
//! `cargo run --release -p part-5 --example load_shedding -- [--seed N] [--rounds N] [--quick] [--save]`
//!
//! What a service can do is measured first, with callers who wait for their answers. Then the same open-loop load goes to four services that
//! differ in the rules of their queue alone. A second load shows what refusing costs: bursts which a patient queue
//! would have carried. Only the client's clock says what was in time. Exit code 1: one of the printed promises did not hold.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};
use std::process::ExitCode;
use std::time::Duration;

use chaos::Dice;
use part_5::core::queue::{Order, Rules};
use part_5::core::schedule::{Arrival, Phase, bursts, poisson};
use part_5::core::tally::{Outcome, Seen, Tally, busy, percentile, took};
use part_5::shell::clock::Clock;
use part_5::shell::load::{closed_loop, fire};
use part_5::shell::report::{begin, end};
use part_5::shell::serve::Door;
use part_5::shell::workshop::{self, Workshop};

mod said;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const WORKERS: usize = 8;
/// A request's work; 25 ms on average, so 8 workers do 320 a second at most.
const WORK: RangeInclusive<Duration> = ms(10)..=ms(40);
/// How long a client waits.
const PATIENCE: Duration = ms(300);
/// How many may wait in the bounded queue: 100 ms of work for all workers, a third of a client's patience.
const MOST: NonZeroUsize = NonZeroUsize::new(32).unwrap();
/// The longest work, and 20 ms for the way there and back.
const NEEDS: Duration = ms(60);
/// A burst takes 175 ms of all workers' work, and a second has two of them: seven twentieths of what they can do.
const BURST: usize = 56;
const BURST_EVERY: Duration = ms(500);
/// Of the timeline.
const STEP: Duration = ms(250);

const DESIGNS: [(&str, Rules); 4] = [
    (
        "unbounded",
        Rules {
            order: Order::OldestFirst,
            most: None,
            needs: None,
        },
    ),
    (
        "bounded",
        Rules {
            order: Order::OldestFirst,
            most: Some(MOST),
            needs: None,
        },
    ),
    (
        "by deadline",
        Rules {
            order: Order::OldestFirst,
            most: None,
            needs: Some(NEEDS),
        },
    ),
    (
        "newest first",
        Rules {
            order: Order::NewestFirst,
            most: None,
            needs: Some(NEEDS),
        },
    ),
];

/// How long each part takes: calm, twice the capacity, calm again.
#[derive(Clone, Copy)]
struct Lengths {
    before: Duration,
    over: Duration,
    after: Duration,
    bursts: u32,
}

impl Lengths {
    fn of(quick: bool) -> Self {
        let [before, over, after] = if quick {
            [250, 1500, 500]
        } else {
            [500, 2000, 5000]
        }
        .map(ms);
        let bursts = if quick { 1 } else { 3 };
        Self {
            before,
            over,
            after,
            bursts,
        }
    }

    /// The second half of the overload: by then a queue is as long as it will be.
    fn judged(&self) -> Range<Duration> {
        self.before + self.over / 2..self.before + self.over
    }

    /// After the overload.
    fn afterwards(&self) -> Range<Duration> {
        self.before + self.over..self.before + self.over + self.after
    }
}

/// What one design made of both loads.
struct Run {
    seen: Vec<Seen>,
    over: Tally,
    after: Tally,
    /// Of the answers in time during the overload.
    p50: Option<Duration>,
    busy: f64,
    for_nobody: usize,
    longest: usize,
    burst: Tally,
}

struct Round {
    capacity: f64,
    runs: Vec<Run>,
}

async fn round(seed: u64, lengths: Lengths) -> std::io::Result<Round> {
    let capacity = capacity(seed).await?;
    let a_second = |share: f64| (capacity * share).round() as u32;
    let phases = [
        Phase {
            lasts: lengths.before,
            a_second: a_second(0.5),
        },
        Phase {
            lasts: lengths.over,
            a_second: a_second(2.0),
        },
        Phase {
            lasts: lengths.after,
            a_second: a_second(0.5),
        },
    ];
    let load = poisson(&phases, &WORK, &mut Dice::of(seed, "load"));
    let burst = bursts(
        lengths.bursts,
        BURST,
        BURST_EVERY,
        &WORK,
        &mut Dice::of(seed, "bursts"),
    );
    // At the same time: a machine that stutters does it to all of them.
    let running =
        DESIGNS.map(|(_, rules)| tokio::spawn(run(rules, lengths, load.clone(), burst.clone())));
    let mut runs = Vec::new();
    for run in running {
        runs.push(run.await??);
    }
    Ok(Round { capacity, runs })
}

/// Answers a second to three callers a worker, each waiting for its answer.
async fn capacity(seed: u64) -> std::io::Result<f64> {
    let phase = Phase {
        lasts: ms(1000),
        a_second: 320,
    };
    let works = poisson(&[phase], &WORK, &mut Dice::of(seed, "capacity"));
    let workshop = Workshop::open(Clock::start(), WORKERS, DESIGNS[0].1);
    let door = Door::open(workshop.router()).await?;
    Ok(closed_loop(door.addr, 3 * WORKERS, ms(1500), works, workshop::path).await)
}

async fn run(
    rules: Rules,
    lengths: Lengths,
    load: Vec<Arrival>,
    burst: Vec<Arrival>,
) -> std::io::Result<Run> {
    let clock = Clock::start();
    let workshop = Workshop::open(clock, WORKERS, rules);
    let door = Door::open(workshop.router()).await?;
    let seen = fire(clock, door.addr, load, PATIENCE, workshop::path).await;
    let ledger = workshop.ledger();

    let clock = Clock::start();
    let workshop = Workshop::open(clock, WORKERS, rules);
    let door = Door::open(workshop.router()).await?;
    let bursts = fire(clock, door.addr, burst, PATIENCE, workshop::path).await;

    let judged = lengths.judged();
    Ok(Run {
        over: Tally::of(&seen, &judged),
        after: Tally::of(&seen, &lengths.afterwards()),
        p50: percentile(took(&seen, &judged, &[Outcome::InTime]), 50),
        busy: busy(&ledger.spans, WORKERS, &judged),
        for_nobody: ledger.for_nobody,
        longest: ledger.longest,
        burst: Tally::of(&bursts, &(Duration::ZERO..Duration::MAX)),
        seen,
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    let (args, machine) = match begin() {
        Ok(begun) => begun,
        Err(code) => return code,
    };
    let lengths = Lengths::of(args.quick);
    let mut rounds = Vec::new();
    for seed in args.seeds() {
        match round(seed, lengths).await {
            Ok(round) => {
                said::print(seed, lengths, &round);
                rounds.push(round);
            }
            Err(error) => {
                eprintln!("no port of loopback: {error}");
                return ExitCode::from(3);
            }
        }
    }
    let picture = said::picture(lengths, &rounds[0]);
    end(
        "load_shedding",
        args,
        machine,
        said::figures(lengths, &rounds),
        &picture,
    )
}
