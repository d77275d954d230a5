//! A warm-up as a plan: which keys, in which order, how many at a time; and what became of them.
//!
//! Why a plan and not a loop over the keys as they come: if time or room runs out, what is missing should be what matters least. What must
//! stay true: no key is loaded before one of a higher priority, the keys that are planned fit into the capacity together, each is loaded once, and every
//! key that was asked for is in the report by name or counted as kept.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::settings::SettingError;

/// A key that should be warm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The key.
    pub key: String,
    /// The highest is loaded first; of equals, the one that was named first.
    pub priority: u32,
    /// What its value will weigh, in the units of the capacity.
    pub weight: u64,
}

/// What will be loaded, and what will not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Keys to load, batch by batch.
    pub batches: Vec<Vec<String>>,
    /// Keys for which there is no room, the most important first.
    pub left_out: Vec<String>,
}

/// How large a batch is, and how much fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    batch: u32,
    capacity: u64,
}

impl WarmUp {
    /// The batch of the book's source.
    pub const MAX_BATCH: u32 = 100;

    /// Batches of at most `batch` keys, of which all together weigh at most `capacity`.
    ///
    /// # Errors
    /// [`SettingError::Batch`] unless it is 1 to [`WarmUp::MAX_BATCH`].
    pub fn new(batch: u32, capacity: u64) -> Result<Self, SettingError> {
        if !(1..=Self::MAX_BATCH).contains(&batch) {
            return Err(SettingError::Batch(batch));
        }
        Ok(Self { batch, capacity })
    }

    /// Plans for `wanted`. A key that is named twice counts once, by its higher priority. What does not fit beside the more important ones
    /// is left out; lighter keys behind it may still fit.
    #[must_use]
    pub fn plan(&self, mut wanted: Vec<Wanted>) -> Plan {
        // ANCHOR: stage5_plan
        todo!("stage 5: plan")
        // ANCHOR_END: stage5_plan
    }
}

/// What became of a warm-up. `E` says why a key failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<E> {
    /// How many keys were loaded and kept.
    pub loaded: u64,
    /// How many were there already, so that nobody was asked.
    pub there: u64,
    /// Keys that were not kept, each with the reason.
    pub failed: Vec<(String, E)>,
    /// Keys for which there was no room.
    pub left_out: Vec<String>,
}

/// What became of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Warmed<E> {
    /// It was loaded, and is kept.
    Loaded,
    /// It was there.
    There,
    /// It is not kept.
    Failed(E),
}

impl<E> Report<E> {
    /// Nothing has been done yet.
    #[must_use]
    pub fn new(left_out: Vec<String>) -> Self {
        Self {
            loaded: 0,
            there: 0,
            failed: Vec::new(),
            left_out,
        }
    }

    /// Writes down what became of `key`.
    pub fn add(&mut self, key: String, warmed: Warmed<E>) {
        match warmed {
            Warmed::Loaded => self.loaded += 1,
            Warmed::There => self.there += 1,
            Warmed::Failed(error) => self.failed.push((key, error)),
        }
    }
}
