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

pub use contract::suite::{Target, Targets};

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
    /// These test targets, with the features that the highest of them needs and no more: for `core` none, for `shell` `io`
    /// (so that no client of a service is compiled), for `services` the default. Twenty seconds to minutes cold.
    Tests(Targets),
    /// A lab's bench: every binary, optimised unless it is quick. More minutes cold.
    Bench {
        /// A debug build.
        quick: bool,
        /// Whether it has the clients of the services: minutes of its first build.
        clients: bool,
    },
    /// The programs of a chaos run: every binary, and the example `chaos`, with the feature `suite`. Minutes cold.
    Chaos,
}

/// A test binary, ready to run.
#[derive(Clone, Debug)]
pub struct Binary {
    /// Which of the three.
    pub target: Target,
    /// The executable.
    pub path: PathBuf,
    /// The package's folder: cargo runs tests there, and so do we.
    pub package_dir: PathBuf,
}
