//! The Redis of one run, the ways to it, and the two instances.
//!
//! Redis is the run's own, since faults kill it, and keeps nothing on its disk by itself: a cache is restarted empty. Each instance reaches it
//! through a proxy of its own.
//!
//! Redis is handled on another thread: that takes a process, which on a busy machine takes seconds, and the callers' thread would stand
//! still for as long.

use std::sync::Arc;
use std::time::Duration;

use adaptive_cache::core::class::Thresholds;
use adaptive_cache::core::limits::Limits;
use adaptive_cache::core::place::Ttls;
use adaptive_cache::core::warm::WarmUp;
use adaptive_cache::shell::cache::AdaptiveCache;
use adaptive_cache::shell::config::Config;
use redis::FromRedisValue;
use testbed::{OwnRedis, Proxy};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::facts::Terms;
use crate::plan::Instance;
use crate::run::Result;
use crate::source::{Loads, Source};

/// How long Redis may take: ten times what it takes here in a debug build.
const REDIS_TIMEOUT: Duration = Duration::from_millis(150);
/// How long a load may take; one that stalls takes up to 760 ms.
const LOAD_TIMEOUT: Duration = Duration::from_millis(600);
/// In Redis. Short, so that the run sees the end of it; above the grace time of a deletion (2.05 s).
const REDIS_TTL: Duration = Duration::from_millis(3_500);
/// In an instance.
const LOCAL_TTL: Duration = Duration::from_millis(800);
/// That there is nothing; with its jitter still above the grace time, so that it protects for as long as a deletion's mark does.
const NEGATIVE_TTL: Duration = Duration::from_millis(2_500);
const JITTER: f64 = 0.1;
/// The hot keys together are heavier: some are let go.
const CAPACITY: u64 = 330;
/// Above what a class needs to be seen changing, below what a run lasts.
const DWELL: Duration = Duration::from_millis(900);
/// Fewer than the keys that are asked for in a second or two: classes are forgotten.
const MAX_TRACKED: u32 = 70;
const WARM_UP_BATCH: u32 = 8;
const WARM_UP_FITS: u64 = 48;
const WARM_UP_RATE: u32 = 25;

/// What is promised.
///
/// # Errors
/// A setting makes no sense.
pub fn terms() -> Result<Terms> {
    let us = |duration: Duration| duration.as_micros() as u64;
    // By the documentation of `Config::grace`, spelled out: a load, three times what Redis may take, and a second.
    let grace = LOAD_TIMEOUT + 3 * REDIS_TIMEOUT + Duration::from_secs(1);
    Ok(Terms {
        capacity: CAPACITY,
        max_tracked: u64::from(MAX_TRACKED),
        dwell_us: us(DWELL),
        redis_ttl_us: us(REDIS_TTL.max(NEGATIVE_TTL)),
        local_ttl_us: us(LOCAL_TTL),
        redis_timeout_us: us(REDIS_TIMEOUT),
        load_timeout_us: us(LOAD_TIMEOUT),
        late_at_most_us: us(grace - LOAD_TIMEOUT - REDIS_TIMEOUT),
        warm_up_rate: u64::from(WARM_UP_RATE),
        warm_up_batch: u64::from(WARM_UP_BATCH),
        warm_up_fits: WARM_UP_FITS,
    })
}

/// The settings of both instances.
fn config(seed: u64) -> Result<Config> {
    let local = Limits::new(CAPACITY, 16, seed);
    Ok(Config {
        counters: 256,
        window: Duration::from_secs(1),
        thresholds: Thresholds {
            hot_enter: 6,
            hot_leave: 4,
            warm_enter: 3,
            warm_leave: 2,
            dwell: DWELL,
            max_tracked: MAX_TRACKED,
        },
        ttls: Ttls::new(REDIS_TTL, LOCAL_TTL, NEGATIVE_TTL, JITTER)?,
        redis_timeout: REDIS_TIMEOUT,
        load_timeout: LOAD_TIMEOUT,
        warm_up: WarmUp::new(WARM_UP_BATCH, WARM_UP_FITS)?,
        warm_up_rate: WARM_UP_RATE,
        // A short fault is remembered by key; a longer one makes more keys dirty than that, and nothing in Redis is believed for a while.
        max_dirty: 12,
        ..Config::new(PREFIX, local)?
    })
}

