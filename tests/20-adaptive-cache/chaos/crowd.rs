//! The crowd: each call goes through the code under test, and is recorded with what its caller was told.
//!
//! A caller who goes away drops the call. Whoever waits for longer than any promise allows is recorded as hung, so that a key that is blocked
//! for ever is a fact and no end of the run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use adaptive_cache::core::warm::Wanted;
use adaptive_cache::shell::error::Error;
use chaos::{Begun, Ending, Recorder};
use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::json;
use tokio::task::JoinSet;

use crate::bed::Bed;
use crate::facts::{
    Kept, ReadEnd, ReadRecord, Record, Reported, Told, WarmEnd, WarmRecord, WriteEnd, WriteRecord,
};
use crate::plan::{How, Instance, Plan, What};
use crate::run::Result;
use crate::source::{Failed, name};

/// Nobody waits for longer, and no promise is so long.
const HANGS: Duration = Duration::from_secs(8);

/// No warm-up of a run is so large, at whatever faults.
const WARMS_UP_WITHIN_MS: u64 = 60_000;

/// What a caller was told, or that it went away, or that the loader's panic reached it.
enum Ended<T> {
    Told(T),
    Left,
    Hung,
    Panicked,
}

/// Who calls.
#[derive(Clone)]
pub struct Crowd {
    recorder: Arc<Recorder>,
    bed: Arc<Bed>,
}

impl Crowd {
    /// Calls the caches of `bed`.
    #[must_use]
    pub fn new(recorder: Arc<Recorder>, bed: Arc<Bed>) -> Self {
        Self { recorder, bed }
    }

    /// All of them, each at its time, until the last has gone.
    ///
    /// # Errors
    /// One of them panicked.
    pub async fn come(&self, plans: Vec<Plan>) -> Result<()> {
        let mut calls = JoinSet::new();
        for plan in plans {
            let crowd = self.clone();
            calls.spawn(async move {
                crowd.recorder.at(plan.comes_ms).await;
                crowd.act(plan).await;
            });
        }
        while let Some(ended) = calls.join_next().await {
            ended?;
        }
        Ok(())
    }

    async fn act(&self, plan: Plan) {
        let Plan { at, key, .. } = plan;
        let leaves = plan.leaves_after_ms;
        match plan.what {
            What::Read => self.read(at, key, leaves).await,
            What::Burst(readers) => {
                join_all((0..readers).map(|_| self.read(at, key, None))).await;
            }
            What::Scan(many) => {
                for key in key..key + many as u32 {
                    self.read(at, key, None).await;
                }
            }
            What::Write(how) => {
                self.write(at, key, how, leaves).await;
                // Whoever has written looks at once, and somebody at the other instance too.
                tokio::join!(self.read(at, key, None), self.read(at.other(), key, None));
            }
            What::WarmUp(keys) => self.warm_up(at, keys, leaves).await,
        }
    }

    /// Reads `key` at `at`.
    pub async fn read(&self, at: Instance, key: u32, leaves_after_ms: Option<u64>) {
        let (cache, stored) = (self.bed.cache(at), name(key));
        let begun = self
            .recorder
            .begin("reader".to_owned(), at.name(), format!("get {stored}"));
        let was = Kept::from(cache.place(&stored));
        let changes = cache.stats().class_changes;
        let mut asked = Box::pin(AssertUnwindSafe(cache.get(&stored)).catch_unwind());
        // The first step counts the read and decides the key's class, before anybody else is asked.
        let first = futures_util::poll!(asked.as_mut());
        let place = Kept::from(cache.place(&stored));
        let changed = cache.stats().class_changes > changes;
        let decided_us = self.recorder.now_us();
        let told = match first {
            Poll::Ready(Ok(told)) => Ended::Told(told),
            Poll::Ready(Err(_)) => Ended::Panicked,
            Poll::Pending => until(leaves_after_ms, asked.as_mut()).await,
        };
        drop(asked);
        let end = match told {
            Ended::Told(Ok(value)) => ReadEnd::Given(Told::of(&value)),
            Ended::Told(Err(error)) => failed(&error),
            Ended::Left => ReadEnd::Left,
            Ended::Hung => ReadEnd::Hung,
            Ended::Panicked => ReadEnd::Panicked,
        };
        let (ending, word) = match &end {
            ReadEnd::Given(_) => (Ending::Done, "given"),
            ReadEnd::LoadFailed { .. } => (Ending::Failed, "load failed"),
            ReadEnd::LoadLost => (Ending::Failed, "load lost"),
            ReadEnd::LoadTimedOut => (Ending::Failed, "load timed out"),
            ReadEnd::Other(_) => (Ending::Failed, "error"),
            ReadEnd::Left => (Ending::Refused, "caller left"),
            ReadEnd::Hung => (Ending::Unknown, "no answer"),
            ReadEnd::Panicked => (Ending::Failed, "panicked"),
        };
        let record = Record::Read(ReadRecord {
            at,
            key,
            was,
            place,
            changed,
            decided_us,
            end,
        });
        self.recorder.end(begun, ending, word, json!(record));
    }

