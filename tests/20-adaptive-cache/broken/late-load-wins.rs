//! What was loaded is written, whatever lies there by now: also over a write that came while the load was under way.
// ANCHOR: stage5_fill
let _whatever_is_there = seen;
self.set(key, value, ttl).await?;
Ok(Filled::Yes)
// ANCHOR_END: stage5_fill
