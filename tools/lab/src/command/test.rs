//! `test`: build, run, say what failed and where to read on; remember what passed.

use std::fs;
use std::time::Duration;

use contract::regions::SourceFile;
use contract::suite::{self, Target, Targets};
use contract::{Lab, Stage};

use super::Context;
use crate::building;
use crate::cli;
use crate::clock;
use crate::exit::{Exit, Stop};
use crate::names;
use crate::page::{Ink, Page};
use crate::render::{count, guide, labs, outcome};
use crate::runner::{
    self, BuildError, Built, Filter, Level, Outcome, Package, Run, RunEvent, Scope, TestResult,
};
use crate::splice;

/// Whose code is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Learner,
    Reference,
}

/// A test that does not fail again by then is told without a backtrace.
const TRACED_WITHIN: Duration = Duration::from_secs(60);
/// Decisions take milliseconds, and a property test some seconds; a machine with other work has room for that.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
}

pub(super) fn test(context: &Context, args: &cli::Test) -> anyhow::Result<Exit> {
    let lab = context.lab(args.lab.as_deref())?;
    // A damaged progress.json is said now, not after the tests.
    context.store.load()?;
    let whose = if args.solution {
        Whose::Reference
    } else {
        Whose::Learner
    };
    let stages = match args.stage {
        Some(number) => vec![names::stage(&lab, number)?],
        None => lab.manifest.stages.iter().collect(),
    };
    let mut built = None;
    for (index, stage) in stages.iter().enumerate() {
        if index > 0 {
            println!();
        }
        if run_stage(context, &lab, stage, whose, &mut built)? == Verdict::Failed {
            let rest: Vec<_> = stages[index + 1..]
                .iter()
                .map(|stage| stage.number.to_string())
                .collect();
            if !rest.is_empty() {
                let text = format!(
                    "Not run, because stage {} fails: {}.",
                    stage.number,
                    list("stage", &rest)
                );
                print!("\n{}", context.page.paragraph(0, Ink::Dim, &text));
            }
            return Ok(Exit::Failed);
        }
    }
    if let (Whose::Learner, Some(last)) = (whose, stages.last()) {
        say_next(context, &lab, last)?;
    }
    Ok(Exit::Ok)
}

fn list(noun: &str, names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{noun}{plural} {}", names.join(", "))
}

/// The stage that was named, or the next one to pass, or the last.
pub(super) fn stage_or_next<'l>(
    context: &Context,
    lab: &'l Lab,
    number: Option<u32>,
) -> anyhow::Result<&'l Stage> {
    if let Some(number) = number {
        return names::stage(lab, number);
    }
    let progress = context.store.load()?;
    labs::next(&lab.manifest, &progress)
        .or(lab.manifest.stages.last())
        .ok_or_else(|| Stop::usage(format!("{} has no stage", lab.id())))
}

/// Tests one stage and prints it. `built` carries the binaries from a stage to the next of the same scope.
pub(super) fn run_stage(
    context: &Context,
    lab: &Lab,
    stage: &Stage,
    whose: Whose,
    built: &mut Option<(Scope, Built)>,
) -> anyhow::Result<Verdict> {
    let page = &context.page;
    let title = format!(
        "{}, stage {}: {}",
        lab.manifest.title, stage.number, stage.title
    );
    let reference = if whose == Whose::Reference {
        " (reference)"
    } else {
        ""
    };
    print!(
        "{}",
        page.paragraph(0, Ink::Bold, &format!("{title}{reference}"))
    );
    let tests = suite::index(lab).map_err(|error| Stop::environment(error.to_string()))?;
    let highest = suite::needs(&tests, stage.number);
    let scope = Scope::Tests(Targets::of(lab).up_to(highest));
    if built.as_ref().is_none_or(|(of, _)| *of != scope) {
        match building::build(page, context.root(), &package(lab, whose, scope)) {
            Ok(new) => *built = Some((scope, new)),
            Err(BuildError::DoesNotCompile(errors)) => {
                does_not_compile(page, &errors);
                return Ok(Verdict::Failed);
            }
            Err(other) => return Err(Stop::environment(other.to_string())),
        }
    }
    let Some((_, built)) = built else {
        return Err(Stop::environment("cargo built nothing"));
    };
    let began = clock::now();
    let mut results = run_binaries(page, built, &Filter::Stage(stage.number))?;
    if results.is_empty() {
        return Err(Stop::environment(format!(
            "No test of stage {} ran: the suite has none.",
            stage.number
        )));
    }
    trace(built, &mut results);
    let instructions = context.instructions(lab);
    let open = match whose {
        Whose::Learner => open_parts(lab, stage),
        Whose::Reference => Vec::new(),
    };
    let about = outcome::About {
        manifest: &lab.manifest,
        root: context.root(),
        instructions: instructions.as_deref(),
        stage: stage.number,
        learner: whose == Whose::Learner,
        open: &open,
    };
    let failed = results.iter().any(|result| result.outcome != Outcome::Ok);
    let seconds = began.elapsed().as_secs_f64();
    print!("{}", outcome::report(page, &about, &results, seconds));
    match (whose, failed) {
        (Whose::Learner, true) => remember_begun(context, lab, stage)?,
        (Whose::Learner, false) => remember_passed(context, lab, stage)?,
        (Whose::Reference, _) => {}
    }
    Ok(if failed {
        Verdict::Failed
    } else {
        Verdict::Passed
    })
}

