//! The statement of an entry while its lines come in: what is kept of it, and whether it may be over.
//!
//! Why the end is looked for in all bytes and not in what is kept: a statement above the limit ends like any other, and must not take the
//! next entry with it.

/// The longest end of a statement, `;` and a carriage return that somebody's editor added: kept beyond the limit, so that a statement of
/// exactly the limit is whole.
const END: usize = 2;

/// The text of an entry, so far.
#[derive(Debug)]
pub(super) struct Text {
    limit: usize,
    bytes: Vec<u8>,
    /// Of all of it, also of what was not kept.
    length: u64,
    /// The last two bytes of all of it.
    tail: [u8; END],
    /// A line has ended: the next one begins with its newline.
    newline: bool,
}

impl Text {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            length: 0,
            tail: [0; END],
            newline: false,
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.length = 0;
        self.tail = [0; END];
        self.newline = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0 && !self.newline
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Adds a part of a line; `ends` says that the line ends with it.
    pub(super) fn push(&mut self, part: &[u8], ends: bool) {
        if self.newline {
            self.keep(b"\n");
        }
        self.keep(part);
        self.newline = ends;
    }

    fn keep(&mut self, part: &[u8]) {
        self.length += part.len() as u64;
        match part {
            [] => {}
            [last] => self.tail = [self.tail[1], *last],
            [.., before, last] => self.tail = [*before, *last],
        }
        let room = (self.limit + END).saturating_sub(self.bytes.len());
        let kept = &part[..part.len().min(room)];
        // Doubling would reserve up to twice the limit.
        let wanted = self.bytes.len() + kept.len();
        if wanted > self.bytes.capacity() {
            let doubled = (2 * wanted).min(self.limit + END);
            self.bytes.reserve_exact(doubled - self.bytes.len());
        }
        self.bytes.extend_from_slice(kept);
    }

    /// How many bytes at the end close the statement, if they do: `;`, and the carriage return after it.
    fn end(&self) -> Option<usize> {
        match self.tail {
            [_, b';'] => Some(1),
            [b';', b'\r'] => Some(2),
            [_, _] => None,
        }
    }

    /// Whether the statement may be over: the server writes a semicolon and a newline after each.
    pub(super) fn may_be_over(&self) -> bool {
        self.newline && self.end().is_some()
    }

    /// The statement without its end, and whether it was cut: by the limit, or because it has no end.
    pub(super) fn statement(&self) -> (&[u8], bool) {
        let end = self.end();
        let whole = self.length - end.unwrap_or(0) as u64;
        let kept = self.limit.min(usize::try_from(whole).unwrap_or(usize::MAX));
        let truncated = end.is_none() || whole > self.limit as u64;
        (&self.bytes[..kept.min(self.bytes.len())], truncated)
    }
}
