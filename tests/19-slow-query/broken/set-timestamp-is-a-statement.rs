//! Everything after the header is the statement, also `use shop;` and `SET timestamp=..;`, which the server adds: it can be neither explained nor
//! compared with the same one from another day.
// ANCHOR: stage1_prelude
let _ = use_schema(line).is_some() || set_timestamp(line).is_some();
self.state = State::Statement;
self.text.push(line, true);
// ANCHOR_END: stage1_prelude
