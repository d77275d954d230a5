//! A lab that is a library: no program, no server in its suite, a hyphen in its id, another lab's reference below it.

mod common;
use common::House;

use contract::{Lab, Workspace};
use lab::proof::{self, Outcome, Report};
use lab::shadow::Shadow;

fn lab_of(house: &House) -> Lab {
    Workspace::find(house.root())
        .unwrap()
        .lab("two-words")
        .unwrap()
}

#[test]
fn every_proof_knows_three_targets() {
    let house = House::with_library();
    let (lab, target) = (lab_of(&house), house.path("target"));
    let shadow = Shadow::open_in(&lab, &target).unwrap();
    let mut report = Report::new(None);
    proof::reference::prove_in(&lab, 2, Some(&target), &mut report).unwrap();
    proof::skeleton::prove(&lab, &shadow, None, &mut report).unwrap();
    proof::broken::prove(&lab, &shadow, &[], &mut report).unwrap();
    let said = report.steps().iter().map(|step| match &step.outcome {
        Outcome::Passed(note) => {
            let seedless = note.split(", seed").next().unwrap_or(note);
            format!("{}: {seedless}", step.what)
        }
        outcome @ (Outcome::Failed(_) | Outcome::NotRun(_) | Outcome::Missing(_)) => {
            format!("{} {outcome:?}", step.what)
        }
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @"
    reference, core alone builds: no warning
    reference, core alone: 1 tests
    reference builds: no warning
    reference, round 1 of 2: 2 tests
    reference, round 2 of 2: 2 tests
    skeleton, core alone: no warning
    skeleton: no warning
    stage 1 open: 1 tests die at its todo!
    stage 2 open: 1 tests die at its todo!
    broken talks-on: assertion `left == right` failed: INV-2: three times and no more left: 9 right: 3
    ");
}

#[test]
fn a_learners_manifest_has_the_suites_targets_and_the_chaos_run_alone() {
    let house = House::with_library();
    let manifest = house.read("labs/08-two-words/Cargo.toml");
    let names: Vec<_> = manifest
        .lines()
        .filter(|line| line.starts_with("name = ") || line.starts_with("[["))
        .collect();
    let wanted = [
        "name = \"two-words\"",
        "name = \"two_words\"",
        "[[test]]",
        "name = \"core\"",
        "[[test]]",
        "name = \"shell\"",
        "[[example]]",
        "name = \"chaos\"",
    ];
    assert_eq!(names, wanted, "{manifest}");
    assert!(manifest.contains("tiny-solution = {"), "{manifest}");
    let check = house.lab(&["dev", "export", "--check", "two-words"]);
    assert!(check.exit(0).contains("no drift"));
}

#[test]
fn a_stage_is_built_with_what_its_own_tests_need() {
    let house = House::with_library();
    let words = "labs/08-two-words/src/words.rs";
    house.edit(
        words,
        "todo!(\"stage 1: join\")",
        "format!(\"{first}-{second}\")",
    );
    // The shell does not compile, and stage 1 does not care.
    let shell = "labs/08-two-words/src/shell.rs";
    house.edit(shell, "todo!(\"stage 2: say\")", "nonsense");
    let first = house.lab(&["test", "two-words", "--stage", "1"]).exit(0);
    assert!(first.contains("Stage 1 holds."), "{first}");
    let second = house.lab(&["test", "two-words", "--stage", "2"]).exit(1);
    assert!(second.contains("`nonsense`"), "{second}");
    // The suite itself refuses to compile with the feature of the chaos run.
    house.edit(
        shell,
        "nonsense",
        "self.counter.admit(1).then(|| crate::words::joined(\"two\", \"words\"))",
    );
    let all = house.lab(&["test", "two-words"]).exit(0);
    assert!(all.contains("Stage 2 holds."), "{all}");
}

#[test]
fn a_start_says_how_long_a_runtime_takes() {
    let said = House::with_library().lab(&["start", "two-words"]).exit(0);
    let wrapped = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let runtime = "The first stage with a runtime builds that too: about 10 seconds more, once.";
    assert!(wrapped.contains(runtime), "{said}");
    assert!(!said.contains("clients"), "{said}");
}

#[test]
fn a_design_of_a_library_is_run_and_dies() {
    let said = House::with_library()
        .lab(&["break", "two-words", "talks-on"])
        .exit(0);
    assert!(said.contains("three times and no more"), "{said}");
}

#[test]
fn a_chaos_run_of_a_library_is_told_of_no_program() {
    let house = House::with_library();
    for whose in [&["--solution"][..], &["--design", "talks-on"]] {
        let arguments = [&["chaos", "two-words", "--seed", "3"], whose].concat();
        // The fixture's run says what it was started with, and has no end.
        let said = house.lab(&arguments).exit(3);
        assert!(said.contains("two-words by --seed 3"), "{said}");
    }
}

#[test]
fn a_bench_of_a_library_has_the_shell_and_no_more() {
    let house = House::with_library();
    let said = house
        .lab(&["bench", "two-words", "--quick", "--solution", "--json"])
        .exit(0);
    for words in [
        "reference_says",
        "talks_on_says",
        "First build of this bench",
    ] {
        assert!(said.contains(words), "no {words} in {said}");
    }
}

#[test]
fn in_docker_a_suite_without_services_is_not_run_again() {
    let house = House::with_library();
    let mut docker = house.command(&["verify", "two-words", "--references"]);
    let said = common::Said::from(docker.env("LAB_BACKEND", "docker").output().unwrap()).exit(0);
    assert!(
        said.contains("its suite uses no service: nothing of it runs in Docker")
            && said.contains("0 passed, 0 failed, 1 not run"),
        "{said}"
    );
    let here = house.lab(&["verify", "two-words", "--references"]).exit(0);
    assert!(here.contains("reference, round 3 of 3"), "{here}");
}
