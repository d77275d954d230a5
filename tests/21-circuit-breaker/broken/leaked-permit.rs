//! The permit comes back in the line after the call. A caller who goes away never gets there.
// ANCHOR: stage2_abandon
self.ticket = None;
// ANCHOR_END: stage2_abandon
