//! What the tests share: a source that counts, fails and stands still when it is told to, instances over one Redis, and a caller who vanishes.

use std::collections::HashMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use adaptive_cache::core::class::{Place, Thresholds};
use adaptive_cache::core::limits::Limits;
use adaptive_cache::core::place::Ttls;
use adaptive_cache::core::value::Value;
use adaptive_cache::core::warm::{Wanted, WarmUp};
use adaptive_cache::shell::cache::AdaptiveCache;
use adaptive_cache::shell::clock::Clock;
use adaptive_cache::shell::config::Config;
use adaptive_cache::shell::conn::Conn;
use adaptive_cache::shell::error::{Error, LoadError};
use adaptive_cache::shell::loader::Loader;
use redis::AsyncCommands;
use tokio::sync::watch;

pub const MS: Duration = Duration::from_millis(1);
pub const SECOND: Duration = Duration::from_secs(1);
/// A deadline that only a failure reaches, also on a machine that is busy with other things.
pub const SOON: Duration = Duration::from_secs(60);

pub type Cache = AdaptiveCache<Source>;

/// What the source does with a key.
#[derive(Clone, Debug)]
pub enum Does {
    Gives(Value),
    Fails(&'static str),
    Panics,
    Hangs,
}

/// The source of truth. A clone is the same one.
#[derive(Clone)]
pub struct Source(Arc<Inside>);

struct Inside {
    clock: Clock,
    open: watch::Sender<bool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    does: HashMap<String, Does>,
    /// Each load as it began.
    loads: Vec<(String, Duration)>,
    under_way: HashMap<String, usize>,
    most_at_once: usize,
}

impl Source {
    fn new(clock: Clock) -> Self {
        Self(Arc::new(Inside {
            clock,
            open: watch::Sender::new(true),
            state: Mutex::default(),
        }))
    }

    pub fn does(&self, key: &str, does: Does) {
        self.state().does.insert(key.to_owned(), does);
    }

    pub fn gives(&self, key: &str, value: Value) {
        self.does(key, Does::Gives(value));
    }

    /// From now on loads begin, read, and do not end.
    pub fn hold(&self) {
        self.0.open.send_replace(false);
    }

    pub fn release(&self) {
        self.0.open.send_replace(true);
    }

    /// How often `key` was loaded.
    pub fn loads(&self, key: &str) -> usize {
        let of_key = |(loaded, _): &&(String, Duration)| loaded == key;
        self.state().loads.iter().filter(of_key).count()
    }

    /// Each load that has begun: of which key, and when.
    pub fn all_loads(&self) -> Vec<(String, Duration)> {
        self.state().loads.clone()
    }

    /// How many loads of one key there were at the same time, at most.
    pub fn most_at_once(&self) -> usize {
        self.state().most_at_once
    }

    /// Waits until `key` has been loaded so often.
    pub async fn has_begun(&self, key: &str, loads: usize) {
        testbed::eventually(SOON, "a load begins", async || {
            (self.loads(key) >= loads).then_some(())
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}

/// Counts a load as under way until it is dropped.
struct UnderWay<'a>(&'a Source, &'a str);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        *self.0.state().under_way.get_mut(self.1).unwrap() -= 1;
    }
}

impl Loader for Source {
    async fn load(&self, key: &str) -> Result<Value, LoadError> {
        let does = {
            let now = self.0.clock.now();
            let mut state = self.state();
            state.loads.push((key.to_owned(), now));
            let under_way = state.under_way.entry(key.to_owned()).or_default();
            *under_way += 1;
            let at_once = *under_way;
            state.most_at_once = state.most_at_once.max(at_once);
            state.does.get(key).cloned()
        };
        let _under_way = UnderWay(self, key);
        self.0
            .open
            .subscribe()
            .wait_for(|open| *open)
            .await
            .unwrap();
        match does {
            Some(Does::Gives(value)) => Ok(value),
            Some(Does::Fails(why)) => Err(LoadError::new(why)),
            Some(Does::Panics) => panic!("the loader was told to panic"),
            Some(Does::Hangs) => std::future::pending().await,
            None => Ok(Value::Absent),
        }
    }
}

/// One Redis, one source, one clock that the test moves; instances as many as it wants.
pub struct World {
    url: String,
    prefix: String,
    pub clock: Clock,
    pub source: Source,
}

impl World {
    /// In this test's part of the shared Redis.
    pub async fn new() -> Self {
        let redis = testbed::redis().await.unwrap();
        Self::at(redis.url(), redis.prefix())
    }

    /// Over a Redis of the test's own.
    pub fn over(redis: &testbed::OwnRedis) -> Self {
        Self::at(redis.url(), redis.prefix())
    }

    fn at(url: &str, prefix: &str) -> Self {
        let clock = Clock::manual();
        Self {
            url: url.to_owned(),
            prefix: prefix.to_owned(),
            source: Source::new(clock.clone()),
            clock,
        }
    }

