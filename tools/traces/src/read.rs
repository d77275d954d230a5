//! Accesses from a file that somebody else has written: in a stream, to a bound, and whatever is in it.
//!
//! Memory is a buffer and one line of at most [`LONGEST`] bytes, so neither a file without a newline nor a gzip of zeros takes more. What is not as
//! it should be is an error that says where, and never a shorter trace: a download that broke off would have another hit ratio, and nobody would
//! know. Gzip is known by its first three bytes; a file of binary keys that begins with them (`1f 8b 08`) has to be compressed itself.

use std::fs::File;
use std::hash::BuildHasher as _;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use foldhash::quality::FixedState;

use crate::{Access, Format, Trace, UnknownFormat};

/// A line with more bytes than this is no key.
pub const LONGEST: usize = 1 << 16;

const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// Why a file gives no trace. Bytes are counted from 0; those of a record or a line after decompression.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// It cannot be opened.
    #[error("{}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody says how it is written.
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// There is no access in it.
    #[error("the trace is empty: there is not one access in it")]
    Empty,
    /// It ends in the middle of a record.
    #[error("byte {at}: the last record is cut off, {has} of {of} bytes ({format})", format = format.name())]
    Truncated {
        /// Where the record begins.
        at: u64,
        /// Bytes that are there.
        has: usize,
        /// Bytes that it should have.
        of: usize,
        /// As what it was read.
        format: Format,
    },
    /// A line that goes on and on: this is no text.
    #[error("byte {at}: a line of more than {LONGEST} bytes, and a text has a key on each")]
    LongLine {
        /// Where it begins.
        at: u64,
    },
    /// A zero byte, which no text has.
    #[error("byte {at}: a zero byte, and this should be a text with a key on each line")]
    Binary {
        /// Where it stands.
        at: u64,
    },
    /// It begins as gzip does, and does not go on so.
    #[error("byte {at} of the file: bad gzip: {source}")]
    Gzip {
        /// How far the compressed file was read.
        at: u64,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The system cannot read it.
    #[error("byte {at} of the file: {source}")]
    Io {
        /// How far it was read.
        at: u64,
        /// What the system says.
        source: io::Error,
    },
}

impl TraceError {
    /// Whether its message says which file it is about; if not, whoever shows it has to.
    #[must_use]
    pub fn names_the_file(&self) -> bool {
        match self {
            Self::Open { .. } | Self::Format(UnknownFormat::Extension(_)) => true,
            Self::Format(UnknownFormat::Name(_))
            | Self::Empty
            | Self::Truncated { .. }
            | Self::LongLine { .. }
            | Self::Binary { .. }
            | Self::Gzip { .. }
            | Self::Io { .. } => false,
        }
    }
}

/// A trace with what is to be said of where it comes from.
#[derive(Debug)]
pub struct TraceFile {
    /// The accesses.
    pub trace: Trace,
    /// As what they were read.
    pub format: Format,
    /// Whether the file has more of them.
    pub cut: bool,
}

/// The first `at_most` accesses of a file; its format is that of its extension if none is given.
///
/// # Errors
/// The file cannot be read, is empty, or is not what its format says, up to the bound.
pub fn read(path: &Path, format: Option<Format>, at_most: u32) -> Result<TraceFile, TraceError> {
    let mut reader = open(path, format)?;
    let mut failed = None;
    let good = reader.by_ref().map_while(|access| match access {
        Ok(access) => Some(access),
        Err(error) => {
            failed = Some(error);
            None
        }
    });
    let trace = Trace::take(good, at_most);
    match failed {
        Some(error) => Err(error),
        None if trace.is_empty() => Err(TraceError::Empty),
        None => Ok(TraceFile {
            trace,
            format: reader.format,
            cut: reader.next().is_some(),
        }),
    }
}

/// A file's accesses, one by one.
///
/// # Errors
/// It cannot be opened, or neither `format` nor its extension says how it is written.
pub fn open(path: &Path, format: Option<Format>) -> Result<Reader<File>, TraceError> {
    let format = match format {
        Some(format) => format,
        None => Format::of(path)?,
    };
    let of = |source| TraceError::Open {
        path: path.to_owned(),
        source,
    };
    Reader::new(File::open(path).map_err(of)?, format)
}

