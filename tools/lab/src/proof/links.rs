//! Proof 4: invariants and tests name each other, and everything else that lab.toml says is there.

use contract::{Lab, Workspace, links, suite};

use super::{Outcome, Report};

/// Checks the links of one lab.
pub fn prove(workspace: &Workspace, lab: &Lab, report: &mut Report) {
    report.step(lab.id(), "links", || {
        Ok(match links::check(workspace, lab) {
            Ok(()) => {
                let manifest = &lab.manifest;
                let (tests, invariants) = (suite::index(lab)?.len(), manifest.invariants.len());
                let designs = manifest.broken.len();
                Outcome::Passed(format!(
                    "{tests} tests, {invariants} invariants, {designs} broken designs"
                ))
            }
            Err(errors) => Outcome::Failed(super::lines(&errors.to_string())),
        })
    });
}
