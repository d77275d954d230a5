//! A variant's whole cache, with Redis behind it. `bench.rs` mounts this file once for each variant whose shell is measured, with `adaptive_cache`
//! naming its crate; to the rest of the bench they are all [`Getting`].

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::adaptive_cache::core::class::Thresholds;
use super::adaptive_cache::core::limits::Limits;
use super::adaptive_cache::core::value::Value;
use super::adaptive_cache::shell::cache::AdaptiveCache;
use super::adaptive_cache::shell::clock::Clock;
use super::adaptive_cache::shell::config::Config;
use super::adaptive_cache::shell::conn::Conn;
use super::adaptive_cache::shell::error::LoadError;
use super::adaptive_cache::shell::loader::Loader;
use crate::Error;
use crate::layers::{Getting, Terms, VALUE};

const SEED: u64 = 20;
/// Room for ten thousand values: which of them are kept, the classes say.
const BYTES: u64 = 1 << 20;
const ENTRIES: u32 = 10_000;

/// A source that answers at once.
pub struct Source;

impl Loader for Source {
    async fn load(&self, _: &str) -> Result<Value, LoadError> {
        Ok(Value::Text(VALUE.into()))
    }
}

/// The cache, and its clock.
pub struct Adaptive {
    cache: AdaptiveCache<Source>,
    clock: Clock,
}

impl Adaptive {
    pub fn open(url: &str, terms: Terms) -> Result<Self, Error> {
        let clock = if terms.virtual_time {
            Clock::manual()
        } else {
            Clock::real()
        };
        let mut config = Config::new("adaptive:", Limits::new(BYTES, ENTRIES, SEED))?;
        config.window = terms.window;
        config.thresholds = Thresholds {
            hot_enter: terms.hot,
            hot_leave: terms.hot / 2,
            dwell: terms.dwell,
            ..config.thresholds
        };
        let conn = Conn::new(url, Duration::from_secs(5))?;
        let cache = AdaptiveCache::with(conn, Source, config, clock.clone())?;
        Ok(Self { cache, clock })
    }
}

impl Getting for Adaptive {
    fn get<'a>(&'a self, key: &'a str) -> LocalBoxFuture<'a, Result<(), Error>> {
        async move {
            let value = self.cache.get(key).await?;
            if matches!(&value, Value::Text(text) if **text == *VALUE) {
                Ok(())
            } else {
                Err(format!("not what was loaded: {value:?}").into())
            }
        }
        .boxed_local()
    }

    fn passes(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn loads(&self) -> u64 {
        self.cache.stats().loads
    }
}
