//! What a run of a stage came to: a line a test, then each failure with its invariant and where to read on.
//!
//! A `todo!` is no error to a learner, it is where the work begins: it is told apart, once, with its file. So is a script that
//! still has its placeholder, which no panic tells of: an empty script runs, and answers nothing.
//! Ten tests that fail with the same words (no Redis) are told once too.

use std::path::Path;

use contract::{Invariant, Manifest};

use super::count;
use crate::page::{Ink, Page};
use crate::runner::{Outcome, Panic, TestResult};

/// A message of a panic is cut after so many lines; the whole of it is what `cargo test` prints.
const LINES: usize = 14;

/// Whose code ran, and in which lab.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The lab.
    pub manifest: &'a Manifest,
    /// The workspace's root, which is cut off paths.
    pub root: &'a Path,
    /// Where the book says what to write, if it does.
    pub instructions: Option<&'a str>,
    /// The stage.
    pub stage: u32,
    /// Whether the code is the learner's, who may have a hint.
    pub learner: bool,
    /// The stage's parts that still hold their placeholder: a test stops at the first that it meets.
    pub open: &'a [Open],
}

/// A part that nobody has written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// `labs/16-seckill/src/shell/scripts/take.lua:4`.
    pub location: String,
    /// The region's words.
    pub words: String,
}

/// `  ok      inv1_sold_never_exceeds_stock  0.02 s`
pub fn line(page: &Page, result: &TestResult) -> String {
    let (ink, word) = match (result.outcome, result.todo()) {
        (Outcome::Ok, _) => (Ink::Green, "ok"),
        (Outcome::Ignored, _) => (Ink::Yellow, "ignored"),
        (Outcome::Failed, Some(_)) => (Ink::Yellow, "FAILED"),
        (Outcome::Failed, None) => (Ink::Red, "FAILED"),
    };
    let name = result
        .name
        .split_once("::")
        .map_or(result.name.as_str(), |(_, name)| name);
    let time = if result.seconds >= 0.1 {
        format!(" ({:.1} s)", result.seconds)
    } else {
        String::new()
    };
    page.field(word, ink, &format!("{name}{time}"))
}

/// What stands below the lines: the failures, the sum, and after a failure where to read on.
pub fn report(page: &Page, about: &About<'_>, results: &[TestResult], seconds: f64) -> String {
    let failed = results.iter().any(|result| result.outcome != Outcome::Ok);
    let mut out = failures(page, about, results) + "\n" + &summary(page, results, seconds);
    if let (true, Some(instructions)) = (failed, about.instructions) {
        let text = format!("{instructions}, stage {}", about.stage);
        out += &page.field("read", Ink::Dim, &text);
    }
    if failed && about.learner {
        let id = &about.manifest.id;
        out += "\n";
        out += &page.paragraph(0, Ink::Plain, "A hint:");
        out += &page.command(&format!("cargo lab hint {id} --stage {}", about.stage));
    }
    out
}

