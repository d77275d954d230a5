//! A learner's path through a lab, by the command itself: red, hint, edit, green, solution, reset.

mod common;
use common::House;

use std::fs;

#[test]
fn from_the_skeleton_to_all_stages_and_back() {
    let house = House::new();

    let start = house.lab(&["start", "tiny"]).exit(0);
    assert!(start.contains("cargo lab test tiny --stage 1"), "{start}");

    let red = house.lab(&["test", "tiny", "--stage", "1"]).exit(1);
    assert!(
        red.contains("stage 1 is not written yet:\n  labs/07-tiny/src/counter.rs:17"),
        "{red}"
    );
    assert!(red.contains("cargo lab hint tiny --stage 1"), "{red}");
    assert!(
        !red.contains("backtrace") && !red.contains("not yet implemented"),
        "{red}"
    );

    let hints: Vec<_> = (0..2)
        .map(|_| house.lab(&["hint", "tiny"]).exit(0))
        .collect();
    assert!(
        hints[0].contains("Count before you admit") && hints[0].contains("hint 1 of 3"),
        "{hints:?}"
    );
    assert!(
        hints[1].contains("near u32::MAX") && !hints[1].contains("Count before"),
        "{hints:?}"
    );

    let refused = house.lab(&["solution", "tiny", "--stage", "1"]).exit(2);
    assert!(refused.contains("--give-up"), "{refused}");

    house.solve_stage_1();
    let green = house.lab(&["test", "7", "--stage", "1"]).exit(0);
    assert!(
        green.contains("2 of 2 tests passed") && green.contains("Next, stage 2"),
        "{green}"
    );
    let shown = house.lab(&["solution", "tiny", "--stage", "1"]).exit(0);
    assert!(
        shown.contains("pub fn admit(") && !shown.contains("ANCHOR"),
        "{shown}"
    );

    let next = house.lab(&["test", "tiny"]).exit(1);
    assert!(next.contains("stage 2 is not written yet"), "{next}");
    // The script too, which no panic tells of, at the line where it goes.
    assert!(
        next.contains("  labs/07-tiny/src/shell/take.lua:3 take in the store\n"),
        "{next}"
    );
    let mine = house.read("labs/07-tiny/src/counter.rs");
    house
        .lab(&["solution", "tiny", "--stage", "2", "--give-up", "--apply"])
        .exit(0);
    assert_eq!(
        house.read("labs/07-tiny/src/counter.rs"),
        mine,
        "only the stage's own files"
    );
    assert!(
        house
            .read("labs/07-tiny/src/shell/take.lua")
            .contains("redis.call")
    );
    let all = house.lab(&["test", "tiny"]).exit(0);
    assert!(
        all.contains("All stages of A counter with a limit hold"),
        "{all}"
    );

    let status = house.lab(&["status"]).exit(0);
    assert!(
        status.contains("2 of 2 stages passed") && status.contains("2 hints"),
        "{status}"
    );
    assert!(status.contains("solution read before"), "{status}");

    let asked = house.lab(&["reset", "tiny"]).exit(2);
    assert!(asked.contains("--yes"), "{asked}");
    house.write("labs/07-tiny/src/mine.rs", "//! Mine.\n");
    let reset = house.lab(&["reset", "tiny", "--yes"]).exit(0);
    assert!(house.read("labs/07-tiny/src/counter.rs").contains("todo!"));
    assert!(!house.path("labs/07-tiny/src/mine.rs").exists());
    let kept = reset
        .split("your version: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    assert_eq!(house.read(&format!("{kept}/src/counter.rs")), mine);
    assert_eq!(house.read(&format!("{kept}/src/mine.rs")), "//! Mine.\n");
    assert!(
        house
            .lab(&["status"])
            .exit(0)
            .contains("Nothing is begun yet")
    );
}

#[test]
fn a_panic_in_std_is_told_by_the_learners_line() {
    let house = House::new();
    house.solve_stage_1();
    house.edit(
        "labs/07-tiny/src/counter.rs",
        "limit.checked_sub(count).is_some_and(|left| units <= left)",
        "{ let s = |n: u64| std::time::Duration::from_secs(n);\n\
         let left = s(limit.into()) - s(u64::from(count) + u64::from(units));\n left >= s(0) }",
    );
    let text = house.read("labs/07-tiny/src/counter.rs");
    let line = 1 + text
        .lines()
        .position(|line| line.contains("let left"))
        .unwrap();
    let red = house.lab(&["test", "tiny", "--stage", "1"]).exit(1);
    assert!(
        red.contains(&format!("at       labs/07-tiny/src/counter.rs:{line}\n")),
        "{red}"
    );
    assert!(red.contains("overflow when subtracting durations"), "{red}");
    assert!(!red.contains("/rustc/"), "{red}");
}

#[test]
fn one_stage_is_reset_and_the_others_stay() {
    let house = House::new();
    house.solve_stage_1();
    house
        .lab(&["solution", "tiny", "--stage", "2", "--give-up", "--apply"])
        .exit(0);
    house
        .lab(&["reset", "tiny", "--stage", "2", "--yes"])
        .exit(0);
    assert!(
        house
            .read("labs/07-tiny/src/shell/mod.rs")
            .contains("todo!(\"stage 2: take\")")
    );
    assert!(
        house
            .read("labs/07-tiny/src/shell/take.lua")
            .contains("write this part")
    );
    assert!(!house.read("labs/07-tiny/src/counter.rs").contains("todo!"));
    assert_eq!(
        fs::read_dir(house.path(".lab/kept/tiny")).unwrap().count(),
        2
    );
}

#[test]
fn a_solution_is_not_written_into_a_file_that_does_not_parse() {
    let house = House::new();
    house.edit(
        "labs/07-tiny/src/counter.rs",
        "pub fn admit(",
        "pub fn admit(((",
    );
    let before = house.read("labs/07-tiny/src/counter.rs");
    let said = house
        .lab(&["solution", "tiny", "--stage", "1", "--give-up", "--apply"])
        .exit(1);
    assert!(
        said.contains("Nothing was written. labs/07-tiny/src/counter.rs:"),
        "{said}"
    );
    assert_eq!(house.read("labs/07-tiny/src/counter.rs"), before);
}

#[test]
fn the_reference_passes_and_is_no_progress_of_the_learner() {
    let house = House::new();
    let said = house.lab(&["test", "tiny", "--solution"]).exit(0);
    assert!(
        said.contains("(reference)") && said.contains("inv2_one_round_trip_a_unit"),
        "{said}"
    );
    assert!(!house.path(".lab/progress.json").exists());
}

#[test]
fn code_that_does_not_compile_says_so_and_fails() {
    let house = House::new();
    house.edit(
        "labs/07-tiny/src/counter.rs",
        "todo!(\"stage 1: fits\")",
        "count + nothing",
    );
    let said = house.lab(&["test", "tiny", "--stage", "1"]).exit(1);
    assert!(said.contains("cannot find value `nothing`"), "{said}");
    assert!(said.contains("It does not compile yet"), "{said}");
}

#[test]
fn a_test_process_that_dies_is_a_failed_test() {
    let house = House::new();
    house.edit(
        "labs/07-tiny/src/counter.rs",
        "todo!(\"stage 1: admit up to the limit\")",
        "std::process::abort()",
    );
    let said = house.lab(&["test", "tiny", "--stage", "1"]).exit(1);
    assert!(
        said.contains("the test process ended with signal: 6"),
        "{said}"
    );
    assert!(said.contains("INV-1"), "{said}");
}

#[test]
fn broken_designs_fail_as_promised_and_touch_nothing_of_the_learner() {
    let house = House::new();
    let before = house.read("labs/07-tiny/src/counter.rs");
    let wrong = house.lab(&["break", "tiny", "off-by-one"]).exit(0);
    assert!(
        wrong.contains("this design breaks INV-1") && wrong.contains("left: 4"),
        "{wrong}"
    );
    assert!(
        wrong.contains("tests/07-tiny/broken/off-by-one.rs"),
        "{wrong}"
    );
    let costly = house.lab(&["break", "tiny", "look-then-take"]).exit(0);
    assert!(costly.contains("pays too much in round trips"), "{costly}");
    assert_eq!(house.read("labs/07-tiny/src/counter.rs"), before);

    let toothless = "count + units <= limit\n// ANCHOR_END";
    house.edit(
        "tests/07-tiny/broken/off-by-one.rs",
        "count <= limit && units > 0\n// ANCHOR_END",
        toothless,
    );
    let survived = house.lab(&["break", "tiny", "off-by-one"]).exit(1);
    assert!(survived.contains("It did not fail"), "{survived}");
}
