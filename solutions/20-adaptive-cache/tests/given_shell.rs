//! What the learner is given of the shell and does not write: settings, clocks, errors; and a cache whose Redis is not there.
#![cfg(feature = "io")]

use std::time::Duration;

use adaptive_cache::core::limits::{Limits, LimitsError};
use adaptive_cache::core::settings::SettingError;
use adaptive_cache::core::value::Value;
use adaptive_cache::shell::cache::{AdaptiveCache, REPAIR_EVERY};
use adaptive_cache::shell::clock::Clock;
use adaptive_cache::shell::config::Config;
use adaptive_cache::shell::conn::Conn;
use adaptive_cache::shell::error::{ConfigError, Error, LoadError};
use adaptive_cache::shell::loader::Loader;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Port 1 of this machine: whoever listened there would need to be root and very old.
const NOWHERE: &str = "redis://127.0.0.1:1/";

fn config() -> Config {
    Config::new("given:", Limits::new(1 << 20, 1000, 7)).unwrap()
}

async fn forty_two(_key: String) -> Result<Value, LoadError> {
    Ok(Value::Integer(42))
}

fn refused(config: Config) -> Option<ConfigError> {
    let loader = forty_two;
    AdaptiveCache::new(NOWHERE, loader, config).err()
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_is_refused_by_its_name() {
    assert!(refused(config()).is_none());
    let said = |config| refused(config).map(|error| error.to_string()).unwrap();
    let five_minutes = Duration::from_secs(300);
    for timeout in [Duration::ZERO, MS / 2, five_minutes + MS] {
        let mut redis = config();
        redis.redis_timeout = timeout;
        assert_eq!(
            said(redis),
            format!("redis_timeout must be 1 ms to 5 minutes, not {timeout:?}")
        );
        let mut load = config();
        load.load_timeout = timeout;
        assert_eq!(
            said(load),
            format!("load_timeout must be 1 ms to 5 minutes, not {timeout:?}")
        );
    }
    for max_dirty in [0, 10_000_001] {
        let mut dirty = config();
        dirty.max_dirty = max_dirty;
        assert_eq!(
            said(dirty),
            format!("max_dirty must be 1 to 10000000, not {max_dirty}")
        );
    }
    let mut edges = config();
    (edges.redis_timeout, edges.load_timeout) = (MS, five_minutes);
    edges.max_dirty = 10_000_000;
    assert!(refused(edges).is_none());
}

#[tokio::test]
async fn a_part_that_makes_no_sense_refuses_the_whole() {
    let mut none = config();
    none.warm_up_rate = 0;
    let error = refused(none);
    assert!(matches!(
        error,
        Some(ConfigError::Setting(SettingError::Rate(0)))
    ));
    let mut none = config();
    none.counters = 0;
    assert!(matches!(
        refused(none),
        Some(ConfigError::Setting(SettingError::Counters(0)))
    ));
    let mut none = config();
    none.thresholds.max_tracked = 0;
    assert!(matches!(
        refused(none),
        Some(ConfigError::Setting(SettingError::MaxTracked(0)))
    ));
    let mut none = config();
    none.local.capacity = 0;
    assert!(matches!(
        refused(none),
        Some(ConfigError::Limits(LimitsError::Capacity(0)))
    ));
    let no_url = AdaptiveCache::new("not a url", forty_two, config()).err();
    assert!(matches!(no_url, Some(ConfigError::Url(_))));
}

#[test]
fn a_deletion_is_marked_for_longer_than_a_load_takes() {
    let mut config = config();
    (config.load_timeout, config.redis_timeout) = (5 * SECOND, SECOND);
    assert_eq!(config.grace(), 9 * SECOND);
}

#[tokio::test]
async fn a_manual_clock_stands_until_it_is_moved() {
    let clock = Clock::manual();
    let same = clock.clone();
    assert_eq!((clock.now(), clock.waiting()), (Duration::ZERO, 0));
    clock.wait_until(Duration::ZERO).await;
    let waits = tokio::spawn(async move { same.wait_until(2 * SECOND).await });
    let_others_run().await;
    assert_eq!(clock.waiting(), 1);
    clock.advance(SECOND);
    let_others_run().await;
    assert_eq!((clock.now(), clock.waiting()), (SECOND, 1));
    clock.advance(SECOND);
    waits.await.unwrap();
    assert_eq!(clock.waiting(), 0);
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Duration::MAX);
}

/// Lets other tasks of this thread have some turns.
async fn let_others_run() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_real_clock_moves_by_itself() {
    let clock = Clock::real();
    let before = clock.now();
    clock.advance(Duration::MAX);
    clock.wait_until(before + MS).await;
    assert!(clock.now() >= before + MS && clock.now() < Duration::MAX);
    assert_eq!(clock.waiting(), 0);
}

#[tokio::test]
async fn a_function_is_a_loader() {
    let loader = |key: String| async move {
        match key.as_str() {
            "bad" => Err(LoadError::new(std::fmt::Error)),
            _ => Ok(Value::text(&key)),
        }
    };
    assert_eq!(loader.load("k").await.unwrap(), Value::text("k"));
    let error = loader.load("bad").await.unwrap_err();
    assert!(error.cause().downcast_ref::<std::fmt::Error>().is_some());
    assert_eq!(error.to_string(), std::fmt::Error.to_string());
    assert_eq!(format!("{error:?}"), "Error");
    let error = Error::Load(LoadError::new("no table"));
    assert_eq!(error.clone().to_string(), "the load failed: no table");
}

/// It starts, reads at the loader, says that it cannot write, and says what it has done.
#[tokio::test]
async fn a_cache_works_without_its_redis() {
    let cache = AdaptiveCache::new(NOWHERE, forty_two, config()).unwrap();
    assert_eq!(cache.get("k").await.unwrap(), Value::Integer(42));
    cache.put("k", Value::Integer(1)).await.unwrap_err();
    cache.delete("j").await.unwrap_err();
    assert_eq!(cache.get("k").await.unwrap(), Value::Integer(42));
    let stats = cache.clone().stats();
    assert_eq!((stats.reads, stats.loads, stats.loaded), (2, 2, 2));
    assert_eq!((stats.dirty, stats.tracked, stats.local_entries), (2, 1, 0));
    assert!(stats.redis_errors >= 4);
    assert_eq!(cache.config(), &config());
}

#[tokio::test]
async fn a_cache_may_share_somebody_elses_connection() {
    let client = redis::Client::open(NOWHERE).unwrap();
    let settings = redis::aio::ConnectionManagerConfig::new().set_number_of_retries(0);
    let manager = redis::aio::ConnectionManager::new_lazy_with_config(client, settings).unwrap();
    let cache = AdaptiveCache::over(manager, forty_two, config()).unwrap();
    assert_eq!(cache.get("k").await.unwrap(), Value::Integer(42));
    assert_eq!(cache.stats().redis_errors, 1);
}

/// The task that repairs does not keep a cache alive that nobody has any more, and does not outlive it.
#[tokio::test]
async fn nothing_is_left_of_a_cache_that_is_gone() {
    let clock = Clock::manual();
    let conn = Conn::new(NOWHERE, 100 * MS).unwrap();
    let cache = AdaptiveCache::with(conn, forty_two, config(), clock.clone()).unwrap();
    for key in ["a", "b"] {
        cache.put(key, Value::Integer(1)).await.unwrap_err();
    }
    let_others_run().await;
    assert_eq!(clock.waiting(), 1, "one task for all keys");
    drop(cache);
    clock.advance(REPAIR_EVERY);
    let_others_run().await;
    assert_eq!(clock.waiting(), 0);
}
