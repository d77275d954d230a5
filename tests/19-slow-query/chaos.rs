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
#[path = "chaos/run.rs"]
mod run;
#[path = "chaos/shapes.rs"]
mod shapes;

use std::process::ExitCode;

fn main() -> ExitCode {
    chaos::program::main("analysis", &[], run::run)
}
