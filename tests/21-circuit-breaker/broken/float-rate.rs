//! Compares in floating point: 7 failures of 100 do not reach 7 %, because 0.07 x 100 is 7.000000000000001.
// ANCHOR: stage1_is_reached
some as f64 >= self.as_f64() * calls as f64
// ANCHOR_END: stage1_is_reached
