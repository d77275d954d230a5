//! Every statement of the log gets advice, since somebody has found it slow: a plan that leaves nothing to wish is told how it is written.
// ANCHOR: stage3_is_healthy
let _unread = plan;
false
// ANCHOR_END: stage3_is_healthy
