//! Two instances of a cache over one Redis that fails by seed: a crowd reads and writes, faults strike, all is healed, and the history is
//! judged.
//!
//! `cargo lab chaos adaptive-cache --solution --seed 7` builds this with the code that is asked for, runs it, and draws what it says. Alone:
//! `chaos --seed 7`; it speaks JSON lines ([`chaos::Line`]).
//!
//! A Redis of the run's own is killed, paused, emptied, and short of memory; the ways to it, one for each instance, are cut off, slowed down, and robbed of their
//! answers; the source that the cache protects stalls, fails and panics. A few thousand reads of shifting popularity go through two `AdaptiveCache`s,
//! with bursts, scans, writes, callers who leave, and warm-ups in mid-fault. What is judged is the recorded history and nothing else (`checker`):
//! what the source was asked and had, what was written where, and what readers were given.
//!
//! Why one thread: whatever holds up a caller then holds up the recorder's metronome too, and a rule about time knows how much
//! to allow. What a run does not show is said in `checker`.
#![allow(clippy::print_stderr, reason = "a command speaks to its terminal")]

#[path = "chaos/bed.rs"]
mod bed;
#[path = "chaos/checker.rs"]
mod checker;
#[path = "chaos/crowd.rs"]
mod crowd;
#[path = "chaos/facts.rs"]
mod facts;
#[path = "chaos/faults.rs"]
mod faults;
#[path = "chaos/plan.rs"]
mod plan;
#[path = "chaos/recorder.rs"]
mod recorder;
#[path = "chaos/records.rs"]
mod records;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/source.rs"]
mod source;

use std::panic::PanicHookInfo;
use std::process::ExitCode;

use chaos::Line;
use tokio::runtime::Builder;

const USAGE: &str = "usage: chaos --seed N";

fn main() -> ExitCode {
    let Some(seed) = seed(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    // The code under test runs in this process: a stage that is not written says so in its own words.
    std::panic::set_hook(Box::new(|info| {
        if info.payload_as_str() != Some(source::PANICS) {
            recorder::say(&panicked(info));
        }
    }));
    let runtimes = (Builder::new_current_thread().enable_all().build())
        .and_then(|callers| Ok((callers, Builder::new_multi_thread().enable_all().build()?)));
    let (callers, elsewhere) = match runtimes {
        Ok(both) => both,
        Err(error) => {
            eprintln!("chaos: {error}");
            return ExitCode::from(3);
        }
    };
    match callers.block_on(run::run(seed, elsewhere.handle().clone())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::from(3)
        }
    }
}

fn seed(mut args: impl Iterator<Item = String>) -> Option<u64> {
    let (name, value) = (args.next()?, args.next()?);
    let alone = args.next().is_none();
    (name == "--seed" && alone).then(|| value.parse().ok())?
}

/// A panic, as the standard library's own hook would write it.
fn panicked(info: &PanicHookInfo<'_>) -> Line {
    let location = info
        .location()
        .map_or_else(String::new, ToString::to_string);
    let message = info.payload_as_str().unwrap_or("no message");
    Line::Panicked {
        process: "caches".to_owned(),
        text: format!("thread 'caches' panicked at {location}:\n{message}\n"),
    }
}
