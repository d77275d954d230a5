//! A real service behind a breaker, while it and the way to it fail by seed: callers ask, faults strike, all is healed, and the history is
//! judged.
//!
//! `cargo lab chaos circuit-breaker --solution --seed 7` builds this with the code that is asked for, runs it, and draws what it says. Alone
//! it wants a seed: `chaos --seed 7`; it speaks JSON lines ([`chaos::Line`]).
//!
//! The downstream is a process of its own, this program started again; between it and the callers stands a proxy. The breaker's whole shell
//! is in use: the registry, the layer with time-out and classes, slow calls, a fallback, and an operator. What is judged is the recorded
//! history and nothing else (`checker`): what callers were told and when, each change of state, the metrics, and what the downstream saw.
//!
//! Why everything but the downstream runs on one thread: so that the order of the record is the order in which the breaker met the calls,
//! and a plain model that replays it must come to the same decisions, every one of them. What a run does not show is therefore two
//! threads at one breaker; the suite and the model checker have that. Nor a clock that misbehaves: the suite has it too.

#[path = "chaos/bed.rs"]
mod bed;
#[path = "chaos/checker.rs"]
mod checker;
#[path = "chaos/client.rs"]
mod client;
#[path = "chaos/crowd.rs"]
mod crowd;
#[path = "chaos/downstream.rs"]
mod downstream;
#[path = "chaos/facts.rs"]
mod facts;
#[path = "chaos/faults.rs"]
mod faults;
#[path = "chaos/process.rs"]
mod process;
#[path = "chaos/recorder.rs"]
mod recorder;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/watched.rs"]
mod watched;

use std::process::ExitCode;

const USAGE: &str = "usage: chaos --seed N";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let ended = match args.as_slice() {
        [only] if only == process::DOWNSTREAM => downstream::serve().await,
        [name, seed] if name == "--seed" => match seed.parse() {
            Ok(seed) => run::run(seed).await,
            Err(_) => Err(USAGE.into()),
        },
        _ => Err(USAGE.into()),
    };
    chaos::program::exit(ended)
}
