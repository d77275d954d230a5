//! `cargo lab`: the one command of the book.
//!
//! It compiles in seconds, because it is what stands between a clone and the first red test: no async
//! runtime and no client of any service. What needs those is a package of its own that this one calls
//! through cargo (`testbed up`), and what has to answer at once (`down`, `doctor`) reads files and asks
//! the docker command.
//!
//! The layers, from the outside: `cli` (what can be asked), `command` (one module per question),
//! `runner` (cargo and test binaries as streams of events), `render` (pure functions from data and a
//! width to text), `progress` and `kept` (what the learner must never lose). `shadow` makes packages of
//! composed variants, and `proof` shows what holds of them, for `dev` and for `verify`.
//!
//! A library with a thin binary, so that what it prints is tested as functions.
#![allow(clippy::print_stdout, clippy::print_stderr)] // the command is what prints; libraries do not

pub mod bench;
pub mod building;
pub mod children;
pub mod cli;
pub mod clock;
pub mod command;
pub mod dev;
pub mod exit;
pub mod kept;
pub mod machine;
pub mod names;
pub mod page;
pub mod probe;
pub mod progress;
pub mod proof;
pub mod remains;
pub mod render;
pub mod runner;
pub mod shadow;
pub mod splice;
pub mod tools;
pub mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::exit::Exit;

/// Reads the arguments, answers, and says how it ended.
pub fn main() -> ExitCode {
    end_quietly_on_a_closed_pipe();
    let cli = cli::Cli::parse();
    let outcome = children::end_them_on_signals().and_then(|()| command::run(cli.command));
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => {
            let page = page::Page::stderr();
            eprint!("{}", render::error(&page, &format!("{error:#}")));
            Exit::of(&error).into()
        }
    }
}

/// `cargo lab list | head -1` closes our stdout; printing then panics, and that is no news.
fn end_quietly_on_a_closed_pipe() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to") && message.contains("Broken pipe") {
            children::end_all();
            // What a shell says of a process that SIGPIPE ended.
            std::process::exit(141);
        }
        report(panic);
    }));
}
