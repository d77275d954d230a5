//! Bytes in, entries out, in pieces of any size.
//!
//! Why by lines and not by statements: where a statement ends is known only when the next header begins. A semicolon at the end of a line is
//! not enough (a procedure has many), and neither is a `#` at its beginning (a comment has one); both together are what the server
//! writes. Why not read the file into memory: a day of log is gigabytes. What must stay true: the same bytes give the same entries, however
//! they are cut; what is kept is at most one line and one statement, each up to its limit; an entry never has the figures of another.
//!
//! One thing the format does not allow: a statement that holds `;`, a newline and a whole `# User@Host:` line, in a text literal say, cannot be told from two
//! entries. No reader of these logs can.

use super::entry::{Command, Dialect, Entry};
use super::header::{Header, Start, start};
use super::prelude::{ADMINISTRATOR, command, set_timestamp, unquote, use_schema};
use super::statement::Text;
use super::{Limits, Summary};

/// Reads a log. See [`Reader::feed`].
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    state: State,
    /// A line of which the end has not been seen.
    line: Vec<u8>,
    /// That line is too long for a header: its parts are passed on as they come.
    passing: bool,
    /// Where in `line` another file began.
    border: Option<usize>,
    /// Before that border stands the beginning of a line that was passed on.
    passed: bool,
    header: Header,
    text: Text,
    /// What the last `use` said. The server writes it when the schema changes, whichever connection's it is.
    schema: Vec<u8>,
    /// A `# Time:` with its zone was seen: not MariaDB.
    zoned: bool,
    summary: Summary,
}

/// Where in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first header, or after a start of the server.
    Outside,
    /// Lines of `#`.
    Header,
    /// The rest of such a line, which is too long for one.
    LongHeader,
    /// `use` was read; there is one at most before a statement, which may be another.
    Use,
    /// The statement.
    Statement,
}

