//! The command's input: logs into one digest, of the last hours if asked for.

use std::path::PathBuf;
use std::time::Duration;

use super::clock::Clock;
use super::files::{self, Damaged, FilesError};
use crate::core::digest::{self, Digest};
use crate::core::log::entry::Entry;
use crate::core::log::{self, Summary};

/// What was read.
#[derive(Debug)]
pub struct Input {
    /// As classes.
    pub digest: Digest,
    /// Of all logs together.
    pub summary: Summary,
    /// How many files.
    pub files: u64,
    /// Packed files of which only a part could be read.
    pub damaged: Vec<Damaged>,
}

/// Reads `paths` into a digest. With `since`, only entries that ended within so long before now; one that the log gives no time is kept.
///
/// # Errors
/// When a file cannot be read.
pub fn read(paths: &[PathBuf], since: Option<Duration>) -> Result<Input, FilesError> {
    let begins = since.map(|since| {
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Clock::wall().0.saturating_sub(micros)
    });
    let mut digest = Digest::new(digest::Limits::default());
    let mut each = |entry: &Entry<'_>| {
        let is_old = begins
            .zip(entry.at)
            .is_some_and(|(begins, at)| at.0 < begins);
        if !is_old {
            digest.add(entry);
        }
    };
    let logs = files::read(paths, log::Limits::default(), &mut each)?;
    Ok(Input {
        digest,
        summary: logs
            .summaries
            .into_iter()
            .fold(Summary::default(), together),
        files: paths.len() as u64,
        damaged: logs.damaged,
    })
}

/// Two logs as one. Who wrote it is what the first one says.
fn together(one: Summary, other: Summary) -> Summary {
    Summary {
        dialect: one.dialect.or(other.dialect),
        entries: one.entries + other.entries,
        administrator: one.administrator + other.administrator,
        truncated: one.truncated + other.truncated,
        restarts: one.restarts + other.restarts,
        headers_alone: one.headers_alone + other.headers_alone,
        garbage_lines: one.garbage_lines + other.garbage_lines,
        garbage_bytes: one.garbage_bytes + other.garbage_bytes,
        bytes: one.bytes + other.bytes,
    }
}

/// `90s`, `15m`, `24h`, `7d`.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn parse_since(text: &str) -> Result<Duration, String> {
    let refused = || format!("{text:?} is no time like 90s, 15m, 24h or 7d");
    let unit = text.chars().last().ok_or_else(refused)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(refused()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| refused())?;
    number
        .checked_mul(seconds)
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
        .ok_or_else(refused)
}
