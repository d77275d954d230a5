//! `cargo test --no-run`, its messages and its progress.
//!
//! Cargo says on stderr what a person wants to know (a wait for another cargo's lock, how far it is) and
//! on stdout what a program needs (diagnostics, executables). Its progress bar is asked for although
//! stderr is a pipe: it is the only place where cargo tells how many units there are.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;

use super::messages::Gathered;
use super::{Binary, Package, Scope, Target};
use crate::children::Guarded;

/// What happens during a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildEvent {
    /// Another cargo holds a lock; cargo's own words for which.
    Waiting(String),
    /// So many of so many units are done; what is compiled now, as cargo lists it.
    Progress {
        /// Units done.
        done: u64,
        /// Units in all.
        total: u64,
        /// What is compiled now.
        now: String,
    },
}

/// What a build gave.
#[derive(Debug)]
pub struct Built {
    /// The test binaries, core first.
    pub binaries: Vec<Binary>,
    /// The binaries and examples of this package. Every variant of a lab writes them to one path: see [`Program`].
    pub programs: Vec<Program>,
    /// What the compiler said of this package (not of its dependencies): warnings.
    pub warnings: Vec<Diagnostic>,
}

/// A program that was built. The next build of another variant of the lab replaces it, so whoever runs it keeps it first
/// under a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The target's name in Cargo.toml.
    pub name: String,
    /// Whether it is an example.
    pub example: bool,
    /// The executable.
    pub path: PathBuf,
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It does not compile.
    Error,
    /// It compiles, but.
    Warning,
}

/// One message of the compiler.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// How grave.
    pub level: Level,
    /// As rustc would print it.
    pub rendered: String,
    /// Whether it is about the package that was asked for, not about a dependency.
    pub own: bool,
}

/// Why there is no binary.
#[derive(Debug)]
pub enum BuildError {
    /// The code does not compile; the errors, as rustc prints them.
    DoesNotCompile(Vec<Diagnostic>),
    /// Cargo refused before it compiled anything, or a linker or build script failed; its own words.
    Cargo(String),
    /// Cargo could not be started or read.
    Io(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::DoesNotCompile(errors) => {
                f.write_str("the code does not compile")?;
                errors
                    .iter()
                    .try_for_each(|error| write!(f, "\n{}", error.rendered.trim_end()))
            }
            BuildError::Cargo(words) => write!(f, "cargo failed: {words}"),
            BuildError::Io(error) => write!(f, "cargo could not be run: {error}"),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<io::Error> for BuildError {
    fn from(error: io::Error) -> BuildError {
        BuildError::Io(error)
    }
}

/// Builds the test targets of a package's scope. With `colour`, diagnostics carry ANSI colours.
pub fn build(
    package: &Package,
    colour: bool,
    on: &mut dyn FnMut(BuildEvent),
) -> Result<Built, BuildError> {
    let mut child = Guarded::new(command(package, colour).spawn()?);
    let (send, lines) = mpsc::channel();
    let readers = [
        child
            .child()
            .stdout
            .take()
            .map(|pipe| read(pipe, Line::Message, send.clone())),
        child
            .child()
            .stderr
            .take()
            .map(|pipe| read(pipe, Line::Words, send)),
    ];
    let mut gathered = Gathered::default();
    for line in lines {
        match line {
            Line::Message(text) => gathered.message(&text, package),
            Line::Words(text) => {
                if let Some(event) = gathered.words(&text) {
                    on(event);
                }
            }
        }
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    let status = child.wait()?;
    gathered.finish(status.success())
}

fn command(package: &Package, colour: bool) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    match package.scope {
        Scope::Tests(_) => command.args(["test", "--no-run"]),
        Scope::Chaos | Scope::Bench { .. } => command.arg("build"),
    };
    command
        .arg("--manifest-path")
        .arg(&package.manifest)
        .args(["-p", &package.name]);
    match package.scope {
        Scope::Tests(targets) => {
            match targets.highest() {
                Target::Core => command.arg("--no-default-features"),
                Target::Shell => command.args(["--no-default-features", "--features", "io"]),
                Target::Services => &mut command,
            };
            let names = targets
                .iter()
                .flat_map(|target| ["--test", target.as_str()]);
            command.args(names)
        }
        Scope::Bench { quick: true, .. } => command.arg("--bins"),
        Scope::Bench { quick: false, .. } => command.args(["--bins", "--profile", "bench"]),
        Scope::Chaos => command.args(["--bins", "--example", "chaos", "--features", "suite"]),
    };
    command.arg(if colour {
        "--message-format=json-diagnostic-rendered-ansi"
    } else {
        "--message-format=json"
    });
    command.args(&package.cargo_args);
    if let Some(dir) = &package.target_dir {
        command.env("CARGO_TARGET_DIR", dir);
    }
    command
        .env_remove("RUSTC_BOOTSTRAP")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_QUIET", "false")
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "100")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

enum Line {
    Message(String),
    Words(String),
}

/// Reads lines; a progress bar ends its own with a carriage return.
fn read(
    pipe: impl Read + Send + 'static,
    wrap: fn(String) -> Line,
    send: Sender<Line>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for chunk in BufReader::new(pipe).split(b'\n') {
            let Ok(chunk) = chunk else { return };
            for line in chunk.split(|byte| *byte == b'\r') {
                if send
                    .send(wrap(String::from_utf8_lossy(line).into_owned()))
                    .is_err()
                {
                    return;
                }
            }
        }
    })
}
