//! What most services have instead: a key is looked for in a local LRU, or in none, then in Redis, then loaded and written to both.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use moka::policy::EvictionPolicy;
use redis::aio::ConnectionManager;

use crate::layers::{Getting, VALUE};
use crate::{Error, redis_counts};

const TTL_MS: u64 = 600_000;

/// A cache-aside client.
pub struct LookAside {
    local: Option<moka::sync::Cache<String, String>>,
    conn: ConnectionManager,
    prefix: &'static str,
    loads: AtomicU64,
}

impl LookAside {
    /// With a local LRU of so many entries, or without one.
    pub async fn open(url: &str, local: Option<u64>) -> Result<Self, Error> {
        let lru = |entries| {
            moka::sync::Cache::builder()
                .max_capacity(entries)
                .eviction_policy(EvictionPolicy::lru())
                .build()
        };
        Ok(Self {
            prefix: if local.is_some() { "lru:" } else { "alone:" },
            local: local.map(lru),
            conn: redis_counts::connect(url).await?,
            loads: AtomicU64::new(0),
        })
    }

    async fn fetch(&self, key: &str) -> Result<String, Error> {
        let name = format!("{}{key}", self.prefix);
        let mut conn = self.conn.clone();
        let found: Option<String> = redis::cmd("GET").arg(&name).query_async(&mut conn).await?;
        if let Some(value) = found {
            return Ok(value);
        }
        self.loads.fetch_add(1, Ordering::Relaxed);
        let mut set = redis::cmd("SET");
        set.arg(&name).arg(VALUE).arg("PX").arg(TTL_MS);
        let () = set.query_async(&mut conn).await?;
        Ok(VALUE.to_owned())
    }
}

impl Getting for LookAside {
    fn get<'a>(&'a self, key: &'a str) -> LocalBoxFuture<'a, Result<(), Error>> {
        async move {
            let copy = self.local.as_ref().and_then(|local| local.get(key));
            let value = match copy {
                Some(value) => value,
                None => {
                    let value = self.fetch(key).await?;
                    if let Some(local) = &self.local {
                        local.insert(key.to_owned(), value.clone());
                    }
                    value
                }
            };
            if value == VALUE {
                Ok(())
            } else {
                Err(format!("not what was loaded: {value}").into())
            }
        }
        .boxed_local()
    }

    fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }
}
