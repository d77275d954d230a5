//! How the window's size follows the load.

use std::cmp::Ordering;
use std::hash::Hash;

use super::super::climber::Move;
use super::super::slab::Slot;
use super::Cache;
use super::entry::Space;

/// The border moves by this part of the capacity with each insert, so that no insert has to move many entries.
const STRIDES: u64 = 1000;
/// A sample is as many requests as entries are expected, and of a small cache so many.
const MIN_SAMPLE: u64 = 1000;

impl<K: Hash + Eq, V> Cache<K, V> {
    /// After a sample, asks the climber where the border should be; then moves it a stride.
    pub(super) fn adapt(&mut self) {
        let Some(climber) = &mut self.climber else {
            return;
        };
        let requests = self.stats.hits + self.stats.misses;
        let sample = u64::from(self.limits.expected_entries).max(MIN_SAMPLE);
        if requests - self.sampled >= sample {
            self.sampled = requests;
            let next = climber.observe();
            self.window_target = self.aim(next);
        }
        self.stride();
    }

    /// The size of the window after this move of what it aims at now, within its limits.
    fn aim(&self, next: Move) -> u64 {
        // ANCHOR: stage3_aim
        todo!("stage 3: aim")
        // ANCHOR_END: stage3_aim
    }

    /// Moves the border between window and main space one stride, if it is not where it should be, and as much over it. No entry is lost.
    fn stride(&mut self) {
        // ANCHOR: stage3_stride
        todo!("stage 3: stride")
        // ANCHOR_END: stage3_stride
    }

    /// The entry of the main space that would go first, if there is room for it in the window.
    fn next_for_window(&self) -> Option<Slot> {
        let room = self.window_capacity - self.window.weight();
        let fits = |slot: &Slot| u64::from(self.entries[*slot].weight) <= room;
        let probation = self.probation.oldest().filter(fits);
        probation.or(self.protected.oldest().filter(fits))
    }
}
