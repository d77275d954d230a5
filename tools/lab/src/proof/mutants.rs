//! Proof 5: every mutant of the core is caught by a test that needs no service, or tests/NN-topic/mutants.toml says why not.
//!
//! Three places have such tests: the suite's `core` for what the learner writes, the reference's `tests/given.rs` and its unit
//! tests for what the learner is given. Named one by one, since a package's other tests need clients or much time.
//!
//! The core only: it builds without a client, so a mutant costs seconds and not a minute. cargo-mutants works on a
//! copy of the checkout; what it finds is under `target/lab/mutants/<lab>`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use contract::Lab;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::Deserialize;

use super::{Outcome, Report, reference};
use crate::clock;
use crate::shadow::target_dir;
use crate::tools::{self, Tool};

/// mutants.toml: the survivors that are no gap of the suite.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    #[serde(default)]
    survivor: Vec<Survivor>,
}

/// One of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivor {
    /// As it is reported, without line and column: `src/core/window.rs: replace f -> bool with true`.
    mutant: String,
    /// Why no test can tell it from the reference.
    why: String,
}

/// Mutates the core of a lab's reference; with `since`, only what changed since that commit.
///
/// # Errors
/// None: everything is a step of the report.
pub fn prove(
    lab: &Lab,
    since: Option<&str>,
    install: bool,
    report: &mut Report,
) -> anyhow::Result<()> {
    let until = report.deadline();
    report.step(lab.id(), "mutants of the core", || {
        if let Err(missing) = tools::need(Tool::Mutants, install)? {
            return Ok(Outcome::Missing(missing));
        }
        let explained = explained(lab)?;
        let out = target_dir(lab.root()).join("lab/mutants").join(lab.id());
        fs::create_dir_all(&out)?;
        // A run without mutants writes nothing, and the last run's findings are not this one's.
        let _ = fs::remove_dir_all(out.join("mutants.out"));
        if let Some(since) = since
            && !existed(lab, since)?
        {
            return Ok(Outcome::NotRun(format!(
                "the lab is new since {since}, and that is all of its core: cargo lab dev mutants {}",
                lab.id()
            )));
        }
        let diff = since.map(|since| diff(lab, since, &out)).transpose()?;
        if diff == Some(false) {
            return Ok(Outcome::Passed("nothing of the core changed".to_owned()));
        }
        let (code, words) = run(lab, diff.is_some(), &out, until)?;
        let list = |name: &str| -> Vec<String> {
            let text = fs::read_to_string(out.join("mutants.out").join(name)).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        };
        let lists = ["caught.txt", "missed.txt", "timeout.txt", "unviable.txt"].map(list);
        let [caught, missed, timeout, unviable] = &lists;
        let stopped = until.is_some_and(|until| clock::now() >= until);
        // 0: all caught, 2: survivors, 3: time-outs (a test that hangs has noticed).
        if !stopped && !matches!(code, Some(0 | 2 | 3)) {
            return Ok(Outcome::Failed(super::lines(&words)));
        }
        if !stopped && since.is_none() && caught.is_empty() {
            let none = "not one mutant was caught: there were none, or their lists are gone";
            return Ok(Outcome::Failed(vec![none.to_owned()]));
        }
        let wrong = judge(
            &lab.solution_path(),
            missed,
            &explained.survivor,
            since.is_none() && !stopped,
        );
        if !wrong.is_empty() {
            return Ok(Outcome::Failed(wrong));
        }
        let found = format!(
            "{} caught, {} by time-out, {} explained, {} do not compile",
            caught.len(),
            timeout.len(),
            missed.len(),
            unviable.len()
        );
        if !stopped {
            return Ok(Outcome::Passed(found));
        }
        let judged: usize = lists.iter().map(Vec::len).sum();
        let all = fs::read_to_string(out.join("mutants.out/mutants.json")).unwrap_or_default();
        let all: Vec<serde_json::Value> = serde_json::from_str(&all).unwrap_or_default();
        Ok(partly(judged, all.len(), &found))
    });
    Ok(())
}

/// What a run has shown that the budget ended: nothing, if it judged no mutant.
fn partly(judged: usize, all: usize, found: &str) -> Outcome {
    if judged == 0 {
        return Outcome::NotRun("the budget was used up before the first mutant".to_owned());
    }
    Outcome::Passed(format!(
        "{judged} of {all} judged when the budget was used up: {found}"
    ))
}

