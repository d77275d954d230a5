//! Counts, and leaves ageing to somebody who calls it: nobody does, and what was hot once is hot for good.
// ANCHOR: stage1_record
let mixed = mix(key);
let block = self.block(mixed);
let mut counted = false;
for row in 0..ROWS {
    let Counter { word, shift } = counter(mixed, row);
    let word = &mut self.blocks[block].0[word];
    if (*word >> shift) & CAP < CAP {
        *word += 1 << shift;
        counted = true;
    }
}
if counted {
    self.recorded += 1;
}
// ANCHOR_END: stage1_record