    /// Changes `key` in the source, and tells `at`.
    async fn write(&self, at: Instance, key: u32, how: How, leaves_after_ms: Option<u64>) {
        let (cache, stored) = (self.bed.cache(at), name(key));
        let (version, value) = self.bed.source.change(key);
        let (begun, told) = match how {
            How::Silent => return,
            How::Put => {
                let begun = self.begin_write(at, "put", &stored);
                let put =
                    Box::pin(AssertUnwindSafe(cache.put(&stored, value.clone())).catch_unwind());
                (begun, until(leaves_after_ms, put).await)
            }
            How::Delete => {
                let begun = self.begin_write(at, "delete", &stored);
                let delete = Box::pin(AssertUnwindSafe(cache.delete(&stored)).catch_unwind());
                (begun, until(leaves_after_ms, delete).await)
            }
        };
        let end = match told {
            Ended::Told(Ok(())) => WriteEnd::Taken,
            Ended::Told(Err(error)) => WriteEnd::Refused(error.to_string()),
            Ended::Left => WriteEnd::Left,
            Ended::Hung | Ended::Panicked => WriteEnd::Hung,
        };
        let (ending, word) = match &end {
            WriteEnd::Taken => (Ending::Done, "written"),
            WriteEnd::Refused(_) => (Ending::Failed, "error"),
            WriteEnd::Left => (Ending::Refused, "caller left"),
            WriteEnd::Hung => (Ending::Unknown, "no answer"),
        };
        let record = Record::Write(WriteRecord {
            at,
            key,
            how,
            version,
            end,
        });
        self.recorder.end(begun, ending, word, json!(record));
    }

    fn begin_write(&self, at: Instance, what: &str, stored: &str) -> Begun {
        self.recorder
            .begin("writer".to_owned(), at.name(), format!("{what} {stored}"))
    }

    async fn warm_up(&self, at: Instance, wanted: Vec<u32>, leaves_after_ms: Option<u64>) {
        let cache = self.bed.cache(at);
        let begun = self.recorder.begin(
            "operator".to_owned(),
            at.name(),
            format!("warm up {} keys", wanted.len()),
        );
        let asked = wanted.iter().zip((0..wanted.len() as u32).rev());
        let asked = asked.map(|(&key, priority)| Wanted {
            key: name(key),
            priority,
            weight: 1,
        });
        // Named from the last to the first: their order is for the priorities to say.
        let asked: Vec<Wanted> = asked.rev().collect();
        let long = leaves_after_ms.unwrap_or(WARMS_UP_WITHIN_MS);
        let told = until(
            Some(long),
            AssertUnwindSafe(cache.warm_up(asked)).catch_unwind(),
        )
        .await;
        let (end, ending, word) = match told {
            Ended::Told(report) => {
                let key = |key: &String| key.trim_start_matches('k').parse().unwrap_or(u32::MAX);
                let report = Reported {
                    loaded: report.loaded,
                    there: report.there,
                    failed: report
                        .failed
                        .iter()
                        .map(|(failed, _)| key(failed))
                        .collect(),
                    left_out: report.left_out.iter().map(key).collect(),
                };
                (WarmEnd::Reported(report), Ending::Done, "warmed up")
            }
            Ended::Left | Ended::Hung if leaves_after_ms.is_none() => {
                (WarmEnd::Hung, Ending::Unknown, "no answer")
            }
            Ended::Left | Ended::Hung => (WarmEnd::Left, Ending::Refused, "caller left"),
            Ended::Panicked => (WarmEnd::Panicked, Ending::Failed, "panicked"),
        };
        let record = Record::WarmUp(WarmRecord { at, wanted, end });
        self.recorder.end(begun, ending, word, json!(record));
    }
}

/// What `asked` says, if its caller does not go away before.
async fn until<T>(
    leaves_after_ms: Option<u64>,
    asked: impl Future<Output = std::thread::Result<T>>,
) -> Ended<T> {
    let (patience, gone) = match leaves_after_ms {
        Some(ms) => (Duration::from_millis(ms), Ended::Left),
        None => (HANGS, Ended::Hung),
    };
    match tokio::time::timeout(patience, asked).await {
        Ok(Ok(told)) => Ended::Told(told),
        Ok(Err(_)) => Ended::Panicked,
        Err(_) => gone,
    }
}

fn failed(error: &Error) -> ReadEnd {
    match error {
        Error::Load(cause) => match cause.cause().downcast_ref::<Failed>() {
            Some(Failed(number)) => ReadEnd::LoadFailed { number: *number },
            None => ReadEnd::Other(error.to_string()),
        },
        Error::LoadLost => ReadEnd::LoadLost,
        Error::LoadTimedOut(_) => ReadEnd::LoadTimedOut,
        Error::Redis(_) | Error::RedisTimedOut(_) | Error::RedisDistrusted | Error::Value(_) => {
            ReadEnd::Other(error.to_string())
        }
    }
}
