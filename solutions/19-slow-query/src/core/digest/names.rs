//! Who sent the statements of a class, from where, in which schema: a few names of possibly many.
//!
//! Why the first by the alphabet and not the first that came: two halves of a log, merged in either order, must give the same.

/// Names, of which the first few by the alphabet are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    more: bool,
}

/// Enough for a report, which shows three.
const KEPT: usize = 8;
/// The longest host name: 255 bytes.
const BYTES: usize = 255;

impl Names {
    /// Those that are kept, sorted. A longer name is cut; what is no UTF-8 in it is U+FFFD.
    #[must_use]
    pub fn kept(&self) -> &[String] {
        &self.names
    }

    /// Whether there were others.
    #[must_use]
    pub fn more(&self) -> bool {
        self.more
    }

    pub(super) fn add(&mut self, name: &[u8]) {
        // Most of the time it is one of those.
        if !self.names.iter().any(|kept| kept.as_bytes() == name) {
            let name = String::from_utf8_lossy(&name[..name.len().min(BYTES)]);
            self.insert(&name);
        }
    }

    fn insert(&mut self, name: &str) {
        let Err(at) = self.names.binary_search_by(|kept| kept.as_str().cmp(name)) else {
            return;
        };
        if at == KEPT {
            self.more = true;
            return;
        }
        self.names.insert(at, name.to_owned());
        self.more |= self.names.len() > KEPT;
        self.names.truncate(KEPT);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for name in &other.names {
            self.insert(name);
        }
        self.more |= other.more;
    }
}
