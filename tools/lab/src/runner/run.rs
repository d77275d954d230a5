//! Running a test binary and reading libtest's JSON.
//!
//! A binary that dies in the middle (an abort, a stack overflow, a kill) is a failure of the tests that
//! were running, not of the command: each of them gets a result that says how the process ended.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::{Binary, Panic, Target, Todo, panics};
use crate::children::Guarded;
use crate::clock;

/// Which tests of a binary run, and how.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Which tests.
    pub filter: Filter,
    /// In an order that this seed decides, instead of by name.
    pub shuffle_seed: Option<u64>,
    /// Environment variables on top of ours.
    pub env: Vec<(String, String)>,
    /// After so long the binary is killed, and what was running has failed.
    pub limit: Option<Duration>,
    /// After so long in which no test has ended the binary is killed, and what was running has failed.
    pub stuck_after: Option<Duration>,
}

/// Which tests of a binary run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    #[default]
    All,
    /// Those of one stage: `stage2::`.
    Stage(u32),
    /// Those with exactly these names; none when the list is empty.
    Exact(Vec<String>),
}

impl Filter {
    /// Whether a test of this name runs.
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Filter::All => true,
            Filter::Stage(stage) => name.starts_with(&format!("stage{stage}::")),
            Filter::Exact(names) => names.iter().any(|wanted| wanted == name),
        }
    }
}

/// What happens during a run.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// A test has begun.
    Started(String),
    /// It has been running for a minute.
    Slow(String),
    /// It has ended.
    Done(TestResult),
    /// The testbed says where its servers come from.
    Servers(String),
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Ok,
    /// It does not.
    Failed,
    /// It was not run. The book's suites have none of these: `verify` says so.
    Ignored,
}

/// One test's result.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// `stage2::inv1_sold_never_exceeds_stock`.
    pub name: String,
    /// The binary that it is in.
    pub target: Target,
    /// How it ended.
    pub outcome: Outcome,
    /// What it printed, panics included; empty when it passed.
    pub stdout: String,
    /// How long it took.
    pub seconds: f64,
}

impl TestResult {
    /// Every panic in its output.
    pub fn panics(&self) -> Vec<Panic> {
        panics(&self.stdout)
    }

    /// The panic that tells why it failed: that of the test's own thread, or the last one.
    pub fn panic(&self) -> Option<Panic> {
        let mut panics = self.panics();
        let own = panics.iter().rposition(|panic| panic.thread == self.name);
        match own {
            Some(own) => Some(panics.swap_remove(own)),
            None => panics.pop(),
        }
    }

    /// The part of the lab that is not written yet, when that is why it failed: any panic will do,
    /// because the test's own is about the consequences (a closed channel).
    pub fn todo(&self) -> Option<Todo> {
        self.panics().iter().find_map(Panic::todo)
    }
}

/// Why there are no results.
#[derive(Debug)]
pub enum RunError {
    /// The binary could not be started or read.
    Io(io::Error),
    /// It ended before its first test; its last words.
    Died(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Io(error) => write!(f, "the test binary could not be run: {error}"),
            RunError::Died(words) => {
                write!(f, "the test binary ended before its first test: {words}")
            }
        }
    }
}

impl std::error::Error for RunError {}

impl From<io::Error> for RunError {
    fn from(error: io::Error) -> RunError {
        RunError::Io(error)
    }
}

/// Runs the tests of a binary that the filter takes; gives the results in the order of their ends.
pub fn run(
    binary: &Binary,
    run: &Run,
    on: &mut dyn FnMut(RunEvent),
) -> Result<Vec<TestResult>, RunError> {
    if run.filter == Filter::Exact(Vec::new()) {
        return Ok(Vec::new());
    }
    let mut child = Guarded::new(command(binary, run).spawn()?);
    let (send, heard) = mpsc::channel();
    let said = send.clone();
    let errors = child.child().stderr.take();
    let errors = errors.map(|pipe| thread::spawn(move || last_words(pipe, &said)));
    if let Some(pipe) = child.child().stdout.take() {
        thread::spawn(move || lines_of(pipe).try_for_each(|line| send.send(Heard::Line(line))));
    }
    let mut reader = Reader {
        target: binary.target,
        running: BTreeSet::new(),
        results: Vec::new(),
        begun: false,
    };
    let deadline = run.limit.map(|limit| clock::now() + limit);
    let mut ended = clock::now();
    let late = loop {
        let stuck = run.stuck_after.map(|after| ended + after);
        let line = match deadline.into_iter().chain(stuck).min() {
            None => heard.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => heard.recv_timeout(until.saturating_duration_since(clock::now())),
        };
        match line {
            Ok(Heard::Line(line)) => {
                let before = reader.results.len();
                reader.line(&line, on);
                if reader.results.len() > before {
                    ended = clock::now();
                }
            }
            Ok(Heard::Servers(words)) => on(RunEvent::Servers(words)),
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) if deadline.is_some_and(|end| end <= clock::now()) => {
                break Some("no result in time");
            }
            Err(RecvTimeoutError::Timeout) => {
                break Some("no result in time: does a loop never end?");
            }
        }
    };
    if late.is_some() {
        child.child().kill()?;
    }
    let status = child.wait()?;
    let words = errors
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    let end = match late {
        Some(late) => late.to_owned(),
        None => format!("the test process ended with {status}"),
    };
    reader.finish(&format!("{end}\n{words}"), on)
}

