//! The index of a suite: what is a test, and what it must be called.

use std::path::Path;

use contract::suite::{Target, Targets, index, index_of, needs};
use insta::assert_snapshot;

mod common;
use common::{House, file, said};

#[test]
fn the_fixtures_tests_are_found() {
    let tests = index(&House::new().lab()).expect("well formed");
    let names: Vec<_> = tests.iter().map(|test| test.name.as_str()).collect();
    let expected = [
        "stage1::inv1_the_limit_holds",
        "stage1::inv1_any_units",
        "stage2::inv1_a_thread_takes_one",
        "stage2::inv2_one_round_trip_a_unit",
    ];
    assert_eq!(names, expected);
    let last = &tests[3];
    assert_eq!(
        (last.stage, last.invariant, last.target, last.line),
        (2, 2, Target::Services, 13)
    );
}

#[test]
fn modules_are_followed_where_the_compiler_looks() {
    let files = [
        file(
            "core.rs",
            "mod stage1;\nmod stage2;\n#[path = \"other/three.rs\"]\nmod stage3;\nmod support;\nmod stage4 { proptest! {\n #[test] fn inv4_d(x in 0..9u32) { f(x); }\n fn inv4_e(x in 0..9u32) {} } }",
        ),
        file(
            "stage1.rs",
            "#[test] fn inv1_a() {}\n#[test_log::test] fn inv2_b() {}\nfn helper() {}",
        ),
        file(
            "stage2/mod.rs",
            "#[tokio::test(flavor = \"multi_thread\")] async fn inv3_c() {}",
        ),
        file("other/three.rs", "mod parts; #[test] fn inv1_z() {}"),
        file("other/parts.rs", "pub fn p() {}"),
        file("support.rs", "mod deep;"),
        file("support/deep.rs", "pub fn p() {}"),
        file("services.rs", ""),
    ];
    let tests = index_of(&files, Path::new("tests")).expect("well formed");
    let names: Vec<_> = tests.iter().map(|test| test.name.as_str()).collect();
    let expected = [
        "stage1::inv1_a",
        "stage1::inv2_b",
        "stage2::inv3_c",
        "stage3::inv1_z",
        "stage4::inv4_d",
        "stage4::inv4_e",
    ];
    assert_eq!(names, expected);
}

#[test]
fn mistakes_of_a_suite_are_told_at_once() {
    let files = [
        file("core.rs", "mod stage1;\nmod missing;\n"),
        file(
            "stage1.rs",
            "#[test]\nfn it_works() {}\n#[test]\n#[ignore]\nfn inv1_a() {}\n#[test]\nfn inv1_a() {}\n",
        ),
    ];
    assert_snapshot!(said(index_of(&files, Path::new("tests"))), @"
    core.rs:2: module `missing` has no file
    stage1.rs:2: test `stage1::it_works` names no invariant: call it `stageN::invK_words`
    stage1.rs:4: an ignored test proves nothing: let it run or delete it
    stage1.rs:7: test `stage1::inv1_a` again, it is in stage1.rs:5: names are unique in the suite
    ");
}

#[test]
fn a_suite_has_the_targets_whose_root_files_are_there() {
    let house = House::with_library();
    let library = Targets::of(&house.library());
    assert_eq!(
        library.iter().collect::<Vec<_>>(),
        [Target::Core, Target::Shell]
    );
    assert_eq!(library.highest(), Target::Shell);
    assert_eq!(library.up_to(Target::Core), Targets::CORE);
    let both = Targets::of(&house.lab());
    assert_eq!(
        both.iter().collect::<Vec<_>>(),
        [Target::Core, Target::Services]
    );
    assert_eq!(both.up_to(Target::Shell), Targets::CORE);
}

#[test]
fn a_stage_needs_the_highest_target_that_has_tests_of_it() {
    let tests = index(&House::with_library().library()).expect("well formed");
    assert_eq!(needs(&tests, 1), Target::Core);
    assert_eq!(needs(&tests, 2), Target::Shell);
    let tests = index(&House::new().lab()).expect("well formed");
    assert_eq!(needs(&tests, 2), Target::Services);
}
