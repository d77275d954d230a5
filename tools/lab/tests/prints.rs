//! What the command prints, at 80 and at 40 columns.
//!
//! Each snapshot holds both. A line that is too long is shown by the ruler's end; only commands, which are there to
//! be copied, may be.

use std::path::{Path, PathBuf};

use contract::Manifest;
use insta::assert_snapshot;
use lab::page::Page;
use lab::progress::Progress;
use lab::remains::{Remains, Server};
use lab::render::chaos::Whose;
use lab::render::doctor::{Check, Report, State};
use lab::render::{bench, chaos as chaos_run, curves, design, doctor, guide, labs, outcome};
use lab::runner::{Outcome, Target, TestResult};
use measure::{Curves, Document, Figure, Machine, Spread};

fn sale() -> Manifest {
    Manifest::parse(
        Path::new("tests/16-seckill/lab.toml"),
        include_str!("fixtures/sale.toml"),
    )
    .unwrap()
}

/// The text at both widths, each under a ruler.
fn both(print: impl Fn(&Page) -> String) -> String {
    let mut out = String::new();
    for width in [80, 40] {
        let text = print(&Page::plain(width));
        for line in text.lines() {
            let copied = line.starts_with("    cargo lab");
            assert!(
                copied || line.chars().count() <= width,
                "longer than {width}: {line}"
            );
        }
        out += &format!("{:=<width$}\n{text}", "");
    }
    out
}

/// Stage 1 passed after two hints, stage 2 begun.
fn half_way() -> Progress {
    let mut progress = Progress::default();
    let first = progress.stage_mut("seckill", 1);
    (first.begun, first.passed, first.hints) = (Some(1_769_854_830), Some(1_769_856_930), 2);
    let second = progress.stage_mut("seckill", 2);
    (second.begun, second.given_up) = (Some(1_769_857_000), true);
    progress
}

fn result(name: &str, outcome: Outcome, stdout: &str) -> TestResult {
    TestResult {
        name: name.to_owned(),
        target: Target::Core,
        outcome,
        stdout: stdout.to_owned(),
        seconds: 0.25,
    }
}

fn panicked(name: &str, location: &str, message: &str) -> TestResult {
    let stdout = format!(
        "\nthread '{name}' (7) panicked at {location}:\n{message}\nnote: run with `RUST_BACKTRACE=1`\n"
    );
    result(name, Outcome::Failed, &stdout)
}

fn outcome_of(results: &[TestResult], stage: u32) -> String {
    outcome_with(results, stage, &[])
}

fn outcome_with(results: &[TestResult], stage: u32, open: &[outcome::Open]) -> String {
    let sale = sale();
    both(|page| {
        let about = outcome::About {
            manifest: &sale,
            root: Path::new("/home/reader/load-bearing"),
            instructions: Some("book/src/16-seckill/lab.md"),
            stage,
            learner: true,
            open,
        };
        let mut out: String = results
            .iter()
            .map(|result| outcome::line(page, result))
            .collect();
        out += &outcome::report(page, &about, results, 1.25);
        out
    })
}

#[test]
fn list() {
    let sale = sale();
    assert_snapshot!(both(|page| labs::list(page, &[&sale], &half_way())));
}

#[test]
fn status() {
    let sale = sale();
    assert_snapshot!(both(|page| labs::status(page, &[&sale], &half_way())));
}

#[test]
fn status_before_anything() {
    let sale = sale();
    assert_snapshot!(both(|page| labs::status(
        page,
        &[&sale],
        &Progress::default()
    )));
}

#[test]
fn start() {
    let sale = sale();
    let chapter = Some("book/src/16-seckill/index.md");
    let instructions = Some("book/src/16-seckill/lab.md");
    assert_snapshot!(both(|page| guide::start(
        page,
        &sale,
        &Progress::default(),
        chapter,
        instructions,
        |stage| if stage == 1 {
            Target::Core
        } else {
            Target::Services
        }
    )));
}

#[test]
fn the_second_hint() {
    let sale = sale();
    assert_snapshot!(both(|page| guide::hints(
        page,
        &sale,
        &sale.stages[0],
        1,
        2
    )));
}