fn command(binary: &Binary, run: &Run) -> Command {
    let mut command = Command::new(&binary.path);
    match &run.filter {
        Filter::All => {}
        Filter::Stage(stage) => {
            command.arg(format!("stage{stage}::"));
        }
        Filter::Exact(names) => {
            command.arg("--exact").args(names);
        }
    }
    command.args([
        "-Z",
        "unstable-options",
        "--format",
        "json",
        "--report-time",
    ]);
    if let Some(seed) = run.shuffle_seed {
        command.args(["--shuffle-seed", &seed.to_string()]);
    }
    command
        .current_dir(&binary.package_dir)
        .env("CARGO_MANIFEST_DIR", &binary.package_dir)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUST_BACKTRACE", "0")
        .env("INSTA_UPDATE", "no")
        .envs(run.env.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

enum Heard {
    /// A line of libtest's.
    Line(String),
    /// What the testbed says.
    Servers(String),
}

fn lines_of(pipe: impl Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(pipe).split(b'\n').map_while(Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).into_owned())
}

/// The end of what the binary wrote past libtest's capture; the testbed's word is passed on at once.
fn last_words(pipe: impl Read, said: &Sender<Heard>) -> String {
    const LINES: usize = 20;
    let mut last = VecDeque::new();
    for line in lines_of(pipe) {
        if let Some(words) = line.strip_prefix("testbed: ") {
            let _ = said.send(Heard::Servers(words.to_owned()));
        }
        last.push_back(line);
        if last.len() > LINES {
            last.pop_front();
        }
    }
    Vec::from(last).join("\n")
}

struct Reader {
    target: Target,
    running: BTreeSet<String>,
    results: Vec<TestResult>,
    begun: bool,
}

/// libtest's lines; `suite` or `test`, and what happened.
#[derive(Deserialize)]
struct Event {
    r#type: String,
    event: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    stdout: String,
    message: Option<String>,
    exec_time: Option<f64>,
}

impl Reader {
    fn line(&mut self, text: &str, on: &mut dyn FnMut(RunEvent)) {
        // A child of the test may have written half a line before ours.
        let Some(start) = text.find("{ \"type\"") else {
            return;
        };
        let Ok(event) = serde_json::from_str::<Event>(&text[start..]) else {
            return;
        };
        self.begun = true;
        if event.r#type != "test" {
            return;
        }
        let outcome = match event.event.as_str() {
            "started" => {
                self.running.insert(event.name.clone());
                return on(RunEvent::Started(event.name));
            }
            "timeout" => return on(RunEvent::Slow(event.name)),
            "ok" => Outcome::Ok,
            "ignored" => Outcome::Ignored,
            _ => Outcome::Failed,
        };
        let stdout = [event.stdout, event.message.unwrap_or_default()].concat();
        let seconds = event.exec_time.unwrap_or_default();
        self.done(
            TestResult {
                name: event.name,
                target: self.target,
                outcome,
                stdout,
                seconds,
            },
            on,
        );
    }

    fn done(&mut self, result: TestResult, on: &mut dyn FnMut(RunEvent)) {
        self.running.remove(&result.name);
        on(RunEvent::Done(result.clone()));
        self.results.push(result);
    }

    fn finish(
        mut self,
        words: &str,
        on: &mut dyn FnMut(RunEvent),
    ) -> Result<Vec<TestResult>, RunError> {
        if !self.begun {
            return Err(RunError::Died(words.trim().to_owned()));
        }
        for name in std::mem::take(&mut self.running) {
            let stdout = words.trim().to_owned();
            let lost = TestResult {
                name,
                target: self.target,
                outcome: Outcome::Failed,
                stdout,
                seconds: 0.0,
            };
            self.done(lost, on);
        }
        Ok(self.results)
    }
}
