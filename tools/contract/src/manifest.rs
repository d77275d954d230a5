//! `lab.toml`: the one description of a lab that the command, the book and CI all read.
//!
//! Strict: an unknown key, a missing one, a wrong type or a third hint that compiles is an error with its line.
//! What the file says about other files (that a test, a region, a file exists) is checked in `links`.

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::Diagnostics;
use crate::diagnostic::line_of;
use crate::rust;
use crate::table::{Source, Table};

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
    /// What the whole lab takes.
    pub minutes: u32,
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
    /// What must run; empty: the `core` target alone proves the stage.
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
        let manifest = read(&mut source, root.get_ref());
        source.errors.into_result(manifest)
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

fn read(source: &mut Source<'_>, root: &DeTable<'_>) -> Manifest {
    let mut table = Table::new("lab.toml", 1, root);
    let manifest = Manifest {
        file: source.file.to_owned(),
        id: table.text(source, "id"),
        number: table.number(source, "number"),
        title: table.text(source, "title").value,
        minutes: table.number(source, "minutes"),
        prerequisites: table.texts(source, "prerequisites"),
        source: table.text(source, "source").value,
        stages: table
            .tables(source, "stage")
            .into_iter()
            .map(|t| stage(source, t))
            .collect(),
        invariants: table
            .tables(source, "invariant")
            .into_iter()
            .map(|t| invariant(source, t))
            .collect(),
        broken: table
            .tables(source, "broken")
            .into_iter()
            .map(|t| broken(source, t))
            .collect(),
    };
    table.finish(source);
    if manifest.stages.is_empty() {
        source.error(1, "no stage: add a [[stage]]");
    }
    manifest
}

fn stage(source: &mut Source<'_>, mut table: Table<'_, '_>) -> Stage {
    let stage = Stage {
        number: table.number(source, "number"),
        title: table.text(source, "title").value,
        minutes: table.number(source, "minutes"),
        files: table.texts(source, "files"),
        services: table
            .texts(source, "services")
            .iter()
            .filter_map(|name| service(source, name))
            .collect(),
        hints: hints(source, &mut table),
        line: table.line,
    };
    table.finish(source);
    stage
}

fn service(source: &mut Source<'_>, name: &Text) -> Option<Service> {
    let service = Service::ALL
        .into_iter()
        .find(|service| service.as_str() == name.as_str());
    if service.is_none() && !name.is_empty() {
        let known = Service::ALL.map(Service::as_str).join(", ");
        source.error(
            name.line,
            format!("unknown service `{name}`: there are {known}"),
        );
    }
    service
}

fn hints(source: &mut Source<'_>, table: &mut Table<'_, '_>) -> [String; 3] {
    let hints = table.texts(source, "hints");
    let line = hints.first().map_or(table.line, |hint| hint.line);
    if let [_, _, third] = hints.as_slice()
        && rust::compiles_alone(third)
    {
        source.error(
            third.line,
            "the third hint is Rust as it stands: say it in words, so that it is not pasted",
        );
    }
    let count = hints.len();
    hints
        .into_iter()
        .map(|hint| hint.value)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or_else(|_| {
            source.error(
                line,
                format!("{count} hints: a stage has three, a nudge, the direction, near code"),
            );
            Default::default()
        })
}

fn invariant(source: &mut Source<'_>, mut table: Table<'_, '_>) -> Invariant {
    let invariant = Invariant {
        id: table.number(source, "id"),
        sentence: table.text(source, "sentence").value,
        tests: table.texts(source, "tests"),
        line: table.line,
    };
    table.finish(source);
    invariant
}

fn broken(source: &mut Source<'_>, mut table: Table<'_, '_>) -> Broken {
    let name = table.text(source, "name");
    if !name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        source.error(
            name.line,
            format!("`{name}` names a file and a command: lower case, digits and `-` only"),
        );
    }
    let from = table.text(source, "from");
    let origin = match from.as_str() {
        "classic" => Origin::Classic,
        other => {
            if !matches!(other, "sketch" | "") {
                source.error(
                    from.line,
                    format!("unknown origin `{from}`: `from` is \"sketch\" or \"classic\""),
                );
            }
            Origin::Sketch
        }
    };
    let kind = kind(source, &mut table);
    let broken = Broken {
        name,
        from: origin,
        kind,
        breaks: table.number(source, "breaks"),
        regions: table.texts(source, "regions"),
        test: table.text(source, "test"),
        summary: table.text(source, "summary").value,
        line: table.line,
    };
    table.finish(source);
    broken
}

fn kind(source: &mut Source<'_>, table: &mut Table<'_, '_>) -> Kind {
    let kind = table.text(source, "kind");
    let counts = table.text_or_none(source, "counts");
    match (kind.as_str(), counts) {
        ("costly", Some(counts)) => Kind::Costly {
            counts: counts.value,
        },
        ("costly", None) => {
            source.error(
                kind.line,
                "a costly design is killed by a count: add `counts = \"round trips\"`",
            );
            Kind::Wrong
        }
        ("wrong", Some(counts)) => {
            source.error(
                counts.line,
                "`counts` is for a costly design; a wrong one breaks its invariant",
            );
            Kind::Wrong
        }
        ("wrong" | "", _) => Kind::Wrong,
        (other, _) => {
            source.error(
                kind.line,
                format!("unknown kind `{other}`: `kind` is \"wrong\" or \"costly\""),
            );
            Kind::Wrong
        }
    }
}
