//! What a hit changes, what has expired, and who has to go.

use std::hash::Hash;

use super::super::expiry::Moment;
use super::super::slab::Slot;
use super::admission::{Admission, decide};
use super::entry::Space;
use super::{Cache, Entry};

/// Of five parts of the main space so many are protected: Caffeine's 80 %.
const PROTECTED_FIFTHS: u64 = 4;

impl<K: Hash + Eq, V> Cache<K, V> {
    /// An entry was asked for: it is the newest of its space, and a hit on probation is protected from now on.
    pub(super) fn on_hit(&mut self, slot: Slot) {
        // ANCHOR: stage2_on_hit
        todo!("stage 2: on hit")
        // ANCHOR_END: stage2_on_hit
    }

    /// Whether an entry has expired at `now`.
    pub(super) fn has_expired(&self, slot: Slot, now: Moment) -> bool {
        // ANCHOR: stage2_has_expired
        todo!("stage 2: has expired")
        // ANCHOR_END: stage2_has_expired
    }

    /// Takes out the entry that expired first; whether there was one at `now`.
    pub(super) fn expire_one(&mut self, now: Moment) -> bool {
        // ANCHOR: stage2_expire_one
        todo!("stage 2: expire one")
        // ANCHOR_END: stage2_expire_one
    }

    /// Brings window and cache back to their capacities; how many entries had to go, expired ones not counted.
    ///
    /// First what has expired. Then what is too much for the window moves to probation as a candidate, the oldest first; and while that
    /// is too much for the cache each of them, in this order, competes with those that would have to go.
    pub(super) fn make_room(&mut self, now: Moment) -> usize {
        // ANCHOR: stage2_make_room
        todo!("stage 2: make room")
        // ANCHOR_END: stage2_make_room
    }

    /// Lets one candidate compete for its room; how many entries had to go, be it the candidate alone.
    fn compete(&mut self, candidate: Slot) -> usize {
        // ANCHOR: stage2_compete
        todo!("stage 2: compete")
        // ANCHOR_END: stage2_compete
    }

    /// Evicts for `candidate` what frees `needed`; how many entries there were.
    fn admit(&mut self, candidate: Slot, needed: u64) -> usize {
        self.stats.admitted += 1;
        let (mut victims, mut freed) = (0, 0);
        while freed < needed
            && let Some(victim) = self.victim_after(None, candidate)
        {
            freed += u64::from(self.entries[victim].weight);
            self.evict(victim);
            victims += 1;
        }
        victims
    }

    /// Evicts `candidate`: one entry.
    fn reject(&mut self, candidate: Slot) -> usize {
        if let Some(climber) = &mut self.climber {
            climber.rejected(self.entries[candidate].hash);
        }
        self.take(candidate);
        self.stats.rejected += 1;
        self.stats.evicted += 1;
        1
    }

    /// The next that would have to go for `candidate`: probation up to the candidate, then what is protected.
    fn victim_after(&self, victim: Option<Slot>, candidate: Slot) -> Option<Slot> {
        let next = match victim {
            None => self.probation.oldest(),
            Some(victim) => self.links.newer(victim),
        };
        match (next, victim) {
            (Some(next), _) if next != candidate => Some(next),
            (Some(_), _) => self.protected.oldest(),
            (None, _) => None,
        }
    }

    /// Moves what is too much for the window to probation; the first that was moved.
    pub(super) fn limit_window(&mut self) -> Option<Slot> {
        let mut first = None;
        while self.window.weight() > self.window_capacity
            && let Some(slot) = self.window.oldest()
        {
            self.move_to(slot, Space::Probation);
            first = first.or(Some(slot));
        }
        first
    }

    /// Moves what is too much for the protected space to probation.
    pub(super) fn limit_protected(&mut self) {
        while self.protected.weight() > self.protected_capacity()
            && let Some(slot) = self.protected.oldest()
        {
            self.move_to(slot, Space::Probation);
        }
    }

    /// Makes an entry the newest of another space.
    pub(super) fn move_to(&mut self, slot: Slot, space: Space) {
        let Entry {
            space: from,
            weight,
            ..
        } = self.entries[slot];
        let (list, links) = self.list(from);
        list.unlink(links, slot, weight);
        let (list, links) = self.list(space);
        list.push_newest(links, slot, weight);
        self.entries[slot].space = space;
    }

    /// What the protected entries together may weigh.
    pub(super) fn protected_capacity(&self) -> u64 {
        (self.limits.capacity - self.window_capacity) * PROTECTED_FIFTHS / 5
    }

    /// By how much the cache is too heavy.
    fn over(&self) -> u64 {
        self.weight().saturating_sub(self.limits.capacity)
    }

    /// The first to go if nobody competes.
    fn oldest(&self) -> Option<Slot> {
        let main = self.probation.oldest().or(self.protected.oldest());
        main.or(self.window.oldest())
    }

    fn evict(&mut self, slot: Slot) {
        if let Some(climber) = &mut self.climber {
            climber.evicted(self.entries[slot].hash);
        }
        self.take(slot);
        self.stats.evicted += 1;
    }
}
