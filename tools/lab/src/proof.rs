//! What is proved of every lab, and how far a run of proofs has come.
//!
//! Skeletons fail where their stage is open, the reference passes in any order, every broken design is killed, the
//! links hold, no mutant of the core lives unexplained. Each proof is a number of steps; a step that was not run
//! is kept with its reason, because what is left out silently looks proved.

pub mod broken;
pub mod judge;
pub mod links;
pub mod mutants;
pub mod reference;
mod report;
pub mod skeleton;

use std::path::Path;
use std::time::Duration;

use contract::Lab;
use contract::suite::{Target, Targets};

pub use report::{Outcome, Report, Step};

use crate::building;
use crate::page::Page;
use crate::runner::{self, Binary, Built, Filter, Package, Run, TestResult};

/// What is proved with the tests up to this target, in words: the highest needs none.
fn of_target(what: &str, targets: Targets, target: Target) -> String {
    match target {
        _ if target == targets.highest() => what.to_owned(),
        Target::Core if targets.has(Target::Shell) => format!("{what}, core alone"),
        Target::Core | Target::Shell | Target::Services => format!("{what} without services"),
    }
}

/// Builds; what does not compile is the lines of a failure.
fn build(root: &Path, package: &Package) -> Result<Built, Vec<String>> {
    let page = Page {
        colour: false,
        ..Page::stdout()
    };
    building::build(&page, root, package).map_err(|error| lines(&error.to_string()))
}

/// Runs tests of one binary; what does not run is the lines of a failure. What is not done by `limit` has failed.
fn run(
    binary: &Binary,
    filter: Filter,
    limit: Duration,
    env: Vec<(String, String)>,
) -> Result<Vec<TestResult>, Vec<String>> {
    shuffled(
        binary,
        Run {
            filter,
            env,
            limit: Some(limit),
            ..Run::default()
        },
    )
}

/// The same in an order of one's own.
fn shuffled(binary: &Binary, run: Run) -> Result<Vec<TestResult>, Vec<String>> {
    runner::run(binary, &run, &mut |_| {}).map_err(|error| lines(&error.to_string()))
}

/// Environment that chooses the services: what the caller has chosen, or else the native servers where there are any.
pub fn services(lab: &Lab) -> Vec<(String, String)> {
    let mut env = vec![("LAB_ROOT".to_owned(), lab.root().display().to_string())];
    let chosen = [
        "LAB_BACKEND",
        "LAB_REDIS_URL",
        "LAB_MYSQL_URL",
        "LAB_KAFKA_BROKERS",
    ];
    if cfg!(target_os = "linux") && chosen.iter().all(|name| std::env::var_os(name).is_none()) {
        env.push(("LAB_BACKEND".to_owned(), "native".to_owned()));
    }
    env
}

/// The same for a variant, whose tests must leave nothing in the repository either.
fn shadow_services(lab: &Lab) -> Vec<(String, String)> {
    let mut env = crate::shadow::Shadow::env(lab);
    env.extend(services(lab));
    env
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
