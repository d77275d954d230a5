//! What a breaker is told: settings as they are written, and a configuration that is known to make sense.
//!
//! Why two types: whoever holds a [`Config`] need not check anything again. Every range has its reason beside it; what lies outside is
//! refused with the field's name, when it is built and not at the first failure.

use std::time::Duration;

use super::error::ConfigError;
use super::rate::Rate;

/// Which calls weigh on the decision to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowKind {
    /// The last so many calls, however long ago.
    Count(u32),
    /// The calls of the last `length`, counted in `buckets` that leave one by one: the one being filled and those before it, so what is
    /// seen reaches back for `length` less at most one bucket.
    Time {
        /// How far back.
        length: Duration,
        /// In how many steps the past is forgotten.
        buckets: u32,
    },
}

/// Calls that answer, but too late to be of use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowCalls {
    /// A call that took longer is slow.
    pub longer_than: Duration,
    /// It opens when at least this share of the calls in the window was slow.
    pub rate: f64,
}

/// How it finds out that the downstream is well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HalfOpen {
    /// At most so many probes in flight.
    pub permits: u32,
    /// So many of them must succeed, one after the other, to close.
    pub successes: u32,
    /// A probe that has not answered after this has failed, and its permit is back. Longer than the slowest call that is well, and than a time-out: or the
    /// circuit never closes again.
    pub lease: Duration,
}

/// Settings as they are written. [`Settings::build`] checks them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Which calls weigh on the decision.
    pub window: WindowKind,
    /// With fewer calls in the window it does not open, whatever came of them.
    pub minimum_calls: u32,
    /// It opens when at least this share of the calls in the window failed.
    pub failure_rate: f64,
    /// Slow calls count too, if this is set. Then each call reads the clock twice.
    pub slow_calls: Option<SlowCalls>,
    /// How long it stays open before it probes.
    pub open_for: Duration,
    /// How it probes.
    pub half_open: HalfOpen,
}

/// Slow calls, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlowLimit {
    longer_than: Duration,
    rate: Rate,
}

/// Settings that make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    window: WindowKind,
    minimum_calls: u32,
    failure_rate: Rate,
    slow_calls: Option<SlowLimit>,
    open_for: Duration,
    half_open: HalfOpen,
}

/// Half of the last 100 calls, open for 5 s, then 3 probes one by one. Where to begin, not what is right for you.
impl Default for Settings {
    fn default() -> Self {
        Self {
            window: WindowKind::Count(100),
            minimum_calls: 20,
            failure_rate: 0.5,
            slow_calls: None,
            open_for: Duration::from_secs(5),
            half_open: HalfOpen {
                permits: 1,
                successes: 3,
                lease: Duration::from_secs(10),
            },
        }
    }
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    /// [`ConfigError`] names the first field that is out of range, and the range.
    pub fn build(self) -> Result<Config, ConfigError> {
        let most_calls = check_window(self.window)?;
        if self.minimum_calls == 0 || self.minimum_calls > most_calls {
            return Err(ConfigError::MinimumCalls {
                given: self.minimum_calls,
                most: most_calls,
            });
        }
        let HalfOpen {
            permits,
            successes,
            lease,
        } = self.half_open;
        if permits == 0 || permits > Config::MAX_PROBES {
            return Err(ConfigError::Permits(permits));
        }
        if successes == 0 || successes > Config::MAX_PROBES {
            return Err(ConfigError::Successes(successes));
        }
        check_wait("half_open.lease", lease)?;
        check_wait("open_for", self.open_for)?;
        let slow_calls = match self.slow_calls {
            None => None,
            Some(SlowCalls { longer_than, rate }) => {
                check_wait("slow_calls.longer_than", longer_than)?;
                Some(SlowLimit {
                    longer_than,
                    rate: Rate::new("slow_calls.rate", rate)?,
                })
            }
        };
        Ok(Config {
            window: self.window,
            minimum_calls: self.minimum_calls,
            failure_rate: Rate::new("failure_rate", self.failure_rate)?,
            slow_calls,
            open_for: self.open_for,
            half_open: self.half_open,
        })
    }
}

/// The most calls that the window can hold.
fn check_window(window: WindowKind) -> Result<u32, ConfigError> {
    match window {
        WindowKind::Count(calls) if (1..=Config::MAX_COUNT).contains(&calls) => Ok(calls),
        WindowKind::Count(calls) => Err(ConfigError::WindowCount(calls)),
        WindowKind::Time { length, buckets } => {
            if length < Duration::from_millis(1) || length > Config::MAX_WAIT {
                return Err(ConfigError::WindowLength(length));
            }
            // No length is a multiple of 0.
            let even = length.as_nanos().is_multiple_of(u128::from(buckets));
            if !even || buckets > Config::MAX_BUCKETS {
                return Err(ConfigError::WindowBuckets { buckets, length });
            }
            Ok(Config::MAX_MINIMUM)
        }
    }
}

fn check_wait(field: &'static str, given: Duration) -> Result<(), ConfigError> {
    if given.is_zero() || given > Config::MAX_WAIT {
        return Err(ConfigError::Wait { field, given });
    }
    Ok(())
}

impl SlowLimit {
    /// Whether a call that took so long is slow: longer than the limit, so one that took exactly as long is not.
    #[must_use]
    pub fn is_slow(&self, took: Duration) -> bool {
        // ANCHOR: stage3_is_slow
        todo!("stage 3: is slow")
        // ANCHOR_END: stage3_is_slow
    }

    /// A call that took longer is slow.
    #[must_use]
    pub fn longer_than(&self) -> Duration {
        self.longer_than
    }

    /// It opens when at least this share of the calls was slow.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.rate
    }
}

impl Config {
    /// A count window is two bits a call: at most 16 KiB a breaker.
    pub const MAX_COUNT: u32 = 65_536;
    /// A bucket is three counts: at most 24 KB a breaker.
    pub const MAX_BUCKETS: u32 = 1000;
    /// Whoever waits longer has forgotten what for; and no moment plus a day overflows.
    pub const MAX_WAIT: Duration = Duration::from_secs(24 * 3600);
    /// More probes at once are no probes but traffic.
    pub const MAX_PROBES: u32 = 1000;
    /// For a time window, which may hold any number of calls.
    pub const MAX_MINIMUM: u32 = 1_000_000;

    /// Which calls weigh on the decision.
    #[must_use]
    pub fn window(&self) -> WindowKind {
        self.window
    }

    /// With fewer calls in the window it does not open.
    #[must_use]
    pub fn minimum_calls(&self) -> u32 {
        self.minimum_calls
    }

    /// It opens when at least this share of the calls failed.
    #[must_use]
    pub fn failure_rate(&self) -> Rate {
        self.failure_rate
    }

    /// What is slow, and how much of it opens the circuit.
    #[must_use]
    pub fn slow_calls(&self) -> Option<&SlowLimit> {
        self.slow_calls.as_ref()
    }

    /// How long it stays open before it probes.
    #[must_use]
    pub fn open_for(&self) -> Duration {
        self.open_for
    }

    /// How it probes.
    #[must_use]
    pub fn half_open(&self) -> HalfOpen {
        self.half_open
    }
}