    /// Hot from ten requests on, cold below two, each at the earliest after a second.
    pub fn config(&self) -> Config {
        let seconds = Duration::from_secs;
        let mut config = Config::new(&self.prefix, Limits::new(1 << 20, 1000, 7)).unwrap();
        config.window = seconds(10);
        config.thresholds = Thresholds {
            hot_enter: 10,
            hot_leave: 5,
            warm_enter: 4,
            warm_leave: 2,
            dwell: SECOND,
            max_tracked: 1000,
        };
        config.ttls = Ttls::new(seconds(600), seconds(30), seconds(20), 0.1).unwrap();
        // As long as a busy machine may take. What is about time-outs sets its own.
        config.redis_timeout = seconds(20);
        config.load_timeout = SOON;
        config.warm_up = WarmUp::new(10, 1_000_000).unwrap();
        config.warm_up_rate = 100;
        config
    }

    /// Another instance.
    pub fn instance(&self) -> Cache {
        self.instance_with(self.config())
    }

    pub fn instance_with(&self, config: Config) -> Cache {
        let conn = Conn::new(&self.url, config.redis_timeout).unwrap();
        AdaptiveCache::with(conn, self.source.clone(), config, self.clock.clone()).unwrap()
    }

    /// Another instance that reaches Redis through `proxy`.
    pub fn instance_behind(&self, proxy: &testbed::Proxy) -> Cache {
        self.instance_behind_with(proxy, self.config())
    }

    pub fn instance_behind_with(&self, proxy: &testbed::Proxy, config: Config) -> Cache {
        let conn = Conn::new(&url(proxy.addr()), config.redis_timeout).unwrap();
        AdaptiveCache::with(conn, self.source.clone(), config, self.clock.clone()).unwrap()
    }

    /// Past the cache's own code.
    pub async fn raw(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url.as_str()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    pub fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// The bytes that Redis has under `key`.
    pub async fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        self.raw().await.get(self.name(key)).await.unwrap()
    }

    /// The value that Redis has under `key`, if it is one.
    pub async fn stored(&self, key: &str) -> Option<Value> {
        let bytes = self.bytes(key).await?;
        Value::decode(&bytes).ok()
    }

    /// For how many milliseconds Redis will still have `key`.
    pub async fn ttl(&self, key: &str) -> i64 {
        self.raw().await.pttl(self.name(key)).await.unwrap()
    }

    /// Asks for `key` until it is hot, and has a copy.
    pub async fn heat(&self, cache: &Cache, key: &str) {
        for _ in 0..10 {
            let _value = get(cache, key).await;
        }
        self.clock.advance(SECOND);
        for _ in 0..2 {
            let _value = get(cache, key).await;
        }
        assert_eq!(cache.place(key), Place::LocalAndRedis);
    }

    /// Asks for `key` so seldom that it is cold, and takes out of Redis what it left there.
    pub async fn cool(&self, cache: &Cache, key: &str) {
        let _value = get(cache, key).await;
        self.clock.advance(Duration::from_secs(20));
        let _value = get(cache, key).await;
        assert_eq!(cache.place(key), Place::Nowhere);
        let _existed: () = self.raw().await.del(self.name(key)).await.unwrap();
    }
}

fn url(addr: SocketAddr) -> String {
    format!("redis://{addr}/")
}

/// The value of `key`, which there must be.
pub async fn get(cache: &Cache, key: &str) -> Value {
    match cache.get(key).await {
        Ok(value) => value,
        Err(error) => panic!("a read of {key} failed: {error}"),
    }
}

pub fn number(number: i64) -> Value {
    Value::Integer(number)
}

/// The outcomes of `callers` calls at once.
pub async fn at_once(cache: &Cache, key: &str, callers: usize) -> Vec<Result<Value, Error>> {
    let calls = (0..callers).map(|_| cache.get(key));
    futures_util::future::join_all(calls).await
}

/// A call that has begun: it has been polled once, and waits.
pub async fn begun<'a, T>(
    call: impl Future<Output = T> + 'a,
) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    let mut call: Pin<Box<dyn Future<Output = T> + 'a>> = Box::pin(call);
    poll_fn(|context| {
        assert!(call.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    call
}

/// Runs `future` until it has waited `awaits` times, and drops it there: a caller who vanished. `None` if it did not end.
pub async fn drop_after<T>(awaits: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut waited = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if waited == awaits => Poll::Ready(None),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

/// Keys `0` to below `keys`, of which the first is the most important.
pub fn keys(keys: u32) -> Vec<Wanted> {
    (0..keys)
        .map(|key| Wanted {
            key: key.to_string(),
            priority: keys - key,
            weight: 1,
        })
        .collect()
}

/// How often a Redis has run `command` since its start or its last `CONFIG RESETSTAT`.
pub async fn calls(raw: &mut redis::aio::MultiplexedConnection, command: &str) -> u64 {
    let info: String = redis::cmd("INFO")
        .arg("commandstats")
        .query_async(raw)
        .await
        .unwrap();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
    line.map_or(0, |line| {
        line.split(',').next().unwrap().parse::<u64>().unwrap()
    })
}
