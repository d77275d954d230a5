//! Adds one to each counter without looking how high it is: 15 and one are 0, and a one in the neighbour.
// ANCHOR: stage1_record
let mixed = mix(key);
let block = self.block(mixed);
for row in 0..ROWS {
    let Counter { word, shift } = counter(mixed, row);
    let word = &mut self.blocks[block].0[word];
    *word = word.wrapping_add(1 << shift);
}
self.recorded += 1;
if self.recorded >= self.sample {
    self.age();
}
// ANCHOR_END: stage1_record
