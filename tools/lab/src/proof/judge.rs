//! What a failed test died of: the part that is still open, or an assertion of the suite, or something else.
//!
//! Only the first proves a skeleton and only the second kills a broken design. A service that is not there, a
//! closed channel, an `unwrap` on an error: each makes a test red, and none of them says that the test looks at
//! what it should.

use crate::runner::{Outcome, Panic, TestResult};

/// Whether a test of `stage` fails because that stage is open; else what it died of.
///
/// # Errors
/// What it died of, in a sentence.
pub fn open(stage: u32, result: &TestResult) -> Result<(), String> {
    match result.outcome {
        Outcome::Ok => {
            return Err(format!(
                "{} passes although stage {stage} is not written",
                result.name
            ));
        }
        Outcome::Ignored => return Err(format!("{} is ignored", result.name)),
        Outcome::Failed => {}
    }
    let panics = result.panics();
    let todos: Vec<_> = panics.iter().filter_map(Panic::todo).collect();
    if todos.iter().any(|todo| todo.stage == stage) {
        return Ok(());
    }
    match todos.first() {
        Some(todo) => Err(format!(
            "{} dies at stage {} ({}, {}), not at stage {stage}",
            result.name, todo.stage, todo.words, todo.location
        )),
        None => Err(format!(
            "{} dies of something else than stage {stage}: {}",
            result.name,
            cause(result)
        )),
    }
}

/// Whether a test holds while only the stages up to its own are written: a learner is done with a stage before the next.
///
/// # Errors
/// What it died of, in a sentence.
pub fn written(stage: u32, result: &TestResult) -> Result<(), String> {
    match result.outcome {
        Outcome::Ok => Ok(()),
        Outcome::Ignored => Err(format!("{} is ignored", result.name)),
        Outcome::Failed => Err(format!(
            "{} fails although everything up to stage {stage} is written: {}",
            result.name,
            cause(result)
        )),
    }
}

/// The assertion that killed a broken design, in one line; else why this is no kill. `invariant` is the one that
/// the design breaks.
///
/// An `assert!` with a text of its own panics with that text and nothing else, so the suite is read at the place
/// of the panic: an assertion is what stands there. A text with `INV-N:` says so by itself.
///
/// # Errors
/// Why this is no kill, in a sentence.
pub fn killed(invariant: u32, result: &TestResult) -> Result<String, String> {
    match result.outcome {
        Outcome::Ok => return Err(format!("it survives: {} passes", result.name)),
        Outcome::Ignored => return Err(format!("{} is ignored", result.name)),
        Outcome::Failed => {}
    }
    let panics = result.panics();
    if let Some(todo) = panics.iter().find_map(Panic::todo) {
        return Err(format!(
            "it dies at a `todo!` of stage {} ({})",
            todo.stage, todo.location
        ));
    }
    match panics.iter().find(|panic| is_assertion(panic, invariant)) {
        Some(panic) => Ok(panic
            .message
            .lines()
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" ")),
        None => Err(format!(
            "{} fails, but by no assertion of the suite: {}",
            result.name,
            cause(result)
        )),
    }
}

fn is_assertion(panic: &Panic, invariant: u32) -> bool {
    let first = panic.message.lines().next().unwrap_or_default();
    let failed_call = first.contains("called `Result::") || first.contains("called `Option::");
    // An assertion of the code, of a library or of the testbed is not the suite's; but the testbed's `eventually`
    // panics with the suite's words.
    let in_tests = panic.file().starts_with("tests/") || panic.file().contains("/tests/");
    if failed_call || !in_tests {
        return false;
    }
    panic.message.contains(&format!("INV-{invariant}:"))
        || !panic.file().contains("tests/testbed/")
            && (["assertion failed", "assertion `"]
                .iter()
                .any(|mark| panic.message.contains(mark))
                || is_failed_property(&panic.message)
                || stands_at(&panic.location)
                    .is_some_and(|code| code.trim_start_matches("debug_").starts_with("assert")))
}

/// `Test failed: one buyer, one unit at /book/tests/16-seckill/core/stage1.rs:12.`: what proptest makes of a
/// `prop_assert!` with a text. What an `expect` in a property says has no place.
fn is_failed_property(message: &str) -> bool {
    let first = message.lines().next().unwrap_or_default();
    let place = first
        .strip_prefix("Test failed: ")
        .and_then(|rest| rest.rsplit_once(" at "));
    place.is_some_and(|(_, place)| place.contains("/tests/") && place.contains(".rs:"))
}

/// The code at `file:line:column`, to the end of its line.
fn stands_at(location: &str) -> Option<String> {
    let mut parts = location.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let line: usize = parts.next()?.parse().ok()?;
    let text = std::fs::read_to_string(parts.next()?).ok()?;
    let code = text
        .lines()
        .nth(line.checked_sub(1)?)?
        .chars()
        .skip(column.checked_sub(1)?);
    Some(code.collect())
}

