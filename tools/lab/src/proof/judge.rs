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

/// The assertion that killed a broken design, in one line; else why this is no kill. `invariant` is the one that
/// the design breaks.
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
    let marks = [
        "assertion failed",
        "assertion `",
        &format!("INV-{invariant}:"),
        &format!("INV-{invariant} "),
    ];
    let is_assertion = |panic: &&Panic| {
        let first = panic.message.lines().next().unwrap_or_default();
        let failed_call = first.contains("called `Result::") || first.contains("called `Option::");
        // The code's own assertion is not the suite's.
        let own = panic.file().starts_with("src/");
        !own && !failed_call && marks.iter().any(|mark| panic.message.contains(mark))
    };
    match panics.iter().find(is_assertion) {
        Some(panic) => Ok(panic
            .message
            .lines()
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" ")),
        None => Err(format!(
            "{} fails, but by no assertion of the suite (`assert..!`, or a text with `INV-{invariant}:`): {}",
            result.name,
            cause(result)
        )),
    }
}

/// The last panic, or else the last thing it said.
pub fn cause(result: &TestResult) -> String {
    match result.panics().last() {
        Some(panic) => {
            let message = panic
                .message
                .lines()
                .take(4)
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" ");
            format!("{message} ({})", panic.location)
        }
        None => result
            .stdout
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or("it says nothing")
            .to_owned(),
    }
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
        ] {
            assert!(killed(1, &panicked(at, message)).is_ok(), "{message}");
        }
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