impl Reader {
    /// A reader at the start of a log.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: State::Outside,
            line: Vec::new(),
            passing: false,
            border: None,
            passed: false,
            header: Header::default(),
            text: Text::new(limits.statement_bytes()),
            schema: Vec::new(),
            zoned: false,
            summary: Summary::default(),
        }
    }

    /// Bytes that the reader has room for: bounded by its limits, whatever the log holds.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.line.capacity()
            + self.schema.capacity()
            + self.header.capacity()
            + self.text.capacity()
    }

    /// Reads on, and hands each entry that ended to `each`. An entry is borrowed until `each` returns.
    pub fn feed(&mut self, bytes: &[u8], each: &mut impl FnMut(&Entry<'_>)) {
        // ANCHOR: stage1_feed
        self.summary.bytes += bytes.len() as u64;
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.part(&rest[..end], true, each);
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.part(rest, false, each);
        }
        // ANCHOR_END: stage1_feed
    }

    /// Another file of the same log begins: a rotated one, or a piece of a large one. A statement may go on in it, or have been cut off.
    pub fn next_file(&mut self) {
        if self.border.is_none() {
            self.border = Some(self.line.len());
            self.passed = std::mem::take(&mut self.passing);
        }
    }

    /// The log is over. Gives the entry that is still open.
    pub fn finish(mut self, each: &mut impl FnMut(&Entry<'_>)) -> Summary {
        // ANCHOR: stage1_finish
        let line = self.take_line();
        if self.passing {
            self.pass(b"", true);
        } else if line.is_empty() {
            // The log ends with a line.
        } else if self.is_cut_off(&line) {
            self.garbage(&line);
        } else {
            self.ended(&line, each);
        }
        self.emit(each);
        if self.summary.dialect.is_none() && self.zoned {
            self.summary.dialect = Some(Dialect::MySql);
        }
        self.summary
        // ANCHOR_END: stage1_finish
    }

    /// A part of a line: all of it, its beginning, or what follows that.
    fn part(&mut self, part: &[u8], ends: bool, each: &mut impl FnMut(&Entry<'_>)) {
        let before = self.line.len() - self.border.unwrap_or(0);
        if !self.passing && before + part.len() > self.limits.header_bytes() {
            // Too long for a header: it goes where it belongs, in parts.
            self.border = None;
            self.passed = false;
            self.passing = true;
            let line = self.take_line();
            if !line.is_empty() {
                self.pass(&line, false);
            }
            self.give_back(line);
        }
        if self.passing {
            self.pass(part, ends);
            self.passing = !ends;
        } else if ends && self.line.is_empty() {
            self.ended(part, each);
        } else {
            self.line.extend_from_slice(part);
            if ends {
                let line = self.take_line();
                self.ended(&line, each);
                self.give_back(line);
            }
        }
    }

    fn take_line(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.line)
    }

    /// Gives the room of a line back, so that the next one needs none.
    fn give_back(&mut self, mut line: Vec<u8>) {
        line.clear();
        self.line = line;
    }

    /// A line that ended, and what is to be done if another file began in it.
    fn ended(&mut self, line: &[u8], each: &mut impl FnMut(&Entry<'_>)) {
        let Some(at) = self.border.take() else {
            return self.whole(line, each);
        };
        let (before, after) = line.split_at(at);
        let passed = std::mem::take(&mut self.passed);
        if start(after) == Start::Nothing {
            // It goes on as if there were no border.
            return if passed {
                self.pass(line, true);
            } else {
                self.whole(line, each);
            };
        }
        // What the file before ended in was cut off.
        if before.is_empty() {
            // It ended with a line, or in one that was passed on.
        } else if self.is_cut_off(before) {
            self.garbage(before);
        } else {
            self.whole(before, each);
        }
        match self.state {
            State::Use | State::Statement => self.emit(each),
            State::LongHeader => self.state = State::Header,
            State::Outside | State::Header => {}
        }
        self.whole(after, each);
    }

    /// Whether a line that has no end says nothing: half a figure of a header would be a wrong one, and half a header behind a statement that may
    /// be over is none of it.
    fn is_cut_off(&self, line: &[u8]) -> bool {
        let begins = |header: &[u8]| {
            let length = line.len().min(header.len());
            line[..length] == header[..length]
        };
        match self.state {
            State::Outside => false,
            State::Header | State::LongHeader | State::Use => !line.ends_with(b";"),
            State::Statement => {
                let first = self.text.is_empty();
                // Or the path of a server that starts. A comment begins with a slash too.
                let path = line.starts_with(b"/") && line.get(1) != Some(&b'*');
                let header = begins(b"# Time: ") || begins(b"# User@Host: ") || path;
                let command = line.len() <= ADMINISTRATOR.len() && begins(ADMINISTRATOR);
                header && (first || self.text.may_be_over()) || command && first
            }
        }
    }

    /// A whole line, short enough for a header.
    fn whole(&mut self, line: &[u8], each: &mut impl FnMut(&Entry<'_>)) {
        // ANCHOR: stage1_whole
        match self.state {
            State::Outside => self.outside(line),
            State::Header | State::LongHeader => self.header(line, each),
            State::Use | State::Statement => {
                let may_be_over = self.text.is_empty() || self.text.may_be_over();
                if may_be_over && start(line) != Start::Nothing {
                    self.emit(each);
                    self.outside(line);
                } else if self.state == State::Use {
                    self.prelude(line);
                } else {
                    self.text.push(line, true);
                }
            }
        }
        // ANCHOR_END: stage1_whole
    }

    /// A part of a line that is too long for a header.
    fn pass(&mut self, part: &[u8], ends: bool) {
        match self.state {
            State::Outside => {
                self.summary.garbage_bytes += part.len() as u64;
                self.summary.garbage_lines += u64::from(ends);
            }
            State::Header if part.first() == Some(&b'#') => self.state = State::LongHeader,
            State::Header | State::Use | State::Statement => {
                self.state = State::Statement;
                self.text.push(part, ends);
            }
            State::LongHeader => {}
        }
        if ends && self.state == State::LongHeader {
            self.state = State::Header;
        }
    }

    /// A line where no entry is open.
    fn outside(&mut self, line: &[u8]) {
        match start(line) {
            Start::Time(moment) => {
                self.zoned |= moment.is_some_and(|moment| moment.zoned);
                self.header.moment = moment;
                self.state = State::Header;
            }
            Start::User(user) => {
                self.header.set_user(user);
                self.state = State::Header;
            }
            Start::Banner(dialect) => {
                self.summary.dialect = Some(dialect);
                self.summary.restarts += 1;
                self.schema.clear();
            }
            Start::Nothing => self.garbage(line),
        }
    }

    /// A line that belongs to no entry. Empty ones, and those below the start of a server, are no garbage.
    fn garbage(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let banner = [
            b"Tcp port: ".as_slice(),
            b"TCP Port: ",
            b"Time  ",
            b"Time\t",
        ];
        if line.is_empty() || banner.iter().any(|banner| line.starts_with(banner)) {
            return;
        }
        self.summary.garbage_lines += 1;
        self.summary.garbage_bytes += line.len() as u64;
    }

    /// A line of a header, or the first one after it.
    fn header(&mut self, line: &[u8], each: &mut impl FnMut(&Entry<'_>)) {
        let complete = self.header.query_time.is_some();
        match start(line) {
            Start::Time(moment) if !self.header.has_user && !complete => {
                self.header.moment = moment.or(self.header.moment);
            }
            Start::User(user) if !self.header.has_user && !complete => self.header.set_user(user),
            // The entry before has no statement.
            Start::Time(_) | Start::User(_) | Start::Banner(_) => {
                self.emit(each);
                self.outside(line);
            }
            Start::Nothing if line.starts_with(b"#") && !line.starts_with(ADMINISTRATOR) => {
                let dialect = self.header.read(line);
                self.summary.dialect = self.summary.dialect.or(dialect);
            }
            Start::Nothing => self.prelude(line),
        }
    }

    /// The first line after a header, or the second: what the server adds before the statement, or the statement.
    fn prelude(&mut self, line: &[u8]) {
        // ANCHOR: stage1_prelude
        if self.state != State::Use
            && let Some(schema) = use_schema(line)
        {
            unquote(schema, &mut self.schema);
            self.state = State::Use;
            return;
        }
        self.state = State::Statement;
        match set_timestamp(line) {
            Some(at) => self.header.set_timestamp = Some(at),
            None => self.text.push(line, true),
        }
        // ANCHOR_END: stage1_prelude
    }

    /// Hands out the entry that is open, if there is one, and forgets it.
    fn emit(&mut self, each: &mut impl FnMut(&Entry<'_>)) {
        let header = &self.header;
        if self.text.is_empty() {
            let alone = header.has_user || header.query_time.is_some();
            self.summary.headers_alone += u64::from(alone);
        } else {
            let (text, truncated) = self.text.statement();
            let command = command(text);
            let schema = if header.has_schema {
                &header.schema
            } else {
                &self.schema
            };
            self.summary.entries += 1;
            self.summary.administrator += u64::from(matches!(command, Command::Administrator(_)));
            self.summary.truncated += u64::from(truncated);
            each(&Entry {
                at: header.at(),
                user: some(&header.user),
                host: some(&header.host),
                connection: header.connection,
                schema: some(schema),
                query_time: header.query_time.unwrap_or_default(),
                lock_time: header.lock_time,
                rows_sent: header.rows_sent,
                rows_examined: header.rows_examined,
                rows_affected: header.rows_affected,
                error: header.error,
                plan: header.plan,
                command,
                truncated,
            });
        }
        self.header.clear();
        self.text.clear();
        self.state = State::Outside;
    }
}

fn some(text: &[u8]) -> Option<&[u8]> {
    if text.is_empty() { None } else { Some(text) }
}
