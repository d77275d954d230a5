//! Whoever takes a counter over begins at one, as if it could not have been asked for before.
// ANCHOR: stage4_record
self.total += 1;
let at = if let Some(&at) = self.index.get(&key) {
    self.heap[at].count += 1;
    at
} else {
    let fresh = Counted {
        key,
        count: 1,
        over: 0,
    };
    if self.heap.len() < self.counters {
        self.add(fresh)
    } else {
        self.replace_least(fresh)
    }
};
self.settle(at)
// ANCHOR_END: stage4_record