#[test]
fn all_hints() {
    let sale = sale();
    assert_snapshot!(both(|page| guide::hints(
        page,
        &sale,
        &sale.stages[0],
        0,
        3
    )));
}

#[test]
fn a_stage_that_is_not_written() {
    let location = "labs/16-seckill/src/core/window.rs:31:9";
    let todo = |name| panicked(name, location, "not yet implemented: stage 1: admit");
    assert_snapshot!(outcome_of(
        &[
            todo("stage1::inv5_never_more_than_n_in_any_window"),
            todo("stage1::inv5_refused_only_if_n_were_admitted"),
            result("stage1::inv5_an_empty_window_admits", Outcome::Ok, ""),
        ],
        1
    ));
}

/// A script has no `todo!`: it is listed beside those that were met, and alone when the Rust around it is written.
#[test]
fn a_script_that_is_not_written() {
    let script = outcome::Open {
        location: "labs/16-seckill/src/shell/scripts/reserve.lua:5".to_owned(),
        words: "reserve".to_owned(),
    };
    let location = "labs/16-seckill/src/shell/stock.rs:188:9";
    let message = "not yet implemented: stage 2: warm up";
    assert_snapshot!(outcome_with(
        &[panicked("stage2::inv1_a_crowd", location, message)],
        2,
        std::slice::from_ref(&script)
    ));
    let fails = result("stage2::inv1_a_crowd", Outcome::Failed, "Error: \"nil\"\n");
    let alone = outcome_with(&[fails], 2, std::slice::from_ref(&script));
    assert!(alone.contains("stage 2 is not written yet:"), "{alone}");
    let passed = result("stage2::inv1_a_crowd", Outcome::Ok, "");
    let passed = outcome_with(&[passed], 2, &[script]);
    assert!(!passed.contains("not written"), "{passed}");
}

#[test]
fn a_test_that_fails_by_its_invariant() {
    let name = "stage1::inv5_never_more_than_n_in_any_window";
    let location =
        "/home/reader/load-bearing/labs/16-seckill/../../tests/16-seckill/core/window.rs:40:5";
    let message = "Test failed: assertion failed: `(left <= right)`\n  left: `9`,\n right: `5`: INV-5: 9 were admitted within one second, between 0.99 s and 1.98 s.\nminimal failing input: gaps = [\n    0,\n    1,\n]\n\tsuccesses: 3\n\tlocal rejects: 0\n\tglobal rejects: 0\n\na\nb\nc\nd\ne";
    assert_snapshot!(outcome_of(&[panicked(name, location, message)], 1));
}

#[test]
fn a_missing_service_is_told_once() {
    let message = "no Redis: start Docker, or run `cargo lab up --install`";
    let fails = |name| panicked(name, "tests/16-seckill/services.rs:8:46", message);
    let err = result(
        "stage2::inv1_an_error",
        Outcome::Failed,
        "Error: \"connection closed\"\n",
    );
    assert_snapshot!(outcome_of(
        &[
            fails("stage2::inv1_sold_never_exceeds_stock"),
            fails("stage2::inv1_sold_is_stock_at_drain"),
            fails("stage2::inv2_one_a_user"),
            err,
        ],
        2
    ));
}

#[test]
fn a_stage_that_passed() {
    let sale = sale();
    assert_snapshot!(both(|page| guide::passed(page, &sale, 1, &half_way())));
}

#[test]
fn a_wrong_design() {
    let sale = sale();
    let message = "assertion `left == right` failed: INV-1: units that nobody has and nobody can buy\n  left: 1\n right: 0";
    let result = panicked(
        &sale.broken[0].test,
        "tests/16-seckill/core/reserve.rs:77:9",
        message,
    );
    assert_snapshot!(both(|page| design::head(page, &sale, &sale.broken[0])
        + &design::end(page, &sale.broken[0], Path::new("/w"), &result)));
}

#[test]
fn a_costly_design_that_survived() {
    let sale = sale();
    let result = result(&sale.broken[1].test, Outcome::Ok, "");
    assert_snapshot!(both(|page| design::head(page, &sale, &sale.broken[1])
        + &design::end(page, &sale.broken[1], Path::new("/w"), &result)));
}

