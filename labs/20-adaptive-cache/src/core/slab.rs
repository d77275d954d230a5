//! Entries in one vector, named by their place in it.
//!
//! Why not a box for each entry and pointers between them: that is an allocation per insert and `unsafe` for every link. What must
//! stay true: a slot that was handed out names the same entry until that is removed, and a free slot is used again before the vector grows.

use std::ops::{Index, IndexMut};

/// The place of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(u32);

impl Slot {
    /// More entries than this do not have a slot: the last number is no slot, so that a link can say "none".
    pub const MAX_ENTRIES: u32 = u32::MAX;

    /// The number of this slot, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    pub(crate) const fn of_number(number: u32) -> Self {
        Self(number)
    }
}

/// The entries.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    entries: Vec<Option<T>>,
    free: Vec<Slot>,
}

impl<T> Slab<T> {
    /// An empty one, without memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps `entry`, in the slot that became free last, or in a new one.
    ///
    /// # Panics
    /// There are [`Slot::MAX_ENTRIES`] entries already.
    pub fn insert(&mut self, entry: T) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.entries[slot.index()] = Some(entry);
            return slot;
        }
        let slot = Slot(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        assert!(slot.0 < Slot::MAX_ENTRIES, "the slab has no slot left");
        self.entries.push(Some(entry));
        slot
    }

    /// Takes the entry out, if there is one; its slot is free.
    pub fn remove(&mut self, slot: Slot) -> Option<T> {
        let entry = self.entries.get_mut(slot.index())?.take()?;
        self.free.push(slot);
        Some(entry)
    }

    /// The entry, if there is one.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&T> {
        self.entries.get(slot.index())?.as_ref()
    }

    /// All entries with their slots, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        (0..)
            .map(Slot)
            .zip(&self.entries)
            .filter_map(|(slot, entry)| Some((slot, entry.as_ref()?)))
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whoever holds a slot of its own knows that it is taken.
impl<T> Index<Slot> for Slab<T> {
    type Output = T;

    fn index(&self, slot: Slot) -> &T {
        match &self.entries[slot.index()] {
            Some(entry) => entry,
            None => panic!("slot {} is free", slot.0),
        }
    }
}

impl<T> IndexMut<Slot> for Slab<T> {
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        match &mut self.entries[slot.index()] {
            Some(entry) => entry,
            None => panic!("slot {} is free", slot.0),
        }
    }
}
