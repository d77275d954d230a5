//! A scan is a scan: three rows of settings are to be indexed like three million orders.
// ANCHOR: stage3_is_small
let _unread = (rows, times);
false
// ANCHOR_END: stage3_is_small
