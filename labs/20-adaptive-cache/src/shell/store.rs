//! What is kept in Redis: one string a key, with a time to live.
//!
//! A write of a caller always wins. What a load brings is written only over what its reader saw there (nothing: SET NX; else a script that
//! compares), because between the read and the write somebody may have written who knew better. A deletion leaves a mark for as long as such a
//! reader may be under way, or the load that began before it would bring the old value back. Why not a lock in Redis around each load: a lock that
//! expires too early needs the same comparison, and one that does not is an outage.
//!
//! What must stay true: no fill replaces a later write or deletion, of whichever instance, within the grace time.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::Cmd;

use super::conn::Conn;
use super::error::Error;
use super::stats::Counters;
use crate::core::value::Value;

/// The part of a Redis that this cache has.
pub(crate) struct Store {
    conn: Conn,
    prefix: String,
    grace: Duration,
    counters: Arc<Counters>,
    /// So that no two marks of a deletion are the same, whoever makes them.
    instance: u64,
    marks: AtomicU64,
}

/// What was found under a key.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// A value.
    Value(Value),
    /// Nothing.
    Nothing,
    /// The mark of a deletion, or what is no value of ours: as good as nothing, and to be written over.
    Useless(Vec<u8>),
    /// Redis was not asked, because the key is not kept there.
    NotAsked,
    /// Redis cannot be asked, or is not to be believed.
    Unknown(Error),
}

/// What became of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Filled {
    /// It is there.
    Yes,
    /// Somebody else has written there.
    Refused,
}

/// The first byte of a deletion's mark, and its length. [`Value::decode`] takes it for none of its own.
const MARK: u8 = 0xAD;
const MARK_LEN: usize = 17;

impl Store {
    pub(crate) fn new(
        conn: Conn,
        prefix: String,
        grace: Duration,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            conn,
            prefix,
            grace,
            counters,
            // The hasher's keys are the operating system's random numbers.
            instance: RandomState::new().hash_one(std::process::id()),
            marks: AtomicU64::new(0),
        }
    }

    /// What Redis has under `key`.
    pub(crate) async fn look(&self, key: &str) -> Seen {
        self.counters.redis_gets.add(1);
        let found: Result<Option<Vec<u8>>, Error> = self.ask(&self.command("GET", key)).await;
        match found {
            Ok(Some(stored)) => self.recognize(stored),
            Ok(None) => Seen::Nothing,
            Err(error) => Seen::Unknown(error),
        }
    }

    /// For each of `keys`, whether Redis has a value under it.
    pub(crate) async fn have(&self, keys: &[String]) -> Result<Vec<bool>, Error> {
        self.counters.redis_gets.add(keys.len() as u64);
        let mut cmd = redis::cmd("MGET");
        for key in keys {
            cmd.arg(self.name(key));
        }
        let found: Vec<Option<Vec<u8>>> = self.ask(&cmd).await?;
        let is_value = |stored| matches!(self.recognize(stored), Seen::Value(_));
        Ok(found
            .into_iter()
            .map(|stored| stored.is_some_and(is_value))
            .collect())
    }

    /// Writes what a caller gave. It stays at least for the grace time: a load that had begun before must find it there.
    pub(crate) async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), Error> {
        let mut cmd = self.command("SET", key);
        cmd.arg(value).arg("PX").arg(millis(ttl.max(self.grace)));
        self.counters.redis_sets.add(1);
        self.ask(&cmd).await
    }

    /// Writes what a load brought, if `seen` is still what Redis has under `key`.
    pub(crate) async fn fill(
        &self,
        key: &str,
        seen: Option<&[u8]>,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Filled, Error> {
        // ANCHOR: stage5_fill
        todo!("stage 5: fill")
        // ANCHOR_END: stage5_fill
    }

    /// Deletes what is under `key` and leaves a mark for the grace time; the mark. A Redis that has no memory left takes no mark, but
    /// deletes.
    pub(crate) async fn bury(&self, key: &str) -> Result<Vec<u8>, Error> {
        let mark = self.fresh_mark();
        let mut cmd = self.command("SET", key);
        cmd.arg(&mark).arg("PX").arg(millis(self.grace));
        self.counters.redis_sets.add(1);
        let buried: Result<(), Error> = self.ask(&cmd).await;
        match buried {
            Ok(()) => Ok(mark),
            Err(Error::Redis(refused)) if refused.code() == Some("OOM") => {
                let _how_many: u64 = self.ask(&self.command("DEL", key)).await?;
                Ok(mark)
            }
            Err(error) => Err(error),
        }
    }

    fn recognize(&self, stored: Vec<u8>) -> Seen {
        match Value::decode(&stored) {
            Ok(value) => {
                self.counters.redis_hits.add(1);
                Seen::Value(value)
            }
            Err(error) => {
                if stored.len() != MARK_LEN || stored[0] != MARK {
                    self.counters.malformed.add(1);
                    tracing::warn!(%error, "what Redis holds is no value of this cache, and will be written over");
                }
                Seen::Useless(stored)
            }
        }
    }

    fn fresh_mark(&self) -> Vec<u8> {
        let number = self.marks.fetch_add(1, Ordering::Relaxed);
        let mut mark = vec![MARK];
        mark.extend(self.instance.to_le_bytes());
        mark.extend(number.to_le_bytes());
        mark
    }

    fn command(&self, name: &str, key: &str) -> Cmd {
        let mut cmd = redis::cmd(name);
        cmd.arg(self.name(key));
        cmd
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn ask<T: redis::FromRedisValue>(&self, cmd: &Cmd) -> Result<T, Error> {
        let answer = self.conn.ask(cmd).await;
        if answer.is_err() {
            self.counters.redis_errors.add(1);
        }
        answer
    }
}

/// Redis counts in whole milliseconds, and takes none for an error.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}
