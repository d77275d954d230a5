//! Goes where the evidence says, within the cache, and forgets the limits that somebody set.
// ANCHOR: stage3_aim
match next {
    Move::Grow(units) => (self.window_target + units).min(self.limits.capacity),
    Move::Shrink(units) => self.window_target.saturating_sub(units).max(1),
    Move::Stay => self.window_target,
}
// ANCHOR_END: stage3_aim
