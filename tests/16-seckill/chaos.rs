//! The sale on real servers while they fail by seed: a crowd buys, faults strike, all is healed, and the history is judged.
//!
//! `cargo lab chaos seckill --solution --seed 7` builds this beside the `seckill` binary of the same code, runs it, and draws what it says.
//! Alone it wants the program to run: `chaos --program target/debug/seckill --seed 7`; it speaks JSON lines ([`chaos::Line`]).
//!
//! Everything is as it is run: two instances, a consumer and a reconciler, each a process behind a supervisor that starts it again;
//! Redis of its own with an append-only file, Kafka of its own, MySQL; a proxy on every way that a fault may hit. What is judged
//! is the recorded history and nothing else (`checker`): what buyers were told, what they paid for, what the stores held.
//!
//! What a run does not show: the closing hour (the last buyers come when all is healed, whenever that is), and a fail-over to a replica;
//! the suite has both. Redis forgets here by a power cut, which is the same to everyone else.
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
#[path = "chaos/http.rs"]
mod http;
#[path = "chaos/process.rs"]
mod process;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/stores.rs"]
mod stores;

use std::process::ExitCode;

use chaos::program::{self, Arguments};

const USAGE: &str = "usage: chaos --program PATH --seed N";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let told = Arguments::of(std::env::args().skip(1));
    let Some((program, seed)) = told.and_then(|told| Some((told.program?, told.seed))) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    program::exit(run::run(program, seed).await)
}
