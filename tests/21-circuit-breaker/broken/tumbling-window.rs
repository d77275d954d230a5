//! One count for each ten seconds, begun anew at each full ten: failures on both sides of the boundary never meet.
// ANCHOR: stage3_advance
if self.ends <= self.newest {
    let length = self.width * u32::try_from(self.buckets.len()).unwrap_or(u32::MAX);
    let since = self.newest.as_nanos() % length.as_nanos();
    self.ends = self.newest - nanos(since) + length;
    self.clear();
}
// ANCHOR_END: stage3_advance
