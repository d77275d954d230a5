//! The times that a log is written in: dates, moments since 1970, durations. Bad ones are `None`, never a panic.
//!
//! Why not a crate for dates: four formats of digits are read here, once per entry, from bytes that need not be UTF-8.

use std::time::Duration;

use super::entry::Timestamp;

/// A decimal number, all of `text`; `None` if it is none or too large.
#[must_use]
pub fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Microseconds of what stands after a decimal point: digits after the sixth are dropped.
fn micros(fraction: &[u8]) -> Option<u32> {
    let mut micros = 0;
    for at in 0..6 {
        let digit = fraction.get(at).map_or(0, |byte| byte.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        micros = micros * 10 + u32::from(digit);
    }
    let rest = fraction.get(6..).unwrap_or(b"");
    rest.iter().all(u8::is_ascii_digit).then_some(micros)
}

/// The two sides of a decimal point.
fn split_point(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'.', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, b""),
    }
}

/// `0.000123`: seconds, with or without a fraction.
#[must_use]
pub fn seconds(text: &[u8]) -> Option<Duration> {
    let (whole, fraction) = split_point(text);
    Some(Duration::new(number(whole)?, micros(fraction)? * 1000))
}

/// `1705314225` or `1705314225.123456`: what `SET timestamp` says.
#[must_use]
pub fn unix(text: &[u8]) -> Option<Timestamp> {
    let (whole, fraction) = split_point(text);
    let seconds = i64::try_from(number(whole)?).ok()?;
    let micros = i64::from(micros(fraction)?);
    Some(Timestamp(
        seconds.checked_mul(1_000_000)?.checked_add(micros)?,
    ))
}

/// A moment of a `# Time:` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Read as UTC if the log does not say where.
    pub at: Timestamp,
    /// Whether the log says its zone: MySQL's does, MariaDB's is in the server's.
    pub zoned: bool,
}

/// `2024-01-15T10:23:45.123456Z`, or with `+02:00` at its end: MySQL's. `240115 10:23:45` or `240115  1:02:03`: MariaDB's and older ones'.
#[must_use]
pub fn date(text: &[u8]) -> Option<Moment> {
    let part = |from: usize, to: usize| number(text.get(from..to)?);
    if text.get(4) == Some(&b'-') && text.get(7) == Some(&b'-') && text.get(10) == Some(&b'T') {
        let (time, zone) = zone(text.get(11..)?)?;
        let days = days(part(0, 4)?, part(5, 7)?, part(8, 10)?)?;
        return Some(Moment {
            at: Timestamp(days + clock(time)? - zone),
            zoned: true,
        });
    }
    let days = days(2000 + part(0, 2)?, part(2, 4)?, part(4, 6)?)?;
    if text.get(6) != Some(&b' ') {
        return None;
    }
    Some(Moment {
        at: Timestamp(days + clock(text.get(7..)?.trim_ascii_start())?),
        zoned: false,
    })
}

/// A time of the day before its zone, and the zone's microseconds east of Greenwich.
fn zone(text: &[u8]) -> Option<(&[u8], i64)> {
    if let Some(time) = text.strip_suffix(b"Z") {
        return Some((time, 0));
    }
    let at = text.len().checked_sub(6)?;
    let (time, zone) = text.split_at(at);
    let minutes = number(&zone[1..3])? * 60 + number(&zone[4..6])?;
    let micros = i64::try_from(minutes).ok()? * 60_000_000;
    match (zone[0], zone[3]) {
        (b'+', b':') => Some((time, micros)),
        (b'-', b':') => Some((time, -micros)),
        (_, _) => None,
    }
}

/// `10:23:45.123456` as microseconds of a day; the hour may have one digit.
fn clock(text: &[u8]) -> Option<i64> {
    let (time, fraction) = split_point(text);
    let mut parts = time.split(|byte| *byte == b':');
    let mut next = |below: u64| number(parts.next()?).filter(|part| *part < below);
    // A leap second is second 60.
    let seconds = next(24)? * 3600 + next(60)? * 60 + next(61)?;
    if parts.next().is_some() {
        return None;
    }
    Some(i64::try_from(seconds).ok()? * 1_000_000 + i64::from(micros(fraction)?))
}

/// Microseconds from 1970 to a day of the Gregorian calendar: Howard Hinnant's `days_from_civil`.
fn days(year: u64, month: u64, day: u64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March, so that the day that some years have is its last. Years have four digits: nothing overflows.
    let year = i64::try_from(year).ok()? - i64::from(month <= 2);
    let month = i64::try_from(month).ok()?;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::try_from(day).ok()? - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400_000_000)
}
