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
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

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
#[path = "chaos/recorder.rs"]
mod recorder;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/stores.rs"]
mod stores;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: chaos --program PATH --seed N";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let Some((program, seed)) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run::run(program, seed).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::from(3)
        }
    }
}

fn arguments(mut args: impl Iterator<Item = String>) -> Option<(PathBuf, u64)> {
    let (mut program, mut seed) = (None, None);
    while let Some(name) = args.next() {
        let value = args.next()?;
        match name.as_str() {
            "--program" => program = Some(PathBuf::from(value)),
            "--seed" => seed = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    Some((program?, seed?))
}