fn explained(lab: &Lab) -> anyhow::Result<Explained> {
    let path = lab.contract_dir().join("mutants.toml");
    if !path.is_file() {
        return Ok(Explained::default());
    }
    let text = fs::read_to_string(&path)?;
    toml::from_str(&text).with_context(|| {
        lab.contract_path()
            .join("mutants.toml")
            .display()
            .to_string()
    })
}

/// Whether the lab was there at that commit. The diff of one that was not is its whole core, which takes an hour or more.
fn existed(lab: &Lab, since: &str) -> anyhow::Result<bool> {
    let core = lab.solution_path().join("src/core");
    let listed = Command::new("git")
        .current_dir(lab.root())
        .args(["ls-tree", "--name-only", since, "--"])
        .arg(core)
        .output()
        .context("git cannot be run")?;
    anyhow::ensure!(
        listed.status.success(),
        "git ls-tree {since}: {}",
        String::from_utf8_lossy(&listed.stderr).trim()
    );
    Ok(!listed.stdout.is_empty())
}

/// Writes the core's diff; gives whether there is one.
fn diff(lab: &Lab, since: &str, out: &Path) -> anyhow::Result<bool> {
    let core = lab.solution_path().join("src/core");
    let git = Command::new("git")
        .current_dir(lab.root())
        .args(["diff", "--no-ext-diff", since, "--"])
        .arg(core)
        .output()
        .context("git cannot be run")?;
    anyhow::ensure!(
        git.status.success(),
        "git diff {since}: {}",
        String::from_utf8_lossy(&git.stderr).trim()
    );
    fs::write(out.join("core.diff"), &git.stdout)?;
    Ok(!git.stdout.is_empty())
}

/// cargo-mutants' exit code and its words.
fn run(
    lab: &Lab,
    in_diff: bool,
    out: &Path,
    until: Option<Instant>,
) -> anyhow::Result<(Option<i32>, String)> {
    let mut command = Command::new("cargo");
    command
        .current_dir(lab.root())
        .args([
            "mutants",
            "--no-shuffle",
            "--colors",
            "never",
            "--no-default-features",
            "--jobs",
            &jobs().to_string(),
            "--package",
        ])
        .arg(reference::package_name(lab)?)
        .arg("--file")
        .arg(lab.solution_path().join("src/core/**/*.rs"))
        .arg("--output")
        .arg(out);
    if in_diff {
        command.arg("--in-diff").arg(out.join("core.diff"));
    }
    // For its build too: what stands after `--` would choose what runs, and every test there is would be built.
    for argument in tests(&lab.solution_dir()) {
        command.arg(format!("--cargo-arg={argument}"));
    }
    // A mutant that never stops may never stop asking for memory either, and the time-out would come after the machine.
    let _bounded = AddressSpace::limit(MEMORY_BYTES)?;
    // The copy has a target folder of its own: the checkout's would be rebuilt for every mutant.
    command
        .env_remove("CARGO_TARGET_DIR")
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
    let (status, words) = tools::capture(&mut command, until)?;
    Ok((status.code(), words))
}

/// How much memory one process of the run may ask for: several times what rustc needs for a core and its tests.
const MEMORY_BYTES: u64 = 6 << 30;

/// A limit on the address space of our children, until it is dropped.
struct AddressSpace {
    before: u64,
    hard: u64,
}

impl AddressSpace {
    fn limit(bytes: u64) -> anyhow::Result<Self> {
        let (before, hard) = getrlimit(Resource::RLIMIT_AS)?;
        setrlimit(Resource::RLIMIT_AS, bytes.min(hard), hard)?;
        Ok(Self { before, hard })
    }
}

impl Drop for AddressSpace {
    fn drop(&mut self) {
        let _ = setrlimit(Resource::RLIMIT_AS, self.before, self.hard);
    }
}

/// So many mutants at once: each builds little and tests briefly, one core's work. More than four would only fill the disk with copies.
fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4))
}

