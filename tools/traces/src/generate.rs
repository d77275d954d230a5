//! Loads by name and seed: the same keys on every machine.
//!
//! Each stands for something that a cache meets: `Zipf` for what people ask for, `Loop` for a batch that reads the same table again and again,
//! `Scan` for one that reads it once, `Shift` for fashions, `Recency` for news, and `Mix` for two of them on one cache.

use fastrand::Rng;

use crate::mix::Mix;
use crate::recency::Recency;
use crate::zipf::Zipf;
use crate::{Access, Trace};

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// Key k in proportion to `1 / k^exponent`, for ever.
    Zipf {
        /// How many keys: at least 1.
        keys: u32,
        /// How steep: above 0, at most 4. 0.7 is flat as the web's caches see it, 1.2 is steep.
        exponent: f64,
    },
    /// 0, 1, .. `keys` - 1, and again from 0.
    Loop {
        /// How many keys: at least 1.
        keys: u32,
    },
    /// 0, 1, 2, .. without an end: nothing is asked for twice.
    Scan,
    /// As `Zipf`, but after every `every` accesses the keys step down by `step` ranks: the `step` hottest are forgotten, and as many new ones
    /// are the hottest now.
    Shift {
        /// How many keys at any time: at least 1.
        keys: u32,
        /// As of `Zipf`.
        exponent: f64,
        /// Accesses between two steps: at least 1.
        every: u32,
        /// Ranks of a step: at least 1, at most `keys`.
        step: u32,
    },
    /// A new key with probability `fresh`, else that of an access at most `reach` ago, near ones more often.
    Recency {
        /// Accesses that are looked back: 1 to 16,777,216, because they are kept.
        reach: u32,
        /// Above 0, at most 1.
        fresh: f64,
    },
    /// A stretch of `first`, a stretch of `second`, and so on. Their keys are apart.
    Mix {
        /// Begins.
        first: Box<Load>,
        /// Goes on where it was when its turn comes again.
        second: Box<Load>,
        /// Accesses of one stretch of each: at least 1.
        stretches: [u32; 2],
    },
}

/// A load that makes no sense, with the range that does.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LoadError {
    /// No key at all.
    #[error("load: keys must be at least 1")]
    Keys,
    /// Flat, rising, or no number.
    #[error("load: exponent must be above 0 and at most 4, not {0}")]
    Exponent(f64),
    /// A hot set that shifts without an access between.
    #[error("load: every must be at least 1")]
    Every,
    /// A shift of nothing, or of more than there is.
    #[error("load: step must be 1 to {keys}, as many as there are keys, not {step}")]
    Step {
        /// What was given.
        step: u32,
        /// The keys beside it.
        keys: u32,
    },
    /// No history, or one that fills the memory.
    #[error("load: reach must be 1 to 16777216, not {0}")]
    Reach(u32),
    /// Then nothing is ever new, or it is no probability.
    #[error("load: fresh must be above 0 and at most 1, not {0}")]
    Fresh(f64),
    /// A mixture in which one never has its turn.
    #[error("load: stretches must be at least 1 each, not {0:?}")]
    Stretches([u32; 2]),
    /// Mixtures in mixtures, until keys have no numbers left.
    #[error("load: at most {0} mixtures within each other")]
    Depth(u32),
}

/// Keys have 64 bits, and a mixture takes one of them.
const DEPTH: u32 = 8;
const REACH: u32 = 1 << 24;

