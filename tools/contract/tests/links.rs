//! The links between the parts of a lab: each of them broken once.

use insta::assert_snapshot;

mod common;
use common::House;

const LAB: &str = "tests/07-tiny/lab.toml";
const CORE: &str = "tests/07-tiny/core/admit.rs";

#[test]
fn the_fixture_holds() {
    assert_eq!(House::new().check(), "no mistake");
}

#[test]
fn an_invariant_that_names_an_unknown_test() {
    let house = House::with(
        LAB,
        "\"stage1::inv1_any_units\"",
        "\"stage1::inv1_some_units\"",
    );
    assert_snapshot!(house.check(), @"
    tests/07-tiny/core/admit.rs:13: test `stage1::inv1_any_units` is listed by no invariant: add it to invariant 1
    tests/07-tiny/lab.toml:31: no test `stage1::inv1_some_units` in the suite
    ");
}

#[test]
fn a_test_without_an_invariant() {
    let house = House::with(CORE, "#[test]", "#[test]\nfn inv9_orphan() {}\n\n#[test]");
    assert_snapshot!(house.check(), @"tests/07-tiny/core/admit.rs:6: test `stage1::inv9_orphan` is listed by no invariant: add it to invariant 9");
}

#[test]
fn a_test_listed_under_another_invariant() {
    let house = House::with(
        LAB,
        "[\"stage2::inv2_one",
        "[\"stage1::inv1_any_units\", \"stage2::inv2_one",
    );
    assert_snapshot!(house.check(), @"tests/07-tiny/lab.toml:36: `stage1::inv1_any_units` is a test of invariant 1, listed under 2");
}

#[test]
fn a_test_listed_twice() {
    let house = House::with(
        LAB,
        "[\"stage2::inv2_one",
        "[\"stage2::inv2_one_round_trip_a_unit\", \"stage2::inv2_one",
    );
    assert_snapshot!(house.check(), @"tests/07-tiny/lab.toml:36: `stage2::inv2_one_round_trip_a_unit` is listed twice");
}

#[test]
fn stages_count_from_one() {
    assert_snapshot!(House::with(LAB, "number = 2", "number = 3").check(), @"
    solutions/07-tiny/src/shell/mod.rs:21: region `stage2_take`: no stage 2 in lab.toml
    solutions/07-tiny/src/shell/mod.rs:42: region `stage2_script`: no stage 2 in lab.toml
    solutions/07-tiny/src/shell/take.lua:2: region `stage2_take_in_the_store`: no stage 2 in lab.toml
    tests/07-tiny/lab.toml:20: stage 3 follows stage 1: count from 1
    tests/07-tiny/lab.toml:20: stage 3 has no Rust region: name one `stage3_words`
    tests/07-tiny/lab.toml:20: stage 3 has no test
    tests/07-tiny/services.rs:7: test `stage2::inv1_a_thread_takes_one`: no stage 2 in lab.toml
    tests/07-tiny/services.rs:13: test `stage2::inv2_one_round_trip_a_unit`: no stage 2 in lab.toml
    ");
}

#[test]
fn a_stage_without_services_is_proved_by_the_core() {
    assert_snapshot!(House::with(LAB, "services = [\"redis\"]", "services = []").check(), @"
    tests/07-tiny/services.rs:7: stage 2 has no services in lab.toml: its tests belong to core.rs or shell.rs
    tests/07-tiny/services.rs:13: stage 2 has no services in lab.toml: its tests belong to core.rs or shell.rs
    ");
}

#[test]
fn a_stage_has_a_region_and_names_its_files() {
    let house = House::with(LAB, "\"src/counter.rs\"", "\"src/count.rs\"");
    assert_snapshot!(house.check(), @"
    tests/07-tiny/lab.toml:8: `src/counter.rs` is to edit in stage 1: add it to its files
    tests/07-tiny/lab.toml:12: the reference has no file `src/count.rs`
    ");
    let house = House::with(
        "solutions/07-tiny/src/shell/mod.rs",
        "ANCHOR: stage2_take",
        "ANCHOR: stage1_take",
    )
    .edit(
        "solutions/07-tiny/src/shell/mod.rs",
        "ANCHOR_END: stage2_take",
        "ANCHOR_END: stage1_take",
    );
    assert_snapshot!(house.check(), @"
    tests/07-tiny/broken/look-then-take.rs:3: no region `stage2_take` in the reference's Rust: there are admit, stage1_admit_up_to_the_limit, stage1_fits, stage1_take, stage2_script
    tests/07-tiny/lab.toml:8: `src/shell/mod.rs` is to edit in stage 1: add it to its files
    tests/07-tiny/lab.toml:53: unknown anchor: no region `stage2_take` in the reference
    ");
}

#[test]
fn a_prerequisite_is_another_lab() {
    let house = House::with(
        LAB,
        "prerequisites = []",
        "prerequisites = [\"tiny\", \"tcc\"]",
    );
    assert_snapshot!(house.check(), @"
    tests/07-tiny/lab.toml:5: prerequisite `tcc` is no other lab
    tests/07-tiny/lab.toml:5: prerequisite `tiny` is no other lab
    ");
}

#[test]
fn a_design_and_its_file_agree() {
    let house = House::with(
        LAB,
        "regions = [\"stage1_fits\"]",
        "regions = [\"admit\", \"stage1_fit\"]",
    );
    assert_snapshot!(house.check(), @"
    tests/07-tiny/broken/off-by-one.rs:3: region `stage1_fits` is not among the `regions` of `off-by-one` in lab.toml
    tests/07-tiny/lab.toml:43: `off-by-one` does not replace `admit`
    tests/07-tiny/lab.toml:43: `off-by-one` does not replace `stage1_fit`
    tests/07-tiny/lab.toml:43: unknown anchor: no region `stage1_fit` in the reference
    ");
}

#[test]
fn a_design_and_its_test_agree() {
    let house = House::with(
        LAB,
        "test = \"stage1::inv1_the_limit_holds\"",
        "test = \"stage1::inv1_gone\"",
    )
    .edit(LAB, "breaks = 2", "breaks = 3");
    assert_snapshot!(house.check(), @"
    tests/07-tiny/lab.toml:44: no test `stage1::inv1_gone` in the suite
    tests/07-tiny/lab.toml:47: `look-then-take` breaks invariant 3: there is none
    tests/07-tiny/lab.toml:54: `look-then-take` breaks invariant 3, its test shows 2
    ");
}

#[test]
fn a_design_without_a_file_and_a_file_without_a_design() {
    let house = House::with(LAB, "name = \"off-by-one\"", "name = \"off-by-two\"");
    assert_snapshot!(house.check(), @"
    tests/07-tiny/broken/off-by-one.rs: no [[broken]] of lab.toml is called `off-by-one`
    tests/07-tiny/broken/off-by-two.rs: no such file: it holds the bodies that the design replaces
    ");
}

#[test]
fn names_are_unique() {
    let house = House::with(LAB, "name = \"look-then-take\"", "name = \"off-by-one\"")
        .edit(LAB, "id = 2", "id = 1");
    assert_snapshot!(house.check(), @"
    tests/07-tiny/broken/look-then-take.rs: no [[broken]] of lab.toml is called `look-then-take`
    tests/07-tiny/broken/off-by-one.rs:3: region `stage1_fits` is not among the `regions` of `off-by-one` in lab.toml
    tests/07-tiny/lab.toml:33: invariant 1 again: ids are unique
    tests/07-tiny/lab.toml:36: `stage2::inv2_one_round_trip_a_unit` is a test of invariant 2, listed under 1
    tests/07-tiny/lab.toml:47: `off-by-one` breaks invariant 2: there is none
    tests/07-tiny/lab.toml:53: `off-by-one` does not replace `stage2_take`
    ");
}

#[test]
fn the_reference_bears_no_trace_of_a_design() {
    let house = House::with(
        "solutions/07-tiny/src/counter.rs",
        "fn fits(",
        "// Unlike off-by-one this is right.\nstruct LookThenTake;\nfn not_off_by_one_at_all() {}\nfn fits(",
    );
    assert_snapshot!(house.check(), @"
    solutions/07-tiny/src/counter.rs:27: `off-by-one`: the reference bears no trace of a broken design
    solutions/07-tiny/src/counter.rs:28: `LookThenTake`: the reference bears no trace of a broken design
    ");
}

const REFERENCE: &str = "solutions/08-two-words/Cargo.toml";

#[test]
fn a_library_whose_suite_needs_no_server_is_whole() {
    let house = House::with_library();
    assert_eq!(house.check_library(), "no mistake");
    assert_eq!(house.check(), "no mistake");
    assert_eq!(house.library().crate_name(), "two_words");
}

#[test]
fn a_manifest_has_a_test_for_each_root_file_and_no_feature_too_many() {
    let told = |from: &str, to: &str| {
        House::with_library()
            .edit(REFERENCE, from, to)
            .check_library()
    };
    let cases = [
        (
            "name = \"shell\"",
            "name = \"shells\"",
            "no [[test]] `shell` with ../../tests/08-two-words/shell.rs",
        ),
        (
            "08-two-words/shell.rs",
            "08-two-words/core.rs",
            "[[test]] `shell`: its path is ../../tests/08-two-words/shell.rs",
        ),
        (
            "required-features = [\"io\"]",
            "required-features = [\"suite\"]",
            "[[test]] `shell`: required-features = [\"io\"]",
        ),
        (
            "default = [\"io\"]",
            "default = [\"suite\"]",
            "Cargo.toml:10: default = [\"io\"] for a suite without services.rs",
        ),
        (
            "name = \"loom\"",
            "name = \"services\"",
            "[[test]] `services`: there is no tests/08-two-words/services.rs",
        ),
        (
            "name = \"two_words\"",
            "name = \"two-words\"",
            "Cargo.toml:7: the lib of this lab is called `two_words`",
        ),
    ];
    for (from, to, wanted) in cases {
        let said = told(from, to);
        assert!(
            said.contains(wanted) && said.lines().count() == 1,
            "{from} -> {to}\ntold: {said}\nwanted: {wanted}"
        );
    }
}

#[test]
fn services_are_named_where_services_rs_has_tests() {
    let lab = "tests/08-two-words/lab.toml";
    let house = House::with_library().edit(lab, "services = []", "services = [\"redis\"]");
    assert_snapshot!(house.check_library(), @"tests/08-two-words/lab.toml:8: stage 1 names services, and services.rs has no test of it");
}
