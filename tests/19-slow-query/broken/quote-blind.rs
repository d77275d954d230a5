//! The next quote ends a text. In `'O\'Brien'` that is the one before Brien, and whatever follows is read inside out: names are taken for texts, and
//! texts for names, which a report then shows.
// ANCHOR: stage2_text
self.at += 1;
let end = memchr::memchr(quote, self.rest());
self.at = end.map_or(self.sql.len(), |end| self.at + end + 1);
// ANCHOR_END: stage2_text
