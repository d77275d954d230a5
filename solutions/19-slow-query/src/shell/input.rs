//! The command's input: logs into one digest, of the last hours if asked for.

use std::path::Path;
use std::time::Duration;

use super::clock::Clock;
use super::error::Error;
use crate::core::digest::{Digest, Limits};
use crate::core::log::Summary;
use crate::core::log::entry::Entry;

/// Reads `paths` into a digest. With `since`, only entries that ended within so long before now; one that the log gives no time is kept.
///
/// # Errors
/// When a file cannot be read.
pub fn read<P: AsRef<Path>>(
    paths: &[P],
    since: Option<Duration>,
) -> Result<(Digest, Summary, u64), Error> {
    let begins = since.map(|since| {
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Clock::wall().0.saturating_sub(micros)
    });
    let mut digest = Digest::new(Limits::default());
    let mut each = |entry: &Entry<'_>| {
        let old = begins
            .zip(entry.at)
            .is_some_and(|(begins, at)| at.0 < begins);
        if !old {
            digest.add(entry);
        }
    };
    let summary = super::files::read(paths, &mut each)?;
    let files = paths.len() as u64;
    Ok((digest, summary, files))
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
