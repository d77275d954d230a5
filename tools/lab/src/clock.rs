//! The one place of this package that reads a clock, and dates without a date library.
//!
//! Dates are UTC to the second: they name folders of kept versions and stand in progress.json, where a
//! learner reads them; nothing computes with them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Now, for measuring.
#[allow(clippy::disallowed_methods)] // a command measures real time
pub fn now() -> Instant {
    Instant::now()
}

/// When a file with this age limit is too old, and the like: seconds since 1970.
#[allow(clippy::disallowed_methods)] // a date is what is asked for
pub fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}

/// A number that is another one each time: for a seed that nobody chose.
#[allow(clippy::disallowed_methods)] // any number will do, and it is printed
pub fn unix_nanos() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    since
        .as_secs()
        .wrapping_mul(1_000_000_000)
        .wrapping_add(u64::from(since.subsec_nanos()))
}

/// `2026-01-31 10:20:30`, UTC.
pub fn date(seconds: u64) -> String {
    let (year, month, day) = measure::civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The same as the name of a folder: `20260131-102030`.
pub fn stamp(seconds: u64) -> String {
    date(seconds).replace(['-', ':'], "").replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00:00");
        assert_eq!(date(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(date(1_769_854_830), "2026-01-31 10:20:30");
        assert_eq!(stamp(1_769_854_830), "20260131-102030");
    }
}
