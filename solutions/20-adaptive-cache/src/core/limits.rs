//! How large a cache is, and what it expects.
//!
//! Why `expected_entries` beside a capacity: the capacity is in units of weight (bytes, kilobytes, entries), and the sketch needs to know
//! how many keys it tells apart. What must stay true: what makes no sense is refused when the cache is built, with the field's name.

/// The limits of one cache. Start with [`Limits::new`] and change fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// What all entries together may weigh, 1 to [`Limits::MAX_CAPACITY`]. Weigh in larger units if that is not enough.
    pub capacity: u64,
    /// How many entries will be kept, about: 1 to [`Limits::MAX_EXPECTED`], and not above the capacity. The sketch has 8 to 16 bytes for each.
    pub expected_entries: u32,
    /// How much of the capacity belongs to what came last.
    pub window: WindowLimits,
    /// Whether the window follows the load; if not, it stays at its initial size.
    pub adaptive: bool,
    /// Of the hash. Draw it once per process, so that nobody can choose keys that collide.
    pub seed: u64,
}

/// Shares of the capacity, 0 to 1. The window has at least one unit, whatever the share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowLimits {
    /// At first.
    pub initial: f64,
    /// At least.
    pub min: f64,
    /// At most.
    pub max: f64,
}

/// What makes no sense, with the range that does.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LimitsError {
    /// Nothing could be kept, or there are not as many slots.
    #[error("limits: capacity must be 1 to 4294967295, not {0}; weigh in larger units")]
    Capacity(u64),
    /// No key could be told from another, or the sketch would take more than 1 GiB.
    #[error("limits: expected_entries must be 1 to 134217728, not {0}")]
    ExpectedEntries(u32),
    /// An entry weighs at least 1.
    #[error(
        "limits: expected_entries must be at most the capacity ({capacity}), not {expected_entries}; an entry weighs at least 1"
    )]
    MoreThanFit {
        /// What was given.
        expected_entries: u32,
        /// The capacity beside it.
        capacity: u64,
    },
    /// No share of anything, or min, initial and max are not in this order.
    #[error(
        "limits: window must have 0 <= min <= initial <= max <= 1, not min {}, initial {}, max {}",
        .0.min, .0.initial, .0.max
    )]
    Window(WindowLimits),
}

impl Limits {
    /// Each entry weighs at least 1, so that a slot is there for each.
    pub const MAX_CAPACITY: u64 = u32::MAX as u64;
    /// Then the sketch has 1 GiB.
    pub const MAX_EXPECTED: u32 = 1 << 27;

    /// An adaptive cache of this size, with the window of [`WindowLimits::default`].
    #[must_use]
    pub fn new(capacity: u64, expected_entries: u32, seed: u64) -> Self {
        Self {
            capacity,
            expected_entries,
            window: WindowLimits::default(),
            adaptive: true,
            seed,
        }
    }

    /// Whether a cache can be built of it.
    ///
    /// # Errors
    /// [`LimitsError`]: the first field that makes no sense.
    pub fn check(&self) -> Result<(), LimitsError> {
        let (capacity, expected_entries) = (self.capacity, self.expected_entries);
        if !(1..=Self::MAX_CAPACITY).contains(&capacity) {
            return Err(LimitsError::Capacity(capacity));
        }
        if !(1..=Self::MAX_EXPECTED).contains(&expected_entries) {
            return Err(LimitsError::ExpectedEntries(expected_entries));
        }
        if u64::from(expected_entries) > capacity {
            return Err(LimitsError::MoreThanFit {
                expected_entries,
                capacity,
            });
        }
        let WindowLimits { initial, min, max } = self.window;
        if !(0.0 <= min && min <= initial && initial <= max && max <= 1.0) {
            return Err(LimitsError::Window(self.window));
        }
        Ok(())
    }

    /// A share of the capacity in units of weight, at least 1.
    #[must_use]
    pub fn share(&self, share: f64) -> u64 {
        // Below 2^32, so exact as a float.
        ((self.capacity as f64 * share).round() as u64).clamp(1, self.capacity)
    }
}

impl Default for WindowLimits {
    /// 1 % at first, as in Caffeine. A fifth of the capacity always remains for what is asked for often.
    fn default() -> Self {
        Self {
            initial: 0.01,
            min: 0.0,
            max: 0.8,
        }
    }
}
