//! `cargo lab bench` on a tiny lab: the variants in one program, who takes part, and what the exit code says.
//!
//! The bench of the tiny lab needs no server and no clock: it counts round trips, and says its figures by hand, so that the
//! house has no dependency to compile.

mod common;
use common::{House, eventually, lives};

use std::fs;

use serde_json::Value;

const BENCH: &str = r##"//! Units taken by each variant, and what they cost in round trips.
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    eprintln!("  args: {}", args.join(" "));
    let mut reference = reference::shell::Store::new(1);
    assert!(reference.take());
    let mut look = look_then_take::shell::Store::new(1);
    assert!(look.take());
    let mut figures = vec![
        ("round_trips", f64::from(reference.round_trips), true),
        ("look_then_take_round_trips", f64::from(look.round_trips), true),
    ];
    #[cfg(feature = "yours")]
    {
        let mut counter = yours::counter::Counter { count: 0, limit: 7 };
        while counter.admit(1) {}
        figures.push(("yours_admitted", f64::from(counter.count), counter.count == 7));
    }
    let figures: Vec<String> = figures
        .iter()
        .map(|(name, value, holds)| format!(
            r#"{{"name":"{name}","unit":"each","value":{value},"spread":[{value},{value}],"target":null,"holds":{holds}}}"#
        ))
        .collect();
    println!(r#"{{"figures":[{}],"services":{{}}}}"#, figures.join(","));
}
"##;

// The tiny house with a bench, and a crate `measure` that is empty.
fn house() -> House {
    let house = House::new();
    house.write("tests/07-tiny/bench.rs", BENCH);
    house.write(
        "tools/measure/Cargo.toml",
        "[package]\nname = \"measure\"\n",
    );
    house.write("tools/measure/src/lib.rs", "//! Nothing.\n");
    house.edit(
        "Cargo.toml",
        "[workspace.package]",
        "[workspace.dependencies]\nmeasure = { path = \"tools/measure\" }\n\n[workspace.package]",
    );
    house
}

fn figures(stdout: &str) -> Vec<(String, f64)> {
    let document: Value = serde_json::from_str(stdout).expect("one JSON document and nothing else");
    let figures = document["figures"].as_array().unwrap().iter();
    figures
        .map(|figure| {
            let name = figure["name"].as_str().unwrap().to_owned();
            (name, figure["value"].as_f64().unwrap())
        })
        .collect()
}

#[test]
fn the_variants_are_crates_of_one_program_and_yours_takes_part_once_it_has_passed() {
    let house = house();
    let bench = ["bench", "tiny", "--quick", "--json"];
    let both = [
        ("round_trips".to_owned(), 1.0),
        ("look_then_take_round_trips".to_owned(), 2.0),
    ];

    let skeleton = house.lab(&bench);
    assert_eq!(
        figures(&skeleton.stdout),
        both,
        "the reference and the design"
    );
    let said = skeleton.exit(0);
    assert!(
        said.contains("Without yours: stage 1 has not passed yet (cargo lab test tiny)."),
        "{said}"
    );
    assert!(said.contains("args: --yours 0 --quick"), "{said}");

    house.solve_stage_1();
    let unasked = house.lab(&bench).exit(0);
    assert!(unasked.contains("stage 1 has not passed yet"), "{unasked}");

    house.lab(&["test", "tiny", "--stage", "1"]).exit(0);
    let passed = house.lab(&bench);
    let yours = ("yours_admitted".to_owned(), 7.0);
    assert_eq!(figures(&passed.stdout).last(), Some(&yours));
    let said = passed.exit(0);
    assert!(
        said.contains("Yours takes part as far as stage 1 goes"),
        "{said}"
    );
    assert!(said.contains("args: --yours 1 --quick"), "{said}");

    let left_out = house.lab(&["bench", "tiny", "--quick", "--json", "--solution"]);
    assert_eq!(figures(&left_out.stdout), both);

    house.edit(
        "labs/07-tiny/src/counter.rs",
        "units <= left",
        "units < left",
    );
    let broken = house.lab(&bench);
    assert_eq!(figures(&broken.stdout), both);
    let said = broken.exit(0);
    assert!(
        said.contains("Without yours: stage 1 does not pass any more"),
        "{said}"
    );

    house.edit("labs/07-tiny/src/counter.rs", "units < left", "units <");
    let said = house.lab(&bench).exit(0);
    assert!(
        said.contains("Without yours: it does not compile"),
        "{said}"
    );
}

