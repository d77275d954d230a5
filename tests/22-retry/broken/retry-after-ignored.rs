//! The server says when it will be well again, and the client comes back by its own backoff.
// ANCHOR: stage2_pushed_back
let _unread = class;
wait
// ANCHOR_END: stage2_pushed_back
