//! How the window's size follows the load.

use std::hash::Hash;

use super::super::climber::Move;
use super::super::slab::Slot;
use super::Cache;
use super::entry::Space;

/// The border moves by this part of the capacity with each insert, so that no insert has to move many entries.
const STRIDES: u64 = 1000;

impl<K: Hash + Eq, V> Cache<K, V> {
    /// After a sample, asks the climber; then moves the border a stride.
    pub(super) fn adapt(&mut self) {
        // ANCHOR: stage3_adapt
        let (hits, misses) = (
            self.stats.hits - self.sampled.0,
            self.stats.misses - self.sampled.1,
        );
        if hits + misses >= self.sketch.sample() {
            self.sampled = (self.stats.hits, self.stats.misses);
            let wanted = match self.climber.observe(hits as f64 / (hits + misses) as f64) {
                Move::Grow(units) => self.window_target.saturating_add(units),
                Move::Shrink(units) => self.window_target.saturating_sub(units),
                Move::Stay => self.window_target,
            };
            let window = self.limits.window;
            let (min, max) = (self.limits.share(window.min), self.limits.share(window.max));
            self.window_target = wanted.clamp(min, max);
        }
        if self.window_target != self.window_capacity {
            self.stride();
        }
        // ANCHOR_END: stage3_adapt
    }

    /// Moves the border between window and main space one stride, and entries over it; none is lost.
    fn stride(&mut self) {
        // ANCHOR: stage3_stride
        let stride = self.limits.capacity.div_ceil(STRIDES);
        let (from, to) = (self.window_capacity, self.window_target);
        if to > from {
            self.window_capacity = to.min(from + stride);
            self.limit_protected();
            while let Some(slot) = self.next_for_window() {
                self.move_to(slot, Space::Window);
            }
        } else {
            self.window_capacity = to.max(from.saturating_sub(stride));
            self.limit_window();
        }
        // ANCHOR_END: stage3_stride
    }

    /// The entry of the main space that would go first, if there is room for it in the window.
    fn next_for_window(&self) -> Option<Slot> {
        let room = self.window_capacity.saturating_sub(self.window.weight());
        let fits = |slot: &Slot| u64::from(self.entries[*slot].weight) <= room;
        let probation = self.probation.oldest().filter(fits);
        probation.or(self.protected.oldest().filter(fits))
    }
}
