//! Files of a log, one after the other: plain or gzipped, rotated ones oldest first, `-` for the standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::error::Error;
use crate::core::log::entry::Entry;
use crate::core::log::reader::Reader;
use crate::core::log::series::series;
use crate::core::log::{Limits, Summary};

/// Reads `paths`, and gives every entry to `each`.
///
/// # Errors
/// When a file cannot be read.
pub fn read<P: AsRef<Path>>(
    paths: &[P],
    each: &mut impl FnMut(&Entry<'_>),
) -> Result<Summary, Error> {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.as_ref().display().to_string())
        .collect();
    let mut whole = Summary::default();
    for files in series(names, |name| name) {
        let mut reader = Reader::new(Limits::default());
        for (i, name) in files.iter().enumerate() {
            if i > 0 {
                reader.next_file();
            }
            let fail = |source| Error::File {
                path: name.clone(),
                source,
            };
            let mut input = open(name).map_err(fail)?;
            loop {
                let bytes = input.fill_buf().map_err(fail)?;
                if bytes.is_empty() {
                    break;
                }
                let read = bytes.len();
                reader.feed(bytes, each);
                input.consume(read);
            }
        }
        let summary = reader.finish(each);
        whole.dialect = whole.dialect.or(summary.dialect);
        whole.entries += summary.entries;
        whole.administrator += summary.administrator;
        whole.truncated += summary.truncated;
        whole.restarts += summary.restarts;
        whole.garbage_lines += summary.garbage_lines;
        whole.garbage_bytes += summary.garbage_bytes;
        whole.bytes += summary.bytes;
    }
    Ok(whole)
}

/// By its first two bytes, not by its name.
fn open(name: &str) -> io::Result<Box<dyn BufRead>> {
    let plain: Box<dyn Read> = match name {
        "-" => Box::new(io::stdin()),
        name => Box::new(File::open(name)?),
    };
    let mut plain = BufReader::with_capacity(256 << 10, plain);
    Ok(match plain.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        true => Box::new(BufReader::with_capacity(
            256 << 10,
            MultiGzDecoder::new(plain),
        )),
        false => Box::new(plain),
    })
}
