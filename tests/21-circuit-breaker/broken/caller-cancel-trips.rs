//! The sketch records whatever error the operation returns, and a caller who goes away returns `ctx.Err()`.
// ANCHOR: stage2_abandon
self.end(Ending::Answered(Outcome::Failure));
// ANCHOR_END: stage2_abandon
