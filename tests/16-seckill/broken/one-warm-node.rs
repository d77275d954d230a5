//! The sketch reads its local stock, and what was never put there reads as zero.
// ANCHOR: stage3_all_closed
self.0.iter().all(|gate| gate.epoch() == 0 || !gate.is_open())
// ANCHOR_END: stage3_all_closed
