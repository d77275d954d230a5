//! The panics in what a test printed.
//!
//! A test's own panic is not always the whole story: a task that panics in the background closes a
//! channel, and the test then panics about the channel. So all of them are found, in order, and whoever
//! judges chooses. A message that is followed by other output keeps that output: there is no mark
//! between the two.

/// One panic: who, where, and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// The thread's name; a test's own thread has the test's name.
    pub thread: String,
    /// `labs/16-seckill/src/core/window.rs:12:5`, as rustc was given the path.
    pub location: String,
    /// The message, perhaps of several lines.
    pub message: String,
    /// The places of the backtrace, innermost first; none without `RUST_BACKTRACE`.
    pub frames: Vec<String>,
}

/// A part of a lab that nobody has written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// Its stage.
    pub stage: u32,
    /// `stage 2: reserve` without the number: the region's words.
    pub words: String,
    /// Where the `todo!` is.
    pub location: String,
}

impl Panic {
    /// The stage that is not written yet, when this is a `todo!("stage N: words")` or a property test's
    /// report of one.
    pub fn todo(&self) -> Option<Todo> {
        let (_, rest) = self.message.split_once("not yet implemented: stage ")?;
        let (number, rest) = rest.split_once(": ")?;
        let words = rest.lines().next().unwrap_or_default().trim().to_owned();
        Some(Todo {
            stage: number.parse().ok()?,
            words,
            location: self.location.clone(),
        })
    }

    /// Whether it was std that panicked, at a line that says nothing about its caller's ("overflow when subtracting durations").
    pub fn in_std(&self) -> bool {
        self.location.starts_with("/rustc/") || self.location.contains("/lib/rustlib/src/rust/")
    }

    /// The location without line and column.
    pub fn file(&self) -> &str {
        self.location.split(':').next().unwrap_or_default()
    }
}

/// Every panic in a test's output, in order.
pub fn panics(output: &str) -> Vec<Panic> {
    let mut found: Vec<Panic> = Vec::new();
    let mut part = Part::Other;
    for line in output.lines() {
        if let Some(panic) = head(line) {
            found.push(panic);
            part = Part::Message;
        } else if line.starts_with("note: ") {
            part = Part::Other;
        } else if line.starts_with("stack backtrace:") {
            part = Part::Backtrace;
        } else if let Some(last) = found.last_mut() {
            match part {
                Part::Message => {
                    last.message.push_str(line);
                    last.message.push('\n');
                }
                Part::Backtrace => {
                    let place = line.trim_start().strip_prefix("at ");
                    last.frames.extend(place.map(str::to_owned));
                }
                Part::Other => {}
            }
        }
    }
    for panic in &mut found {
        panic.message.truncate(panic.message.trim_end().len());
    }
    found
}

/// What a line of the output belongs to.
enum Part {
    Message,
    Backtrace,
    Other,
}

/// `thread 'name' (123) panicked at src/lib.rs:1:2:`
fn head(line: &str) -> Option<Panic> {
    let rest = line.strip_prefix("thread '")?;
    let (before, location) = rest.split_once(" panicked at ")?;
    let thread = before.rsplit_once('\'').map_or(before, |(name, _)| name);
    let location = location.strip_suffix(':').unwrap_or(location);
    Some(Panic {
        thread: thread.to_owned(),
        location: location.to_owned(),
        message: String::new(),
        frames: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "out\n\nthread 'tokio-rt-worker' (7) panicked at src/shell.rs:3:9:\n\
        not yet implemented: stage 4: order pipeline\n\
        note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n\
        thread 'stage4::inv1_x' (8) panicked at tests/services.rs:4:5:\n\
        assertion `left == right` failed: INV\n  left: 1\n right: 2\n";

    #[test]
    fn every_panic_is_found_with_its_whole_message() {
        let found = panics(TWO);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].thread, "tokio-rt-worker");
        assert_eq!(
            found[1].message,
            "assertion `left == right` failed: INV\n  left: 1\n right: 2"
        );
        assert_eq!(found[1].file(), "tests/services.rs");
    }

    #[test]
    fn a_backtrace_is_no_part_of_the_message() {
        let output = "thread 'a' (1) panicked at /rustc/0/library/core/src/time.rs:1:31:\n\
            overflow when subtracting durations\nstack backtrace:\n   0: core::option::expect_failed\n\
            \x20            at /rustc/0/library/core/src/option.rs:2:5\n   1: tiny::decide\n\
            \x20            at ./src/window.rs:81:9\nnote: Some details are omitted\n";
        let found = panics(output);
        assert_eq!(found[0].message, "overflow when subtracting durations");
        assert_eq!(
            found[0].frames,
            [
                "/rustc/0/library/core/src/option.rs:2:5",
                "./src/window.rs:81:9"
            ]
        );
        assert!(found[0].in_std() && !panics(TWO)[1].in_std());
    }

    #[test]
    fn a_todo_knows_its_stage() {
        let todo = panics(TWO)[0].todo().unwrap();
        assert_eq!((todo.stage, todo.words.as_str()), (4, "order pipeline"));
        assert_eq!(panics(TWO)[1].todo(), None);
    }

    #[test]
    fn a_property_tests_report_of_a_todo_is_one() {
        let output = "thread 'a' panicked at tests/core.rs:9:1:\n\
            Test failed: not yet implemented: stage 1: window.\nminimal failing input: n = 0\n";
        assert_eq!(panics(output)[0].todo().unwrap().stage, 1);
    }
}
