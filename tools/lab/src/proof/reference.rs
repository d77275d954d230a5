//! Proof 2: the reference builds without a warning and passes, in an order that nobody chose, as often as asked;
//! what needs less than all of it (the core, the shell) also with less.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use contract::Lab;
use contract::suite::{self, SuiteTest, Targets};

use super::{Outcome, Report, judge};
use crate::runner::{self, Binary, Filter, Package, Run, Scope, TestResult};

/// A whole suite's services half; one that hangs is said, and does not hold CI for hours.
const LIMIT: Duration = Duration::from_secs(900);

/// Runs the whole suite against the reference `rounds` times, each with a seed of its own.
///
/// # Errors
/// The suite or the reference's manifest cannot be read.
pub fn prove(lab: &Lab, rounds: u32, report: &mut Report) -> anyhow::Result<()> {
    prove_in(lab, rounds, None, report)
}

/// The same, built under another target folder.
///
/// # Errors
/// As [`prove`].
pub fn prove_in(
    lab: &Lab,
    rounds: u32,
    target_dir: Option<&Path>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let all: Vec<SuiteTest> = suite::index(lab)?;
    let name = package_name(lab)?;
    let targets = Targets::of(lab);
    for target in targets.iter() {
        let rounds = if target == targets.highest() {
            rounds
        } else {
            rounds.min(1)
        };
        let what = super::of_target("reference", targets, target);
        let own = |test: &&SuiteTest| test.target <= target;
        let expected = all
            .iter()
            .filter(own)
            .map(|test| test.name.clone())
            .collect();
        let mut package = Package::new(
            lab.solution_dir().join("Cargo.toml"),
            &name,
            Scope::Tests(targets.up_to(target)),
        );
        package.target_dir = target_dir.map(Path::to_owned);
        in_scope(lab, &package, &what, &expected, rounds, report);
    }
    Ok(())
}

fn in_scope(
    lab: &Lab,
    package: &Package,
    what: &str,
    expected: &BTreeSet<String>,
    rounds: u32,
    report: &mut Report,
) {
    let mut binaries = Vec::new();
    let built = report.step(lab.id(), format!("{what} builds"), || {
        Ok(match super::build(lab.root(), package) {
            Ok(built) if built.warnings.is_empty() => {
                binaries = built.binaries;
                Outcome::Passed("no warning".to_owned())
            }
            Ok(built) => {
                let warnings = built
                    .warnings
                    .iter()
                    .flat_map(|warning| super::lines(&warning.rendered));
                Outcome::Failed(warnings.collect())
            }
            Err(lines) => Outcome::Failed(lines),
        })
    });
    for round in 1..=rounds {
        let what = if rounds == 1 {
            what.to_owned()
        } else {
            format!("{what}, round {round} of {rounds}")
        };
        if !built {
            report.skip(lab.id(), what, "it was not built, or with warnings");
            continue;
        }
        // Any number will do; it is printed, so that the order can be had again.
        let seed = RandomState::new().hash_one(round) % 1_000_000;
        report.step(lab.id(), what, || {
            Ok(one_round(lab, &binaries, seed, expected))
        });
    }
}

fn one_round(lab: &Lab, binaries: &[Binary], seed: u64, expected: &BTreeSet<String>) -> Outcome {
    let mut wrong = Vec::new();
    let mut ran = BTreeSet::new();
    for binary in binaries {
        let run = Run {
            filter: Filter::All,
            shuffle_seed: Some(seed),
            env: super::services(lab),
            limit: Some(LIMIT),
            stuck_after: None,
        };
        match super::shuffled(binary, run) {
            Ok(results) => {
                let failed: Vec<String> = results.iter().filter_map(failure).collect();
                if !failed.is_empty() {
                    wrong.extend(failed);
                    wrong.push(again(lab, binary, seed));
                }
                ran.extend(results.into_iter().map(|result| result.name));
            }
            Err(lines) => wrong.extend(lines),
        }
    }
    if wrong.is_empty() {
        wrong.extend(
            expected
                .difference(&ran)
                .map(|name| format!("{name} is in the suite and did not run")),
        );
        wrong.extend(
            ran.difference(expected)
                .map(|name| format!("{name} ran and is not in the suite's index")),
        );
    }
    if wrong.is_empty() {
        Outcome::Passed(format!("{} tests, seed {seed}", ran.len()))
    } else {
        Outcome::Failed(wrong)
    }
}

/// The command that runs this binary in this order.
fn again(lab: &Lab, binary: &Binary, seed: u64) -> String {
    let env = super::services(lab)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"));
    let env = env.collect::<Vec<_>>().join(" ");
    let path = binary.path.display();
    format!("again: {env} RUSTC_BOOTSTRAP=1 {path} -Z unstable-options --shuffle-seed {seed}")
}

fn failure(result: &TestResult) -> Option<String> {
    match result.outcome {
        runner::Outcome::Ok => None,
        runner::Outcome::Ignored => Some(format!("{} is ignored", result.name)),
        runner::Outcome::Failed => Some(format!("{} fails: {}", result.name, judge::cause(result))),
    }
}

/// The name in the reference's Cargo.toml.
///
/// # Errors
/// It cannot be read or has none.
pub fn package_name(lab: &Lab) -> anyhow::Result<String> {
    let path = lab.solution_dir().join("Cargo.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: toml::Table = text.parse().with_context(|| path.display().to_string())?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str);
    Ok(name
        .with_context(|| format!("{} has no package name", path.display()))?
        .to_owned())
}
