//! How long a value is kept, and in which layer.
//!
//! Why a time to live at all, when a write replaces the value: not every change of the source is a write through this cache, and what a layer
//! missed must end by itself. Why jitter: a thousand values that were loaded together must not expire together. Why keep that there is nothing
//! ([`Value::Absent`]): otherwise a burst on a key that does not exist goes to the source each time. It is kept for a shorter time, since what does not exist
//! may be made by somebody who knows no cache. What must stay true: no copy in this process outlives its time, and no cold value is kept.

use std::time::Duration;

use super::class::Place;
use super::settings::SettingError;
use super::value::Value;

/// The times to live.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ttls {
    redis: Duration,
    local: Duration,
    negative: Duration,
    jitter: f64,
}

/// In which layers a value is kept, and how long there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Keep {
    /// In this process.
    pub local: Option<Duration>,
    /// In Redis.
    pub redis: Option<Duration>,
}

impl Ttls {
    /// `redis` for values in Redis, `local` for copies in this process (which see no write of another instance, so it says how old a hot value may be),
    /// `negative` for the knowledge that there is nothing; each is shortened by up to `jitter` of itself.
    ///
    /// # Errors
    /// [`SettingError`] unless each is 1 ms to 30 days, `local` at most `redis`, and `jitter` 0 to 0.5.
    pub fn new(
        redis: Duration,
        local: Duration,
        negative: Duration,
        jitter: f64,
    ) -> Result<Self, SettingError> {
        for (which, ttl) in [("redis", redis), ("local", local), ("negative", negative)] {
            if ttl < Duration::from_millis(1) || ttl > Duration::from_secs(30 * 24 * 3600) {
                return Err(SettingError::Ttl { which, ttl });
            }
        }
        if local > redis {
            return Err(SettingError::LocalTtl { redis, local });
        }
        if !(0.0..=0.5).contains(&jitter) {
            return Err(SettingError::Jitter(jitter));
        }
        Ok(Self {
            redis,
            local,
            negative,
            jitter,
        })
    }

    /// The longest that anything stays in Redis.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.redis.max(self.negative)
    }

    /// How `value` is kept at `place`; `dice` is a number from 0 to below 1.
    pub fn keep(&self, place: Place, value: &Value, dice: f64) -> Keep {
        // ANCHOR: stage5_keep
        todo!("stage 5: keep")
        // ANCHOR_END: stage5_keep
    }

    /// `ttl` without the share of the jitter that `dice` says; at least a millisecond, the shortest that Redis knows.
    fn shortened(&self, ttl: Duration, dice: f64) -> Duration {
        // ANCHOR: stage5_shortened
        todo!("stage 5: shortened")
        // ANCHOR_END: stage5_shortened
    }
}
