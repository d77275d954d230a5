//! A slow payment is sent a second time, to be faster.
// ANCHOR: stage5_may_hedge
let now = now.max(self.latest);
let in_time = self.deadline.is_none_or(|deadline| !deadline.left(now).is_zero());
self.made < self.limits.attempts() && in_time
// ANCHOR_END: stage5_may_hedge
