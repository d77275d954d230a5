//! The sketch records the result in the line after the call, which a panic does not reach.
// ANCHOR: stage4_watch
poll()
// ANCHOR_END: stage4_watch
