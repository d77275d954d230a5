//! A rate without a minimum of calls: the first call after a quiet night fails, which is all of them.
// ANCHOR: stage1_fail_too_often
self.calls > 0 && config.failure_rate().is_reached(self.failures, self.calls)
// ANCHOR_END: stage1_fail_too_often
