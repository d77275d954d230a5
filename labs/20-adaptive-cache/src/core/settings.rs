//! Settings of the classes, the places and the warm-up that make no sense, each with its name and the range that does.
//!
//! Why not clamp them silently: a dwell of zero that becomes a second is a cache that does something else than its operator wrote. What must
//! stay true: a bad setting is refused when it is built, and never found by the first request.

use std::time::Duration;

/// A setting that was refused.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// No counter at all, or more than a summary should cost.
    #[error("traffic: counters must be 1 to 1000000, not {0}")]
    Counters(u32),
    /// Windows that end before anything is counted, or that never end.
    #[error("traffic: window must be 1 ms to 24 hours, not {0:?}")]
    Window(Duration),
    /// A class that is left where it is entered, or above: every request would change it.
    #[error(
        "classes: {class}_leave must be at least 1 and below {class}_enter ({enter}), not {leave}"
    )]
    Leave {
        /// `hot` or `warm`.
        class: &'static str,
        /// The rate that enters the class.
        enter: u64,
        /// The rate below which it is left.
        leave: u64,
    },
    /// Hot keys that are asked for less than warm ones.
    #[error("classes: hot_leave must be at least warm_enter ({warm_enter}), not {hot_leave}")]
    Order {
        /// The rate that enters Warm.
        warm_enter: u64,
        /// The rate below which Hot is left.
        hot_leave: u64,
    },
    /// A key that may change at each request, or never again.
    #[error("classes: dwell must be 1 ms to 24 hours, not {0:?}")]
    Dwell(Duration),
    /// No key is ever classed, or more than should be remembered.
    #[error("classes: max_tracked must be 1 to 10000000, not {0}")]
    MaxTracked(u32),
    /// A copy that is gone at once, or is never renewed.
    #[error("ttl: {which} must be 1 ms to 30 days, not {ttl:?}")]
    Ttl {
        /// `redis`, `local` or `negative`.
        which: &'static str,
        /// What was given.
        ttl: Duration,
    },
    /// A local copy that outlives the one that all instances share.
    #[error("ttl: local must be at most redis ({redis:?}), not {local:?}")]
    LocalTtl {
        /// The time to live in Redis.
        redis: Duration,
        /// The time to live in this process.
        local: Duration,
    },
    /// A negative share, or more than half of a life.
    #[error("ttl: jitter must be 0 to 0.5, not {0}")]
    Jitter(f64),
    /// A warm-up that never begins, or does not know a limit.
    #[error("warm-up: rate must be 1 to 1000000 loads a second, not {0}")]
    Rate(u32),
    /// No key at a time, or more than the source is asked for at once.
    #[error("warm-up: batch must be 1 to 100, not {0}")]
    Batch(u32),
}
