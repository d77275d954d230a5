//! `break`: a design that looks right, run until it fails.
//!
//! The design is composed into the reference as a shadow package, so the learner's files are not touched, and only
//! the test that lab.toml names runs. Failing is the success here.

use contract::compose;
use contract::suite::{self, SuiteTest};
use contract::{Broken, Lab};

use super::Context;
use crate::building;
use crate::exit::{Exit, Stop};
use crate::names;
use crate::render::design::{self, Ending};
use crate::runner::{self, Built, Filter, Outcome, Run, Scope, Target, Targets, TestResult};
use crate::shadow::Shadow;

pub(super) fn run(context: &Context, typed: &[String]) -> anyhow::Result<Exit> {
    let (lab, name) = match typed {
        [lab, design] => (context.lab(Some(lab))?, design),
        [one] => one_name(context, one)?,
        _ => return Err(Stop::usage(which(&context.lab(None)?))),
    };
    let broken = names::design(&lab, name)?;
    let page = &context.page;
    print!("{}", design::head(page, &lab.manifest, broken));
    let result = watch_it_fail(context, &lab, broken)?;
    print!("{}", design::end(page, broken, context.root(), &result));
    match Ending::of(broken, &result) {
        Ending::ByAssertion => Ok(Exit::Ok),
        Ending::Survived => Ok(Exit::Failed),
        Ending::Otherwise => Ok(Exit::Environment),
    }
}

/// `break <design>` in a lab's folder; `break <lab>` asks which.
fn one_name<'n>(context: &Context, name: &'n String) -> anyhow::Result<(Lab, &'n String)> {
    match (context.lab(None), context.lab(Some(name))) {
        (Ok(here), _) => Ok((here, name)),
        (Err(_), Ok(named)) => Err(Stop::usage(which(&named))),
        (Err(_), Err(unknown)) => Err(unknown),
    }
}

fn which(lab: &Lab) -> String {
    let designs: Vec<_> = lab
        .manifest
        .broken
        .iter()
        .map(|broken| broken.name.as_str())
        .collect();
    let id = lab.id();
    format!(
        "Which design? `cargo lab break {id} <design>`. The designs of {id}: {}.",
        designs.join(", ")
    )
}

fn watch_it_fail(context: &Context, lab: &Lab, broken: &Broken) -> anyhow::Result<TestResult> {
    let contract = |error: contract::Diagnostics| Stop::environment(error.to_string());
    let variant = compose::broken(lab, &broken.name).map_err(contract)?;
    let tests = suite::index(lab).map_err(contract)?;
    let Some(target) = target_of(&tests, &broken.test) else {
        return Err(Stop::environment(format!(
            "The suite has no test `{}`.",
            broken.test
        )));
    };
    let scope = Scope::Tests(Targets::of(lab).up_to(target));
    let shadow = Shadow::open(lab)?;
    shadow.write(&variant)?;
    let mut built = building::build(&context.page, context.root(), &shadow.package(scope))
        .map_err(|error| {
            Stop::environment(format!(
                "The design `{}` could not be built: {error}",
                broken.name
            ))
        })?;
    built.binaries.retain(|binary| binary.target == target);
    let run = Run {
        filter: Filter::Exact(vec![broken.test.to_string()]),
        env: Shadow::env(lab),
        ..Run::default()
    };
    let results = run_and_discard(&built, &run)?;
    let ran = results
        .into_iter()
        .find(|result| result.outcome != Outcome::Ignored);
    ran.ok_or_else(|| Stop::environment(format!("`{}` did not run.", broken.test)))
}

fn run_and_discard(built: &Built, run: &Run) -> anyhow::Result<Vec<TestResult>> {
    let mut results = Vec::new();
    for binary in &built.binaries {
        results.extend(runner::run(binary, run, &mut |_| {})?);
    }
    Shadow::discard(built);
    Ok(results)
}

fn target_of(tests: &[SuiteTest], name: &str) -> Option<Target> {
    tests
        .iter()
        .find(|test| test.name == name)
        .map(|test| test.target)
}
