//! What is measured of a variant of the lab, in the variant's own types. `bench.rs` mounts this file once for each, with
//! `slow_query` naming that variant's crate.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::slow_query::core::digest::{Digest, Limits};
use super::slow_query::core::fingerprint::fingerprint;
use super::slow_query::core::log;
use super::slow_query::core::log::entry::{Command, Entry};
use super::slow_query::core::log::reader::Reader;
use crate::designs::Kept;

/// Bytes that are read at a time, as the lab's own files are.
const PIECE: usize = 256 << 10;

/// Reads a log in pieces; gives the most bytes that the reader had room for.
fn read(path: &Path, each: &mut impl FnMut(&Entry<'_>)) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    let mut reader = Reader::new(log::Limits::default());
    let mut most = 0;
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            reader.finish(each);
            return Ok(most);
        }
        reader.feed(&piece[..length], each);
        most = most.max(reader.capacity() as u64);
    }
}

/// Reads, and does nothing with an entry but count it.
pub fn entries(path: &Path) -> io::Result<u64> {
    let mut entries = 0;
    read(path, &mut |_| entries += 1)?;
    Ok(entries)
}

/// Reads, and makes a fingerprint of each statement.
pub fn fingerprints(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    let mut out = String::new();
    read(path, &mut |entry| {
        if let Command::Statement(statement) = entry.command {
            fingerprint(statement, &mut out);
            bytes += out.len() as u64;
        }
    })?;
    Ok(bytes)
}

/// All of it: a digest.
pub fn digest(path: &Path) -> io::Result<Kept> {
    digest_within(Limits::default(), path)
}

/// A digest with room for a million classes, which is how many come of it where nothing bounds them.
pub fn digest_of_all_classes(path: &Path) -> io::Result<Kept> {
    let limits = Limits::new(1 << 20, 4096, 4096).expect("in range");
    digest_within(limits, path)
}

fn digest_within(limits: Limits, path: &Path) -> io::Result<Kept> {
    let mut digest = Digest::new(limits);
    let reader_bytes = read(path, &mut |entry| digest.add(entry))?;
    Ok(Kept {
        statements: digest.totals().statements,
        classes: digest.by_total_time().len() as u64,
        reader_bytes,
    })
}

/// A digest of so many statements that each name another table.
pub fn classes_of_names(statements: u32) -> u64 {
    let mut digest = Digest::new(Limits::default());
    for number in 0..statements {
        let statement = format!("select a from t_{number}");
        digest.add(&Entry {
            command: Command::Statement(statement.as_bytes()),
            ..Entry::default()
        });
    }
    digest.by_total_time().len() as u64
}
