//! What the run writes down, a record for each operation, and the checker reads.

use std::hash::{DefaultHasher, Hash, Hasher};

use adaptive_cache::core::class::Place;
use adaptive_cache::core::value::Value;
use serde::{Deserialize, Serialize};

use crate::plan::{How, Instance};

/// A value as it is told: its type, how it begins, and a hash of all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its type.
    pub kind: String,
    /// As a person writes it, cut short.
    pub text: String,
    /// Of all of it.
    pub hash: u64,
}

/// A change of the source, as it writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// Which key.
    pub key: u32,
    /// Its new version.
    pub version: usize,
    /// What it has now.
    pub value: Told,
}

/// A load, as the loader writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadRecord {
    /// Who loads.
    pub by: Instance,
    /// Which key.
    pub key: u32,
    /// Its number, which its error says.
    pub number: u64,
    /// How it ended.
    pub end: LoadEnd,
}

/// How a load ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadEnd {
    /// With what the source had.
    Brought {
        /// The version.
        version: usize,
    },
    /// With an error.
    Failed,
    /// It panicked.
    Panicked,
    /// It was dropped before it had ended.
    Dropped,
}

/// A write, as the crowd writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WriteRecord {
    /// Which instance is told.
    pub at: Instance,
    /// Which key.
    pub key: u32,
    /// How it is told.
    pub how: How,
    /// The source's version, since the moment in which the write begins.
    pub version: usize,
    /// What the caller was told.
    pub end: WriteEnd,
}

/// What a writer was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteEnd {
    /// It is done.
    Taken,
    /// It failed, in the error's own words.
    Refused(String),
    /// The caller went away.
    Left,
    /// Nobody said anything for a long time.
    Hung,
}

/// A read, as the crowd writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadRecord {
    /// Which instance is asked.
    pub at: Instance,
    /// For which key.
    pub key: u32,
    /// Where the key was kept before.
    pub was: Kept,
    /// Where the key is kept, as this read decided.
    pub place: Kept,
    /// Whether the instance has counted a change of its class.
    pub changed: bool,
    /// By when that was decided.
    pub decided_us: u64,
    /// What the caller got.
    pub end: ReadEnd,
}

/// What a reader got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadEnd {
    /// A value.
    Given(Told),
    /// The error of that load.
    LoadFailed {
        /// Its number.
        number: u64,
    },
    /// That the load ended without an outcome.
    LoadLost,
    /// That the load took too long.
    LoadTimedOut,
    /// Another error, which no read may have.
    Other(String),
    /// The loader's panic.
    Panicked,
    /// The caller went away.
    Left,
    /// Nothing for a long time.
    Hung,
}

/// [`Place`], in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are those of the cache")]
pub enum Kept {
    Hot,
    Warm,
    Cold,
}

/// A warm-up, as the crowd writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WarmRecord {
    /// Which instance.
    pub at: Instance,
    /// The keys by their priority, the highest first.
    pub wanted: Vec<u32>,
    /// What it came to.
    pub end: WarmEnd,
}

/// What a warm-up came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarmEnd {
    /// It has ended.
    Reported(Reported),
    /// The caller went away.
    Left,
    /// A loader's panic ended it.
    Panicked,
    /// It had not ended when the run could wait no longer.
    Hung,
}

/// What a warm-up reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// How many were loaded and kept.
    pub loaded: u64,
    /// How many were there.
    pub there: u64,
    /// Which failed.
    pub failed: Vec<u32>,
    /// For which there was no room.
    pub left_out: Vec<u32>,
}

/// What an instance held at most since it was looked at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Which instance.
    pub by: Instance,
    /// The weight of its copies.
    pub weight: u64,
    /// Keys with a class of their own.
    pub tracked: u64,
    /// Keys of which Redis refused a write.
    pub dirty: u64,
    /// Reads that were answered from the instance, since the run began.
    pub local_hits: u64,
    /// Reads that Redis answered.
    pub redis_hits: u64,
    /// Reads that waited for another one's load.
    pub shielded: u64,
}

impl WarmRecord {
    /// What it reported, if it did.
    #[must_use]
    pub fn report(&self) -> Option<&Reported> {
        match &self.end {
            WarmEnd::Reported(report) => Some(report),
            WarmEnd::Left | WarmEnd::Panicked | WarmEnd::Hung => None,
        }
    }
}

/// What is done, by its lane and record.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the records say it")]
pub enum Record {
    Change(ChangeRecord),
    Load(LoadRecord),
    Write(WriteRecord),
    Read(ReadRecord),
    WarmUp(WarmRecord),
}

impl Told {
    /// How `value` is told.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let (kind, text) = match value {
            Value::Text(text) => ("text", text.to_string()),
            Value::Bytes(bytes) => ("bytes", bytes.escape_ascii().to_string()),
            Value::Integer(number) => ("integer", number.to_string()),
            Value::Float(number) => ("float", number.to_string()),
            Value::Boolean(yes) => ("boolean", yes.to_string()),
            Value::Absent => ("absent", "nothing".to_owned()),
            Value::List(values) => ("list", format!("{values:?}")),
        };
        let mut hasher = DefaultHasher::new();
        (kind, &text).hash(&mut hasher);
        if let Value::Float(number) = value {
            number.to_bits().hash(&mut hasher);
        }
        Self {
            kind: kind.to_owned(),
            text: shortened(&text),
            hash: hasher.finish(),
        }
    }

    /// `the integer 42`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("the {} {}", self.kind, self.text)
    }
}

fn shortened(text: &str) -> String {
    const ENOUGH: usize = 24;
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

impl From<Place> for Kept {
    fn from(place: Place) -> Self {
        match place {
            Place::LocalAndRedis => Self::Hot,
            Place::Redis => Self::Warm,
            Place::Nowhere => Self::Cold,
        }
    }
}
