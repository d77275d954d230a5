//! One run of a bench: what was asked for, what is measured now, what came out.
//!
//! Its answer on stdout is one JSON [`Report`] and nothing else; what it does meanwhile is on stderr.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench speaks to the command that started it"
)]

use std::fmt::Display;
use std::process::ExitCode;

use crate::{Figure, Report, Spread, Target};

/// A run under way.
#[derive(Debug, Default)]
pub struct Run {
    /// The learner's stages up to this one pass; 0 if their code takes no part.
    yours: u32,
    quick: bool,
    report: Report,
}

impl Run {
    /// As the command line says: `[--yours N] [--quick]`.
    ///
    /// # Errors
    /// It says something else.
    pub fn from_args(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut run = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => run.quick = true,
                "--yours" => {
                    let stages = args.next().and_then(|stages| stages.parse().ok());
                    run.yours = stages.ok_or("--yours needs a number of stages")?;
                }
                _ => return Err(format!("`{arg}`? [--yours N] [--quick] is all there is")),
            }
        }
        Ok(run)
    }

    /// Whether the learner's code has passed this stage and all before it. What does not pass is not measured: a figure of
    /// it would be worth nothing.
    #[must_use]
    pub fn yours(&self, stage: u32) -> bool {
        self.yours >= stage
    }

    /// So many, or a tenth of it in a quick run; at least one.
    #[must_use]
    pub fn times(&self, count: usize) -> usize {
        if self.quick {
            count.div_ceil(10)
        } else {
            count
        }
    }

    /// What is measured now, for whoever waits.
    pub fn part(&self, what: impl Display) {
        eprintln!("  {what}");
    }

    /// A figure without a target.
    pub fn add(&mut self, name: impl Into<String>, unit: &str, value: Spread) {
        let figure = Figure::new(name, unit, value, None, self.quick);
        self.report.figures.push(figure);
    }

    /// A figure and what is promised of it.
    pub fn promise(&mut self, name: impl Into<String>, unit: &str, value: Spread, target: Target) {
        let figure = Figure::new(name, unit, value, Some(target), self.quick);
        self.report.figures.push(figure);
    }

    /// A service that takes part.
    pub fn service(&mut self, name: &str, version: impl Into<String>) {
        self.report.services.insert(name.to_owned(), version.into());
    }

    /// Says what came out. 0 is a report on stdout; 3, as everywhere in `cargo lab`, something that was missing.
    pub fn end(self, ended: Result<(), impl Display>) -> ExitCode {
        match ended {
            Ok(()) => match serde_json::to_string(&self.report) {
                Ok(report) => {
                    println!("{report}");
                    ExitCode::SUCCESS
                }
                Err(error) => fail(&error),
            },
            Err(error) => fail(&error),
        }
    }
}

fn fail(error: &dyn Display) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<Run, String> {
        Run::from_args(args.iter().map(|&arg| arg.to_owned()))
    }

    #[test]
    fn yours_takes_part_up_to_the_stage_that_passes() {
        let two = run(&["--yours", "2"]).unwrap();
        assert!(two.yours(1) && two.yours(2) && !two.yours(3));
        assert!(!run(&[]).unwrap().yours(1));
    }

    #[test]
    fn a_quick_run_is_a_tenth_and_never_nothing() {
        let quick = run(&["--quick"]).unwrap();
        assert_eq!([60, 15, 5, 1].map(|n| quick.times(n)), [6, 2, 1, 1]);
        assert_eq!(run(&[]).unwrap().times(60), 60);
    }

    #[test]
    fn what_it_does_not_know_is_refused() {
        assert!(run(&["--save"]).is_err());
        assert!(run(&["--yours"]).is_err());
        assert!(run(&["--yours", "all"]).is_err());
    }
}