/// The last panic, or else the words of the runner or of the test itself.
pub fn cause(result: &TestResult) -> String {
    if let Some(panic) = result.panics().last() {
        let message = panic
            .message
            .lines()
            .take(4)
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" ");
        return format!("{message} ({})", panic.location);
    }
    let mut lines = result.stdout.lines().filter(|line| !line.trim().is_empty());
    // Of a process that did not come to its end the runner says how it ended, before what it said last.
    let ended = |line: &&str| {
        line.starts_with("no result in time") || line.starts_with("the test process ended")
    };
    let words = lines.clone().find(ended).or_else(|| lines.next_back());
    words.unwrap_or("it says nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::Target;

    fn failed(stdout: &str) -> TestResult {
        let name = "stage2::inv1_x".to_owned();
        TestResult {
            name,
            target: Target::Core,
            outcome: Outcome::Failed,
            stdout: stdout.to_owned(),
            seconds: 0.0,
        }
    }

    fn panicked(at: &str, message: &str) -> TestResult {
        failed(&format!(
            "\nthread 'stage2::inv1_x' (1) panicked at {at}:\n{message}\n"
        ))
    }

    #[test]
    fn a_stage_is_open_where_its_todo_is_hit() {
        let at = "src/core/window.rs:3:5";
        assert_eq!(
            open(2, &panicked(at, "not yet implemented: stage 2: reserve")),
            Ok(())
        );
        let worker = failed(
            "thread 'worker' (1) panicked at src/lib.rs:1:1:\nnot yet implemented: stage 2: take\n\
             thread 'stage2::inv1_x' (2) panicked at tests/services.rs:4:5:\nthe channel is closed\n",
        );
        assert_eq!(open(2, &worker), Ok(()));
    }

    #[test]
    fn every_other_death_is_told() {
        let passed = TestResult {
            outcome: Outcome::Ok,
            ..failed("")
        };
        insta::assert_snapshot!(open(2, &passed).unwrap_err(), @"stage2::inv1_x passes although stage 2 is not written");
        let other = panicked(
            "src/core/window.rs:3:5",
            "not yet implemented: stage 1: window",
        );
        insta::assert_snapshot!(open(2, &other).unwrap_err(), @"stage2::inv1_x dies at stage 1 (window, src/core/window.rs:3:5), not at stage 2");
        let service = panicked(
            "tests/services.rs:9:5",
            "called `Result::unwrap()` on an `Err` value: no Redis",
        );
        insta::assert_snapshot!(open(2, &service).unwrap_err(), @"stage2::inv1_x dies of something else than stage 2: called `Result::unwrap()` on an `Err` value: no Redis (tests/services.rs:9:5)");
        let hung = failed("no result in time\ntestbed: uses servers of this machine\n");
        insta::assert_snapshot!(open(2, &hung).unwrap_err(), @"stage2::inv1_x dies of something else than stage 2: no result in time");
        insta::assert_snapshot!(open(2, &failed("Error: connection refused\n")).unwrap_err(), @"stage2::inv1_x dies of something else than stage 2: Error: connection refused");
    }

    #[test]
    fn an_assertion_of_the_suite_kills() {
        let at = "/book/tests/16-seckill/core.rs:3:5";
        for message in [
            "assertion `left == right` failed: INV-1: sold is stock\n  left: 3\n right: 2",
            "assertion failed: sold <= stock",
            "INV-1: 3 sold of a stock of 2",
            "Test failed: assertion failed: `(left == right)`\nminimal failing input: x = 3",
            "Test failed: one of them made it at /book/tests/16-seckill/core/stage1.rs:9.\nminimal failing input: x = 3",
        ] {
            assert!(killed(1, &panicked(at, message)).is_ok(), "{message}");
        }
    }

    #[test]
    fn an_assertion_with_a_text_of_its_own_is_known_by_its_place() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(dir.path().join("tests")).expect("writable");
        let file = dir.path().join("tests/core.rs");
        let code = "fn t() {\n    assert!(open, \"the gate is shut\");\n    open.expect(\"the gate is shut\");\n}\n";
        std::fs::write(&file, code).expect("writable");
        let at = |place: &str| panicked(&format!("{}:{place}", file.display()), "the gate is shut");
        assert!(killed(1, &at("2:5")).is_ok());
        assert!(killed(1, &at("3:10")).is_err());
        assert!(killed(1, &at("9:1")).is_err());
    }

    #[test]
    fn nothing_else_kills() {
        let at = "/book/tests/16-seckill/core.rs:3:5";
        for (place, message) in [
            (
                at,
                "called `Result::unwrap()` on an `Err` value: assertion failed",
            ),
            (at, "redis answers: Io(connection refused)"),
            (
                at,
                "Test failed: redis answers: Io(refused)\nminimal failing input: x = 3",
            ),
            (at, "INV-11: of another invariant"),
            (
                "src/core/window.rs:3:5",
                "assertion failed: self.count <= self.limit",
            ),
            (at, "not yet implemented: stage 2: reserve"),
        ] {
            assert!(
                killed(1, &panicked(place, message)).is_err(),
                "{place}: {message}"
            );
        }
        assert!(killed(1, &failed("Error: sold out")).is_err());
        let passed = TestResult {
            outcome: Outcome::Ok,
            ..failed("")
        };
        assert_eq!(
            killed(1, &passed),
            Err("it survives: stage2::inv1_x passes".to_owned())
        );
    }
}
