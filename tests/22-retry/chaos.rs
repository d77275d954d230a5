//! Calls to real servers while they fail by seed: a crowd calls, faults strike, all is healed, and the history is judged.
//!
//! `cargo lab chaos retry --solution --seed 7` builds this with the code that is asked for, runs it, and draws what it says. Alone:
//! `chaos --seed 7`; it speaks JSON lines ([`chaos::Line`]).
//!
//! A Redis and a MySQL of the run's own, each behind a proxy, are killed, paused, cut off, slowed down, and robbed of their answers.
//! About a thousand calls go to them through `retry` and `RetryLayer`, with deadlines, budgets and hedges: reads, writes with an idempotency
//! key, plain writes that must not happen twice, and requests that can never succeed. What is judged is the recorded history and nothing else (`checker`):
//! each call, each attempt, what callers were told, and how often each write is in the stores in the end.
//!
//! Why one thread: whatever holds up a caller then holds up the recorder's metronome too, and a rule about time knows how much
//! to allow. What a run does not show is said in `checker`.

#[path = "chaos/bed.rs"]
mod bed;
#[path = "chaos/calls.rs"]
mod calls;
#[path = "chaos/checker.rs"]
mod checker;
#[path = "chaos/crowd.rs"]
mod crowd;
#[path = "chaos/facts.rs"]
mod facts;
#[path = "chaos/faults.rs"]
mod faults;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/stores.rs"]
mod stores;

use std::process::ExitCode;

fn main() -> ExitCode {
    chaos::program::main("callers", &[], run::run)
}
