//! The sketch counts failures and never forgets one: no success and no time takes any away, so the fourth of a year opens the circuit.
// ANCHOR: stage1_record
self.counts.add(call);
// ANCHOR_END: stage1_record
// ANCHOR: stage1_fail_too_often
self.failures >= u64::from(config.minimum_calls())
// ANCHOR_END: stage1_fail_too_often