#[test]
fn the_exit_code_tells_a_missed_target_from_a_bench_that_could_not_run() {
    let house = house();
    let bench = ["bench", "tiny", "--quick", "--solution"];
    let file = "tests/07-tiny/bench.rs";
    house.edit(
        file,
        "(\"round_trips\", f64::from(reference.round_trips), true)",
        "(\"round_trips\", f64::from(reference.round_trips), false)",
    );
    let missed = house.lab(&bench).exit(1);
    assert!(
        missed.contains("MISSED: 1 of 2 targets: round trips."),
        "{missed}"
    );

    house.edit(
        file,
        "assert!(look.take());",
        "assert!(!look.take(), \"the look was wrong\");",
    );
    let panicked = house.lab(&bench).exit(1);
    assert!(
        panicked.contains("the look was wrong") && panicked.contains("did not end well"),
        "{panicked}"
    );

    house.edit(
        file,
        "    let args:",
        "    if true { eprintln!(\"no Redis\"); std::process::exit(3) }\n    let args:",
    );
    let missing = house.lab(&bench).exit(3);
    assert!(
        missing.contains("no Redis") && missing.contains("    cargo lab doctor"),
        "{missing}"
    );

    house.edit(file, "fn main() {", "fn main() { let x: u32 = \"\";");
    let uncompiled = house.lab(&bench).exit(1);
    assert!(uncompiled.contains("mismatched types"), "{uncompiled}");
}

#[test]
fn a_wrong_question_is_answered_before_anything_is_built() {
    let house = house();
    let unknown = house.lab(&["bench", "tinny"]).exit(2);
    assert!(unknown.contains("Did you mean `tiny`?"), "{unknown}");
    let both = house.lab(&["bench", "tiny", "--quick", "--save"]).exit(2);
    assert!(
        both.contains("--quick") && both.contains("cannot be used with"),
        "{both}"
    );
    let force = house.lab(&["bench", "tiny", "--force"]).exit(2);
    assert!(force.contains("--save"), "{force}");
    let none = House::new().lab(&["bench", "tiny"]).exit(2);
    assert!(
        none.contains("tiny has no bench: there is no tests/07-tiny/bench.rs."),
        "{none}"
    );
    assert!(!house.path("target").exists(), "nothing was built");
}

/// A bench that replays: it says what it was asked for, and draws one line.
const REPLAYS: &str = r##"//! Traces.
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    eprintln!("  args: {}", args.join(" "));
    let traces = args.iter().position(|arg| arg == "--trace");
    let Some(at) = traces else { return println!(r#"{{"figures":[],"services":{{}}}}"#) };
    let text = std::fs::read_to_string(&args[at + 1]).unwrap();
    if text.is_empty() {
        eprintln!("empty.txt: the trace is empty");
        std::process::exit(3);
    }
    let share = reference::shell::Store::new(1).take();
    println!(
        r#"{{"curves":{{"title":"a trace","sizes":"% of the keys","at":[1.0,10.0],
            "lines":[{{"name":"LRU","values":[0.25,{}]}}]}},"figures":[],"services":{{}}}}"#,
        f64::from(u8::from(share))
    );
}
"##;

