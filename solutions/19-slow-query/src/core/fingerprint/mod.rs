//! A statement's shape: the text of it without what differs from call to call.
//!
//! Why: a day of log has millions of statements and a few hundred shapes, and an index helps a shape. Why by tokens and not by a parser: a parser
//! refuses what it does not know, and a shape is needed of every statement, also of one that was cut. Why not by patterns, as pt-query-digest: a
//! pattern that knows no tokens takes `'it''s'` for two texts, and a digit in a table's name for a number. The form is pt-query-digest's
//! where it can be, so that reports can be compared. What must stay true: no literal stands in a fingerprint, and it depends on nothing but
//! the tokens.

mod fold;
mod keyword;
mod shape;
mod token;

use std::fmt;

use md5::{Digest as _, Md5};

/// Writes the shape of `sql` into `out`, which is emptied first.
///
/// In it a literal is `?`, and so is NULL; a list of literals after IN or VALUES is `(?+)`, whatever its length; letters of ASCII are in lower
/// case; comments are gone; white space is as one would type it. Bytes of an identifier that are no UTF-8 become U+FFFD.
#[allow(clippy::ptr_arg, reason = "it grows, once it is written")]
pub fn fingerprint(sql: &[u8], out: &mut String) {
    // ANCHOR: stage2_fingerprint
    let mut bytes = std::mem::take(out).into_bytes();
    bytes.clear();
    shape::write(sql, &mut bytes);
    *out = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    if !out.is_ascii() && out.contains(char::is_control) {
        // U+009B is a command to a terminal, too.
        *out = out.replace(char::is_control, " ");
    }
    // ANCHOR_END: stage2_fingerprint
}

/// The number of a fingerprint: the last 64 bits of its MD5, which pt-query-digest prints as 16 hex digits. (From 3.0.11 on it prints all 32, of which
/// these are the last.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

impl Id {
    /// The number of a fingerprint.
    #[must_use]
    pub fn of(fingerprint: &str) -> Self {
        let hash = Md5::digest(fingerprint.as_bytes());
        let tail = hash.iter().skip(8);
        Self(tail.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
