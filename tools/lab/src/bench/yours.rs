//! Whether the learner's code takes part: as far as it has passed, and passes now.
//!
//! A figure of code that does not do what it should is worth nothing, and a skeleton would only panic. Progress alone is not
//! asked, because code changes after it has passed; nor the tests alone, because a skeleton is known without minutes of building.

use contract::suite::{self, Targets};
use contract::{Lab, Manifest, Stage};

use crate::building;
use crate::exit::Stop;
use crate::page::Page;
use crate::progress::Progress;
use crate::runner::{self, BuildError, Filter, Outcome, Package, Run, Scope};

/// How far the learner's code takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yours {
    /// It was not asked for.
    LeftOut,
    /// It has not passed stage 1 yet.
    NotPassed,
    /// It passed this stage once, and no longer does; `through` says how many before it still do.
    Fails {
        /// The stage.
        stage: u32,
        /// The last that passes; 0 for none.
        through: u32,
    },
    /// It does not compile any more.
    DoesNotCompile,
    /// All stages up to this one pass, tested now.
    Passes(u32),
}

impl Yours {
    /// Tests every stage that has passed, in order, up to the first that does not hold.
    ///
    /// # Errors
    /// Cargo or a test binary could not be run.
    pub fn test(page: &Page, lab: &Lab, progress: &Progress) -> anyhow::Result<Self> {
        let tests = suite::index(lab).map_err(|error| Stop::environment(error.to_string()))?;
        let mut built = None;
        let mut through = 0;
        for stage in passed(&lab.manifest, progress) {
            let highest = suite::needs(&tests, stage.number);
            let scope = Scope::Tests(Targets::of(lab).up_to(highest));
            if built.as_ref().is_none_or(|(of, _)| *of != scope) {
                let package = Package::new(lab.lab_dir().join("Cargo.toml"), lab.id(), scope);
                match building::build(page, lab.root(), &package) {
                    Ok(new) => built = Some((scope, new)),
                    Err(BuildError::DoesNotCompile(_)) => return Ok(Self::DoesNotCompile),
                    Err(error) => return Err(error.into()),
                }
            }
            eprintln!("testing your stage {}: {}", stage.number, stage.title);
            let binaries = built.iter().flat_map(|(_, built)| &built.binaries);
            let run = Run {
                filter: Filter::Stage(stage.number),
                ..Run::default()
            };
            let mut results = Vec::new();
            for binary in binaries {
                results.extend(runner::run(binary, &run, &mut |_| {})?);
            }
            let holds = |result: &runner::TestResult| result.outcome == Outcome::Ok;
            if results.is_empty() || !results.iter().all(holds) {
                return Ok(Self::Fails {
                    stage: stage.number,
                    through,
                });
            }
            through = stage.number;
        }
        Ok(match through {
            0 => Self::NotPassed,
            through => Self::Passes(through),
        })
    }

    /// The last stage that passes; 0 if the code takes no part.
    #[must_use]
    pub fn through(&self) -> u32 {
        match self {
            Self::LeftOut | Self::NotPassed | Self::DoesNotCompile => 0,
            Self::Fails { through, .. } => *through,
            Self::Passes(through) => *through,
        }
    }

    /// What is said of it, in one line.
    #[must_use]
    pub fn sentence(&self, lab: &str) -> String {
        match self {
            Self::LeftOut => "Your code is left out.".to_owned(),
            Self::NotPassed => {
                format!("Without yours: stage 1 has not passed yet (cargo lab test {lab}).")
            }
            Self::DoesNotCompile => {
                format!("Without yours: it does not compile (cargo lab test {lab}).")
            }
            Self::Fails { stage, through: 0 } => format!(
                "Without yours: stage {stage} does not pass any more (cargo lab test {lab} --stage {stage})."
            ),
            Self::Fails { stage, through } => format!(
                "Yours takes part as far as stage {through} goes: stage {stage} does not pass any more."
            ),
            Self::Passes(through) => {
                format!(
                    "Yours takes part as far as stage {through} goes: all pass, tested just now."
                )
            }
        }
    }
}

/// The stages that have passed, up to the first that has not.
fn passed<'m>(lab: &'m Manifest, progress: &Progress) -> impl Iterator<Item = &'m Stage> {
    let passed = |stage: &&Stage| progress.stage(&lab.id, stage.number).passed.is_some();
    lab.stages.iter().take_while(passed)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn sale() -> Manifest {
        let text = include_str!("../../tests/fixtures/sale.toml");
        Manifest::parse(Path::new("tests/16-seckill/lab.toml"), text).unwrap()
    }

    #[test]
    fn what_comes_after_an_open_stage_does_not_count() {
        let (sale, mut progress) = (sale(), Progress::default());
        let numbers = |progress: &Progress| -> Vec<u32> {
            passed(&sale, progress).map(|stage| stage.number).collect()
        };
        progress.stage_mut("seckill", 2).passed = Some(7);
        assert!(numbers(&progress).is_empty());
        progress.stage_mut("seckill", 1).passed = Some(7);
        assert_eq!(numbers(&progress), [1, 2]);
    }

    #[test]
    fn to_have_given_up_is_not_to_have_passed() {
        let (sale, mut progress) = (sale(), Progress::default());
        progress.stage_mut("seckill", 1).given_up = true;
        assert_eq!(passed(&sale, &progress).count(), 0);
    }

    #[test]
    fn only_what_passes_takes_part() {
        assert_eq!(Yours::Passes(3).through(), 3);
        let fails = |through| Yours::Fails { stage: 2, through };
        assert_eq!(fails(1).through(), 1);
        assert_eq!(fails(0).through(), 0);
        assert!(fails(0).sentence("seckill").starts_with("Without yours"));
        for out in [Yours::LeftOut, Yours::NotPassed, Yours::DoesNotCompile] {
            assert_eq!(out.through(), 0);
        }
    }
}
