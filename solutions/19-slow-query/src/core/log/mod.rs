//! The slow log of MySQL, MariaDB and Percona Server, as a stream of entries.
//!
//! Why a reader of its own and not lines: an entry is a header of several lines, what the server adds (`use`, `SET timestamp`), and a
//! statement of any number of lines, of which any may look like something else. What must stay true: a statement is given once and whole,
//! with its own figures, and no byte of a log makes the reader panic or take more memory than its [`Limits`] say.

pub mod entry;
mod header;
mod prelude;
pub mod reader;
pub mod series;
mod statement;
mod time;

use entry::Dialect;

/// What a reader keeps at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    statement_bytes: usize,
    header_bytes: usize,
}

/// A limit that makes no sense, with the range that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// No statement fits, or one that is longer than any server takes.
    #[error("reader: statement_bytes must be 16 to {MAX_STATEMENT_BYTES}, not {0}")]
    Statement(usize),
    /// A header does not fit, or it is no header.
    #[error("reader: header_bytes must be {MIN_HEADER_BYTES} to {MAX_HEADER_BYTES}, not {0}")]
    Header(usize),
}

/// A gigabyte: MySQL's own largest `max_allowed_packet`.
const MAX_STATEMENT_BYTES: usize = 1 << 30;
/// `# User@Host:` has a user of 80 characters twice and a host of 255, each of up to four bytes.
const MIN_HEADER_BYTES: usize = 2 << 10;
const MAX_HEADER_BYTES: usize = 1 << 20;

impl Limits {
    /// A statement is cut after `statement_bytes` (16 bytes to 1 GiB), a line of a header after `header_bytes` (2 KiB to 1 MiB).
    ///
    /// # Errors
    ///
    /// [`LimitsError`] names what is out of its range.
    pub fn new(statement_bytes: usize, header_bytes: usize) -> Result<Self, LimitsError> {
        if !(16..=MAX_STATEMENT_BYTES).contains(&statement_bytes) {
            return Err(LimitsError::Statement(statement_bytes));
        }
        if !(MIN_HEADER_BYTES..=MAX_HEADER_BYTES).contains(&header_bytes) {
            return Err(LimitsError::Header(header_bytes));
        }
        Ok(Self {
            statement_bytes,
            header_bytes,
        })
    }

    /// What is kept of a statement.
    #[must_use]
    pub fn statement_bytes(self) -> usize {
        self.statement_bytes
    }

    /// What is kept of a line that may belong to a header.
    #[must_use]
    pub fn header_bytes(self) -> usize {
        self.header_bytes
    }
}

impl Default for Limits {
    /// 1 MiB of a statement: a bulk INSERT says no more after that. 16 KiB of a header's line: MariaDB's longest is below one.
    fn default() -> Self {
        Self {
            statement_bytes: 1 << 20,
            header_bytes: 16 << 10,
        }
    }
}

/// What was read, when all of it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Who wrote it, if it shows.
    pub dialect: Option<Dialect>,
    /// Entries that were given: statements and administrator commands.
    pub entries: u64,
    /// Of these, administrator commands.
    pub administrator: u64,
    /// Of these, statements that are not whole.
    pub truncated: u64,
    /// Headers without a statement: the log ends in one, or the server did.
    pub headers_alone: u64,
    /// Starts of a server, or of a new file by one: `.., Version: .. started with:`.
    pub restarts: u64,
    /// Lines that belong to no entry.
    pub garbage_lines: u64,
    /// Their bytes, without the ends of the lines.
    pub garbage_bytes: u64,
    /// All bytes.
    pub bytes: u64,
}
