//! The cache: a read goes as far as it must, a write goes to Redis first.
//!
//! A hot key is read in this process, a warm one in Redis, a cold one at the loader. Whatever is not in this process is fetched once for all who
//! want it at that moment (`flight`), cold keys too: that nobody keeps a value is no reason to load it a thousand times at once.
//!
//! **When Redis fails.** A read is answered by the loader. A write is an error, and its key is dirty: what Redis holds for it is not believed until
//! it was overwritten, which the next read tries, and a task every [`REPAIR_EVERY`].
//!
//! **Several instances.** They share what is in Redis, and know nothing else of each other. What is promised: no load overwrites a later write in Redis, and
//! what an instance wrote, or was refused, it does not read older than that. What is not: a copy in another instance is as old as
//! [`Ttls`](crate::core::place::Ttls) allows (`local`); an instance that can reach Redis reads the older value there until the one whose write was refused reaches it too; a write
//! that timed out may still arrive, after a later one that took another connection; and a Redis that fails over to a replica that lags has
//! what the replica has. One that forgets (emptied, evicting, or with a time to live below [`Config::grace`]) forgets that something was written, and a load
//! that began before may bring the older value back. A value that must not be old by a second belongs into no cache.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redis::aio::ConnectionManager;

use super::clock::Clock;
use super::config::Config;
use super::conn::Conn;
use super::error::{ConfigError, Error};
use super::flight::{Flights, Outcome};
use super::loader::Loader;
use super::memory::{Memory, Stamp};
use super::stats::{Counters, Stats};
use super::store::{Filled, Seen, Store};
use crate::core::class::{Class, Decision, Place};
use crate::core::dirty::{Belief, Mark};
use crate::core::pacer::Pacer;
use crate::core::value::Value;

/// How long dirty keys wait for the next attempt to overwrite them: often enough that other instances soon read what is new, and one command at a time to a
/// Redis that is down.
pub const REPAIR_EVERY: Duration = Duration::from_secs(1);
/// How many dirty keys an attempt overwrites at most.
const REPAIR_AT_MOST: usize = 100;

/// The cache of one process. A clone is the same cache.
pub struct AdaptiveCache<L>(pub(super) Arc<Inner<L>>);

pub(super) struct Inner<L> {
    loader: L,
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) store: Store,
    memory: Memory,
    pub(super) flights: Flights<Fetched>,
    pub(super) pacer: Mutex<Pacer>,
    counters: Arc<Counters>,
    repairs: AtomicBool,
}

/// A value, and what Redis has of it.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    pub(super) value: Value,
    pub(super) kept: Kept,
}

/// Whether a value is in Redis.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// It came from there.
    There,
    /// It was loaded and is there now.
    Filled,
    /// Somebody else has written there in the meantime.
    Refused,
    /// It is not kept there.
    Nowhere,
    /// It should be, and is not.
    Failed(Error),
}

