//! Proof 3: every broken design compiles, and its named test kills it by an assertion of the suite.

use std::time::Duration;

use contract::Lab;
use contract::compose;
use contract::suite::{self, Targets};

use super::{Outcome, Report, judge};
use crate::runner::{Filter, Scope};
use crate::shadow::Shadow;

/// One test: a minute is for a broker of its own on a busy machine; a design that hangs it is not killed.
const LIMIT: Duration = Duration::from_secs(90);

/// Runs the named designs, or all of them.
///
/// # Errors
/// The suite cannot be read.
pub fn prove(
    lab: &Lab,
    shadow: &Shadow,
    names: &[String],
    report: &mut Report,
) -> anyhow::Result<()> {
    let tests = suite::index(lab)?;
    for broken in &lab.manifest.broken {
        if !names.is_empty() && !names.iter().any(|name| name == broken.name.as_str()) {
            continue;
        }
        report.step(lab.id(), format!("broken {}", broken.name), || {
            let Some(test) = tests.iter().find(|test| test.name == broken.test.as_str()) else {
                return Ok(Outcome::Failed(vec![format!(
                    "no test `{}` in the suite",
                    broken.test
                )]));
            };
            shadow.write(&compose::broken(lab, &broken.name)?)?;
            // A design that the core's tests kill needs no client to compile.
            let scope = Scope::Tests(Targets::of(lab).up_to(test.target));
            let built = match super::build(lab.root(), &shadow.package(scope)) {
                Ok(built) => built,
                Err(lines) => return Ok(Outcome::Failed(lines)),
            };
            let mut results = Vec::new();
            for binary in built
                .binaries
                .iter()
                .filter(|binary| binary.target == test.target)
            {
                let filter = Filter::Exact(vec![test.name.clone()]);
                match super::run(binary, filter, LIMIT, super::shadow_services(lab)) {
                    Ok(more) => results.extend(more),
                    Err(lines) => return Ok(Outcome::Failed(lines)),
                }
            }
            Shadow::discard(&built);
            Ok(
                match results
                    .first()
                    .map(|result| judge::killed(broken.breaks, result))
                {
                    Some(Ok(assertion)) => Outcome::Passed(shortened(&assertion)),
                    Some(Err(why)) => Outcome::Failed(vec![why]),
                    None => Outcome::Failed(vec![format!("{} did not run", test.name)]),
                },
            )
        });
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}
