//! LRU: who came last is kept, who was asked for longest ago goes, and nobody has to compete.
// ANCHOR: stage2_decide
let _unread = (candidate, victims);
Admission::Admit
// ANCHOR_END: stage2_decide
// ANCHOR: stage2_on_hit
let Entry { space, weight, .. } = self.entries[slot];
match space {
    Space::Window => self.window.touch(&mut self.links, slot, weight),
    Space::Probation => self.probation.touch(&mut self.links, slot, weight),
    Space::Protected => self.protected.touch(&mut self.links, slot, weight),
}
// ANCHOR_END: stage2_on_hit
