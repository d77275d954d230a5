//! Reads the files in the order of their names: the newest first, then the one before it, then the tenth. A statement that goes on in the next file
//! goes on in another, and entries come in no order of time.
// ANCHOR: stage1_series
let mut files = files;
files.sort_by(|a, b| name(a).cmp(name(b)));
vec![files]
// ANCHOR_END: stage1_series
