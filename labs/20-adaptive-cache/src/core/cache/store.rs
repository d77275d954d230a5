//! How entries come in and go out: slab, index, list and expiries together.
//!
//! What must stay true: an entry is in the slab, in the index, in the list of its space with its weight, and, if it expires, in the heap.

use std::hash::Hash;

use super::super::expiry::Moment;
use super::super::list::{Links, List};
use super::super::slab::Slot;
use super::Cache;
use super::entry::{Entry, Space};

impl<K: Hash + Eq, V> Cache<K, V> {
    /// Puts a new entry into the window.
    pub(super) fn add(&mut self, entry: Entry<K, V>) -> Slot {
        let (hash, weight) = (entry.hash, entry.weight);
        let slot = self.entries.insert(entry);
        let rehash = |slot: &Slot| self.entries[*slot].hash.bits();
        self.index.insert_unique(hash.bits(), slot, rehash);
        self.window.push_newest(&mut self.links, slot, weight);
        self.let_pass(slot);
        slot
    }

    /// Gives an entry another value, in its place.
    pub(super) fn replace(&mut self, slot: Slot, value: V, weight: u32, expires: Moment) {
        let entry = &mut self.entries[slot];
        entry.value = value;
        let before = std::mem::replace(&mut entry.weight, weight);
        let expired = std::mem::replace(&mut entry.expires, expires);
        let space = entry.space;
        self.list(space).0.reweigh(before, weight);
        self.let_pass(slot);
        if expired != Moment::NEVER {
            self.mortal -= 1;
        }
    }

    /// Whoever is too heavy for the whole window leaves it first, and does not push all the others out before it.
    fn let_pass(&mut self, slot: Slot) {
        let Entry { space, weight, .. } = self.entries[slot];
        if space == Space::Window && u64::from(weight) > self.window_capacity {
            self.window.unlink(&mut self.links, slot, weight);
            self.window.push_oldest(&mut self.links, slot, weight);
        }
    }

    /// Remembers when an entry expires, if ever.
    pub(super) fn mark(&mut self, slot: Slot, expires: Moment) {
        if expires == Moment::NEVER {
            return;
        }
        self.mortal += 1;
        self.expiries.push(expires, slot);
        if self.expiries.is_stale(self.mortal) {
            let marks = self
                .entries
                .iter()
                .map(|(slot, entry)| (entry.expires, slot));
            let marks = marks.filter(|(expires, _)| *expires != Moment::NEVER);
            self.expiries.rebuild(marks);
        }
    }

    /// Takes an entry out of everything but the heap of expiries, which notices by itself.
    pub(super) fn take(&mut self, slot: Slot) -> V {
        let (space, weight) = (self.entries[slot].space, self.entries[slot].weight);
        let (list, links) = self.list(space);
        list.unlink(links, slot, weight);
        let hash = self.entries[slot].hash.bits();
        if let Ok(found) = self.index.find_entry(hash, |other| *other == slot) {
            found.remove();
        }
        let Some(entry) = self.entries.remove(slot) else {
            unreachable!("its space was read above");
        };
        if entry.expires != Moment::NEVER {
            self.mortal -= 1;
        }
        entry.value
    }

    pub(super) fn list(&mut self, space: Space) -> (&mut List, &mut Links) {
        let list = match space {
            Space::Window => &mut self.window,
            Space::Probation => &mut self.probation,
            Space::Protected => &mut self.protected,
        };
        (list, &mut self.links)
    }
}
