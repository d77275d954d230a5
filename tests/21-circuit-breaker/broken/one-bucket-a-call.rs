//! Each call moves the ring on by one bucket at most: after a pause the failures from before it are still there.
// ANCHOR: stage3_advance
if self.ends <= self.newest {
    self.current = (self.current + 1) % self.buckets.len();
    self.sum
        .take_away(std::mem::take(&mut self.buckets[self.current]));
    let since = self.newest.as_nanos() % self.width.as_nanos();
    self.ends = self.newest - nanos(since) + self.width;
}
// ANCHOR_END: stage3_advance
