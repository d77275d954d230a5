//! Bytes of a pipe as text: a character that two reads cut in half is whole again.
//!
//! `from_utf8_lossy` on each read would put two replacement characters where a tick stood. What is no UTF-8 at all becomes
//! U+FFFD, and never an error: a test may print what it likes.

/// Turns reads into text.
#[derive(Debug, Default)]
pub struct Utf8 {
    /// The first bytes of a character whose rest is still to come: at most three.
    begun: Vec<u8>,
}

impl Utf8 {
    /// The text of these bytes, without a character that has only begun.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.begun.extend_from_slice(bytes);
        let whole = self.begun.len() - unfinished(&self.begun);
        let rest = self.begun.split_off(whole);
        let text = String::from_utf8_lossy(&self.begun).into_owned();
        self.begun = rest;
        text
    }

    /// What had begun and will not be finished.
    pub fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.begun)).into_owned()
    }
}

/// How many bytes at the end are the beginning of a character.
fn unfinished(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last();
    match last.map(|chunk| chunk.invalid()) {
        // An invalid end is the beginning of a character if more bytes could make it valid.
        Some(end) if !end.is_empty() && bytes.ends_with(end) && could_go_on(end) => end.len(),
        _ => 0,
    }
}

fn could_go_on(end: &[u8]) -> bool {
    std::str::from_utf8(end).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_that_is_cut_is_whole() {
        let mut text = Utf8::default();
        assert_eq!(text.push("a✓".as_bytes().split_last().unwrap().1), "a");
        assert_eq!(text.push(&"✓".as_bytes()[2..]), "✓");
        assert_eq!(text.push(&[0xe2, 0x9c]), "");
        assert_eq!(text.finish(), "\u{fffd}");
        assert_eq!(text.push(&[0xff, b'x']), "\u{fffd}x");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn however_it_is_cut_it_is_the_same_text(bytes: Vec<u8>, cuts: Vec<u8>) {
            let mut text = Utf8::default();
            let (mut got, mut rest) = (String::new(), bytes.as_slice());
            for cut in cuts {
                let (now, later) = rest.split_at(usize::from(cut).min(rest.len()));
                got += &text.push(now);
                prop_assert!(text.begun.len() < 4);
                rest = later;
            }
            got += &text.push(rest);
            got += &text.finish();
            prop_assert_eq!(got, String::from_utf8_lossy(&bytes));
        }
    }
}
