//! The proofs, run on the fixture house of the contract: what holds passes, and each way not to hold is told.
//!
//! The house is copied, because a shadow folder and a target folder go into it. Its lab has no dependency, so a
//! variant compiles in a second.

use std::fs;
use std::path::Path;

use contract::{Lab, Workspace};
use lab::proof::{self, Outcome, Report};
use lab::shadow::Shadow;
use tempfile::TempDir;

const CORE: &str = "tests/07-tiny/core/admit.rs";
const SHELL: &str = "solutions/07-tiny/src/shell/mod.rs";

struct House(TempDir);

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        copy(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/tests/fixtures/house"),
            dir.path(),
        );
        Self(dir)
    }

    fn with(file: &str, from: &str, to: &str) -> Self {
        let house = Self::new();
        let path = house.0.path().join(file);
        let text = fs::read_to_string(&path).expect("a file of the fixture");
        assert!(text.contains(from), "{file} holds {from}");
        fs::write(path, text.replacen(from, to, 1)).expect("writable");
        house
    }

    fn lab(&self) -> Lab {
        Workspace::find(self.0.path())
            .expect("a workspace")
            .lab("tiny")
            .expect("well formed")
    }

    /// The shadow folder under the copy's own target folder.
    fn shadow(&self) -> Shadow {
        Shadow::open_in(&self.lab(), &self.0.path().join("target")).expect("a shadow")
    }

    fn skeleton(&self) -> Report {
        let mut report = Report::new(None);
        proof::skeleton::prove(&self.lab(), &self.shadow(), None, &mut report)
            .expect("it composes");
        report
    }

    fn broken(&self) -> Report {
        let mut report = Report::new(None);
        proof::broken::prove(&self.lab(), &self.shadow(), &[], &mut report).expect("it composes");
        report
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("writable");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("writable");
        }
    }
}

/// What each step came to; a failure by its lines.
fn said(report: &Report) -> String {
    let said = report.steps().iter().map(|step| match &step.outcome {
        Outcome::Passed(note) => format!("{}: {note}", step.what),
        Outcome::Failed(lines) => format!("{} FAILED: {}", step.what, lines.join("\n")),
        Outcome::NotRun(why) | Outcome::Missing(why) => format!("{} not run: {why}", step.what),
    });
    said.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_test_of_an_open_stage_dies_at_its_todo() {
    insta::assert_snapshot!(said(&House::new().skeleton()), @"
    skeleton without services: no warning
    skeleton: no warning
    stage 1 open: 2 tests die at its todo!
    stage 2 open: 2 tests die at its todo!
    ");
}

#[test]
fn a_test_that_passes_on_an_open_stage_is_told() {
    let house = House::with(
        CORE,
        "assert!(!counter.admit(u32::MAX)",
        "counter.limit += 1;\n    assert!(counter.limit == 4",
    );
    assert!(said(&house.skeleton()).contains(
        "stage 1 open FAILED: stage1::inv1_any_units passes although stage 1 is not written"
    ));
}

#[test]
fn a_test_that_dies_elsewhere_is_told() {
    let house = House::with(
        CORE,
        "let mut counter = Counter { count: 1",
        "panic!(\"no Redis\");\n    #[allow(unreachable_code)]\n    let mut counter = Counter { count: 1",
    );
    let said = said(&house.skeleton());
    assert!(
        said.contains("stage1::inv1_any_units dies of something else than stage 1: no Redis"),
        "{said}"
    );
}

#[test]
fn a_warning_in_a_skeleton_is_told() {
    let house = House::with(SHELL, "    /// A store of `limit` units.\n", "");
    let said = said(&house.skeleton());
    assert!(
        said.contains("skeleton FAILED: warning: missing documentation for an associated function"),
        "{said}"
    );
    assert!(
        said.contains("skeleton without services: no warning"),
        "{said}"
    );
}

#[test]
fn a_design_is_killed_by_its_test() {
    insta::assert_snapshot!(said(&House::new().broken()), @"
    broken off-by-one: assertion `left == right` failed: INV-1: three units and no more left: 4 right: 3
    broken look-then-take: assertion `left == right` failed: INV-2: two units and a refusal left: 5 right: 3
    ");
}

#[test]
fn a_design_that_survives_or_does_not_compile_is_told() {
    let house = House::with(
        "tests/07-tiny/broken/off-by-one.rs",
        "count <= limit && units > 0",
        "count + units <= limit",
    );
    let said_of = |house: &House| said(&house.broken());
    assert!(
        said_of(&house)
            .contains("broken off-by-one FAILED: it survives: stage1::inv1_the_limit_holds passes")
    );
    let house = House::with(
        "tests/07-tiny/broken/off-by-one.rs",
        "count <= limit && units > 0",
        "count <= bound",
    );
    assert!(said_of(&house).contains("cannot find value `bound`"));
}

#[test]
fn a_variant_leaves_nothing_beside_its_shadow_and_rewrites_only_what_changed() {
    let house = House::new();
    let (lab, shadow) = (house.lab(), house.shadow());
    let skeleton = contract::compose::skeleton(&lab).expect("it composes");
    assert_eq!(shadow.write(&skeleton).expect("writable"), skeleton.len());
    assert_eq!(shadow.write(&skeleton).expect("writable"), 0);
    let filled = contract::compose::filled(&lab, 1).expect("it composes");
    assert_eq!(
        shadow.write(&filled).expect("writable"),
        1,
        "only the core's file"
    );
    let names: Vec<_> = fs::read_dir(house.0.path())
        .expect("readable")
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .collect();
    assert_eq!(names.len(), 5, "target/ and what was there: {names:?}");
}

#[test]
fn the_reference_passes_in_any_order() {
    let house = House::new();
    let mut report = Report::new(None);
    proof::reference::prove_in(
        &house.lab(),
        2,
        Some(&house.0.path().join("target")),
        &mut report,
    )
    .expect("readable");
    let said = said(&report);
    let seedless: Vec<_> = said
        .lines()
        .map(|line| line.split(", seed").next().unwrap_or(line))
        .collect();
    insta::assert_snapshot!(seedless.join("\n"), @"
    reference without services builds: no warning
    reference without services: 2 tests
    reference builds: no warning
    reference, round 1 of 2: 4 tests
    reference, round 2 of 2: 4 tests
    ");
}

#[test]
fn an_export_is_the_skeleton_and_drift_is_told() {
    let house = House::new();
    let lab = house.lab();
    let mut report = Report::new(None);
    lab::dev::export::run(&lab, false, &mut report);
    assert_eq!(
        lab::dev::export::drifted(&lab).expect("readable"),
        Vec::<String>::new()
    );
    fs::write(lab.lab_dir().join("src/counter.rs"), "//! Mine.\n").expect("writable");
    fs::write(lab.lab_dir().join("src/old.rs"), "//! Gone.\n").expect("writable");
    lab::dev::export::run(&lab, true, &mut report);
    insta::assert_snapshot!(said(&report), @"
    export: 6 files written
    labs/ as exported FAILED: labs/07-tiny/src/counter.rs differs
    labs/07-tiny/src/old.rs is not in the reference
    write it again: cargo lab dev export tiny
    ");
    let manifest = fs::read_to_string(lab.lab_dir().join("Cargo.toml")).expect("readable");
    assert!(manifest.contains("name = \"tiny\"\n"), "{manifest}");
}
