//! `dev check`: the one gate of the repository, the same here and in CI.
//!
//! Everything that needs no service: what runs against servers is `cargo lab verify`.

use std::path::Path;
use std::process::Command;

use contract::{Lab, Workspace};

use super::export;
use crate::bench::BenchPackage;
use crate::names;
use crate::proof::{self, Outcome, Report};
use crate::shadow::target_dir;
use crate::tools::{self, Tool};

/// Runs every check and reports all of them.
pub(super) fn run(workspace: &Workspace, install: bool, report: &mut Report) -> anyhow::Result<()> {
    let root = workspace.root();
    cargo(
        root,
        report,
        "format",
        &["fmt", "--all", "--check", "--", "--color", "never"],
        None,
    );
    // labs/ is no default member: its skeletons are proved by `verify`, and may be a learner's.
    cargo(
        root,
        report,
        "clippy",
        &[
            "clippy",
            "--locked",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        None,
    );
    cargo(
        root,
        report,
        "docs",
        &["doc", "--locked", "--no-deps"],
        Some(("RUSTDOCFLAGS", "-D warnings")),
    );
    for lab in names::labs(workspace)? {
        proof::links::prove(workspace, &lab, report);
        export::run(&lab, true, report);
        if lab.contract_dir().join("bench.rs").is_file() {
            report.step(lab.id(), "bench: format, clippy", || bench(root, &lab));
        }
    }
    cargo(
        root,
        report,
        "the book's pages",
        &[
            "run",
            "--locked",
            "--quiet",
            "--package",
            "book-pre",
            "--",
            "check",
        ],
        None,
    );
    report.step("-", "licences, bans, sources", || {
        match tools::need(Tool::Deny, install)? {
            // Advisories need a host that CI does not reach.
            Ok(()) => output(
                root,
                &["deny", "check", "bans", "licenses", "sources"],
                None,
            ),
            Err(missing) => Ok(Outcome::Missing(missing)),
        }
    });
    Ok(())
}

/// A bench is a target of no package of the checkout, so the checks above do not see it.
fn bench(root: &Path, lab: &Lab) -> anyhow::Result<Outcome> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt
        .args(["--check", "--edition", "2024", "--color", "never"])
        .arg(lab.contract_dir().join("bench.rs"))
        .current_dir(root);
    let (status, words) = tools::capture(&mut rustfmt, None)?;
    if !status.success() {
        return Ok(Outcome::Failed(words.lines().map(str::to_owned).collect()));
    }
    let bench = BenchPackage::write(lab)?;
    let package = bench.package(true, true);
    let mut clippy = Command::new("cargo");
    clippy
        .args(["clippy", "--no-deps", "--manifest-path"])
        .arg(&package.manifest)
        .args(&package.cargo_args)
        .args(["--", "-D", "warnings"])
        .env("CARGO_TARGET_DIR", target_dir(root));
    finish(root, &mut clippy)
}

fn cargo(
    root: &Path,
    report: &mut Report,
    what: &str,
    arguments: &[&str],
    env: Option<(&str, &str)>,
) {
    report.step("-", what, || output(root, arguments, env));
}

/// What cargo says, if it fails.
fn output(root: &Path, arguments: &[&str], env: Option<(&str, &str)>) -> anyhow::Result<Outcome> {
    finish(root, Command::new("cargo").args(arguments).envs(env))
}

fn finish(root: &Path, cargo: &mut Command) -> anyhow::Result<Outcome> {
    cargo.current_dir(root).env("CARGO_TERM_COLOR", "never");
    let (status, words) = tools::capture(cargo, None)?;
    if status.success() {
        return Ok(Outcome::Passed(String::new()));
    }
    let noise = [
        "Compiling",
        "Checking",
        "Documenting",
        "Finished",
        "Blocking",
    ];
    let lines = words.lines().filter(|line| {
        noise
            .iter()
            .all(|word| !line.trim_start().starts_with(word))
    });
    Ok(Outcome::Failed(lines.map(str::to_owned).collect()))
}
