//! What can go wrong at run time, and what is wrong from the start.
//!
//! Why an error can be cloned: of a thousand callers who waited for one load, each gets its outcome. A read has no error of Redis: what Redis does not
//! answer, the loader does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::core::limits::LimitsError;
use crate::core::settings::SettingError;
use crate::core::value::EncodeError;

/// Why there is no value, or why a write is not in the cache.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The loader said so.
    #[error("the load failed: {0}")]
    Load(LoadError),
    /// The loader panicked, or its runtime ended.
    #[error("the load ended without an outcome")]
    LoadLost,
    /// The loader did not end in time, and was dropped.
    #[error("the load took longer than {0:?}")]
    LoadTimedOut(Duration),
    /// Redis refused, or the connection broke: then a write may have happened.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// Redis did not answer in time; a write may have happened.
    #[error("redis did not answer within {0:?}")]
    RedisTimedOut(Duration),
    /// Redis refused an earlier write, and so many others that nothing it holds is believed for now.
    #[error("redis refused too many writes, and is not asked until what it holds has expired")]
    RedisDistrusted,
    /// The value cannot be stored.
    #[error(transparent)]
    Value(#[from] EncodeError),
}

/// What a loader says when it fails. A clone shares the cause.
#[derive(Clone)]
pub struct LoadError(Arc<dyn std::error::Error + Send + Sync>);

impl LoadError {
    /// With its cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }

    /// The cause, to downcast.
    #[must_use]
    pub fn cause(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A configuration that makes no sense.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConfigError {
    /// The local cache.
    #[error(transparent)]
    Limits(#[from] LimitsError),
    /// The classes, the places, the warm-up.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A call that fails at once, or waits for longer than anybody does.
    #[error("{which} must be 1 ms to 5 minutes, not {timeout:?}")]
    Timeout {
        /// `redis_timeout` or `load_timeout`.
        which: &'static str,
        /// What was given.
        timeout: Duration,
    },
    /// No write may fail, or too many are remembered.
    #[error("max_dirty must be 1 to 10000000, not {0}")]
    MaxDirty(u32),
    /// The URL is no address of a Redis.
    #[error("redis: {0}")]
    Url(#[from] redis::RedisError),
}
