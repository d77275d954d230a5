//! `cargo lab verify`: every proof of every lab, on real services.
//!
//! The plain command runs everything. With `--since`, labs that changed get every proof and the others run once;
//! with `--budget`, no step begins after the time is up. What was not run stands in the table with its reason: a
//! proof that is left out silently looks like one that holds.

mod changed;
mod lock;

use std::time::Duration;

use contract::Workspace;
use contract::suite::{Target, Targets};

use crate::command;
use crate::exit::{Exit, Stop};
use crate::names;
use crate::proof::{self, Report};
use crate::shadow::Shadow;

/// The reference passes so often in a row, in so many orders.
const ROUNDS: u32 = 3;

/// Why a suite is not run again in Docker: it would be the same run.
const NO_SERVICE: &str = "its suite uses no service: nothing of it runs in Docker";

/// What is to be verified.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labs; without one, all of them
    pub labs: Vec<String>,
    /// Install the services and cargo-mutants first, if they are missing
    #[arg(long)]
    pub install: bool,
    /// A commit, or a file that names one: labs unchanged since then run once
    #[arg(long, value_name = "REV")]
    pub since: Option<String>,
    /// Begin nothing after this long: 90s, 35m, 2h
    #[arg(long, value_name = "TIME", value_parser = budget)]
    pub budget: Option<Duration>,
    /// Only the references against their suites: for a second backend
    #[arg(long)]
    pub references: bool,
}

/// Runs it.
///
/// # Errors
/// The question was wrong, or the machine lacks something; what does not hold is in the exit code.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let workspace = names::workspace()?;
    let labs = match args.labs.as_slice() {
        [] => names::labs(&workspace)?,
        named => named
            .iter()
            .map(|name| names::lab(&workspace, Some(name)))
            .collect::<Result<_, _>>()?,
    };
    if labs.is_empty() {
        return Err(Stop::usage("There is no lab to verify."));
    }
    let since = args
        .since
        .as_deref()
        .map(|since| changed::revision(workspace.root(), since))
        .transpose()?;
    let changed = match &since {
        Some(since) => changed::labs(workspace.root(), since, &labs)?,
        None => labs.iter().map(|lab| lab.folder().to_owned()).collect(),
    };
    if args.install {
        command::up::install(workspace.root())?;
    }
    // Proof by proof and not lab by lab: when the budget ends, every lab has had the first ones.
    let (changed, unchanged): (Vec<_>, Vec<_>) =
        labs.iter().partition(|lab| changed.contains(lab.folder()));
    let why = format!("unchanged since {}", since.as_deref().unwrap_or_default());
    let mut report = Report::new(args.budget);
    let in_docker = std::env::var_os("LAB_BACKEND").is_some_and(|backend| backend == "docker");
    if args.references {
        for lab in &changed {
            if in_docker && !Targets::of(lab).has(Target::Services) {
                report.skip(lab.id(), "reference", NO_SERVICE);
            } else {
                proof::reference::prove(lab, ROUNDS, &mut report)?;
            }
        }
        for lab in &unchanged {
            report.skip(lab.id(), "reference", &why);
        }
        println!("\n{}", report.table());
        return Ok(report.exit());
    }
    for lab in &labs {
        proof::links::prove(&workspace, lab, &mut report);
    }
    for lab in &changed {
        proof::reference::prove(lab, ROUNDS, &mut report)?;
    }
    for lab in &unchanged {
        proof::reference::prove(lab, 1, &mut report)?;
    }
    for lab in &changed {
        proof::skeleton::prove(lab, &Shadow::open(lab)?, None, &mut report)?;
    }
    for lab in &changed {
        proof::broken::prove(lab, &Shadow::open(lab)?, &[], &mut report)?;
    }
    for lab in &changed {
        proof::mutants::prove(lab, since.as_deref(), args.install, &mut report)?;
    }
    for lab in &unchanged {
        for what in [
            "skeleton and stages",
            "broken designs",
            "mutants of the core",
        ] {
            report.skip(lab.id(), what, &why);
        }
    }
    println!("\n{}", report.table());
    Ok(report.exit())
}

/// The ids of the labs that something since `since` reaches.
///
/// # Errors
/// There is no such commit, or git or cargo cannot be run.
pub fn changed(workspace: &Workspace, since: &str) -> anyhow::Result<Vec<String>> {
    let labs = names::labs(workspace)?;
    let since = changed::revision(workspace.root(), since)?;
    let folders = changed::labs(workspace.root(), &since, &labs)?;
    let reached = labs.iter().filter(|lab| folders.contains(lab.folder()));
    Ok(reached.map(|lab| lab.id().to_owned()).collect())
}

/// `90s`, `35m`, `2h`.
fn budget(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 0,
    };
    match number.parse::<u64>() {
        Ok(number) if seconds > 0 => Ok(Duration::from_secs(number * seconds)),
        _ => Err("a time is a whole number with its unit: 90s, 35m, 2h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_has_a_unit() {
        assert_eq!(budget("35m"), Ok(Duration::from_secs(2100)));
        assert_eq!(budget("90s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "35", "m", "-3m", "1d", "3µ"] {
            assert!(budget(wrong).is_err(), "{wrong}");
        }
    }
}