impl<L> Clone for AdaptiveCache<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L: Loader> AdaptiveCache<L> {
    /// A cache over the Redis at `url`, which need not be up yet.
    ///
    /// # Errors
    /// [`ConfigError`]: the first setting that makes no sense.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(url: &str, loader: L, config: Config) -> Result<Self, ConfigError> {
        let conn = Conn::new(url, config.redis_timeout)?;
        Self::with(conn, loader, config, Clock::real())
    }

    /// A cache over a connection that others use as well.
    ///
    /// # Errors
    /// [`ConfigError`]: the first setting that makes no sense.
    pub fn over(
        manager: ConnectionManager,
        loader: L,
        config: Config,
    ) -> Result<Self, ConfigError> {
        let conn = Conn::over(manager, config.redis_timeout);
        Self::with(conn, loader, config, Clock::real())
    }

    /// A cache over any connection, by any clock.
    ///
    /// # Errors
    /// [`ConfigError`]: the first setting that makes no sense.
    pub fn with(conn: Conn, loader: L, config: Config, clock: Clock) -> Result<Self, ConfigError> {
        config.check()?;
        let counters = Arc::new(Counters::default());
        let store = Store::new(
            conn,
            config.prefix.clone(),
            config.grace(),
            Arc::clone(&counters),
        );
        Ok(Self(Arc::new(Inner {
            memory: Memory::new(&config, clock.clone())?,
            pacer: Mutex::new(Pacer::new(config.warm_up_rate)?),
            loader,
            config,
            clock,
            store,
            flights: Flights::new(),
            counters,
            repairs: AtomicBool::new(false),
        })))
    }

    /// The value of `key`; [`Value::Absent`] if the source has none.
    ///
    /// # Errors
    /// The load's: [`Error::Load`], [`Error::LoadLost`], [`Error::LoadTimedOut`]. Redis is no reason to fail.
    pub async fn get(&self, key: &str) -> Result<Value, Error> {
        // ANCHOR: stage5_get
        let place = self.0.observe(key);
        if place == Place::LocalAndRedis
            && let Some(copy) = self.0.copy(key)
        {
            return Ok(copy);
        }
        let fetch = Arc::clone(&self.0).fetch(key.to_owned(), place);
        Ok(self.0.join(key, fetch).await?.value)
        // ANCHOR_END: stage5_get
    }

    /// Writes `value` to where `key` is kept, in Redis first. It says nothing to the source: write there before.
    ///
    /// # Errors
    /// Redis refused or did not answer, or the value cannot be stored. The older value is not given back either.
    pub async fn put(&self, key: &str, value: Value) -> Result<(), Error> {
        // ANCHOR: stage5_put
        let keep = self.0.memory.keep(self.0.memory.place(key), &value);
        let write = self.0.begin_write(key);
        match keep.redis {
            Some(ttl) => self.0.store.set(key, &value.encode()?, ttl).await?,
            None => {
                self.0.store.bury(key).await?;
            }
        }
        write.taken(keep.local.map(|ttl| (value, ttl)));
        Ok(())
        // ANCHOR_END: stage5_put
    }

    /// Forgets `key` in every layer: its value in the source has changed or is gone. Write there before.
    ///
    /// # Errors
    /// Redis refused or did not answer, and then the older value is not given back either.
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        // ANCHOR: stage5_delete
        let write = self.0.begin_write(key);
        self.0.store.bury(key).await?;
        write.taken(None);
        Ok(())
        // ANCHOR_END: stage5_delete
    }

    /// The class of `key` as it was last decided.
    #[must_use]
    pub fn place(&self, key: &str) -> Place {
        self.0.memory.place(key)
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// What has happened so far, and what is held now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let [tracked, local_entries, local_weight, dirty] = self.0.memory.sizes();
        Stats {
            tracked,
            local_entries,
            local_weight,
            dirty,
            ..self.0.counters.read()
        }
    }
}

impl<L: Loader> Inner<L> {
    /// Where `key` is kept, which is read just now.
    fn observe(&self, key: &str) -> Place {
        self.counters.reads.add(1);
        let decision = self.memory.observe(key);
        match decision {
            Decision::Changes { from, to } => {
                self.counters.class_changes.add(1);
                tracing::debug!(?from, ?to, "a key changes its class");
            }
            Decision::Stays(_) | Decision::Dwells { .. } | Decision::Untracked => {}
        }
        decision.class().place()
    }

    fn copy(&self, key: &str) -> Option<Value> {
        let copy = self.memory.copy(key)?;
        self.counters.local_hits.add(1);
        Some(copy)
    }

    /// The outcome of `fetch`, or of whoever fetches this key already.
    pub(super) async fn join<F>(&self, key: &str, fetch: F) -> Outcome<Fetched>
    where
        F: Future<Output = Outcome<Fetched>> + Send + 'static,
    {
        let (outcome, joined) = self.flights.run(key, fetch).await;
        self.counters.shielded.add(u64::from(joined));
        outcome
    }

    /// Fetches what is not in this process: from Redis, if it is kept there, else by a load.
    pub(super) async fn fetch(self: Arc<Self>, key: String, place: Place) -> Outcome<Fetched> {
        // ANCHOR: stage5_fetch
        let stamp = self.memory.stamp(&key);
        let seen = match place {
            Place::LocalAndRedis | Place::Redis => self.look(&key).await,
            Place::Nowhere => Seen::NotAsked,
        };
        if let Seen::Value(value) = seen {
            if let Some(ttl) = self.memory.keep(place, &value).local {
                self.memory.keep_copy(&key, &value, ttl, stamp);
            }
            let kept = Kept::There;
            return Ok(Fetched { value, kept });
        }
        let value = self.load(&key).await?;
        let kept = self.keep(&key, place, &value, seen, stamp).await;
        Ok(Fetched { value, kept })
        // ANCHOR_END: stage5_fetch
    }

    /// What Redis has under `key`. If it is not to be believed, it is overwritten first.
    async fn look(&self, key: &str) -> Seen {
        // ANCHOR: stage5_believe
        match self.memory.belief(key) {
            Belief::Clean => self.store.look(key).await,
            Belief::Marked(mark) => match self.overwrite(key, mark).await {
                Ok(buried) => Seen::Useless(buried),
                Err(error) => Seen::Unknown(error),
            },
            Belief::Nothing => Seen::Unknown(Error::RedisDistrusted),
        }
        // ANCHOR_END: stage5_believe
    }

