//! Building a package's test binaries and running them, as streams of events.
//!
//! Two steps and not one `cargo test`, because cargo would print what libtest prints, and shuffling and
//! JSON are refused on stable unless the *binary* is told otherwise: `RUSTC_BOOTSTRAP` around cargo would
//! rebuild every crate that looks at it. So [`build`] asks cargo for the binaries, and [`run`] starts one
//! and reads its JSON. What a test printed is text; [`panics`] finds the panics in it.
//!
//! Anything with a manifest can be built: a learner's lab, a reference, a composed shadow package.

mod build;
mod messages;
mod panics;
mod run;

use std::path::PathBuf;

pub use build::{BuildError, BuildEvent, Built, Diagnostic, Level, Program, build};
pub use panics::{Panic, Todo, panics};
pub use run::{Filter, Outcome, Run, RunError, RunEvent, TestResult, run};

/// A package whose suite is to be built.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its Cargo.toml, absolute.
    pub manifest: PathBuf,
    /// Its name.
    pub name: String,
    /// How much of it.
    pub scope: Scope,
    /// Where cargo builds; `None` leaves it to cargo's configuration.
    pub target_dir: Option<PathBuf>,
    /// More arguments for `cargo test`, such as `--offline`.
    pub cargo_args: Vec<String>,
}

impl Package {
    /// A package with cargo's own target folder and no more arguments.
    pub fn new(manifest: impl Into<PathBuf>, name: impl Into<String>, scope: Scope) -> Package {
        Package {
            manifest: manifest.into(),
            name: name.into(),
            scope,
            target_dir: None,
            cargo_args: Vec::new(),
        }
    }
}

/// How much of a package is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `--no-default-features --test core`: no client of a service is compiled. Twenty seconds cold.
    Core,
    /// The default features and both test targets. Minutes cold.
    All,
    /// A lab's bench: every binary, optimised unless it is quick. More minutes cold.
    Bench {
        /// A debug build.
        quick: bool,
    },
    /// The programs of a chaos run: every binary, and the example `chaos`. Minutes cold.
    Chaos,
}

/// The two test targets that every lab has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// `core`: no service is needed.
    Core,
    /// `services`: real servers.
    Services,
}

impl Target {
    /// Its name in Cargo.toml.
    pub fn name(self) -> &'static str {
        match self {
            Target::Core => "core",
            Target::Services => "services",
        }
    }

    fn named(name: &str) -> Option<Target> {
        [Target::Core, Target::Services]
            .into_iter()
            .find(|target| target.name() == name)
    }
}

/// A test binary, ready to run.
#[derive(Clone, Debug)]
pub struct Binary {
    /// Which of the two.
    pub target: Target,
    /// The executable.
    pub path: PathBuf,
    /// The package's folder: cargo runs tests there, and so do we.
    pub package_dir: PathBuf,
}
