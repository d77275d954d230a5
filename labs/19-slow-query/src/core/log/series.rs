//! The order of a log's files: `slow.log.2.gz` was written before `slow.log.1`, and that before `slow.log`.
//!
//! Why not by name: `slow.log.10` would come between 1 and 2. Why not by the time of the file: it is whatever the last copy made of it. What must
//! stay true: files of two logs are never mixed.

use std::cmp::Ordering;

use super::time;

/// What a name of a rotated file says: which log, and how old.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rotated<'a> {
    log: &'a str,
    age: Age<'a>,
}

/// How old: a number that grows with age, a date that does not, or neither, which is the file that is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age<'a> {
    Current,
    Number(u64),
    Date(&'a str),
}

/// The files of each log, oldest first; logs in the order in which they were first named.
#[must_use]
pub fn series<T>(files: Vec<T>, name: impl Fn(&T) -> &str) -> Vec<Vec<T>> {
    // ANCHOR: stage1_series
    todo!("stage 1: series")
    // ANCHOR_END: stage1_series
}

fn rotated(name: &str) -> Rotated<'_> {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    if let Some((log, suffix)) = plain.rsplit_once('.')
        && let Some(number) = number(suffix)
    {
        let age = if suffix.len() == 8 {
            Age::Date(suffix)
        } else {
            Age::Number(number)
        };
        return Rotated { log, age };
    }
    // logrotate's dateext: `slow.log-20240115`, or with an hour behind.
    if let Some((log, suffix)) = plain.rsplit_once('-')
        && suffix.len() >= 8
        && number(suffix).is_some()
    {
        let age = Age::Date(suffix);
        return Rotated { log, age };
    }
    let age = Age::Current;
    Rotated { log: plain, age }
}

fn number(text: &str) -> Option<u64> {
    time::number(text.as_bytes())
}

fn older(a: Age<'_>, b: Age<'_>) -> Ordering {
    let rank = |age| match age {
        Age::Date(_) => 0,
        Age::Number(_) => 1,
        Age::Current => 2,
    };
    match (a, b) {
        (Age::Number(a), Age::Number(b)) => b.cmp(&a),
        (Age::Date(a), Age::Date(b)) => a.cmp(b),
        (Age::Current | Age::Number(_) | Age::Date(_), _) => rank(a).cmp(&rank(b)),
    }
}