#[test]
fn doctor_with_something_missing() {
    let check = |name, state, found: &str| Check {
        name,
        state,
        found: found.to_owned(),
    };
    let report = Report {
        backend: "native",
        because: "no Docker answers".to_owned(),
        checks: vec![
            check("Rust", State::Fine, "rustc 1.95.0 (59807616e 2026-04-14)"),
            check(
                "Docker",
                State::NotNeeded,
                "no daemon answers; not needed here",
            ),
            check(
                "Redis",
                State::Fine,
                "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64",
            ),
            check(
                "Kafka",
                State::Missing,
                "no jars in .lab/services or LAB_KAFKA_HOME",
            ),
            check("Free disk", State::Poor, "3 GB; 5 GB would do"),
        ],
        mend: Some("cargo lab up --install".to_owned()),
    };
    assert_snapshot!(both(|page| doctor::report(page, &report)));
}

#[test]
fn down() {
    let remains = Remains {
        servers: vec![Server {
            name: "redis".into(),
            pid: 4711,
            start: 1,
        }],
        containers: vec!["0123456789ab".into(), "ba9876543210".into()],
        volumes: Vec::new(),
        networks: Vec::new(),
        docker_is_silent: true,
        folders: vec![
            PathBuf::from("target/lab/native"),
            PathBuf::from("target/lab/ports"),
        ],
    };
    let nothing = Remains::default();
    assert_snapshot!(both(
        |page| doctor::removed(page, &remains) + &doctor::removed(page, &nothing)
    ));
}

/// A run with a ratio that holds, one that does not, rates, and a count.
fn measured(quick: bool) -> Document {
    let figure = |name: &str, unit, samples: [f64; 3], target| {
        Figure::new(name, unit, Spread::of(samples), target, quick)
    };
    let least = |value| Some(measure::Target::at_least(value));
    Document {
        command: "cargo lab bench seckill --save".to_owned(),
        curves: None,
        date: "2026-01-31".to_owned(),
        figures: vec![
            figure(
                "gate_and_limiter_windows_full",
                "a core second",
                [6.25e6, 6.76e6, 6.95e6],
                least(5e6),
            ),
            figure(
                "gate_and_limiter_to_governor_at_500k_a_second",
                "ratio",
                [0.97, 1.03, 1.09],
                None,
            ),
            figure(
                "reserve_to_bare_script_64_in_flight",
                "ratio",
                [0.93, 0.99, 1.03],
                least(0.8),
            ),
            figure(
                "reserve_64_in_flight",
                "a second",
                [79_029.0, 91_309.0, 94_127.0],
                None,
            ),
            figure(
                "yours_to_bare_script_64_in_flight",
                "ratio",
                [0.2, 0.31, 0.4],
                least(0.8),
            ),
            figure(
                "reserve_round_trips",
                "each",
                [1.0; 3],
                Some(measure::Target::counts_at_most(1.0)),
            ),
        ],
        machine: Machine {
            busy: quick,
            cores: 2,
            cpu: "AMD EPYC".to_owned(),
            kernel: "6.18.44".to_owned(),
            load: Some(0.55),
            services: [("redis".to_owned(), "7.0.15".to_owned())].into(),
        },
        quick,
    }
}

#[test]
fn a_bench_that_missed_a_target() {
    let sale = sale();
    assert_snapshot!(both(|page| bench::report(page, &sale, &measured(false))));
}

#[test]
fn a_quick_bench_judges_counts_only() {
    let sale = sale();
    assert_snapshot!(both(|page| bench::report(page, &sale, &measured(true))));
}

#[test]
fn a_bench_on_a_busy_machine_that_holds() {
    let sale = sale();
    let mut document = measured(false);
    document.figures.truncate(4);
    document.machine.busy = true;
    assert_snapshot!(both(|page| bench::report(page, &sale, &document)));
}

