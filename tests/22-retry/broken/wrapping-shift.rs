//! Doubles by a shift: the 33rd retry shifts by 32, which is by nothing again, and the waits start anew.
// ANCHOR: stage1_grow
let doubled = 1_u32.wrapping_shl(nth.saturating_sub(1));
let wait = if factor > 1.0 { base.saturating_mul(doubled) } else { base };
wait.min(cap)
// ANCHOR_END: stage1_grow
