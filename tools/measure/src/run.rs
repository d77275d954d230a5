//! One run of a bench: what was asked for, what is measured now, what came out.
//!
//! Its answer on stdout is one JSON [`Report`] and nothing else; what it does meanwhile is on stderr.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench speaks to the command that started it"
)]

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::{Curves, Figure, Report, Spread, Target};

/// A run under way.
#[derive(Debug, Default)]
pub struct Run {
    /// The learner's stages up to this one pass; 0 if their code takes no part.
    yours: u32,
    quick: bool,
    trace: Option<TraceOf>,
    report: Report,
}

/// A trace that somebody asks about: then a bench replays it, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceOf {
    /// Its file.
    pub file: PathBuf,
    /// The name of its format; without one the file's name says it.
    pub format: Option<String>,
}

impl Run {
    /// As the command line says: `[--yours N] [--quick] [--trace FILE [--format NAME]]`.
    ///
    /// # Errors
    /// It says something else.
    pub fn from_args(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut run = Self::default();
        let mut args = args.into_iter();
        let mut format = None;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => run.quick = true,
                "--yours" => {
                    let stages = args.next().and_then(|stages| stages.parse().ok());
                    run.yours = stages.ok_or("--yours needs a number of stages")?;
                }
                "--trace" => {
                    let file = args.next().ok_or("--trace needs a file")?.into();
                    run.trace = Some(TraceOf { file, format: None });
                }
                "--format" => format = Some(args.next().ok_or("--format needs a name")?),
                _ => {
                    return Err(format!(
                        "`{arg}`? [--yours N] [--quick] [--trace FILE [--format NAME]] is all there is"
                    ));
                }
            }
        }
        match (&mut run.trace, format) {
            (Some(trace), format) => trace.format = format,
            (None, None) => {}
            (None, Some(_)) => return Err("--format is a trace's: which file?".to_owned()),
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

    /// The trace that is asked about, if one is.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceOf> {
        self.trace.as_ref()
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

    /// The curves of the trace that was asked about.
    pub fn draw(&mut self, curves: Curves) {
        self.report.curves = Some(curves);
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
        assert!(run(&["--trace"]).is_err());
        assert!(run(&["--trace", "a.txt", "--format"]).is_err());
        assert!(run(&["--format", "text"]).is_err(), "of which file?");
    }

    #[test]
    fn a_trace_has_a_file_and_perhaps_a_format() {
        let trace = |args: &[&str]| run(args).unwrap().trace().cloned();
        assert_eq!(trace(&["--quick"]), None);
        let of = |format: Option<&str>| TraceOf {
            file: "a b.txt".into(),
            format: format.map(str::to_owned),
        };
        assert_eq!(trace(&["--trace", "a b.txt"]), Some(of(None)));
        let named = ["--format", "u32", "--trace", "a b.txt"];
        assert_eq!(trace(&named), Some(of(Some("u32"))));
    }
}
