//! Proof 1: the skeleton compiles without a warning; with the stages below N written, every test of stage N
//! fails at a `todo!` of stage N, and every test of the stage before it passes.
//!
//! A stage whose tests pass unwritten teaches nothing; one whose tests die elsewhere sends the learner there, and one
//! that needs a later stage cannot be finished.

use std::collections::BTreeSet;
use std::time::Duration;

use contract::Lab;
use contract::compose::Reference;
use contract::suite::{self, Targets};

use super::{Outcome, Report, judge};
use crate::runner::{Built, Filter, Scope, TestResult};
use crate::shadow::Shadow;

/// The tests of one stage; one that waits for what an open stage never does is a failure.
const LIMIT: Duration = Duration::from_secs(180);

/// Proves the bare skeleton and the given stage, or all of them.
///
/// # Errors
/// The suite cannot be read, the reference cannot be composed, or the shadow folder cannot be written.
pub fn prove(
    lab: &Lab,
    shadow: &Shadow,
    only: Option<u32>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let reference = Reference::read(lab)?;
    let mut builder = Builder {
        lab,
        shadow,
        warned: BTreeSet::new(),
        executables: Vec::new(),
    };
    shadow.write(&reference.filled(0))?;
    let targets = Targets::of(lab);
    for target in targets.iter() {
        let what = super::of_target("skeleton", targets, target);
        report.step(lab.id(), what, || {
            Ok(match builder.build(targets.up_to(target)) {
                Ok((_, warnings)) if warnings.is_empty() => {
                    Outcome::Passed("no warning".to_owned())
                }
                Ok((_, warnings)) => Outcome::Failed(warnings),
                Err(lines) => Outcome::Failed(lines),
            })
        });
    }
    let tests = suite::index(lab)?;
    let stages = lab.manifest.stages.iter().map(|stage| stage.number);
    for stage in stages.filter(|stage| only.is_none_or(|only| only == *stage)) {
        report.step(lab.id(), format!("stage {stage} open"), || {
            shadow.write(&reference.filled(stage - 1))?;
            // What is not needed is not built: a stage without clients must die without them.
            let highest = suite::needs(&tests, stage).max(suite::needs(&tests, stage - 1));
            let (built, mut wrong) = match builder.build(targets.up_to(highest)) {
                Ok(built) => built,
                Err(lines) => return Ok(Outcome::Failed(lines)),
            };
            let count = run(lab, &built, stage, judge::open, &mut wrong);
            if stage > 1 {
                run(lab, &built, stage - 1, judge::written, &mut wrong);
            }
            Ok(if wrong.is_empty() {
                Outcome::Passed(format!("{count} tests die at its todo!"))
            } else {
                Outcome::Failed(wrong)
            })
        });
    }
    for built in &builder.executables {
        Shadow::discard(built);
    }
    Ok(())
}

/// Builds lib, bin and tests of what is in the shadow, and remembers what it has said and made.
struct Builder<'a> {
    lab: &'a Lab,
    shadow: &'a Shadow,
    warned: BTreeSet<String>,
    executables: Vec<Built>,
}

impl Builder<'_> {
    /// What was built, and the lines of warnings that no variant before had.
    fn build(&mut self, targets: Targets) -> Result<(Built, Vec<String>), Vec<String>> {
        let mut package = self.shadow.package(Scope::Tests(targets));
        package.cargo_args.push("--lib".to_owned());
        let mut built = super::build(self.lab.root(), &package)?;
        let warnings = std::mem::take(&mut built.warnings);
        let new = warnings
            .into_iter()
            .filter(|warning| self.warned.insert(warning.rendered.clone()));
        let lines = new
            .flat_map(|warning| super::lines(&warning.rendered))
            .collect();
        let executables = Built {
            programs: Vec::new(),
            binaries: built.binaries.clone(),
            warnings: Vec::new(),
        };
        self.executables.push(executables);
        Ok((built, lines))
    }
}

/// Runs the stage's tests, adds what is wrong by `judge`, and gives how many ran.
fn run(
    lab: &Lab,
    built: &Built,
    stage: u32,
    judge: fn(u32, &TestResult) -> Result<(), String>,
    wrong: &mut Vec<String>,
) -> usize {
    let mut count = 0;
    for binary in &built.binaries {
        match super::run(
            binary,
            Filter::Stage(stage),
            LIMIT,
            super::shadow_services(lab),
        ) {
            Ok(results) => {
                count += results.len();
                wrong.extend(
                    results
                        .iter()
                        .filter_map(|result| judge(stage, result).err()),
                );
            }
            Err(lines) => wrong.extend(lines),
        }
    }
    if count == 0 {
        wrong.push(format!("no test of stage {stage} ran"));
    }
    count
}