/// What the keys of both instances begin with.
const PREFIX: &str = "cache:";

/// Everything that runs.
pub struct Bed {
    redis: Arc<Mutex<OwnRedis>>,
    /// Redis, past every proxy.
    url: String,
    /// Where Redis is handled.
    elsewhere: Handle,
    /// What is used, in a line.
    pub services: String,
    /// From each instance to Redis.
    ways: [Proxy; 2],
    /// The instances.
    caches: [AdaptiveCache<Loads>; 2],
    /// What both load from.
    pub source: Arc<Source>,
}

impl Bed {
    /// Starts it.
    ///
    /// # Errors
    /// Redis is missing, or a setting makes no sense.
    pub async fn start(
        seed: u64,
        redis: OwnRedis,
        source: Arc<Source>,
        elsewhere: Handle,
    ) -> Result<Self> {
        let place = testbed::backend()?;
        let services = format!("a Redis of its own: {place}");
        let ways = [
            testbed::proxy(redis.addr(), seed).await?,
            testbed::proxy(redis.addr(), seed ^ 1).await?,
        ];
        let cache = |at: Instance, way: &Proxy| {
            let url = format!("redis://{}/", way.addr());
            let loads = Loads::new(at, &source);
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(AdaptiveCache::new(
                &url,
                loads,
                config(seed ^ at as u64)?,
            )?)
        };
        let caches = [cache(Instance::A, &ways[0])?, cache(Instance::B, &ways[1])?];
        Ok(Self {
            url: redis.url().to_owned(),
            redis: Arc::new(Mutex::new(redis)),
            elsewhere,
            services,
            ways,
            caches,
            source,
        })
    }

    /// A Redis that keeps nothing by itself, and takes the commands that the faults need.
    ///
    /// # Errors
    /// It is missing.
    pub async fn redis(elsewhere: &Handle) -> Result<OwnRedis> {
        let redis = testbed::redis().own().rdb_only();
        Ok(elsewhere.spawn(redis.into_future()).await??)
    }

    /// The cache of that instance.
    #[must_use]
    pub fn cache(&self, at: Instance) -> &AdaptiveCache<Loads> {
        match at {
            Instance::A => &self.caches[0],
            Instance::B => &self.caches[1],
        }
    }

    /// Its way to Redis.
    #[must_use]
    pub fn way(&self, at: Instance) -> &Proxy {
        match at {
            Instance::A => &self.ways[0],
            Instance::B => &self.ways[1],
        }
    }

    /// Both ways.
    #[must_use]
    pub fn ways(&self) -> &[Proxy; 2] {
        &self.ways
    }

    /// The name of `key` in Redis.
    #[must_use]
    pub fn stored_as(&self, key: u32) -> String {
        format!("{PREFIX}{}", crate::source::name(key))
    }

    /// Tells Redis something past every proxy, on a connection of its own.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub async fn tell<T: FromRedisValue + Send + 'static>(&self, words: Vec<String>) -> Result<T> {
        let url = self.url.clone();
        let asked = self.elsewhere.spawn(async move {
            let client = redis::Client::open(url)?;
            let mut connection = client.get_multiplexed_async_connection().await?;
            let (name, arguments) = words.split_first().ok_or(redis::RedisError::from((
                redis::ErrorKind::Client,
                "no command",
            )))?;
            redis::cmd(name)
                .arg(arguments)
                .query_async(&mut connection)
                .await
        });
        Ok(asked.await??)
    }

    /// Does that to Redis, on the other thread.
    ///
    /// # Errors
    /// It does not start, or the host refuses.
    pub async fn handle(&self, what: Handling) -> Result<()> {
        let redis = Arc::clone(&self.redis);
        let done = self.elsewhere.spawn(async move {
            let mut redis = redis.lock().await;
            match what {
                Handling::Kill => redis.kill().await,
                Handling::Restart => redis.restart().await,
                Handling::Pause => redis.pause().await,
                Handling::Resume => redis.resume().await,
            }
        });
        Ok(done.await??)
    }
}

/// What is done to Redis.
#[derive(Clone, Copy, Debug)]
pub enum Handling {
    /// SIGKILL.
    Kill,
    /// Started again; waits until it answers.
    Restart,
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
}
