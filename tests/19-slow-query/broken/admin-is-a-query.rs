//! Takes what clients do without a statement for statements: a connection pool's Pings are the most frequent "query", and each has the rows of the
//! statement before it, which MySQL does not clear.
// ANCHOR: stage1_command
Command::Statement(text)
// ANCHOR_END: stage1_command
