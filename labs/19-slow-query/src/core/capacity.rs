//! The estimate: how much a day of slow log is, what a digest keeps of it, what an index that is not there costs, and what it costs to find out.
//!
//! Why in code: an estimate in prose is never wrong, because nobody runs it. Each step below is a doctest, and where it speaks of
//! fingerprints, limits and reading it asks this crate's own.
//!
//! All figures are assumptions, round on purpose and named where they are used; the 24 hours are the source's. What must stay true: nothing here is
//! measured, and nothing that reads a log reads it.

use super::digest;
use super::log;

/// Bytes of log in `seconds`, if `per_second` statements are logged and an entry is `bytes` long.
///
// ANCHOR: day
/// ```
/// use slow_query::core::capacity::{DAY, logged, seconds_to_read};
///
/// // Assumed: 5,000 statements a second, of which one in a hundred is slow;
/// // an entry is 400 bytes long, half of it header.
/// let slow = logged(50, 400, DAY);
/// assert_eq!(slow, 1_728_000_000); // 1.7 GB: no file to open in an editor
/// // With `long_query_time = 0` all of them are logged.
/// assert_eq!(logged(5_000, 400, DAY), 100 * slow); // 173 GB
///
/// // Assumed: 5 MB of it are read in a second, and 300.
/// assert_eq!(seconds_to_read(slow, 5), 345); // a coffee
/// assert_eq!(seconds_to_read(slow, 300), 5);
/// assert_eq!(seconds_to_read(100 * slow, 5), 34_560); // half a day
/// assert_eq!(seconds_to_read(100 * slow, 300), 576); // a coffee again
/// ```
// ANCHOR_END: day
#[must_use]
pub fn logged(per_second: u64, bytes: u64, seconds: u64) -> u64 {
    per_second * bytes * seconds
}

/// Seconds of a day: what the source's analysis takes of the log.
pub const DAY: u64 = 24 * 60 * 60;

/// Whole seconds that reading takes at so many megabytes a second.
#[must_use]
pub fn seconds_to_read(bytes: u64, megabytes_a_second: u64) -> u64 {
    bytes / (megabytes_a_second * 1_000_000)
}

/// The statements that an analysis explains: each of the log's, or one of each shape.
///
// ANCHOR: shapes
/// ```
/// use slow_query::core::capacity::{DAY, hours_to_explain};
/// use slow_query::core::fingerprint::fingerprint;
///
/// // However many customers there are, this is one shape:
/// let (mut one, mut other) = (String::new(), String::new());
/// fingerprint(b"SELECT * FROM orders WHERE customer = 4711", &mut one);
/// fingerprint(b"select * from orders where customer=42 -- x", &mut other);
/// assert_eq!(one, other);
///
/// // Assumed: the 50 slow statements a second are of 300 shapes, and an
/// // EXPLAIN takes 2 ms.
/// assert_eq!(hours_to_explain(50 * DAY, 2), 2.4); // and 4,320,000 answers
/// assert!(hours_to_explain(300, 2) * 3600.0 < 1.0);
/// ```
// ANCHOR_END: shapes
#[must_use]
pub fn hours_to_explain(statements: u64, milliseconds: u64) -> f64 {
    (statements * milliseconds) as f64 / 1000.0 / 3600.0
}

/// What a digest keeps at most, about: of each class its texts, its names and its histograms.
///
// ANCHOR: memory
/// ```
/// use slow_query::core::capacity::{kept, most_kept};
/// use slow_query::core::{digest, log};
///
/// // Assumed: 300 shapes, each with a fingerprint of 200 bytes, a sample of
/// // 400, and figures that fall into 50 buckets of 16 bytes.
/// assert_eq!(kept(300, 200, 400, 50), 420_000); // of 1.7 GB
///
/// // An application that writes each value into a name has as many shapes
/// // as statements: 4,320,000 of them in a day.
/// assert_eq!(kept(4_320_000, 200, 400, 50), 6_048_000_000);
/// // With this crate's limits it has 5,000 and the others, and the texts
/// // are cut: if an attacker filled all of them,
/// let most = most_kept(digest::Limits::default(), log::Limits::default());
/// assert_eq!(most / 1_000_000, 790); // MB, and not one more
/// ```
// ANCHOR_END: memory
#[must_use]
pub fn kept(classes: u64, fingerprint: u64, sample: u64, buckets: u64) -> u64 {
    classes * (fingerprint + sample + buckets * BUCKET)
}

