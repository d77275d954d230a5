//! Which labs a change reaches: the closure over path dependencies, read from cargo.
//!
//! What every lab stands on (the testbed, the contract, the proofs themselves) reaches all of them. The lock file and the root's
//! manifest are every lab's too, and are compared package by package ([`super::lock`]): else each new lab would prove all others again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use contract::Lab;
use serde::Deserialize;

use super::lock;
use crate::exit::Stop;

/// A change below or at one of these changes every lab. Not `proof/mutants.rs` and `proof/report.rs`: the one judges what changed in a
/// core, the other prints.
const COMMON: [&str; 12] = [
    ".cargo",
    "tests/testbed",
    "tools/contract",
    "tools/lab/src/proof/broken.rs",
    "tools/lab/src/proof/judge.rs",
    "tools/lab/src/proof/links.rs",
    "tools/lab/src/proof/reference.rs",
    "tools/lab/src/proof/skeleton.rs",
    "tools/lab/src/proof.rs",
    "tools/lab/src/runner",
    "tools/lab/src/shadow",
    "tools/lab/src/shadow.rs",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    path: Option<PathBuf>,
}

/// The commit that `since` names, itself or in a file (`.ci/proved`).
pub(super) fn revision(root: &Path, since: &str) -> anyhow::Result<String> {
    let named = fs::read_to_string(root.join(since)).unwrap_or_else(|_| since.to_owned());
    let commit = format!("{}^{{commit}}", named.trim());
    git(root, &["rev-parse", "--verify", "--quiet", &commit])
        .map(|commit| commit.trim().to_owned())
        .map_err(|_| {
            Stop::usage(format!(
                "There is no commit `{}` to compare with.",
                named.trim()
            ))
        })
}

/// The folders of the labs that something since that commit reaches, uncommitted files included.
pub(super) fn labs(root: &Path, since: &str, labs: &[Lab]) -> anyhow::Result<BTreeSet<String>> {
    let mut files = git(root, &["diff", "--name-only", "--no-renames", since])?;
    files.push_str(&git(root, &["ls-files", "--others", "--exclude-standard"])?);
    let files: Vec<&Path> = files.lines().map(Path::new).collect();
    let metadata = Command::new("cargo")
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cargo cannot be run")?;
    anyhow::ensure!(
        metadata.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&metadata.stderr).trim()
    );
    let metadata: Metadata = serde_json::from_slice(&metadata.stdout).context("cargo metadata")?;
    let packages = dependencies(root, &metadata);
    let now = |file: &str| fs::read_to_string(root.join(file)).with_context(|| file.to_owned());
    let then = |file: &str| git(root, &["show", &format!("{since}:{file}")]);
    let (lock, manifest) = (now("Cargo.lock")?, now("Cargo.toml")?);
    let versions = lock::changed(
        (&then("Cargo.lock")?, &lock),
        (&then("Cargo.toml")?, &manifest),
    )?;
    let mut changed = BTreeSet::new();
    for lab in labs {
        let package = format!("{}-solution", lab.id());
        if reached(lab.folder(), &files, &packages) || versions.reaches(&package, &lock)? {
            changed.insert(lab.folder().to_owned());
        }
    }
    Ok(changed)
}

/// The folder of each package, relative to the root, with the folders that it depends on.
fn dependencies(root: &Path, metadata: &Metadata) -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let relative = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let package = |package: &Package| {
        let dir = relative(package.manifest_path.parent().unwrap_or(root));
        let paths = package
            .dependencies
            .iter()
            .filter_map(|dependency| dependency.path.as_deref());
        (dir, paths.map(relative).collect())
    };
    metadata.packages.iter().map(package).collect()
}

/// Whether one of the files belongs to what the lab's reference and suite stand on.
fn reached(folder: &str, files: &[&Path], packages: &BTreeMap<PathBuf, Vec<PathBuf>>) -> bool {
    let mut closure: BTreeSet<PathBuf> = COMMON.iter().map(PathBuf::from).collect();
    closure.insert(Path::new("tests").join(folder));
    let mut open = vec![Path::new("solutions").join(folder)];
    while let Some(dir) = open.pop() {
        if closure.insert(dir.clone()) {
            open.extend(packages.get(&dir).into_iter().flatten().cloned());
        }
    }
    files
        .iter()
        .any(|file| closure.iter().any(|dir| file.starts_with(dir)))
}

fn git(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git")
        .current_dir(root)
        .args(arguments)
        .output()
        .context("git cannot be run")?;
    let words = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.success(),
        "git {}: {}",
        arguments.join(" "),
        words.trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 depends on the references of 17 and, through it, 16.
    fn packages() -> BTreeMap<PathBuf, Vec<PathBuf>> {
        let package = |dir: &str, on: &[&str]| (dir.into(), on.iter().map(PathBuf::from).collect());
        BTreeMap::from([
            package("solutions/16-seckill", &["tests/testbed"]),
            package(
                "solutions/17-feed",
                &["solutions/16-seckill", "tests/testbed"],
            ),
            package("solutions/20-saga", &["solutions/17-feed"]),
        ])
    }

    fn reached_by(file: &str) -> Vec<&'static str> {
        let labs = ["16-seckill", "17-feed", "20-saga"].into_iter();
        labs.filter(|lab| reached(lab, &[Path::new(file)], &packages()))
            .collect()
    }

    #[test]
    fn a_change_reaches_what_stands_on_it() {
        assert_eq!(
            reached_by("solutions/16-seckill/src/lib.rs"),
            ["16-seckill", "17-feed", "20-saga"]
        );
        assert_eq!(reached_by("solutions/20-saga/src/lib.rs"), ["20-saga"]);
        assert_eq!(reached_by("tests/17-feed/lab.toml"), ["17-feed"]);
        assert_eq!(reached_by("tests/testbed/src/lib.rs").len(), 3);
        assert_eq!(reached_by("tools/contract/src/suite.rs").len(), 3);
    }

    #[test]
    fn a_change_elsewhere_reaches_none() {
        for file in [
            "labs/16-seckill/src/lib.rs",
            "book/src/16-seckill/index.md",
            "README.md",
            "tools/lab/src/cli.rs",
        ] {
            assert_eq!(reached_by(file), Vec::<&str>::new(), "{file}");
        }
    }
}