impl Load {
    fn check(&self, depth: u32) -> Result<(), LoadError> {
        let zipf = |keys: u32, exponent: f64| {
            if keys == 0 {
                return Err(LoadError::Keys);
            }
            // Written so that NaN is refused.
            if !(exponent > 0.0 && exponent <= 4.0) {
                return Err(LoadError::Exponent(exponent));
            }
            Ok(())
        };
        match *self {
            Self::Zipf { keys, exponent } => zipf(keys, exponent),
            Self::Loop { keys: 0 } => Err(LoadError::Keys),
            Self::Loop { .. } | Self::Scan => Ok(()),
            Self::Shift {
                keys,
                exponent,
                every,
                step,
            } => {
                zipf(keys, exponent)?;
                if every == 0 {
                    return Err(LoadError::Every);
                }
                if step == 0 || step > keys {
                    return Err(LoadError::Step { step, keys });
                }
                Ok(())
            }
            Self::Recency { reach, fresh } => {
                if reach == 0 || reach > REACH {
                    return Err(LoadError::Reach(reach));
                }
                if !(fresh > 0.0 && fresh <= 1.0) {
                    return Err(LoadError::Fresh(fresh));
                }
                Ok(())
            }
            Self::Mix {
                ref first,
                ref second,
                stretches,
            } => {
                if stretches.contains(&0) {
                    return Err(LoadError::Stretches(stretches));
                }
                if depth == DEPTH {
                    return Err(LoadError::Depth(DEPTH));
                }
                first.check(depth + 1)?;
                second.check(depth + 1)
            }
        }
    }

    /// The first `length` accesses by this seed.
    ///
    /// # Errors
    /// The load makes no sense.
    pub fn trace(&self, seed: u64, length: u32) -> Result<Trace, LoadError> {
        Ok(Trace::take(Generator::new(self, seed)?, length))
    }
}

/// Accesses by load and seed, without an end. All weigh 1.
#[derive(Clone, Debug)]
pub struct Generator {
    source: Source,
    rng: Rng,
}

impl Generator {
    /// From the beginning.
    ///
    /// # Errors
    /// The load makes no sense.
    pub fn new(load: &Load, seed: u64) -> Result<Self, LoadError> {
        load.check(0)?;
        Ok(Self {
            source: Source::new(load),
            rng: Rng::with_seed(seed),
        })
    }
}

impl Iterator for Generator {
    type Item = Access;

    fn next(&mut self) -> Option<Access> {
        Some(Access::unit(self.source.next(&mut self.rng)))
    }
}

/// A load under way. Its load has been checked.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Zipf(Zipf),
    Loop {
        keys: u64,
        next: u64,
    },
    Scan {
        next: u64,
    },
    Shift {
        zipf: Zipf,
        every: u32,
        step: u32,
        /// Accesses until the next step.
        left: u32,
        /// The key of what would be rank 0.
        top: u64,
    },
    Recency(Recency),
    Mix(Box<Mix>),
}

impl Source {
    pub(crate) fn new(load: &Load) -> Self {
        match load {
            Load::Zipf { keys, exponent } => Self::Zipf(Zipf::new(*keys, *exponent)),
            Load::Loop { keys } => Self::Loop {
                keys: u64::from(*keys),
                next: 0,
            },
            Load::Scan => Self::Scan { next: 0 },
            Load::Shift {
                keys,
                exponent,
                every,
                step,
            } => Self::Shift {
                zipf: Zipf::new(*keys, *exponent),
                every: *every,
                step: *step,
                left: *every,
                // Steps go down from here, and there are more keys below than anybody steps.
                top: 1 << 48,
            },
            Load::Recency { reach, fresh } => Self::Recency(Recency::new(*reach, *fresh)),
            Load::Mix {
                first,
                second,
                stretches,
            } => Self::Mix(Box::new(Mix::new([first, second], *stretches))),
        }
    }

    pub(crate) fn next(&mut self, rng: &mut Rng) -> u64 {
        match self {
            Self::Zipf(zipf) => u64::from(zipf.draw(rng)),
            Self::Loop { keys, next } => {
                let key = *next;
                *next = (key + 1) % *keys;
                key
            }
            Self::Scan { next } => {
                *next += 1;
                *next - 1
            }
            Self::Shift {
                zipf,
                every,
                step,
                left,
                top,
            } => {
                if *left == 0 {
                    *left = *every;
                    // What was rank r is rank r + step now.
                    *top = top.saturating_sub(u64::from(*step));
                }
                *left -= 1;
                *top + u64::from(zipf.draw(rng))
            }
            Self::Recency(recency) => recency.next(rng),
            Self::Mix(mix) => mix.next(rng),
        }
    }
}

#[cfg(test)]
mod tests;
