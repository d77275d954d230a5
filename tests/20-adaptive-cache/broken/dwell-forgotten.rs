//! A cold key has nothing anywhere, so its entry goes too, at once: whoever asks next finds a key that is new, and warm.
// ANCHOR: stage4_observe
let Some(at) = self.entry_of(key, now) else {
    return Decision::Untracked;
};
let Entry { class, since, .. } = self.entries[at];
let to = self.wanted(class, rate);
let until = since.saturating_add(self.thresholds.dwell);
if to == class {
    return Decision::Stays(class);
}
if now < until {
    return Decision::Dwells { class, until };
}
if to == Class::Cold {
    self.hand = 0;
    self.index.remove(&key);
    self.entries.swap_remove(at);
    if let Some(moved) = self.entries.get(at) {
        self.index.insert(moved.key, at);
    }
} else {
    let entry = &mut self.entries[at];
    (entry.class, entry.since, entry.changed) = (to, now, true);
}
Decision::Changes { from: class, to }
// ANCHOR_END: stage4_observe
