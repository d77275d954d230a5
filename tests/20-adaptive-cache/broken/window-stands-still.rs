//! One per cent is what the paper found best, so one per cent it is.
// ANCHOR: stage3_aim
let _unread = next;
self.limits.share(self.limits.window.initial)
// ANCHOR_END: stage3_aim
