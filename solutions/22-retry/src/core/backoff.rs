//! How long to wait before the next attempt.
//!
//! Why not the same wait for everybody: callers that failed together come back together, and fail together again. Growing waits
//! make room; only a wait drawn from a whole interval takes the herd apart (jitter; "Exponential Backoff And Jitter", AWS
//! Architecture Blog, 2015). What must stay true: no wait is above the cap, for any strategy, retry number and seed; and a configuration that
//! never waits, or never ends, is refused when it is built.

use std::time::Duration;

use fastrand::Rng;

use super::error::ConfigError;

/// How waits grow and how they are spread.
///
/// Before retry k (counted from 1) the *ceiling* is base x factor^(k-1), and never above the cap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strategy {
    /// No wait at all. To compare with, and for tests.
    None,
    /// Always the same wait.
    Constant {
        /// The wait.
        wait: Duration,
    },
    /// The ceiling itself: everybody who failed together comes back together.
    Exponential {
        /// The first ceiling.
        base: Duration,
        /// What each further ceiling is multiplied by.
        factor: f64,
        /// No wait is above it.
        cap: Duration,
    },
    /// Anything from nothing to the ceiling.
    FullJitter {
        /// The first ceiling.
        base: Duration,
        /// What each further ceiling is multiplied by.
        factor: f64,
        /// No wait is above it.
        cap: Duration,
    },
    /// Half the ceiling, and anything from nothing to the other half.
    EqualJitter {
        /// The first ceiling.
        base: Duration,
        /// What each further ceiling is multiplied by.
        factor: f64,
        /// No wait is above it.
        cap: Duration,
    },
    /// Anything from the base to three times the wait before, or to the cap if that is less; the wait before the first counts as the base.
    ///
    /// The article draws first and cuts at the cap afterwards: once the waits are long, most of them are then the cap exactly, and
    /// the herd is back. Here the interval is cut, and then drawn from.
    Decorrelated {
        /// The shortest wait.
        base: Duration,
        /// No wait is above it.
        cap: Duration,
    },
}

/// A strategy whose numbers make sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff(Strategy);

/// Where one call is in its waits: how many there were, and how long the last one was.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    retry: u32,
    previous: Duration,
}

/// The waits of one call, without end.
#[derive(Clone, Debug)]
pub struct Waits {
    backoff: Backoff,
    steps: Steps,
    rng: Rng,
}

/// A decorrelated wait is drawn from up to this many times the one before (the article's number).
const DECORRELATED_FACTOR: f64 = 3.0;

impl Backoff {
    /// Whoever waits longer than a day wants a job queue.
    pub const MAX_CAP: Duration = Duration::from_secs(24 * 3600);
    /// Three retries at a factor of 100 go from a millisecond to a quarter of an hour.
    pub const MAX_FACTOR: f64 = 100.0;

    /// A backoff by `strategy`.
    ///
    /// # Errors
    /// [`ConfigError::Wait`], [`Cap`](ConfigError::Cap), [`Base`](ConfigError::Base) or [`Factor`](ConfigError::Factor) name the
    /// first value that makes no sense: a wait or cap that is not above 0 and at most [`Backoff::MAX_CAP`], a base that is not above
    /// 0 and at most the cap, a factor that is not 1 to [`Backoff::MAX_FACTOR`].
    pub fn new(strategy: Strategy) -> Result<Self, ConfigError> {
        match strategy {
            Strategy::None => {}
            Strategy::Constant { wait } if wait.is_zero() || wait > Self::MAX_CAP => {
                return Err(ConfigError::Wait(wait));
            }
            Strategy::Constant { .. } => {}
            Strategy::Exponential { base, factor, cap }
            | Strategy::FullJitter { base, factor, cap }
            | Strategy::EqualJitter { base, factor, cap } => check(base, factor, cap)?,
            Strategy::Decorrelated { base, cap } => check(base, DECORRELATED_FACTOR, cap)?,
        }
        Ok(Self(strategy))
    }

    /// What it was built from.
    #[must_use]
    pub fn strategy(&self) -> Strategy {
        self.0
    }

    /// No wait is longer.
    #[must_use]
    pub fn cap(&self) -> Duration {
        match self.0 {
            Strategy::None => Duration::ZERO,
            Strategy::Constant { wait } => wait,
            Strategy::Exponential { cap, .. }
            | Strategy::FullJitter { cap, .. }
            | Strategy::EqualJitter { cap, .. }
            | Strategy::Decorrelated { cap, .. } => cap,
        }
    }