/// Accesses from bytes. It ends at the first that is wrong.
#[derive(Debug)]
pub struct Reader<R: Read> {
    input: Input<R>,
    format: Format,
    /// Bytes so far, decompressed.
    at: u64,
    line: Vec<u8>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Looks at the first bytes, whether they are gzip's.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn new(mut bytes: R, format: Format) -> Result<Self, TraceError> {
        let mut head = Vec::new();
        let first = bytes.by_ref().take(GZIP.len() as u64);
        read_all(first, &mut head).map_err(|source| TraceError::Io { at: 0, source })?;
        let is_gzip = head == GZIP;
        let all = Counted {
            inner: BufReader::new(Cursor::new(head).chain(bytes)),
            count: 0,
        };
        Ok(Self {
            input: if is_gzip {
                Input::Gzip(Box::new(BufReader::new(MultiGzDecoder::new(all))))
            } else {
                Input::Plain(all)
            },
            format,
            at: 0,
            line: Vec::new(),
            ended: false,
        })
    }

    fn access(&mut self) -> Result<Option<Access>, TraceError> {
        match self.format.record() {
            None => self.text(),
            Some((key, weight)) => self.record(key, weight),
        }
    }

    fn record(&mut self, key: usize, weight: usize) -> Result<Option<Access>, TraceError> {
        let mut record = [0; 12];
        let of = key + weight;
        let (mut has, at) = (0, self.at);
        while has < of {
            match self.input.bytes().read(&mut record[has..of]) {
                Ok(0) if has == 0 => return Ok(None),
                Ok(0) => {
                    let format = self.format;
                    return Err(TraceError::Truncated {
                        at,
                        has,
                        of,
                        format,
                    });
                }
                Ok(read) => has += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.input.failed(error)),
            }
        }
        self.at += of as u64;
        let (key, weight) = record[..of].split_at(key);
        Ok(Some(Access {
            key: little_endian(key),
            weight: if weight.is_empty() {
                1
            } else {
                (little_endian(weight) as u32).max(1)
            },
        }))
    }

    fn text(&mut self) -> Result<Option<Access>, TraceError> {
        loop {
            self.line.clear();
            // One more, to see that it is too long; and its newline.
            let mut bounded = self.input.bytes().take(LONGEST as u64 + 1);
            if let Err(error) = bounded.read_until(b'\n', &mut self.line) {
                return Err(self.input.failed(error));
            }
            let at = self.at;
            self.at += self.line.len() as u64;
            let key = match self.line.strip_suffix(b"\n") {
                Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
                None if self.line.len() > LONGEST => return Err(TraceError::LongLine { at }),
                None if self.line.is_empty() => return Ok(None),
                None => &self.line,
            };
            if let Some(zero) = key.iter().position(|&byte| byte == 0) {
                let at = at + zero as u64;
                return Err(TraceError::Binary { at });
            }
            if !key.is_empty() {
                return Ok(Some(Access::unit(FixedState::default().hash_one(key))));
            }
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Access, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let access = self.access().transpose();
        self.ended = !matches!(access, Some(Ok(_)));
        access
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    let mut all = [0; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(all)
}

/// As `read_to_end`, of few bytes.
fn read_all(mut from: impl Read, into: &mut Vec<u8>) -> io::Result<()> {
    from.read_to_end(into).map(|_| ())
}

/// The bytes of the file as they are, or what they decompress to.
#[derive(Debug)]
enum Input<R: Read> {
    Plain(Counted<R>),
    Gzip(Box<BufReader<MultiGzDecoder<Counted<R>>>>),
}

impl<R: Read> Input<R> {
    fn bytes(&mut self) -> &mut dyn BufRead {
        match self {
            Self::Plain(plain) => plain,
            Self::Gzip(gzip) => gzip,
        }
    }

    fn failed(&self, source: io::Error) -> TraceError {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match self {
            Self::Plain(plain) => TraceError::Io {
                at: plain.count,
                source,
            },
            Self::Gzip(gzip) => {
                let at = gzip.get_ref().get_ref().count;
                if [InvalidData, InvalidInput, UnexpectedEof].contains(&source.kind()) {
                    TraceError::Gzip { at, source }
                } else {
                    TraceError::Io { at, source }
                }
            }
        }
    }
}

/// Counts what is consumed, so that an error can say where.
#[derive(Debug)]
struct Counted<R: Read> {
    inner: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.count += read as u64;
        Ok(read)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.count += amount as u64;
        self.inner.consume(amount);
    }
}

#[cfg(test)]
mod tests;
