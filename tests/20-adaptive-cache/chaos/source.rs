//! The source of truth, in this process: every version of every key, and loads that are slow, fail, panic or hang by seed.
//!
//! Why not a MySQL: what a load brought and when it looked must be known exactly, and a load that began before a write must often end after
//! it. What must stay true: a version is recorded in the moment in which it is there, and a load in the moment in which it ends, whoever ends it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adaptive_cache::core::value::Value;
use adaptive_cache::shell::error::LoadError;
use adaptive_cache::shell::loader::Loader;
use chaos::{Begun, Dice, Ending, Recorder};
use serde_json::json;

use crate::facts::{ChangeRecord, LoadEnd, LoadRecord, Record, SOURCE, Told};
use crate::plan::Instance;

/// What a load that panics says.
pub const PANICS: &str = "the loader panics, as planned";

/// What a stall adds to each half of a load, in milliseconds: more than a load may take, for some.
const STALL_MS: std::ops::RangeInclusive<u64> = 60..=380;

/// A load that fails, with its number.
#[derive(Debug, thiserror::Error)]
#[error("load {0} fails, as planned")]
pub struct Failed(pub u64);

/// All versions.
pub struct Source {
    seed: u64,
    recorder: Arc<Recorder>,
    /// How often each key has changed.
    versions: Mutex<HashMap<u32, usize>>,
    loads: AtomicU64,
    stalled: AtomicBool,
    /// How many loads a stall has held up.
    held_up: AtomicU64,
    calm: AtomicBool,
}

/// The loader of one instance.
#[derive(Clone)]
pub struct Loads {
    by: Instance,
    source: Arc<Source>,
}

/// What becomes of a load.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Brings,
    Fails,
    Panics,
    Hangs,
}

/// As keys are named in the caches.
#[must_use]
pub fn name(key: u32) -> String {
    format!("k{key}")
}

/// What `key` has in a version: a type by the key, and every fifth time nothing.
#[must_use]
pub fn value(key: u32, version: usize) -> Value {
    let number = i64::from(key) * 1_000 + version as i64;
    if version % 5 == 4 {
        return Value::Absent;
    }
    match key % 7 {
        0 => Value::text(&format!("k{key} v{version}")),
        // What tells its type from a text is the type alone.
        1 => Value::text(&number.to_string()),
        2 => Value::Integer(number),
        // Heavy, and not UTF-8.
        3 => Value::bytes(&[number.to_string().as_bytes(), &[0xff; 350]].concat()),
        4 => Value::Float(number as f64 + 0.5),
        5 => Value::Boolean(version.is_multiple_of(2)),
        _ => Value::list([
            Value::Integer(number),
            Value::Boolean(true),
            Value::Absent,
            Value::Float(f64::NAN),
            Value::text(&"x".repeat(250)),
        ]),
    }
}

impl Source {
    /// Every key in its first version.
    #[must_use]
    pub fn new(seed: u64, recorder: Arc<Recorder>, keys: impl Iterator<Item = u32>) -> Arc<Self> {
        let first: BTreeMap<u32, Told> = keys.map(|key| (key, Told::of(&value(key, 0)))).collect();
        recorder.seen(0, "source at first", json!(first));
        Arc::new(Self {
            seed,
            recorder,
            versions: Mutex::default(),
            loads: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
            held_up: AtomicU64::new(0),
            calm: AtomicBool::new(false),
        })
    }

    /// `key` changes now; its new version and value.
    pub fn change(&self, key: u32) -> (usize, Value) {
        let version = {
            let mut versions = self.lock();
            let version = versions.entry(key).or_default();
            *version += 1;
            *version
        };
        let value = value(key, version);
        let told = Told::of(&value);
        let record = Record::Change(ChangeRecord {
            key,
            version,
            value: told,
        });
        let begun = self.recorder.begin(
            "somebody".to_owned(),
            SOURCE,
            format!("{} changes", name(key)),
        );
        self.recorder
            .end(begun, Ending::Done, "changed", json!(record));
        (version, value)
    }

    /// From now on loads are slow, or no more; how many were so far.
    pub fn stall(&self, stalled: bool) -> u64 {
        self.stalled.store(stalled, Ordering::Relaxed);
        self.held_up.load(Ordering::Relaxed)
    }

    /// From now on no load fails.
    pub fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    fn version(&self, key: u32) -> usize {
        self.lock().get(&key).copied().unwrap_or(0)
    }

