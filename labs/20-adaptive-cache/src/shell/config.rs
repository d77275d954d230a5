//! All settings of a cache in one place, and what they must be to each other.

use std::time::Duration;

use super::error::ConfigError;
use crate::core::class::Thresholds;
use crate::core::limits::Limits;
use crate::core::place::Ttls;
use crate::core::warm::WarmUp;

/// The settings of an [`AdaptiveCache`](super::cache::AdaptiveCache). Start with [`Config::new`] and change fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What every key in Redis begins with. Instances that share a cache have the same.
    pub prefix: String,
    /// The cache in this process, in bytes; its seed is that of all hashes and dice here.
    pub local: Limits,
    /// How many keys are counted in each window of the traffic, 1 to a million.
    pub counters: u32,
    /// How long such a window is, 1 ms to 24 hours. A class is decided by requests in a window.
    pub window: Duration,
    /// Which rates make a class.
    pub thresholds: Thresholds,
    /// How long values are kept.
    pub ttls: Ttls,
    /// How long Redis may take for an answer, 1 ms to 5 minutes.
    pub redis_timeout: Duration,
    /// How long a load may take, 1 ms to 5 minutes.
    pub load_timeout: Duration,
    /// How much is warmed up, in the unit of [`Wanted::weight`](crate::core::warm::Wanted::weight), and how many keys at once.
    pub warm_up: WarmUp,
    /// How many loads a second a warm-up begins, 1 to a million. Each instance has a pace of its own: share the source's rate out among them.
    pub warm_up_rate: u32,
    /// How many keys may be dirty before nothing in Redis is believed, 1 to ten million.
    pub max_dirty: u32,
}

impl Config {
    /// Settings to begin with, for `local` in bytes. All of them are assumptions about a load that nobody has measured yet: hot is ten requests a
    /// second, cold is fewer than two in ten seconds.
    ///
    /// # Errors
    /// None of its own: they are checked as any others are.
    pub fn new(prefix: impl Into<String>, local: Limits) -> Result<Self, ConfigError> {
        let seconds = Duration::from_secs;
        Ok(Self {
            prefix: prefix.into(),
            local,
            counters: 10_000,
            window: seconds(10),
            thresholds: Thresholds {
                hot_enter: 100,
                hot_leave: 50,
                warm_enter: 4,
                warm_leave: 2,
                dwell: seconds(30),
                max_tracked: 100_000,
            },
            ttls: Ttls::new(seconds(600), seconds(5), seconds(10), 0.1)?,
            redis_timeout: Duration::from_millis(200),
            load_timeout: seconds(5),
            warm_up: WarmUp::new(WarmUp::MAX_BATCH, 64 << 20)?,
            warm_up_rate: 1000,
            max_dirty: 100_000,
        })
    }

    /// How long a deletion is marked in Redis: whoever read before it has written by then. A load is as long as it may be, and Redis is asked and told.
    #[must_use]
    pub fn grace(&self) -> Duration {
        self.load_timeout + 3 * self.redis_timeout + Duration::from_secs(1)
    }

    /// What the parts do not check when they are built.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let timeouts = [
            ("redis_timeout", self.redis_timeout),
            ("load_timeout", self.load_timeout),
        ];
        for (which, timeout) in timeouts {
            if timeout < Duration::from_millis(1) || timeout > Duration::from_secs(300) {
                return Err(ConfigError::Timeout { which, timeout });
            }
        }
        if !(1..=10_000_000).contains(&self.max_dirty) {
            return Err(ConfigError::MaxDirty(self.max_dirty));
        }
        Ok(())
    }
}