/// What `cargo test` runs of the reference in `solution`: everything that the core alone can answer.
fn tests(solution: &Path) -> Vec<&'static str> {
    let mut tests = vec!["--lib", "--test", "core"];
    if solution.join("tests/given.rs").is_file() {
        tests.extend(["--test", "given"]);
    }
    tests
}

/// Survivors without an explanation; of a whole run also explanations without a survivor.
fn judge(solution: &Path, missed: &[String], explained: &[Survivor], whole: bool) -> Vec<String> {
    let names: Vec<String> = missed.iter().map(|line| name(solution, line)).collect();
    let is_explained = |name: &String| {
        explained
            .iter()
            .any(|one| one.mutant == *name && !one.why.trim().is_empty())
    };
    let open = missed
        .iter()
        .zip(&names)
        .filter(|(_, name)| !is_explained(name));
    let mut wrong: Vec<String> = open.map(|(line, _)| line.clone()).collect();
    if let Some((_, name)) = missed
        .iter()
        .zip(&names)
        .find(|(_, name)| !is_explained(name))
    {
        wrong.push(format!(
            "no test of the core notices {}: write one (the suite's core, tests/given.rs), or explain it in mutants.toml:",
            wrong.len()
        ));
        wrong.push(format!(
            "    [[survivor]]
    mutant = {name:?}
    why = \"..\""
        ));
    }
    for survivor in explained
        .iter()
        .filter(|survivor| whole && !names.contains(&survivor.mutant))
    {
        wrong.push(format!(
            "mutants.toml explains `{}`, which is caught or gone: delete it",
            survivor.mutant
        ));
    }
    wrong
}

/// `solutions/16-seckill/src/core/window.rs:12:5: replace ..` without what an edit above it would change.
fn name(solution: &Path, line: &str) -> String {
    let line = line
        .strip_prefix(&format!("{}/", solution.display()))
        .unwrap_or(line);
    let (place, what) = line.split_once(": ").unwrap_or((line, ""));
    let file = place.split(':').next().unwrap_or(place);
    format!("{file}: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_budget_cut_off_says_how_far_it_came() {
        let Outcome::Passed(said) = partly(120, 400, "119 caught") else {
            panic!("what was judged is shown");
        };
        assert_eq!(
            said,
            "120 of 400 judged when the budget was used up: 119 caught"
        );
        assert!(matches!(partly(0, 400, ""), Outcome::NotRun(_)));
    }

    #[test]
    fn memory_is_bounded_for_as_long_as_it_must_be() {
        let now = || getrlimit(Resource::RLIMIT_AS).unwrap().0;
        let before = now();
        let limit = AddressSpace::limit(MEMORY_BYTES).unwrap();
        assert!(now() <= MEMORY_BYTES);
        drop(limit);
        assert_eq!(now(), before);
    }

    #[test]
    fn what_is_given_is_tested_where_there_is_such_a_test() {
        let reference = tempfile::tempdir().unwrap();
        assert_eq!(tests(reference.path()), ["--lib", "--test", "core"]);
        fs::create_dir(reference.path().join("tests")).unwrap();
        fs::write(reference.path().join("tests/given.rs"), "").unwrap();
        assert_eq!(
            tests(reference.path()),
            ["--lib", "--test", "core", "--test", "given"]
        );
    }

    #[test]
    fn a_survivor_is_answered_by_its_name_without_its_line() {
        let solution = Path::new("solutions/16-seckill");
        let missed = [
            "solutions/16-seckill/src/core/window.rs:12:5: replace < with <= in admit".to_owned(),
        ];
        let survivor = |mutant: &str| Survivor {
            mutant: mutant.to_owned(),
            why: "the same".to_owned(),
        };
        let right = survivor("src/core/window.rs: replace < with <= in admit");
        assert_eq!(
            judge(solution, &missed, &[right], true),
            Vec::<String>::new()
        );
        let wrong = judge(
            solution,
            &missed,
            &[survivor("src/core/gate.rs: replace x")],
            true,
        );
        assert_eq!(
            wrong.len(),
            4,
            "the survivor, what to do in two lines, a stale explanation: {wrong:?}"
        );
        assert_eq!(
            judge(
                solution,
                &[],
                &[survivor("src/core/gate.rs: replace x")],
                false
            ),
            Vec::<String>::new()
        );
    }
}