/// A bucket's number and count.
const BUCKET: u64 = 16;
/// Buckets of a histogram, and histograms of a class: times to the largest number there is, and rows.
const MOST_BUCKETS: u64 = 976 * 5;
/// Eight names of 255 bytes that are no UTF-8, which take three each; of three kinds.
const MOST_NAMES: u64 = 8 * 255 * 3 * 3;

/// What a reader and a digest keep at most with these limits, whatever the log holds.
#[must_use]
pub fn most_kept(digest: digest::Limits, log: log::Limits) -> u64 {
    // A byte that is no UTF-8 is kept as three, in the sample as in a fingerprint.
    let texts = 3 * (digest.fingerprint_bytes() + digest.sample_bytes()) as u64;
    // The reader's line may be two, at a border of files.
    let reader = log.statement_bytes() + 2 * log.header_bytes();
    let classes = digest.classes() as u64 + 1;
    classes * (texts + MOST_NAMES) + kept(classes, 0, 0, MOST_BUCKETS) + reader as u64
}

/// Rows that are read in a day for a statement that runs `per_second` times and reads `rows` each time.
///
// ANCHOR: index
/// ```
/// use slow_query::core::capacity::{DAY, examined};
///
/// // Assumed: a table of a million orders, 20 for each customer, asked for
/// // once a second by customer.
/// let scanned = examined(1, 1_000_000);
/// assert_eq!(scanned, 86_400_000_000); // every row, every second
/// let looked_up = examined(1, 20);
/// assert_eq!(scanned / looked_up, 50_000);
///
/// // A table of 50 countries is read whole too, 100 times a second. An index
/// // on it saves 0.5 % of what the other does, and costs each write.
/// let small = examined(100, 50);
/// assert_eq!(small * 1000 / scanned, 5);
/// ```
// ANCHOR_END: index
#[must_use]
pub fn examined(per_second: u64, rows: u64) -> u64 {
    per_second * rows * DAY
}

/// Rows of a table that a sample needs, so that a value which one row in `of` has is in it `times` on average.
///
// ANCHOR: sample
/// ```
/// use slow_query::core::capacity::{megabytes, sampled};
///
/// // Assumed: the same orders; a row is 200 bytes long, and a customer's are
/// // one in 50,000. Whether an index on the customer helps shows on a scratch
/// // server only if it has some rows of one: ten, to be sure.
/// assert_eq!(sampled(50_000, 10), 500_000);
/// // Copied at 20 MB/s it is there in 5 s, and the server that was read from
/// // has hardly seen it.
/// assert_eq!(megabytes(500_000, 200), 100);
/// // The tables of a real one are another matter: a billion rows. Advice that
/// // is tried on all of it takes hours, and is tried by nobody.
/// assert_eq!(megabytes(1_000_000_000, 200) / 20 / 3600, 2); // hours
/// ```
// ANCHOR_END: sample
#[must_use]
pub fn sampled(of: u64, times: u64) -> u64 {
    of * times
}

/// Whole megabytes of so many rows.
#[must_use]
pub fn megabytes(rows: u64, bytes: u64) -> u64 {
    rows * bytes / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The doctests use round numbers, which hide a swapped operator; these do not.
    #[test]
    fn sums_of_numbers_that_are_not_round() {
        assert_eq!(logged(3, 7, 11), 231);
        assert_eq!(seconds_to_read(21_000_001, 7), 3);
        assert_eq!(hours_to_explain(7_200, 1_500), 3.0);
        assert_eq!(kept(3, 5, 7, 11), 3 * (5 + 7 + 176));
        assert_eq!(examined(3, 7), 1_814_400);
        assert_eq!(sampled(3, 7), 21);
        assert_eq!(megabytes(3_000_001, 7), 21);
        let digest = digest::Limits::new(2, 64, 100).unwrap();
        let log = log::Limits::new(16, 2048).unwrap();
        let class = 3 * 164 + 18_360 + 78_080;
        assert_eq!(most_kept(digest, log), 3 * class + 16 + 4096);
    }
}