    /// The longest wait before retry `retry` (1 is the first), before anything is drawn.
    #[must_use]
    pub fn ceiling(&self, retry: u32) -> Duration {
        match self.0 {
            Strategy::None => Duration::ZERO,
            Strategy::Constant { wait } => wait,
            Strategy::Exponential { base, factor, cap }
            | Strategy::FullJitter { base, factor, cap }
            | Strategy::EqualJitter { base, factor, cap } => grow(base, factor, cap, retry),
            Strategy::Decorrelated { base, cap } => {
                grow(base, DECORRELATED_FACTOR, cap, retry.saturating_add(1))
            }
        }
    }

    /// The wait before retry `retry` (1 is the first), after a wait of `previous` (zero before the first).
    ///
    /// Every strategy is decided here. `rng` is drawn from by the three that jitter, once.
    pub fn wait(&self, retry: u32, previous: Duration, rng: &mut Rng) -> Duration {
        // ANCHOR: stage1_wait
        match self.0 {
            Strategy::None => Duration::ZERO,
            Strategy::Constant { wait } => wait,
            Strategy::Exponential { .. } => self.ceiling(retry),
            Strategy::FullJitter { .. } => between(Duration::ZERO, self.ceiling(retry), rng),
            Strategy::EqualJitter { .. } => {
                let ceiling = self.ceiling(retry);
                between(ceiling / 2, ceiling, rng)
            }
            Strategy::Decorrelated { base, cap } => {
                let longest = previous.max(base).saturating_mul(3).min(cap);
                between(base, longest, rng)
            }
        }
        // ANCHOR_END: stage1_wait
    }

    /// The waits of one call, drawn from `rng`: endless, since how often to retry is not the backoff's to say.
    #[must_use]
    pub fn waits(&self, rng: Rng) -> Waits {
        Waits {
            backoff: *self,
            steps: Steps::default(),
            rng,
        }
    }
}

/// Refuses numbers that never wait, or never end.
///
/// In this order: the cap must be above 0 and at most [`Backoff::MAX_CAP`]; the base above 0 and at most the cap; the factor 1 to
/// [`Backoff::MAX_FACTOR`].
fn check(base: Duration, factor: f64, cap: Duration) -> Result<(), ConfigError> {
    // ANCHOR: stage1_check
    if cap.is_zero() || cap > Backoff::MAX_CAP {
        return Err(ConfigError::Cap(cap));
    }
    if base.is_zero() || base > cap {
        return Err(ConfigError::Base { base, cap });
    }
    // A NaN is in no range.
    if !(1.0..=Backoff::MAX_FACTOR).contains(&factor) {
        return Err(ConfigError::Factor(factor));
    }
    Ok(())
    // ANCHOR_END: stage1_check
}

/// base x factor^(nth-1), and never above `cap`. No `nth` overflows, `u32::MAX` and 0 (taken for 1) among them.
fn grow(base: Duration, factor: f64, cap: Duration, nth: u32) -> Duration {
    // ANCHOR: stage1_grow
    let exponent = i32::try_from(nth.saturating_sub(1)).unwrap_or(i32::MAX);
    // In floats a power that is too large is infinite, and infinity is above the cap.
    let seconds = base.as_secs_f64() * factor.powi(exponent);
    if seconds < cap.as_secs_f64() {
        Duration::from_secs_f64(seconds)
    } else {
        cap
    }
    // ANCHOR_END: stage1_grow
}

/// Anything from `low` to `high`, both included, by one draw; `low` if there is nothing between them.
#[must_use]
pub fn between(low: Duration, high: Duration, rng: &mut Rng) -> Duration {
    let nanos = |wait: Duration| u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
    let (low, high) = (nanos(low), nanos(high));
    Duration::from_nanos(if low < high { rng.u64(low..=high) } else { low })
}

impl Steps {
    /// The wait before the next retry.
    pub fn next(&mut self, backoff: &Backoff, rng: &mut Rng) -> Duration {
        self.retry = self.retry.saturating_add(1);
        self.previous = backoff.wait(self.retry, self.previous, rng);
        self.previous
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            retry: 0,
            previous: Duration::ZERO,
        }
    }
}

impl Iterator for Waits {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(self.steps.next(&self.backoff, &mut self.rng))
    }
}