/// Everything that failed, told once each.
fn failures(page: &Page, about: &About<'_>, results: &[TestResult]) -> String {
    let mut out = String::new();
    let failed = results
        .iter()
        .filter(|result| result.outcome == Outcome::Failed);
    let (open, wrong): (Vec<_>, Vec<_>) = failed.partition(|result| result.todo().is_some());
    let mut told: Vec<String> = Vec::new();
    for result in &wrong {
        let what = What::of(about.root, result);
        if told.contains(&what.message) {
            continue;
        }
        let same = |other: &&&TestResult| What::of(about.root, other).message == what.message;
        let others = wrong.iter().filter(same).count() - 1;
        out += "\n";
        out += &failure(page, about, result, &what, others);
        told.push(what.message);
    }
    let mut places: Vec<(u32, String, String)> = Vec::new();
    for todo in open.iter().filter_map(|result| result.todo()) {
        let place = (todo.stage, short(about.root, &todo.location), todo.words);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    if results
        .iter()
        .any(|result| result.outcome == Outcome::Failed)
    {
        for open in about.open {
            let place = (about.stage, open.location.clone(), open.words.clone());
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places.sort();
    let mut stages: Vec<u32> = places.iter().map(|(stage, ..)| *stage).collect();
    stages.dedup();
    for stage in stages {
        out.push('\n');
        out += &page.paragraph(
            0,
            Ink::Yellow,
            &format!("stage {stage} is not written yet:"),
        );
        for (_, location, words) in places.iter().filter(|(of, ..)| *of == stage) {
            out += &page.paragraph(2, Ink::Plain, &format!("{location}  {words}"));
        }
    }
    out
}

fn failure(
    page: &Page,
    about: &About<'_>,
    result: &TestResult,
    what: &What,
    others: usize,
) -> String {
    let mut out = page.paragraph(0, Ink::Red, &format!("FAILED {}", result.name));
    if others > 0 {
        out += &page.field(
            "and",
            Ink::Dim,
            &format!("{} in the same words", count(others, "more test")),
        );
    }
    if let Some(invariant) = invariant(about.manifest, &result.name) {
        out += &page.field(
            &format!("INV-{}", invariant.id),
            Ink::Bold,
            &invariant.sentence,
        );
    }
    if let Some(location) = &what.location {
        out += &page.field("at", Ink::Dim, location);
    }
    out + &page.field("because", Ink::Dim, &what.message)
}

/// The invariant that a test's name or lab.toml links it to.
pub fn invariant<'m>(manifest: &'m Manifest, test: &str) -> Option<&'m Invariant> {
    let id = test
        .split("::inv")
        .nth(1)
        .and_then(|rest| rest.split('_').next())
        .and_then(|id| id.parse::<u32>().ok());
    manifest
        .invariants
        .iter()
        .find(|invariant| Some(invariant.id) == id)
}

/// `3 of 5 tests pass (1.2 s)`.
fn summary(page: &Page, results: &[TestResult], seconds: f64) -> String {
    let passed = results
        .iter()
        .filter(|result| result.outcome == Outcome::Ok)
        .count();
    let all = results.len();
    let ink = if passed == all { Ink::Green } else { Ink::Red };
    let time = if seconds >= 0.1 {
        format!(" ({seconds:.1} s)")
    } else {
        String::new()
    };
    let text = format!("{passed} of {} passed{time}", count(all, "test"));
    page.paragraph(0, ink, &text)
}

/// Where a test failed and why, as short as it can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct What {
    /// File and line.
    pub location: Option<String>,
    /// The message, cut to a screen.
    pub message: String,
}

impl What {
    /// The panic of the test's own thread, or the last one, or what it printed.
    pub fn of(root: &Path, result: &TestResult) -> What {
        match result.panic() {
            Some(panic) => What {
                location: Some(place(root, &panic)),
                message: cut(&panic.message),
            },
            None if result.stdout.trim().is_empty() => What {
                location: None,
                message: "it printed nothing".to_owned(),
            },
            None => What {
                location: None,
                message: cut(result.stdout.trim()),
            },
        }
    }
}

/// Where it panicked; if that is in std, the innermost place of the backtrace that is in this checkout.
fn place(root: &Path, panic: &Panic) -> String {
    let mut frames = panic.frames.iter().map(|frame| short(root, frame));
    frames
        .find(|frame| panic.in_std() && !frame.starts_with('/'))
        .unwrap_or_else(|| short(root, &panic.location))
}

fn cut(message: &str) -> String {
    let lines: Vec<_> = message.lines().collect();
    match lines.len() {
        0 => "it panicked without a message".to_owned(),
        1..=LINES => lines.join("\n"),
        all => format!(
            "{}\n... and {}",
            lines[..LINES].join("\n"),
            count(all - LINES, "more line")
        ),
    }
}

/// `tests/16-seckill/core.rs:40` for `/w/labs/16-seckill/../../tests/16-seckill/core.rs:40:5`.
pub fn short(root: &Path, location: &str) -> String {
    let (file, line) = match location.rsplitn(3, ':').collect::<Vec<_>>()[..] {
        [_, line, file] => (file, format!(":{line}")),
        _ => (location, String::new()),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in file.split('/') {
        match (part, parts.last()) {
            ("..", Some(above)) if !above.is_empty() && *above != ".." => {
                parts.pop();
            }
            (".", _) => {}
            _ => parts.push(part),
        }
    }
    let file = parts.join("/");
    let file = Path::new(&file)
        .strip_prefix(root)
        .unwrap_or(Path::new(&file))
        .display();
    format!("{file}{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_path_from_the_root_and_a_line() {
        let root = Path::new("/w");
        assert_eq!(
            short(root, "/w/labs/16-a/../../tests/16-a/core.rs:40:5"),
            "tests/16-a/core.rs:40"
        );
        assert_eq!(
            short(root, "labs/16-a/src/lib.rs:3:1"),
            "labs/16-a/src/lib.rs:3"
        );
        assert_eq!(
            short(root, "/rustc/x/library/core/src/option.rs:1:2"),
            "/rustc/x/library/core/src/option.rs:1"
        );
    }
}
