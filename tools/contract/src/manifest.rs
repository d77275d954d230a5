//! `lab.toml`: the one description of a lab that the command, the book and CI all read.
//!
//! Strict: an unknown key, a missing one, a wrong type or a third hint that compiles is an error with its line.
//! What the file says about other files (that a test, a region, a file exists) is checked in `links`.

mod keys;

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::Diagnostics;
use crate::diagnostic::line_of;
use crate::table::Source;

/// A string of lab.toml that remembers its line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    value: String,
    /// The line it stands on.
    pub line: usize,
}

impl Text {
    pub(crate) fn new(value: impl Into<String>, line: usize) -> Self {
        Self {
            value: value.into(),
            line,
        }
    }

    /// The string itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.value)
    }
}

/// A lab, as its lab.toml describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The lab.toml itself, relative to the workspace's root.
    pub file: PathBuf,
    /// The name in commands: `seckill`.
    pub id: Text,
    /// The number in folder names: 16.
    pub number: u32,
    /// The title of the chapter.
    pub title: String,
    /// Labs (by id) to do first.
    pub prerequisites: Vec<Text>,
    /// The section of the source it carries.
    pub source: String,
    /// The stages, 1 to n in order.
    pub stages: Vec<Stage>,
    /// The invariants, in order.
    pub invariants: Vec<Invariant>,
    /// The broken designs.
    pub broken: Vec<Broken>,
}

/// One step of a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// From 1.
    pub number: u32,
    /// What it is about.
    pub title: String,
    /// What it takes.
    pub minutes: u32,
    /// What to edit, relative to the lab's folder.
    pub files: Vec<Text>,
    /// What must run; empty: the stage is proved without a server.
    pub services: Vec<Service>,
    /// From a nudge to near code.
    pub hints: [String; 3],
    /// Where it begins in lab.toml.
    pub line: usize,
}

/// A server that a stage needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// A single Redis.
    Redis,
    /// A Redis Cluster of three.
    RedisCluster,
    /// MySQL or MariaDB.
    MySql,
    /// Apache Kafka.
    Kafka,
}

impl Service {
    const ALL: [Service; 4] = [Self::Redis, Self::RedisCluster, Self::MySql, Self::Kafka];

    /// Its name in lab.toml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::RedisCluster => "redis-cluster",
            Self::MySql => "mysql",
            Self::Kafka => "kafka",
        }
    }
}

/// What holds at every moment, whatever happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invariant {
    /// INV-`id`.
    pub id: u32,
    /// The invariant in one sentence.
    pub sentence: String,
    /// The tests that show it, `stageN::invK_words`.
    pub tests: Vec<Text>,
    /// Where it begins in lab.toml.
    pub line: usize,
}

/// A design that looks right and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name in commands and the stem of its file under `broken/`.
    pub name: Text,
    /// Where it comes from.
    pub from: Origin,
    /// Whether it is wrong or only dear.
    pub kind: Kind,
    /// The invariant (its id) that it breaks.
    pub breaks: u32,
    /// The regions of the reference that it replaces.
    pub regions: Vec<Text>,
    /// The test that kills it.
    pub test: Text,
    /// What goes wrong, in one sentence.
    pub summary: String,
    /// Where it begins in lab.toml.
    pub line: usize,
}

/// Where a broken design comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The source's own sketch.
    Sketch,
    /// A mistake of the field.
    Classic,
}

/// How a broken design fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It breaks its invariant.
    Wrong,
    /// It is right and pays too much.
    Costly {
        /// What is counted: round trips, rows moved, bytes queued.
        counts: String,
    },
}

impl Manifest {
    /// Reads the text of a lab.toml; `file` is its name in messages.
    ///
    /// # Errors
    /// Every mistake of the file.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Diagnostics> {
        let mut source = Source {
            file,
            text,
            errors: Diagnostics::new(),
        };
        let (root, mistakes) = DeTable::parse_recoverable(text);
        for mistake in &mistakes {
            let line = mistake.span().map_or(0, |span| line_of(text, span.start));
            source.error(line, format!("not TOML: {}", mistake.message()));
        }
        if !mistakes.is_empty() {
            // What was recovered is a guess: "missing" keys would only bury the real mistake.
            return Err(source
                .errors
                .into_result(())
                .expect_err("there are mistakes"));
        }
        let manifest = keys::read(&mut source, root.get_ref());
        source.errors.into_result(manifest)
    }

    /// What its stages take together.
    #[must_use]
    pub fn minutes(&self) -> u32 {
        self.stages.iter().map(|stage| stage.minutes).sum()
    }

    /// The stage of that number.
    #[must_use]
    pub fn stage(&self, number: u32) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.number == number)
    }

    /// The broken design of that name.
    #[must_use]
    pub fn broken(&self, name: &str) -> Option<&Broken> {
        self.broken
            .iter()
            .find(|broken| broken.name.as_str() == name)
    }
}