    /// One load, within its time.
    async fn load(&self, key: &str) -> Outcome<Value> {
        self.counters.loads.add(1);
        let within = self.config.load_timeout;
        let loaded = tokio::time::timeout(within, self.loader.load(key)).await;
        let value = loaded
            .map_err(|_| Error::LoadTimedOut(within))?
            .map_err(Error::Load)?;
        self.counters.loaded.add(1);
        Ok(value)
    }

    /// Keeps what was loaded where its key is kept, if nobody has written since it was looked for.
    async fn keep(&self, key: &str, place: Place, value: &Value, seen: Seen, stamp: Stamp) -> Kept {
        // ANCHOR: stage5_keep_loaded
        let keep = self.memory.keep(place, value);
        let kept = match keep.redis {
            None => Kept::Nowhere,
            Some(ttl) => self.fill(key, value, seen, ttl).await,
        };
        match (&kept, keep.local) {
            // Whoever has written there knew better than this load.
            (Kept::Refused, _) | (_, None) => {}
            (_, Some(ttl)) => self.memory.keep_copy(key, value, ttl, stamp),
        }
        kept
        // ANCHOR_END: stage5_keep_loaded
    }

    pub(super) async fn fill(&self, key: &str, value: &Value, seen: Seen, ttl: Duration) -> Kept {
        let encoded = match value.encode() {
            Ok(encoded) => encoded,
            Err(error) => return Kept::Failed(error.into()),
        };
        let filled = match seen {
            Seen::Unknown(error) => return Kept::Failed(error),
            Seen::Useless(seen) => self.store.fill(key, Some(&seen), &encoded, ttl).await,
            Seen::Value(_) | Seen::Nothing | Seen::NotAsked => {
                self.store.fill(key, None, &encoded, ttl).await
            }
        };
        match filled {
            Ok(Filled::Yes) => Kept::Filled,
            Ok(Filled::Refused) => Kept::Refused,
            Err(error) => Kept::Failed(error),
        }
    }

    /// For how long a warm key that was loaded is kept in Redis.
    pub(super) fn redis_ttl(&self, value: &Value) -> Option<Duration> {
        self.memory.keep(Class::Warm.place(), value).redis
    }

    fn begin_write<'a>(self: &'a Arc<Self>, key: &'a str) -> Write<'a, L> {
        Write {
            mark: self.memory.mark(key),
            begun: self.memory.begin_write(key),
            inner: self,
            key,
            taken: false,
        }
    }

    /// Deletes a dirty key in Redis.
    async fn overwrite(&self, key: &str, mark: Mark) -> Result<Vec<u8>, Error> {
        let buried = self.store.bury(key).await?;
        self.memory.clean(key, mark);
        Ok(buried)
    }

    /// Deletes some dirty keys in Redis; whether any is left.
    async fn repair(&self) -> bool {
        for (key, mark) in self.memory.pending(REPAIR_AT_MOST) {
            if self.overwrite(&key, mark).await.is_err() {
                return true;
            }
        }
        !self.memory.pending(1).is_empty()
    }

    /// Repairs from time to time until nothing is dirty, or this cache is gone.
    fn repair_later(self: &Arc<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return; // A runtime that ends drops its futures: nobody will read here.
        };
        if self.repairs.swap(true, Ordering::AcqRel) {
            return;
        }
        let (cache, clock) = (Arc::downgrade(self), self.clock.clone());
        runtime.spawn(async move {
            loop {
                clock
                    .wait_until(clock.now().saturating_add(REPAIR_EVERY))
                    .await;
                let Some(cache) = cache.upgrade() else { return };
                if cache.repair().await {
                    continue;
                }
                cache.repairs.store(false, Ordering::Release);
                // A key that was marked before this line found a task that was about to end.
                if cache.memory.pending(1).is_empty() || cache.repairs.swap(true, Ordering::AcqRel)
                {
                    return;
                }
            }
        });
    }
}

/// A write that is under way. Dropped before Redis has taken it (it refused, or the caller left), it leaves the key dirty.
struct Write<'a, L: Loader> {
    inner: &'a Arc<Inner<L>>,
    key: &'a str,
    begun: Stamp,
    /// The key's mark when it began.
    mark: Option<Mark>,
    taken: bool,
}

impl<L: Loader> Write<'_, L> {
    /// Redis has taken it; `copy` is to be kept in this process.
    fn taken(mut self, copy: Option<(Value, Duration)>) {
        self.taken = true;
        let memory = &self.inner.memory;
        memory.written(self.key, self.begun, self.mark, copy);
    }
}

impl<L: Loader> Drop for Write<'_, L> {
    fn drop(&mut self) {
        // ANCHOR: stage5_write_ends
        if !self.taken {
            self.inner.memory.refused(self.key);
            self.inner.repair_later();
        }
        self.inner.flights.detach(self.key);
        // ANCHOR_END: stage5_write_ends
    }
}