#[test]
fn a_trace_is_replayed_and_drawn_and_never_saved() {
    let house = house();
    house.write("tests/07-tiny/bench.rs", REPLAYS);
    house.write("tests/07-tiny/keys.txt", "a\nb\n");
    house.write("tests/07-tiny/empty.txt", "");
    let bench = ["bench", "tiny", "--quick", "--solution", "--trace"];
    let file = house.path("tests/07-tiny/keys.txt");
    let replayed = house.lab(&[&bench[..], &[file.to_str().unwrap()]].concat());
    assert!(replayed.stdout.contains("a trace\n"), "{replayed:?}");
    assert!(replayed.stdout.contains("25.00  100.00"), "{replayed:?}");
    let said = replayed.exit(0);
    let args = format!("args: --yours 0 --quick --trace {}\n", file.display());
    assert!(said.contains(&args), "{said}");
    assert!(said.contains("target/lab/bench/tiny/trace.svg"), "{said}");
    let svg = house.read("target/lab/bench/tiny/trace.svg");
    assert!(svg.contains("<title id=\"trace-title\">a trace</title>"));
    assert!(!house.path("book/data/07-tiny/bench.json").exists());

    let named = ["tests/07-tiny/keys.txt", "--format", "text", "--json"];
    let json = house.lab(&[&bench[..], &named].concat());
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["curves"]["lines"][0]["name"], "LRU");
    assert!(json.exit(0).contains("--format text"));

    // What is wrong with it only the bench knows.
    let empty = house.lab(&[&bench[..], &["tests/07-tiny/empty.txt"]].concat());
    let said = empty.exit(3);
    assert!(said.contains("empty.txt: the trace is empty"), "{said}");
    assert!(said.contains("Nothing was replayed"), "{said}");
}

#[test]
fn a_trace_that_cannot_be_is_said_before_anything_is_built() {
    let house = house();
    let trace = |house: &House, file: &str| house.lab(&["bench", "tiny", "--trace", file]);
    let said = trace(&house, "tests/07-tiny/lab.toml").exit(2);
    assert!(
        said.contains("The bench of tiny replays no traces"),
        "{said}"
    );
    house.write("tests/07-tiny/bench.rs", REPLAYS);
    let missing = trace(&house, "nowhere.txt").exit(3);
    assert!(
        missing.contains("The trace cannot be read: nowhere.txt: "),
        "{missing}"
    );
    let folder = trace(&house, "tests").exit(3);
    assert!(folder.contains("tests is a folder"), "{folder}");
    let save = [
        "bench",
        "tiny",
        "--trace",
        "tests/07-tiny/lab.toml",
        "--save",
    ];
    assert!(house.lab(&save).exit(2).contains("cannot be used with"));
    let format = house.lab(&["bench", "tiny", "--format", "text"]).exit(2);
    assert!(format.contains("--trace <FILE>"), "{format}");
    assert!(!house.path("target").exists(), "nothing was built");
}

#[test]
fn what_is_saved_is_the_books_and_not_the_learners() {
    let house = house();
    house.solve_stage_1();
    house.lab(&["test", "tiny", "--stage", "1"]).exit(0);
    // Whatever else this machine does: that it would refuse is tested where the load is an argument.
    let said = house.lab(&["bench", "tiny", "--save", "--force"]).exit(0);
    assert!(said.contains("Your code is left out."), "{said}");
    assert!(
        said.contains("written: book/data/07-tiny/bench.json"),
        "{said}"
    );
    assert!(said.contains("args: --yours 0\n"), "not quick: {said}");
    let saved = house.read("book/data/07-tiny/bench.json");
    assert_eq!(figures(&saved).len(), 2);
    let saved: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved["command"], "cargo lab bench tiny --save");
    assert!(saved["machine"]["busy"].is_boolean() && saved["quick"].is_null());
}

#[test]
fn a_bench_ends_with_the_command_that_started_it() {
    let house = house();
    house.edit(
        "tests/07-tiny/bench.rs",
        "    let args:",
        "    std::fs::write(\"pid\", std::process::id().to_string()).unwrap();\n    loop { std::thread::park() }\n    #[allow(unreachable_code)]\n    let args:",
    );
    let running = house.start(&["bench", "tiny", "--quick", "--solution"]);
    let pid = eventually("the bench begins", || {
        fs::read_to_string(house.path("pid")).ok()?.parse().ok()
    });
    running.signal("TERM");
    eventually("the bench ends", || (!lives(pid)).then_some(()));
}
