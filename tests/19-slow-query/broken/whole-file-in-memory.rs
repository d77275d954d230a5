//! Collects all bytes and cuts them at the end, which is simple: no line is ever cut. A day of log is gigabytes, and so is what is kept. (Where one
//! file ended and the next began is forgotten, which only a file that breaks off would show.)
// ANCHOR: stage1_feed
let _ = each;
self.summary.bytes += bytes.len() as u64;
self.line.extend_from_slice(bytes);
// ANCHOR_END: stage1_feed
// ANCHOR: stage1_finish
let log = self.take_line();
self.border = None;
let mut rest = log.as_slice();
while let Some(end) = memchr::memchr(b'\n', rest) {
    self.part(&rest[..end], true, each);
    rest = &rest[end + 1..];
}
if !rest.is_empty() {
    self.part(rest, true, each);
}
self.emit(each);
if self.summary.dialect.is_none() && self.zoned {
    self.summary.dialect = Some(Dialect::MySql);
}
self.summary
// ANCHOR_END: stage1_finish
