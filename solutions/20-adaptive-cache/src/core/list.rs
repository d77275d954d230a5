//! Lists in the order of use, linked through the slots of a slab.
//!
//! Why not `std::collections::LinkedList`: an entry that is hit is somewhere in the middle, and must be unlinked there in constant time.
//! Why the links are not in the entries: moving an entry touches its neighbours, and eight links share a cache line. What must stay
//! true: a slot is in one list at most, and a list knows the weight of all that is in it.

use super::slab::Slot;

/// No slot.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link {
    older: u32,
    newer: u32,
}

/// The bytes of one slot's links.
pub const LINK_BYTES: usize = size_of::<Link>();

/// The neighbours of every slot, whatever list that is in.
#[derive(Clone, Debug, Default)]
pub struct Links(Vec<Link>);

/// One list: its two ends, its length, its weight. Change it with the [`Links`] that it was made with.
#[derive(Clone, Debug)]
pub struct List {
    oldest: u32,
    newest: u32,
    len: usize,
    weight: u64,
}

impl Links {
    /// The next newer slot of the same list.
    #[must_use]
    pub fn newer(&self, slot: Slot) -> Option<Slot> {
        some(self.0.get(slot.index())?.newer)
    }

    /// Makes sure that there are links for `slot`.
    fn grow(&mut self, slot: Slot) {
        if self.0.len() <= slot.index() {
            let unlinked = Link {
                older: NONE,
                newer: NONE,
            };
            self.0.resize(slot.index() + 1, unlinked);
        }
    }
}

impl List {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            oldest: NONE,
            newest: NONE,
            len: 0,
            weight: 0,
        }
    }

    /// How many slots are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The weight of all of them.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// The slot that was not used for the longest time.
    #[must_use]
    pub fn oldest(&self) -> Option<Slot> {
        some(self.oldest)
    }

    /// The slot that was used last.
    #[must_use]
    pub fn newest(&self) -> Option<Slot> {
        some(self.newest)
    }

    /// Puts a slot, which is in no list, at the newest end.
    pub fn push_newest(&mut self, links: &mut Links, slot: Slot, weight: u32) {
        links.grow(slot);
        let (number, older) = (slot.number(), self.newest);
        links.0[slot.index()] = Link { older, newer: NONE };
        match some(older) {
            Some(older) => links.0[older.index()].newer = number,
            None => self.oldest = number,
        }
        self.newest = number;
        self.count_in(weight);
    }

    /// Puts a slot, which is in no list, at the oldest end.
    pub fn push_oldest(&mut self, links: &mut Links, slot: Slot, weight: u32) {
        links.grow(slot);
        let (number, newer) = (slot.number(), self.oldest);
        links.0[slot.index()] = Link { older: NONE, newer };
        match some(newer) {
            Some(newer) => links.0[newer.index()].older = number,
            None => self.newest = number,
        }
        self.oldest = number;
        self.count_in(weight);
    }

    /// Takes a slot, which is in this list with this weight, out of it.
    pub fn unlink(&mut self, links: &mut Links, slot: Slot, weight: u32) {
        let Link { older, newer } = links.0[slot.index()];
        match some(older) {
            Some(older) => links.0[older.index()].newer = newer,
            None => self.oldest = newer,
        }
        match some(newer) {
            Some(newer) => links.0[newer.index()].older = older,
            None => self.newest = older,
        }
        self.len -= 1;
        self.weight -= u64::from(weight);
    }

    /// Makes a slot of this list its newest.
    pub fn touch(&mut self, links: &mut Links, slot: Slot, weight: u32) {
        if self.newest != slot.number() {
            self.unlink(links, slot, weight);
            self.push_newest(links, slot, weight);
        }
    }

    /// An entry of this list has another weight now.
    pub fn reweigh(&mut self, before: u32, after: u32) {
        self.weight = self.weight - u64::from(before) + u64::from(after);
    }

    fn count_in(&mut self, weight: u32) {
        self.len += 1;
        self.weight += u64::from(weight);
    }
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

fn some(number: u32) -> Option<Slot> {
    (number != NONE).then(|| Slot::of_number(number))
}