#[test]
fn a_trace_that_was_replayed() {
    let title = "shop.txt.gz (text): the first 10,000,000 accesses, 1,048,576 keys";
    let sizes = vec![0.1, 0.5, 1.0, 5.0, 10.0, 20.0, 50.0];
    let mut drawn = Curves::new(title, "cache size, % of the keys", sizes);
    drawn.line("LRU", vec![0.031, 0.094, 0.151, 0.33, 0.4221, 0.55, 0.714]);
    drawn.line("moka", vec![0.041, 0.12, 0.19, 0.36, 0.45, 0.57, 0.71]);
    drawn.line(
        "quick_cache",
        vec![0.05, 0.14, 0.2, 0.38, 0.47, 0.585, 0.72],
    );
    drawn.line(
        "OPT at most",
        vec![0.13, 0.24, 0.31, 0.51, 0.61, 0.714, 0.7143],
    );
    drawn.line("reference", vec![0.06, 0.15, 0.22, 0.4, 0.48, 0.59, 0.714]);
    drawn.line("OPT at least", vec![0.12, 0.22, 0.3, 0.5, 0.6, 0.7, 0.7143]);
    assert_snapshot!(both(|page| curves::report(page, &drawn)));
}

#[test]
fn a_trace_of_one_key() {
    let mut drawn = Curves::new(
        "one.txt (text): 5 accesses, 1 key",
        "% of the keys",
        vec![100.0],
    );
    drawn.line("LRU", vec![0.8]);
    drawn.line("OPT", vec![0.8]);
    assert_snapshot!(both(|page| curves::report(page, &drawn)));
}

/// Two faults, the second of which finds the design out.
#[test]
fn a_chaos_run() {
    let sale = sale();
    let broken = sale.broken("decr-then-rollback").unwrap();
    let fault = |what: &str, target: &str, at_ms, lasts_ms| chaos::Fault {
        what: what.into(),
        target: target.into(),
        at_ms,
        lasts_ms,
    };
    let schedule = chaos::Schedule {
        seed: 7,
        faults: vec![
            fault("kill -9", "serve-1", 1_800, 420),
            fault("lost answers of", "kafka", 3_655, 5_900),
        ],
    };
    let violation = |invariant, at_us, sentence: &str| chaos::Violation {
        invariant,
        sentence: sentence.into(),
        at_us,
        ops: vec![4],
        evidence: vec![
            "bucket 0 began with 60; when all was quiet its shelf had 10 and 49 were out".into(),
        ],
    };
    let violated = chaos::Verdict::Violated {
        violations: vec![
            violation(1, 3_000_000, "Redis has 1 unit more than there are"),
            violation(2, 9_512_345, "1 unit is on no shelf and with no buyer"),
        ],
    };
    let said_nothing = chaos::Verdict::Inconclusive {
        reason: "the fault \"cut mysql\" at 4.10 s did not fire: 0 connections cut".into(),
    };
    let end = |page: &Page, whose: Whose<'_>, verdict: &chaos::Verdict| {
        let file = format!("target/lab/chaos/seckill-{}-7.html", whose.name());
        chaos_run::end(
            page,
            &sale,
            whose,
            verdict,
            971,
            &file,
            &whose.command("seckill", 7),
        )
    };
    assert_snapshot!(both(|page| {
        let design = Whose::Design(broken);
        let mut out = chaos_run::head(page, &sale, design, 7);
        out += &chaos_run::schedule(page, &schedule);
        out += &chaos_run::progress(page, 1_800_412, "kill -9 serve-1");
        out += &end(page, design, &violated);
        out += &end(page, design, &chaos::Verdict::Holds);
        out += &end(page, Whose::Reference, &chaos::Verdict::Holds);
        out += &end(page, Whose::Yours, &said_nothing);
        out + &chaos_run::swept(page, 3, design, &violated)
            + &chaos_run::swept(page, 4, Whose::Reference, &chaos::Verdict::Holds)
    }));
}

#[test]
fn a_chaos_run_that_meets_an_open_stage() {
    let open = [(
        2,
        "lay out".to_owned(),
        "labs/16-seckill/src/shell/stock.rs:141:9".to_owned(),
    )];
    assert_snapshot!(both(|page| chaos_run::unwritten(page, "seckill", &open)));
}
