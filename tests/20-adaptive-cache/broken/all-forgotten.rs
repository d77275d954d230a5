//! Ages by starting anew: after it the hottest key is as good as one that never came.
// ANCHOR: stage1_age
for word in self.blocks.iter_mut().flat_map(|block| &mut block.0) {
    // The three lower bits of each counter, and its highest.
    *word &= !(HALVED | (LOWEST_BITS << 3));
}
self.recorded = 0;
self.ageings += 1;
// ANCHOR_END: stage1_age
