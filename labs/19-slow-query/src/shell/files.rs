//! Files of a log, oldest first, as one stream: plain ones, those that rotation packed, and standard input.
//!
//! Why by its first bytes and not by the name: a file is called `.gz` by whoever copied it. Why no thread for each file: reading is faster than a disk, and
//! the entries of a log have an order. What must stay true: memory does not grow with a file; a file that is damaged gives what can be read of
//! it, and that is said; no file is written.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::core::log::entry::Entry;
use crate::core::log::reader::Reader;
use crate::core::log::series::series;
use crate::core::log::{Limits, Summary};

/// Bytes that are read at a time. Above 64 KiB it makes no difference, and 256 of them are still a small part of a core's cache.
const BUFFER: usize = 256 << 10;
/// What a file of gzip begins with, by RFC 1952.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What stops reading.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// No file was named.
    #[error("no log: name at least one file, or - for standard input")]
    None,
    /// It is not there, is a directory, or may not be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// As it was named.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
}

/// What was read of all logs.
#[derive(Debug, Default)]
pub struct Logs {
    /// One for each log, in the order in which they were first named.
    pub summaries: Vec<Summary>,
    /// Files of which only a part could be read.
    pub damaged: Vec<Damaged>,
}

/// A packed file that ends too early, or holds something else from some byte on.
#[derive(Debug, PartialEq, Eq)]
pub struct Damaged {
    /// As it was named.
    pub path: PathBuf,
    /// How many bytes of log came out of it.
    pub bytes: u64,
    /// Why no more.
    pub reason: String,
}

/// Reads the files of one or several logs, each log oldest first, and hands every entry to `each`. A path of `-` is standard input.
///
/// # Errors
///
/// [`FilesError`] if no file is named, or one cannot be opened or read. What was read until then was handed out.
pub fn read(
    paths: &[PathBuf],
    limits: Limits,
    each: &mut impl FnMut(&Entry<'_>),
) -> Result<Logs, FilesError> {
    if paths.is_empty() {
        return Err(FilesError::None);
    }
    let mut logs = Logs::default();
    let names: Vec<(String, &Path)> = paths
        .iter()
        .map(|path| (path.to_string_lossy().into_owned(), path.as_path()))
        .collect();
    for files in series(names, |(name, _)| name) {
        let mut reader = Reader::new(limits);
        for (number, (_, path)) in files.into_iter().enumerate() {
            if number > 0 {
                reader.next_file();
            }
            let failed = |cause| FilesError::Read {
                path: path.to_owned(),
                cause,
            };
            let damaged = if path == Path::new("-") {
                read_one(io::stdin().lock(), &mut reader, each)
            } else {
                let file = File::open(path).map_err(failed)?;
                read_one(file, &mut reader, each)
            };
            if let Some((bytes, reason)) = damaged.map_err(failed)? {
                logs.damaged.push(Damaged {
                    path: path.to_owned(),
                    bytes,
                    reason,
                });
            }
        }
        logs.summaries.push(reader.finish(each));
    }
    Ok(logs)
}

/// Reads one file to its end. Of one that is packed and damaged, how many bytes came out of it, and the reason.
fn read_one(
    mut file: impl Read,
    reader: &mut Reader,
    each: &mut impl FnMut(&Entry<'_>),
) -> io::Result<Option<(u64, String)>> {
    // A pipe may give its first two bytes one by one.
    let mut start = Vec::with_capacity(GZIP.len());
    file.by_ref()
        .take(GZIP.len() as u64)
        .read_to_end(&mut start)?;
    let is_packed = start == GZIP;
    let file = BufReader::with_capacity(BUFFER, start.as_slice().chain(file));
    if !is_packed {
        return Counted { bytes: 0, file }.feed(reader, each).map(|()| None);
    }
    // Rotation may append one packed file to another: all members are read.
    let file = BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file));
    let mut packed = Counted { bytes: 0, file };
    match packed.feed(reader, each) {
        Ok(()) => Ok(None),
        Err(error) if is_of_decoder(&error) => Ok(Some((packed.bytes, error.to_string()))),
        Err(error) => Err(error),
    }
}

/// Whether it is the file that is wrong: it ends too early, or is no gzip from some byte on.
fn is_of_decoder(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
    )
}

/// A file, and how much of it was read.
struct Counted<B> {
    bytes: u64,
    file: B,
}

impl<B: BufRead> Counted<B> {
    fn feed(&mut self, reader: &mut Reader, each: &mut impl FnMut(&Entry<'_>)) -> io::Result<()> {
        loop {
            let bytes = match self.file.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                return Ok(());
            }
            reader.feed(bytes, each);
            let length = bytes.len();
            self.bytes += length as u64;
            self.file.consume(length);
        }
    }
}
