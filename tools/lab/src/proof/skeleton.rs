//! Proof 1: the skeleton compiles without a warning, and with the stages below N written, every test of stage N
//! fails at a `todo!` of stage N.
//!
//! A stage whose tests pass unwritten teaches nothing; one whose tests die elsewhere sends the learner there.

use contract::Lab;
use contract::compose::Reference;

use super::{Outcome, Report, judge};
use crate::runner::{Built, Filter, Scope};
use crate::shadow::Shadow;

/// Proves the bare skeleton and the given stage, or all of them.
///
/// # Errors
/// The reference cannot be composed, or the shadow folder cannot be written.
pub fn prove(
    lab: &Lab,
    shadow: &Shadow,
    only: Option<u32>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let reference = Reference::read(lab)?;
    shadow.write(&reference.filled(0))?;
    for (scope, what) in [
        (Scope::Core, "skeleton without services"),
        (Scope::All, "skeleton"),
    ] {
        report.step(lab.id(), what, || {
            Ok(match build(lab, shadow, scope) {
                Ok(built) => {
                    Shadow::discard(&built);
                    Outcome::Passed("no warning".to_owned())
                }
                Err(lines) => Outcome::Failed(lines),
            })
        });
    }
    for stage in lab
        .manifest
        .stages
        .iter()
        .map(|stage| stage.number)
        .filter(|n| only.is_none_or(|only| only == *n))
    {
        report.step(lab.id(), format!("stage {stage} open"), || {
            shadow.write(&reference.filled(stage - 1))?;
            Ok(match build(lab, shadow, Scope::All) {
                Ok(built) => {
                    let outcome = fails_at_its_todo(lab, &built, stage);
                    Shadow::discard(&built);
                    outcome
                }
                Err(lines) => Outcome::Failed(lines),
            })
        });
    }
    Ok(())
}

/// Builds lib, bin and tests of what is in the shadow; a warning is a failure.
fn build(lab: &Lab, shadow: &Shadow, scope: Scope) -> Result<Built, Vec<String>> {
    let mut package = shadow.package(scope);
    package.cargo_args.push("--lib".to_owned());
    let built = super::build(lab.root(), &package)?;
    if built.warnings.is_empty() {
        return Ok(built);
    }
    Err(built
        .warnings
        .iter()
        .flat_map(|warning| super::lines(&warning.rendered))
        .collect())
}

fn fails_at_its_todo(lab: &Lab, built: &Built, stage: u32) -> Outcome {
    let mut wrong = Vec::new();
    let mut count = 0;
    for binary in &built.binaries {
        match super::run(
            binary,
            Filter::Stage(stage),
            None,
            super::shadow_services(lab),
        ) {
            Ok(results) => {
                count += results.len();
                wrong.extend(
                    results
                        .iter()
                        .filter_map(|result| judge::open(stage, result).err()),
                );
            }
            Err(lines) => wrong.extend(lines),
        }
    }
    if wrong.is_empty() && count == 0 {
        wrong.push(format!("no test of stage {stage} ran"));
    }
    if wrong.is_empty() {
        Outcome::Passed(format!("{count} tests die at its todo!"))
    } else {
        Outcome::Failed(wrong)
    }
}
