//! A call as a function around a function that does nothing: admitted by a service that is well, admitted by one that fails once in ten calls,
//! and rejected; by one thread and by two.
//!
//! `well` is the cheapest that a breaker can have it: the window is full of successes, and one more changes nothing. `mixed` is what
//! it costs when results have to be counted. There our lock can be waited for, and to let go of it is an atomic operation as to take it is;
//! recloser spins on its own, and lets go with a plain store. And a window over time reads the clock for each result that counts, which alone
//! costs as much as to count one in a window over calls.

use std::sync::{Barrier, Mutex};
use std::time::Duration;

use measure::{Run, Spread, Target, Turns, rate, timed};

use crate::contenders;
use crate::contenders::reference::{Guarded, Options};
use crate::rivals::{Failsafe, Recloser};

/// Long enough that nothing that is open closes while it is measured.
pub const LONG: Duration = Duration::from_secs(3600);
/// Calls in the window, of all that have one.
pub const WINDOW: u32 = 100;
const ROUNDS: usize = 40;
const WARM_UP: usize = 3;
/// Calls in a slice and thread: some milliseconds.
const SLICE: usize = 400_000;
/// Of the learner's stages, the last one that a call needs: its permit.
const STAGE: u32 = 2;

/// What the function answers.
pub trait Answer {
    /// To call number n.
    fn answer(number: u64) -> Result<u64, Failed>;
}

/// The function's error.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

/// Always well.
pub struct Well;
/// Fails once in ten calls.
pub struct Mixed;
/// Always fails.
pub struct Failing;

impl Answer for Well {
    #[inline]
    fn answer(number: u64) -> Result<u64, Failed> {
        Ok(number)
    }
}

impl Answer for Mixed {
    #[inline]
    fn answer(number: u64) -> Result<u64, Failed> {
        if number.is_multiple_of(10) {
            Err(Failed)
        } else {
            Ok(number)
        }
    }
}

impl Answer for Failing {
    #[inline]
    fn answer(_: u64) -> Result<u64, Failed> {
        Err(Failed)
    }
}

/// Whoever guards a function.
pub trait Calling<A>: Sync {
    /// Calls it so often through the guard.
    fn calls(&self, count: u64);
}

type Contest<A> = Vec<(&'static str, Box<dyn Calling<A>>)>;

/// Any guard, for a contest of them.
fn boxed<A, G: Calling<A> + 'static>(guard: G) -> Box<dyn Calling<A>> {
    Box::new(guard)
}

/// The three contests.
pub fn compare(run: &mut Run) {
    contest::<Well>("admitted", false, run);
    contest::<Mixed>("mixed", false, run);
    contest::<Well>("rejected", true, run);
}

/// Ours with both windows, the rivals, and yours. `tripped`: each has met nothing but failures before.
fn contestants<A: Answer + 'static>(tripped: bool, run: &Run) -> Contest<A> {
    let ours = |options| {
        let guard = Guarded::closed(options);
        if tripped {
            Calling::<Failing>::calls(&guard, 200);
        }
        guard
    };
    let time_window = Options {
        time_window: true,
        ..Options::default()
    };
    let (recloser, failsafe) = (Recloser::closed(), Failsafe::closed());
    if tripped {
        Calling::<Failing>::calls(&recloser, 200);
        Calling::<Failing>::calls(&failsafe, 200);
    }
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Contest<A> = vec![
        ("count_window", boxed(ours(Options::default()))),
        ("recloser", boxed(recloser)),
        ("failsafe", boxed(failsafe)),
        ("time_window", boxed(ours(time_window))),
    ];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        {
            let guard = contenders::yours::Guarded::closed(contenders::yours::Options::default());
            if tripped {
                Calling::<Failing>::calls(&guard, 200);
            }
            contest.push(("yours", boxed(guard)));
        }
    }
    contest
}

fn contest<A: Answer + 'static>(what: &str, tripped: bool, run: &mut Run) {
    for threads in [1, 2] {
        let suffix = format!(
            "{what}_{threads}_thread{}",
            if threads == 1 { "" } else { "s" }
        );
        run.part(format!("a call, {}", suffix.replace('_', " ")));
        let contest = contestants::<A>(tripped, run);
        let slice = run.times(SLICE) as u64;
        let mut turns = Turns::new(contest.len(), run.times(WARM_UP), run.times(ROUNDS));
        while let Some(who) = turns.next() {
            let took = together(threads, || contest[who].1.calls(slice));
            turns.record(rate(slice, took));
        }
        for (who, (name, _)) in contest.iter().enumerate() {
            run.add(format!("{name}_{suffix}"), "ns each", nanos(&turns, who));
        }
        for rival in [1, 2] {
            // A ratio of times is one of rates the other way round.
            let ratio = Spread::of(turns.ratios(rival, 0));
            let name = format!("count_window_to_{}_{suffix}", contest[rival].0);
            run.promise(name, "ratio", ratio, Target::at_most(1.0));
        }
        window_to_window(what, &suffix, &turns, run);
        if contest.len() > 4 {
            let ratio = Spread::of(turns.ratios(0, 4));
            run.add(format!("yours_to_count_window_{suffix}"), "ratio", ratio);
        }
    }
}

/// What it costs to look back over time and not over calls. Where the count window has nothing to do, the price is of everything; where no
/// call is counted there is none.
fn window_to_window(what: &str, suffix: &str, turns: &Turns, run: &mut Run) {
    let ratio = Spread::of(turns.ratios(0, 3));
    let name = format!("time_window_to_count_window_{suffix}");
    match what {
        "mixed" => run.promise(name, "ratio", ratio, Target::at_most(2.0)),
        "admitted" => run.add(name, "ratio", ratio),
        _ => {}
    }
}

/// What a call took, of one contender.
pub fn nanos(turns: &Turns, who: usize) -> Spread {
    Spread::of(turns.rates(who).into_iter().map(|rate| 1e9 / rate))
}

/// How long `work` takes when so many threads do it at the same time: the mean of theirs.
fn together(threads: u32, work: impl Fn() + Sync) -> Duration {
    if threads == 1 {
        return timed(work);
    }
    let barrier = Barrier::new(threads as usize);
    let spent = Mutex::new(Duration::ZERO);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                barrier.wait();
                let took = timed(&work);
                *spent.lock().expect("nobody panics") += took;
            });
        }
    });
    spent.into_inner().expect("nobody panics") / threads
}
