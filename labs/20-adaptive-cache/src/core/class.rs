//! Classes: how much a key is asked for, and so where it is kept.
//!
//! Why not by the rate of the moment: a key whose rate lies at a threshold would change with every request, and each change moves a copy or
//! throws one away. Two things hold it still: a class is entered at a rate and left below a lower one (hysteresis), and after a change it stays for
//! the dwell time, whatever its rate. What must stay true: from one answer to the next, whatever is forgotten in between, a key's class
//! changes at most once in a dwell time; and there are never more than `max_tracked` entries.
//!
//! A key that has no entry is [`Class::Warm`]. So an entry may be forgotten when its key may change anyway: that is the change. What
//! nobody can forget yet keeps its entry, and a newcomer that finds no room is warm until it does.

use std::time::Duration;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::settings::SettingError;

/// How much a key is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// By everybody, all the time.
    Hot,
    /// Often enough to keep it; also whoever is not known.
    Warm,
    /// Too seldom to be worth any memory.
    Cold,
}

/// Where a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In this process, and in Redis for the other instances.
    LocalAndRedis,
    /// In Redis.
    Redis,
    /// It is loaded each time.
    Nowhere,
}

impl Class {
    /// Where keys of this class are kept.
    #[must_use]
    pub fn place(self) -> Place {
        // ANCHOR: stage4_place
        todo!("stage 4: place")
        // ANCHOR_END: stage4_place
    }
}

/// Which rates make a class, in requests a window; how long a key stays in one; and for how many keys that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// From here on a key is hot.
    pub hot_enter: u64,
    /// A hot key below this is hot no more.
    pub hot_leave: u64,
    /// From here on a cold key is warm.
    pub warm_enter: u64,
    /// A key below this is cold. With 1 no key ever is: whoever is looked at has been asked for.
    pub warm_leave: u64,
    /// How long a key stays in its class.
    pub dwell: Duration,
    /// How many keys have an entry, at most.
    pub max_tracked: u32,
}

impl Thresholds {
    fn check(&self) -> Result<(), SettingError> {
        let pairs = [
            ("hot", self.hot_enter, self.hot_leave),
            ("warm", self.warm_enter, self.warm_leave),
        ];
        for (class, enter, leave) in pairs {
            if leave == 0 || leave >= enter {
                return Err(SettingError::Leave {
                    class,
                    enter,
                    leave,
                });
            }
        }
        if self.hot_leave < self.warm_enter {
            return Err(SettingError::Order {
                warm_enter: self.warm_enter,
                hot_leave: self.hot_leave,
            });
        }
        if self.dwell < Duration::from_millis(1) || self.dwell > Duration::from_secs(24 * 3600) {
            return Err(SettingError::Dwell(self.dwell));
        }
        if !(1..=10_000_000).contains(&self.max_tracked) {
            return Err(SettingError::MaxTracked(self.max_tracked));
        }
        Ok(())
    }
}

/// What a request for a key does to its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Its rate belongs to its class.
    Stays(Class),
    /// Its rate belongs to another class, and it changes.
    Changes {
        /// What it was.
        from: Class,
        /// What it is.
        to: Class,
    },
    /// Its rate belongs to another class, and it has not been in its own for the dwell time.
    Dwells {
        /// What it is.
        class: Class,
        /// When it may change.
        until: Duration,
    },
    /// There is no room for it: it is warm.
    Untracked,
}

impl Decision {
    /// The key's class from now on.
    #[must_use]
    pub fn class(self) -> Class {
        match self {
            Self::Stays(class) | Self::Dwells { class, .. } | Self::Changes { to: class, .. } => {
                class
            }
            Self::Untracked => Class::Warm,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    class: Class,
    /// Its last change, or when it was first seen.
    since: Duration,
    /// Whether it has ever changed. If not it is warm, as it would be without an entry.
    changed: bool,
    /// Whether it was asked for again since the hand passed it.
    again: bool,
}

/// The classes of the keys that have an entry.
#[derive(Clone, Debug)]
pub struct Classifier {
    thresholds: Thresholds,
    entries: Vec<Entry>,
    index: HashMap<u64, usize, FixedState>,
    /// The entry that is looked at next when room is needed.
    hand: usize,
}

/// How many entries a newcomer to a full table has looked at, at most: a request must not pay for the whole table. As each of them loses its
/// `again`, a table of keys that are not asked for any more is taken over at this pace.
const LOOKS: usize = 8;

impl Classifier {
    /// A classifier that knows no key.
    ///
    /// # Errors
    /// [`SettingError`] unless each class is left below where it is entered and hot begins where warm ends, the dwell time is 1 ms to
    /// 24 hours, and `max_tracked` is 1 to ten million.
    pub fn new(thresholds: Thresholds) -> Result<Self, SettingError> {
        thresholds.check()?;
        Ok(Self {
            thresholds,
            entries: Vec::new(),
            index: HashMap::with_hasher(FixedState::default()),
            hand: 0,
        })
    }

    /// `key` is asked for at `now`, and its rate is `rate` requests a window.
    pub fn observe(&mut self, key: u64, rate: u64, now: Duration) -> Decision {
        // ANCHOR: stage4_observe
        todo!("stage 4: observe")
        // ANCHOR_END: stage4_observe
    }

    /// The class of `key` as it was last decided.
    #[must_use]
    pub fn class(&self, key: u64) -> Class {
        let entry = self.index.get(&key).map(|&at| self.entries[at].class);
        entry.unwrap_or(Class::Warm)
    }

    /// How many keys have an entry.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.entries.len()
    }

    /// The class that a key of class `class` belongs to at this rate.
    fn wanted(&self, class: Class, rate: u64) -> Class {
        // ANCHOR: stage4_wanted
        todo!("stage 4: wanted")
        // ANCHOR_END: stage4_wanted
    }

    /// Where the entry of `key` lies. A newcomer gets one, warm since `now`, if there is room or an entry that may be forgotten.
    fn entry_of(&mut self, key: u64, now: Duration) -> Option<usize> {
        // ANCHOR: stage4_entry_of
        todo!("stage 4: entry of")
        // ANCHOR_END: stage4_entry_of
    }

    /// Looks at the entry under the hand, and moves the hand on; where it lies, if it may be forgotten.
    ///
    /// It may if it has not been asked for again since the hand's last round, and if its key owes no dwell time.
    fn pass_hand(&mut self, now: Duration) -> Option<usize> {
        // ANCHOR: stage4_pass_hand
        todo!("stage 4: pass hand")
        // ANCHOR_END: stage4_pass_hand
    }
}
