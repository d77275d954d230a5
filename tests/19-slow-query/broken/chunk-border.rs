//! Reads a piece as if it ended with a line. A file is read in pieces of 256 KiB, and the line that lies across their border comes as two.
// ANCHOR: stage1_feed
self.summary.bytes += bytes.len() as u64;
for line in bytes.split(|byte| *byte == b'\n') {
    if !line.is_empty() {
        self.part(line, true, each);
    }
}
// ANCHOR_END: stage1_feed