/// The parts of the learner's files that still hold their placeholder, whether or not a test came that far. One whose anchors are gone was written.
fn open_parts(lab: &Lab, stage: &Stage) -> Vec<outcome::Open> {
    let mut open = Vec::new();
    for file in &stage.files {
        let shown = lab.lab_path().join(file.as_str());
        let Ok(text) = fs::read_to_string(lab.root().join(&shown)) else {
            continue;
        };
        let file = SourceFile {
            path: shown.clone(),
            shown,
            text,
        };
        let regions = splice::stage_regions(&file, stage.number).unwrap_or_default();
        for region in regions.iter().filter(|region| region.is_open(&file.text)) {
            open.push(outcome::Open {
                location: format!("{}:{}", region.shown.display(), region.open + 1),
                words: region.words(),
            });
        }
    }
    open
}

fn remember_passed(context: &Context, lab: &Lab, stage: &Stage) -> anyhow::Result<()> {
    let now = clock::unix_seconds();
    context.store.update(|progress| {
        let state = progress.stage_mut(lab.id(), stage.number);
        state.passed.get_or_insert(now);
    })?;
    Ok(())
}

/// What is next, after the learner's own code has passed.
pub(super) fn say_next(context: &Context, lab: &Lab, stage: &Stage) -> anyhow::Result<()> {
    let progress = context.store.load()?;
    print!(
        "{}",
        guide::passed(&context.page, &lab.manifest, stage.number, &progress)
    );
    Ok(())
}

fn remember_begun(context: &Context, lab: &Lab, stage: &Stage) -> anyhow::Result<()> {
    let now = clock::unix_seconds();
    if context
        .store
        .load()?
        .stage(lab.id(), stage.number)
        .begun
        .is_none()
    {
        context.store.update(|progress| {
            progress
                .stage_mut(lab.id(), stage.number)
                .begun
                .get_or_insert(now);
        })?;
    }
    Ok(())
}

fn package(lab: &Lab, whose: Whose, scope: Scope) -> Package {
    match whose {
        Whose::Learner => Package::new(lab.lab_dir().join("Cargo.toml"), lab.id(), scope),
        Whose::Reference => Package::new(
            lab.solution_dir().join("Cargo.toml"),
            format!("{}-solution", lab.id()),
            scope,
        ),
    }
}

/// Runs every binary, a printed line for each test as it ends. Where no server is waited for, a test that does not end is ended.
fn run_binaries(page: &Page, built: &Built, filter: &Filter) -> anyhow::Result<Vec<TestResult>> {
    let mut results = Vec::new();
    let mut servers = String::new();
    for binary in &built.binaries {
        let alone = binary.target == Target::Core;
        let run = Run {
            filter: filter.clone(),
            stuck_after: alone.then_some(STUCK_AFTER),
            ..Run::default()
        };
        let ended = runner::run(binary, &run, &mut |event| match event {
            RunEvent::Started(_) => {}
            RunEvent::Slow(name) if alone => {
                eprintln!(
                    "{name} has been running for a minute; it is ended once no test has ended for two."
                );
            }
            RunEvent::Slow(name) => {
                eprintln!("{name} has been running for a minute; Ctrl-C ends it.");
            }
            RunEvent::Servers(words) => {
                if servers != words {
                    let from = words.strip_prefix("uses ").unwrap_or(&words);
                    print!("{}", page.field("services", Ink::Dim, from));
                    servers = words;
                }
            }
            RunEvent::Done(result) => print!("{}", outcome::line(page, &result)),
        });
        results.extend(ended.map_err(|error| Stop::environment(error.to_string()))?);
    }
    Ok(results)
}

/// A panic in std names a line of std's. Such a test runs once more with a backtrace, which has the caller's; for all tests that
/// would be slow, and a property test that shrinks writes thousands of them.
fn trace(built: &Built, results: &mut [TestResult]) {
    let in_std = |result: &TestResult| {
        result.outcome == Outcome::Failed && result.panic().is_some_and(|panic| panic.in_std())
    };
    for result in results.iter_mut().filter(|result| in_std(result)) {
        let same = |binary: &&runner::Binary| binary.target == result.target;
        let Some(binary) = built.binaries.iter().find(same) else {
            continue;
        };
        let run = Run {
            filter: Filter::Exact(vec![result.name.clone()]),
            env: vec![("RUST_BACKTRACE".to_owned(), "1".to_owned())],
            limit: Some(TRACED_WITHIN),
            ..Run::default()
        };
        let again = runner::run(binary, &run, &mut |_| {}).unwrap_or_default();
        if let Some(again) = again.into_iter().find(in_std) {
            // A backtrace names files from where the process ran.
            let here = format!("at {}/", binary.package_dir.display());
            result.stdout = again.stdout.replace("at ./", &here);
        }
    }
}

/// The compiler's first errors about the learner's code, or about anything when there are none.
pub(super) fn does_not_compile(page: &Page, errors: &[runner::Diagnostic]) {
    const SHOWN: usize = 3;
    let own: Vec<_> = errors
        .iter()
        .filter(|error| error.own && error.level == Level::Error)
        .collect();
    let shown = if own.is_empty() {
        errors.iter().collect()
    } else {
        own
    };
    for error in shown.iter().take(SHOWN) {
        println!("{}", error.rendered.trim_end());
    }
    if shown.len() > SHOWN {
        let text = format!("... and {}", count(shown.len() - SHOWN, "more error"));
        print!("{}", page.paragraph(0, Ink::Dim, &text));
    }
    print!(
        "\n{}",
        page.paragraph(0, Ink::Red, "It does not compile yet, so no test ran.")
    );
}
