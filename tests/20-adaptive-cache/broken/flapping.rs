//! The class by the rate of the moment: one threshold to enter and to leave by, and nothing that waits.
// ANCHOR: stage4_observe
let Some(at) = self.entry_of(key, now) else {
    return Decision::Untracked;
};
let from = self.entries[at].class;
let to = self.wanted(from, rate);
if to == from {
    return Decision::Stays(from);
}
let entry = &mut self.entries[at];
(entry.class, entry.since, entry.changed) = (to, now, true);
Decision::Changes { from, to }
// ANCHOR_END: stage4_observe
// ANCHOR: stage4_wanted
let _whatever_it_was = class;
if rate >= self.thresholds.hot_enter {
    Class::Hot
} else if rate >= self.thresholds.warm_enter {
    Class::Warm
} else {
    Class::Cold
}
// ANCHOR_END: stage4_wanted
