//! A lab's run as a program: what it is told, what it says, and how it ends.
//!
//! It says JSON lines on stdout ([`Line`]). It ends with 0 when it has said a verdict, whichever, with 2 if it was told something that it
//! does not understand, and with 3 and the reason on stderr if it came to no verdict.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::fmt::Display;
use std::panic::PanicHookInfo;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::runtime::{Builder, Handle};

use crate::line::Line;

/// What a run is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// `--program PATH`: the lab's own command, which is given to every run of a lab that has one.
    pub program: Option<PathBuf>,
    /// `--seed N`: what decides the faults.
    pub seed: u64,
}

impl Arguments {
    /// Nothing, if there is no seed, or something else.
    #[must_use]
    pub fn of(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let (mut program, mut seed) = (None, None);
        while let Some(name) = args.next() {
            let value = args.next()?;
            match name.as_str() {
                "--program" => program = Some(PathBuf::from(value)),
                "--seed" => seed = Some(value.parse().ok()?),
                _ => return None,
            }
        }
        let seed = seed?;
        Some(Self { program, seed })
    }
}

/// The `main` of a run whose code under test is in this process, called `process`: runs the seed that it was given on one thread, so that
/// whatever holds up a caller holds up the metronome too, and hands `run` the runtime on which servers are started and stopped. A
/// panic is told, except in the words of one that is `meant`.
pub fn main<E: Display>(
    process: &'static str,
    meant: &'static [&'static str],
    run: impl AsyncFnOnce(u64, Handle) -> Result<(), E>,
) -> ExitCode {
    let Some(Arguments { seed, .. }) = Arguments::of(std::env::args().skip(1)) else {
        eprintln!("usage: chaos --seed N");
        return ExitCode::from(2);
    };
    // A stage that is not written says so in its own words.
    std::panic::set_hook(Box::new(move |info| {
        if !(info.payload_as_str()).is_some_and(|words| meant.contains(&words)) {
            say(&panicked(process, info));
        }
    }));
    let runtimes = (Builder::new_current_thread().enable_all().build())
        .and_then(|callers| Ok((callers, Builder::new_multi_thread().enable_all().build()?)));
    match runtimes {
        Ok((callers, elsewhere)) => exit(callers.block_on(run(seed, elsewhere.handle().clone()))),
        Err(error) => exit(Err(error)),
    }
}

/// How a run ends that came to a verdict, or to an error.
pub fn exit<E: Display>(ended: Result<(), E>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::from(3)
        }
    }
}

/// Tells whoever started us.
pub fn say(line: &Line) {
    println!("{}", line.to_json());
}

/// A panic, as the standard library's own hook would write it.
fn panicked(process: &str, info: &PanicHookInfo<'_>) -> Line {
    let location = info
        .location()
        .map_or_else(String::new, ToString::to_string);
    let message = info.payload_as_str().unwrap_or("no message");
    Line::Panicked {
        process: process.to_owned(),
        text: format!("thread '{process}' panicked at {location}:\n{message}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> Option<Arguments> {
        Arguments::of(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_run_is_told_a_seed_and_perhaps_a_program() {
        let alone = Arguments {
            program: None,
            seed: 7,
        };
        assert_eq!(told("--seed 7"), Some(alone));
        let both = Arguments {
            program: Some("target/debug/seckill".into()),
            seed: 7,
        };
        assert_eq!(
            told("--program target/debug/seckill --seed 7"),
            Some(both.clone())
        );
        assert_eq!(told("--seed 7 --program target/debug/seckill"), Some(both));
    }

    #[test]
    fn whatever_else_it_is_told_it_does_not_understand() {
        for words in [
            "",
            "7",
            "--seed",
            "--seed seven",
            "--seed -7",
            "--seed 7 --program",
            "--seed 7 --fast 1",
            "--program target/debug/seckill",
        ] {
            assert_eq!(told(words), None, "{words}");
        }
    }
}
