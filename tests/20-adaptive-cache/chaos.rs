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
#[path = "chaos/records.rs"]
mod records;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/source.rs"]
mod source;

use std::process::ExitCode;

fn main() -> ExitCode {
    chaos::program::main("caches", &[source::PANICS], run::run)
}
