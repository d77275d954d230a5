//! A service calls two others, and one of them becomes slow: what becomes of those who wanted the other.
//!
//! `cargo run --release -p part-5 --example bulkhead -- [--seed N] [--rounds N] [--quick] [--save]`
//!
//! The front has a fixed number of permits for calls. In one design both dependencies take them from one pool, in the other each has
//! half. The first load makes the reviews slow and looks at the prices. The second has everybody well, and shows
//! what the bulkhead costs: all want prices, and the permits of the reviews lie idle. Only the client's clock says what was in time.
//! Exit code 1: one of the printed promises did not hold.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::ops::Range;
use std::process::ExitCode;
use std::time::Duration;

use chaos::Dice;
use part_5::core::schedule::{Phase, poisson};
use part_5::core::tally::Seen;
use part_5::shell::clock::Clock;
use part_5::shell::front::{self, Dependency, Patience, Permits};
use part_5::shell::load::fire;
use part_5::shell::report::{begin, end};
use part_5::shell::serve::Door;

mod said;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Calls that the front may have under way.
const PERMITS: usize = 24;
/// A dependency that is well.
const WELL: Duration = ms(50);
/// One that is not: every call runs into its time-out.
const SLOW: Duration = ms(3000);
const PATIENCE: Patience = Patience {
    permit: ms(300),
    call: ms(1000),
};
/// How long a client waits.
const CLIENT: Duration = ms(500);
/// Each of both, when one is slow: 4 permits of 24 are enough for a dependency that is well, 80 for one that runs into its time-out.
const EACH_A_SECOND: u32 = 80;
/// Prices, when all want prices: 18 permits, which a pool of 24 has and a half does not.
const PRICES_A_SECOND: u32 = 360;
/// Reviews meanwhile: one permit.
const REVIEWS_A_SECOND: u32 = 20;
/// Of the timeline.
const STEP: Duration = ms(250);

type Design = (&'static str, fn(usize) -> Permits);
const DESIGNS: [Design; 2] = [("one pool", Permits::shared), ("bulkheads", Permits::apart)];

/// How long each part takes: well, slow, well again; and the lopsided load.
#[derive(Clone, Copy)]
struct Lengths {
    before: Duration,
    slow: Duration,
    after: Duration,
    lopsided: Duration,
}

impl Lengths {
    fn of(quick: bool) -> Self {
        let all = if quick {
            [250, 1500, 250, 1500]
        } else {
            [1000, 3000, 2000, 2000]
        };
        let [before, slow, after, lopsided] = all.map(ms);
        Self {
            before,
            slow,
            after,
            lopsided,
        }
    }

    /// The slow time without its first third: a full pool takes a moment to become one.
    fn judged(&self) -> Range<Duration> {
        self.before + self.slow / 3..self.before + self.slow
    }

    fn whole(&self) -> Duration {
        self.before + self.slow + self.after
    }

    /// The lopsided load without its first quarter.
    fn lopsided(&self) -> Range<Duration> {
        self.lopsided / 4..self.lopsided
    }
}

/// What the clients of both routes saw.
struct Seens {
    prices: Vec<Seen>,
    reviews: Vec<Seen>,
    /// Permits of the reviews that lay idle whenever a price was refused.
    idle: Option<f64>,
}

/// What one design made of both loads.
struct Run {
    slow: Seens,
    lopsided: Seens,
}

/// The front, its dependencies and its crowd; the reviews are slow during `slow`.
async fn load(
    seed: u64,
    permits: Permits,
    [prices, reviews]: [Phase; 2],
    slow: Range<Duration>,
) -> std::io::Result<Seens> {
    let (price, review) = (Dependency::open(WELL).await?, Dependency::open(WELL).await?);
    let (router, idle) = front::router(&permits, price.addr(), review.addr(), PATIENCE);
    let door = Door::open(router).await?;
    let arrivals = |phase, purpose| poisson(&[phase], &(WELL..=WELL), &mut Dice::of(seed, purpose));
    let clock = Clock::start();
    let to_prices = fire(clock, door.addr, arrivals(prices, "prices"), CLIENT, |_| {
        "/prices".to_owned()
    });
    let to_reviews = fire(
        clock,
        door.addr,
        arrivals(reviews, "reviews"),
        CLIENT,
        |_| "/reviews".to_owned(),
    );
    let weather = async {
        if slow.is_empty() {
            return;
        }
        clock.until(slow.start).await;
        review.set(SLOW);
        clock.until(slow.end).await;
        review.set(WELL);
    };
    let (prices, reviews, ()) = tokio::join!(to_prices, to_reviews, weather);
    Ok(Seens {
        prices,
        reviews,
        idle: idle.mean(),
    })
}

async fn run(seed: u64, permits: fn(usize) -> Permits, lengths: Lengths) -> std::io::Result<Run> {
    let phase = |a_second| Phase {
        lasts: lengths.whole(),
        a_second,
    };
    let slow = lengths.before..lengths.before + lengths.slow;
    let even = [phase(EACH_A_SECOND), phase(EACH_A_SECOND)];
    let slow = load(seed, permits(PERMITS), even, slow).await?;
    let phase = |a_second| Phase {
        lasts: lengths.lopsided,
        a_second,
    };
    let uneven = [phase(PRICES_A_SECOND), phase(REVIEWS_A_SECOND)];
    let lopsided = load(
        seed,
        permits(PERMITS),
        uneven,
        Duration::ZERO..Duration::ZERO,
    )
    .await?;
    Ok(Run { slow, lopsided })
}

async fn round(seed: u64, lengths: Lengths) -> std::io::Result<Vec<Run>> {
    // At the same time: a machine that stutters does it to both.
    let running = DESIGNS.map(|(_, permits)| tokio::spawn(run(seed, permits, lengths)));
    let mut runs = Vec::new();
    for run in running {
        runs.push(run.await??);
    }
    Ok(runs)
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
            Ok(runs) => {
                said::print(seed, lengths, &runs);
                rounds.push(runs);
            }
            Err(error) => {
                eprintln!("no port of loopback: {error}");
                return ExitCode::from(3);
            }
        }
    }
    let picture = said::picture(lengths, &rounds[0]);
    end(
        "bulkhead",
        args,
        machine,
        said::figures(lengths, &rounds),
        &picture,
    )
}
