//! The steps of a run, said as they end and summed up in a table.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use crate::clock;
use crate::exit::Exit;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds; what was seen.
    Passed(String),
    /// It does not; the lines that say why.
    Failed(Vec<String>),
    /// It was not run, and why.
    NotRun(String),
    /// It could not be run: something is missing, and what to do.
    Missing(String),
}

/// One thing that was to be shown.
#[derive(Debug, Clone)]
pub struct Step {
    /// The lab, or `-` for the workspace.
    pub lab: String,
    /// What was to be shown.
    pub what: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

/// All steps of a run.
#[derive(Debug)]
pub struct Report {
    steps: Vec<Step>,
    began: Instant,
    deadline: Option<Instant>,
}

impl Report {
    /// A report of a run that begins no step after `budget`.
    pub fn new(budget: Option<Duration>) -> Self {
        let began = clock::now();
        Self {
            steps: Vec::new(),
            began,
            deadline: budget.map(|budget| began + budget),
        }
    }

    /// Runs a step, unless the time is up, and says how it ended. Gives whether it passed.
    pub fn step(
        &mut self,
        lab: &str,
        what: impl Into<String>,
        run: impl FnOnce() -> anyhow::Result<Outcome>,
    ) -> bool {
        let (began, what) = (clock::now(), what.into());
        if std::io::stderr().is_terminal() {
            eprintln!("{lab} · {what} ..");
        }
        let outcome = if self.deadline.is_some_and(|deadline| began >= deadline) {
            Outcome::NotRun("the budget is used up".to_owned())
        } else {
            run().unwrap_or_else(|error| Outcome::Failed(vec![format!("{error:#}")]))
        };
        let step = Step {
            lab: lab.to_owned(),
            what,
            outcome,
            took: began.elapsed(),
        };
        print!("{}", step.line());
        let passed = matches!(step.outcome, Outcome::Passed(_));
        self.steps.push(step);
        passed
    }

    /// When the budget ends, for a step that can stop in the middle and say how far it came.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Notes a step that is left out.
    pub fn skip(&mut self, lab: &str, what: impl Into<String>, why: impl Into<String>) {
        let why = why.into();
        self.step(lab, what, || Ok(Outcome::NotRun(why)));
    }

    /// The steps so far.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What the run shows: a failure outweighs what is missing.
    pub fn exit(&self) -> Exit {
        let any = |is: fn(&Outcome) -> bool| self.steps.iter().any(|step| is(&step.outcome));
        if any(|outcome| matches!(outcome, Outcome::Failed(_))) {
            Exit::Failed
        } else if any(|outcome| matches!(outcome, Outcome::Missing(_))) {
            Exit::Environment
        } else {
            Exit::Ok
        }
    }

    /// A line for each step that ran, then what did not and why, then the sum.
    pub fn table(&self) -> String {
        let ran = |step: &&Step| matches!(step.outcome, Outcome::Passed(_) | Outcome::Failed(_));
        let what = self
            .steps
            .iter()
            .map(|step| step.what.len())
            .max()
            .unwrap_or(0);
        let lab = self
            .steps
            .iter()
            .map(|step| step.lab.len())
            .max()
            .unwrap_or(0);
        let mut out = String::new();
        for step in self.steps.iter().filter(ran) {
            let (mark, note) = match &step.outcome {
                Outcome::Passed(note) => ("ok", note.chars().take(60).collect()),
                Outcome::Failed(_) | Outcome::NotRun(_) | Outcome::Missing(_) => {
                    ("FAILED", String::new())
                }
            };
            let line = format!(
                "{:lab$}  {:what$}  {:>8}  {mark:6}  {note}",
                step.lab,
                step.what,
                seconds(step.took)
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
        for step in self.steps.iter().filter(|step| !ran(step)) {
            if let Outcome::NotRun(why) | Outcome::Missing(why) = &step.outcome {
                let _ = writeln!(
                    out,
                    "{:lab$}  {:what$}  {:>8}  {why}",
                    step.lab, step.what, "not run"
                );
            }
        }
        let count =
            |is: fn(&Outcome) -> bool| self.steps.iter().filter(|step| is(&step.outcome)).count();
        let _ = writeln!(
            out,
            "{} passed, {} failed, {} not run, in {}",
            count(|outcome| matches!(outcome, Outcome::Passed(_))),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
            count(|outcome| matches!(outcome, Outcome::NotRun(_) | Outcome::Missing(_))),
            seconds(self.began.elapsed())
        );
        out
    }
}

impl Step {
    /// What is said when it ends.
    fn line(&self) -> String {
        let head = format!("{} · {}", self.lab, self.what);
        match &self.outcome {
            Outcome::Passed(note) if note.is_empty() => {
                format!("{head}: ok, {}\n", seconds(self.took))
            }
            Outcome::Passed(note) => format!("{head}: ok, {}, {note}\n", seconds(self.took)),
            Outcome::Failed(lines) => {
                let mut out = format!("{head}: FAILED, {}\n", seconds(self.took));
                for line in lines.iter().flat_map(|line| line.lines()) {
                    let _ = writeln!(out, "    {line}");
                }
                out
            }
            Outcome::NotRun(why) | Outcome::Missing(why) => format!("{head}: not run, {why}\n"),
        }
    }
}

/// `0.4 s`, `12 s`, `3 min 20`.
fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..10 => format!("{:.1} s", took.as_secs_f32()),
        secs @ 10..120 => format!("{secs} s"),
        secs => format!("{} min {:02}", secs / 60, secs % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_what_it_left_out() {
        let mut report = Report::new(None);
        report.step("tiny", "links", || {
            Ok(Outcome::Passed("4 tests".to_owned()))
        });
        report.step("tiny", "broken off-by-one", || {
            Ok(Outcome::Failed(vec!["it survived".to_owned()]))
        });
        report.skip("other", "mutants", "unchanged");
        let table = report.table();
        assert!(
            table.contains("tiny   links                 0.0 s  ok      4 tests\n"),
            "{table}"
        );
        assert!(
            table.contains("other  mutants             not run  unchanged\n"),
            "{table}"
        );
        assert!(
            table.ends_with("1 passed, 1 failed, 1 not run, in 0.0 s\n"),
            "{table}"
        );
        assert_eq!(report.exit(), Exit::Failed);
    }

    #[test]
    fn no_step_begins_after_the_budget() {
        let mut report = Report::new(Some(Duration::ZERO));
        assert!(!report.step("tiny", "links", || unreachable!("the time is up")));
        assert_eq!(report.exit(), Exit::Ok);
    }

    #[test]
    fn what_is_missing_is_no_success() {
        let mut report = Report::new(None);
        report.step("tiny", "mutants", || {
            Ok(Outcome::Missing("no cargo-mutants".to_owned()))
        });
        assert_eq!(report.exit(), Exit::Environment);
    }
}
