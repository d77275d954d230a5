//! The history as the checker reads it: what the source had and was asked, what was written, what readers were given, and when the run
//! itself was late.
//!
//! The same types are written by the crowd and read here. A record that does not parse is an error of the run and never skipped:
//! a checker that overlooks what it does not understand finds nothing.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use adaptive_cache::core::class::Place;
use adaptive_cache::core::value::Value;
use chaos::{History, Struck};
use serde::{Deserialize, Serialize};

use crate::plan::{How, Instance};
use crate::recorder::{BEAT, TIMER};
use crate::run::Result;

/// The lane of the source's loads and changes; what is asked of an instance is in the instance's.
pub const SOURCE: &str = "source";

/// All that is known of a run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What is promised.
    pub terms: Terms,
    /// What the source had, per key, by version: `versions[key][v]`.
    pub versions: BTreeMap<u32, Vec<Version>>,
    /// Every load, by its beginning.
    pub loads: Vec<Load>,
    /// Every write that a cache was told of, by its beginning.
    pub writes: Vec<Write>,
    /// Every read, by its beginning.
    pub reads: Vec<Read>,
    /// Every warm-up, by its beginning.
    pub warm_ups: Vec<WarmUp>,
    /// What each instance held, sampled.
    pub held: Vec<(u64, Held)>,
    /// From when on everything must be as the source has it.
    pub settled_us: u64,
    /// Beats of the metronome that were late: when, and how late.
    pub late: Vec<(u64, u64)>,
    /// What went wrong.
    pub faults: Vec<Struck>,
}

/// What is promised: the numbers of the configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// What an instance's copies may weigh.
    pub capacity: u64,
    /// How many keys have a class of their own, at most.
    pub max_tracked: u64,
    /// How long a key stays in its class.
    pub dwell_us: u64,
    /// How long a value stays in Redis, at most.
    pub redis_ttl_us: u64,
    /// How long a copy stays in an instance, at most.
    pub local_ttl_us: u64,
    /// How long Redis may take for an answer.
    pub redis_timeout_us: u64,
    /// How long a load may take.
    pub load_timeout_us: u64,
    /// How long what Redis was sent may be on its way, at most, for the mark of a deletion to outlive it.
    pub late_at_most_us: u64,
    /// Loads a second of a warm-up.
    pub warm_up_rate: u64,
    /// How many of them at once.
    pub warm_up_batch: u64,
    /// How many keys of a warm-up fit.
    pub warm_up_fits: u64,
}

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

/// What the source had for a key from one moment on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Since when; the first since before the run.
    pub since_us: u64,
    /// What.
    pub value: Told,
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

/// A load.
#[derive(Clone, Debug)]
pub struct Load {
    /// The operation's id.
    pub op: u64,
    /// When it began.
    pub began_us: u64,
    /// When it had ended or was dropped.
    pub ended_us: u64,
    /// What.
    pub record: LoadRecord,
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

/// A write.
#[derive(Clone, Debug)]
pub struct Write {
    /// The operation's id.
    pub op: u64,
    /// When it began, and the source changed.
    pub began_us: u64,
    /// When the caller was told, or went away.
    pub ended_us: u64,
    /// What.
    pub record: WriteRecord,
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

/// A read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The operation's id.
    pub op: u64,
    /// When it began.
    pub began_us: u64,
    /// When the caller had the value, or went away.
    pub ended_us: u64,
    /// What.
    pub record: ReadRecord,
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

/// A warm-up.
#[derive(Clone, Debug)]
pub struct WarmUp {
    /// The operation's id.
    pub op: u64,
    /// When it began.
    pub began_us: u64,
    /// When it reported, or the caller went away.
    pub ended_us: u64,
    /// What.
    pub record: WarmRecord,
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
            WarmEnd::Left | WarmEnd::Panicked => None,
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

impl Facts {
    /// What `history` says.
    ///
    /// # Errors
    /// A record is not what the run writes.
    pub fn of(history: &History) -> Result<Self> {
        let mut facts = Self {
            terms: only(history, "terms")?,
            versions: only::<BTreeMap<u32, Told>>(history, "source at first")?
                .into_iter()
                .map(|(key, value)| (key, vec![Version { since_us: 0, value }]))
                .collect(),
            loads: Vec::new(),
            writes: Vec::new(),
            reads: Vec::new(),
            warm_ups: Vec::new(),
            held: every(history, "held")?,
            settled_us: only(history, "settled")?,
            late: every(history, "late")?,
            faults: history.faults.clone(),
        };
        for op in &history.ops {
            let (op_id, began_us, ended_us) = (op.id, op.began_us, op.ended_us);
            let record = Record::deserialize(&op.outcome);
            let record =
                record.map_err(|error| format!("operation {}: {}: {error}", op.id, op.outcome))?;
            match record {
                Record::Change(change) => facts.change(change, began_us)?,
                Record::Load(record) => facts.loads.push(Load {
                    op: op_id,
                    began_us,
                    ended_us,
                    record,
                }),
                Record::Write(record) => facts.writes.push(Write {
                    op: op_id,
                    began_us,
                    ended_us,
                    record,
                }),
                Record::Read(record) => facts.reads.push(Read {
                    op: op_id,
                    began_us,
                    ended_us,
                    record,
                }),
                Record::WarmUp(record) => facts.warm_ups.push(WarmUp {
                    op: op_id,
                    began_us,
                    ended_us,
                    record,
                }),
            }
        }
        Ok(facts)
    }

    fn change(&mut self, change: ChangeRecord, since_us: u64) -> Result<()> {
        let versions = self.versions.entry(change.key).or_default();
        if versions.len() != change.version {
            let has = versions.len();
            return Err(format!("{change:?} is not version {has} of its key").into());
        }
        let value = change.value;
        versions.push(Version { since_us, value });
        Ok(())
    }

    /// How late the run itself was within `[from, to]`, all in all.
    #[must_use]
    pub fn late_us(&self, from: u64, to: u64) -> u64 {
        let beat = BEAT.as_micros() as u64;
        let within =
            |&&(at, late): &&(u64, u64)| at >= from && at.saturating_sub(late + beat) <= to;
        self.late.iter().filter(within).map(|&(_, late)| late).sum()
    }

    /// What a measured moment within `[from, to]` may lie behind the one that was meant: for each of up to six timers that come one after the
    /// other its grain and a beat in which nobody noticed, and what the metronome was late.
    #[must_use]
    pub fn slack_us(&self, from: u64, to: u64) -> u64 {
        self.late_us(from, to) + 6 * (BEAT + TIMER).as_micros() as u64
    }
}

fn only<T: for<'de> Deserialize<'de>>(history: &History, what: &str) -> Result<T> {
    let seen = history.seen.iter().rfind(|seen| seen.what == what);
    let seen = seen.ok_or_else(|| format!("the history has no {what}"))?;
    Ok(T::deserialize(&seen.value).map_err(|error| format!("{what}: {error}"))?)
}

/// All of a kind, each with its moment.
fn every<T: for<'de> Deserialize<'de>>(history: &History, what: &str) -> Result<Vec<(u64, T)>> {
    let seen = history.seen.iter().filter(|seen| seen.what == what);
    seen.map(|seen| {
        let value = T::deserialize(&seen.value).map_err(|error| format!("{what}: {error}"))?;
        Ok((seen.ended_us, value))
    })
    .collect()
}
