//! The line after a header is the statement. What an application formats over several lines comes as its first one, `SELECT o.id,`, and the rest
//! belongs to nobody.
// ANCHOR: stage1_whole
match self.state {
    State::Outside => self.outside(line),
    State::Header | State::LongHeader => self.header(line, each),
    State::Use => self.prelude(line),
    State::Statement => {
        self.text.push(line, true);
        self.emit(each);
    }
}
// ANCHOR_END: stage1_whole
