//! Looks for the very index that it is about to advise: one that is longer and begins with the same columns is overlooked.
// ANCHOR: stage3_serves
let _unread = table;
index.visible && index.method == Method::BTree && index.parts == candidate.parts
// ANCHOR_END: stage3_serves
