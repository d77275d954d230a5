//! The sketch makes batches of 100 and runs them one after the other, as fast as it goes.
// ANCHOR: stage5_take
let _however_many = loads;
self.next = self.next.max(now);
Pace::Go
// ANCHOR_END: stage5_take
