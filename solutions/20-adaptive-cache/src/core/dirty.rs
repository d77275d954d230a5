//! Which keys Redis may hold an older value of, because it refused a newer one.
//!
//! Why remember that: the caller was told, but the next reader was not, and Redis would give the old value back. Why not for ever: whatever was
//! in Redis when it refused has expired after the longest time to live. Why a bound: an outage under writes marks one key after the other; above the
//! bound, nothing that lies in Redis is believed until it must have expired. What must stay true: a key that was marked is not believed until its mark is
//! taken back or its time is over; marks never take more memory than the bound.

use std::collections::HashMap;
use std::time::Duration;

/// The marks.
#[derive(Clone, Debug)]
pub struct Dirty {
    most: usize,
    keys: HashMap<String, Mark>,
    /// Nothing is believed until then.
    all_until: Duration,
    number: u64,
}

/// That a key is dirty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    number: u64,
    until: Duration,
}

/// What Redis says about a key, is it to be believed?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Belief {
    /// Yes.
    Clean,
    /// No, until it has been overwritten there.
    Marked(Mark),
    /// No, nor about any other key: too many were marked.
    Nothing,
}

impl Dirty {
    /// No mark yet, and room for `most`.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            keys: HashMap::new(),
            all_until: Duration::ZERO,
            number: 0,
        }
    }

    /// Redis refused a write of `key` at `now`; by `until`, whatever it holds has expired.
    pub fn mark(&mut self, key: &str, now: Duration, until: Duration) {
        // ANCHOR: stage5_mark
        if self.keys.len() >= self.most {
            self.keys.retain(|_, mark| now < mark.until);
        }
        if !self.keys.contains_key(key) && self.keys.len() >= self.most {
            self.all_until = self.all_until.max(until);
            return;
        }
        self.number += 1;
        let number = self.number;
        self.keys.insert(key.to_owned(), Mark { number, until });
        // ANCHOR_END: stage5_mark
    }

    /// Whether to believe what Redis says about `key` at `now`.
    pub fn belief(&self, key: &str, now: Duration) -> Belief {
        // ANCHOR: stage5_belief
        if now < self.all_until {
            return Belief::Nothing;
        }
        match self.keys.get(key) {
            Some(mark) if now < mark.until => Belief::Marked(*mark),
            Some(_) | None => Belief::Clean,
        }
        // ANCHOR_END: stage5_belief
    }

    /// Redis has taken a write of `key` that was sent after `mark` was made. A later mark stays.
    pub fn clean(&mut self, key: &str, mark: Mark) {
        // ANCHOR: stage5_clean
        if self.keys.get(key).is_some_and(|there| *there == mark) {
            self.keys.remove(key);
        }
        // ANCHOR_END: stage5_clean
    }

    /// The mark of `key`, over or not.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Mark> {
        self.keys.get(key).copied()
    }

    /// Up to `at_most` keys to overwrite in Redis, each with its mark. Those whose time is over at `now` are forgotten.
    #[must_use]
    pub fn pending(&mut self, now: Duration, at_most: usize) -> Vec<(String, Mark)> {
        self.keys.retain(|_, mark| now < mark.until);
        let some = self.keys.iter().take(at_most);
        some.map(|(key, mark)| (key.clone(), *mark)).collect()
    }

    /// How many keys are marked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is marked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