    /// How long the `number`th load takes until it looks, and after that, and what becomes of it.
    fn draw(&self, number: u64) -> ([u64; 2], Fate) {
        let mut dice = Dice::of(self.seed, &format!("load {number}"));
        let mut half = || match dice.below(100) {
            0..75 => dice.within(&(0..=5)),
            75..95 => dice.within(&(5..=30)),
            _ => dice.within(&(30..=120)),
        };
        let mut halves = [half(), half()];
        let fate = match dice.below(200) {
            0..8 => Fate::Fails,
            8..10 => Fate::Panics,
            10..12 => Fate::Hangs,
            _ => Fate::Brings,
        };
        if self.stalled.load(Ordering::Relaxed) {
            self.held_up.fetch_add(1, Ordering::Relaxed);
            halves = halves.map(|half| half + dice.within(&STALL_MS));
        }
        let calm = self.calm.load(Ordering::Relaxed);
        (halves, if calm { Fate::Brings } else { fate })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, usize>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loads {
    /// The loader of `by`.
    #[must_use]
    pub fn new(by: Instance, source: &Arc<Source>) -> Self {
        Self {
            by,
            source: Arc::clone(source),
        }
    }
}

impl Loader for Loads {
    async fn load(&self, key: &str) -> Result<Value, LoadError> {
        let asked: Option<u32> = key.strip_prefix('k').and_then(|key| key.parse().ok());
        let key = asked.ok_or_else(|| LoadError::new(format!("there is no key {key}")))?;
        let number = self.source.loads.fetch_add(1, Ordering::Relaxed);
        let ([before, after], fate) = self.source.draw(number);
        let running = Running::begin(self, key, number);
        tokio::time::sleep(Duration::from_millis(before)).await;
        let version = self.source.version(key);
        match fate {
            Fate::Brings => {}
            Fate::Fails => {
                running.end(LoadEnd::Failed);
                return Err(LoadError::new(Failed(number)));
            }
            Fate::Panics => std::panic::panic_any(PANICS),
            Fate::Hangs => std::future::pending().await,
        }
        tokio::time::sleep(Duration::from_millis(after)).await;
        running.end(LoadEnd::Brought { version });
        Ok(value(key, version))
    }
}

/// A load that runs: recorded when it ends, also if nobody waits for it any more.
struct Running {
    recorder: Arc<Recorder>,
    begun: Option<Begun>,
    record: LoadRecord,
}

impl Running {
    fn begin(loads: &Loads, key: u32, number: u64) -> Self {
        let recorder = Arc::clone(&loads.source.recorder);
        let who = format!("instance {}", loads.by.name());
        Self {
            begun: Some(recorder.begin(who, SOURCE, format!("load {}", name(key)))),
            recorder,
            record: LoadRecord {
                by: loads.by,
                key,
                number,
                end: LoadEnd::Dropped,
            },
        }
    }

    fn end(mut self, end: LoadEnd) {
        self.record(end);
    }

    fn record(&mut self, end: LoadEnd) {
        let Some(begun) = self.begun.take() else {
            return;
        };
        self.record.end = end;
        let (ending, word) = match end {
            LoadEnd::Brought { .. } => (Ending::Done, "loaded"),
            LoadEnd::Failed => (Ending::Failed, "failed"),
            LoadEnd::Panicked => (Ending::Failed, "panicked"),
            LoadEnd::Dropped => (Ending::Unknown, "dropped"),
        };
        let record = Record::Load(self.record.clone());
        self.recorder.end(begun, ending, word, json!(record));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.record(if std::thread::panicking() {
            LoadEnd::Panicked
        } else {
            LoadEnd::Dropped
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_there_and_versions_differ() {
        let kinds: std::collections::BTreeSet<String> =
            (0..7).map(|key| Told::of(&value(key, 0)).kind).collect();
        assert_eq!(kinds.len(), 6, "{kinds:?}");
        assert_eq!(value(3, 4), Value::Absent);
        for key in (0..7).filter(|key| key % 7 != 5) {
            assert_ne!(Told::of(&value(key, 1)), Told::of(&value(key, 2)));
        }
        assert_ne!(
            Told::of(&value(2, 1)).hash,
            Told::of(&Value::text("2001")).hash,
            "a number is not its text"
        );
    }
}
