//! The history as the checker reads it: what the source had and was asked, what was written, what readers were given, and when the run
//! itself was late.
//!
//! The same types ([`records`](crate::records)) are written by the crowd and read here. A record that does not parse is an error of the run and never skipped:
//! a checker that overlooks what it does not understand finds nothing.

use std::collections::BTreeMap;

use chaos::{BEAT, History, Struck, TIMER};
use serde::{Deserialize, Serialize};

pub use crate::records::*;

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

/// What the source had for a key from one moment on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Since when; the first since before the run.
    pub since_us: u64,
    /// What.
    pub value: Told,
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
