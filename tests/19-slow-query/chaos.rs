//! A server whose slow log is read, and another on which advice is tried, that fail by seed: a crowd sends statements, faults strike, all is
//! healed, and the history is judged.
//!
//! `cargo lab chaos slow-query --solution --seed 7` builds this with the code that is asked for, runs it, and draws what it says. Alone:
//! `chaos --seed 7`; it speaks JSON lines ([`chaos::Line`]).
//!
//! Both servers are the run's own. The analysed one logs every statement to a file; it is killed, and its log is rotated under it. The scratch
//! server is behind a proxy: it is killed, paused, cut off, robbed of its answers and slowed down in the middle of a trial, and whoever
//! asked for an analysis goes away in the middle. Half a dozen clients send a few thousand statements of known shapes, and some die in mid-statement.
//! Meanwhile one analysis follows the other. What is judged is the recorded history and nothing else (`checker`): what was sent and answered, what the code
//! under test made of the log, how each analysis ended, and what is on both servers in the end.
#![allow(clippy::print_stderr, reason = "a command speaks to its terminal")]

#[path = "chaos/analyst.rs"]
mod analyst;
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
#[path = "chaos/recorder.rs"]
mod recorder;
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/shapes.rs"]
mod shapes;

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
    std::panic::set_hook(Box::new(|info| recorder::say(&panicked(info))));
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

/// The seed. `--program`, the lab's own command, is given to every run of a lab that has one; nothing here needs it.
fn seed(mut args: impl Iterator<Item = String>) -> Option<u64> {
    let mut seed = None;
    while let Some(name) = args.next() {
        let value = args.next()?;
        match name.as_str() {
            "--seed" => seed = Some(value.parse().ok()?),
            "--program" => {}
            _ => return None,
        }
    }
    seed
}

/// A panic, as the standard library's own hook would write it.
fn panicked(info: &PanicHookInfo<'_>) -> Line {
    let location = info
        .location()
        .map_or_else(String::new, ToString::to_string);
    let message = info.payload_as_str().unwrap_or("no message");
    Line::Panicked {
        process: "analysis".to_owned(),
        text: format!("thread 'analysis' panicked at {location}:\n{message}\n"),
    }
}
