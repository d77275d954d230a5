//! What text is laid out on: a width, and whether there is colour.
//!
//! Everything that is printed is made by pure functions that take a [`Page`], so that the tests see what a
//! terminal of 40 columns sees. Text is wrapped before it is painted: escape sequences have no width.
//! A command is never wrapped, because it is there to be copied.

use std::ffi::OsString;
use std::fmt::Write;
use std::io::IsTerminal;

/// The narrowest page that text is laid out for.
const NARROWEST: usize = 24;
/// Lines longer than this are tiring to read, however wide the terminal.
const WIDEST: usize = 100;
/// What a pipe or a file gets.
const UNKNOWN: usize = 80;

/// A width and whether there is colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Columns.
    pub width: usize,
    /// Whether escape sequences are welcome.
    pub colour: bool,
}

/// How a stretch of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// As it comes.
    Plain,
    /// Titles, and what to type.
    Bold,
    /// What may be skipped.
    Dim,
    /// It holds.
    Green,
    /// It does not.
    Red,
    /// It is still to do.
    Yellow,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Bold => "\x1b[1m",
            Ink::Dim => "\x1b[2m",
            Ink::Green => "\x1b[32m",
            Ink::Red => "\x1b[31m",
            Ink::Yellow => "\x1b[33m",
        }
    }
}

impl Page {
    /// The page that stdout is: its terminal's width, or `COLUMNS`; colour on a terminal without `NO_COLOR`, and
    /// elsewhere if `CLICOLOR_FORCE` asks for it, as the book's pages do.
    pub fn stdout() -> Page {
        Page::of(std::io::stdout().is_terminal())
    }

    /// The same for stderr.
    pub fn stderr() -> Page {
        Page::of(std::io::stderr().is_terminal())
    }

    fn of(is_terminal: bool) -> Page {
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok());
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let colour = colour(is_terminal, |name| std::env::var_os(name));
        let width = columns.or_else(terminal).unwrap_or(UNKNOWN);
        Page {
            width: width.clamp(NARROWEST, WIDEST),
            colour,
        }
    }

    /// A page without colour.
    pub fn plain(width: usize) -> Page {
        Page {
            width,
            colour: false,
        }
    }

    /// Painted text.
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        if self.colour && ink != Ink::Plain && !text.is_empty() {
            format!("{}{text}\x1b[0m", ink.code())
        } else {
            text.to_owned()
        }
    }

    /// A paragraph (each line of `text` is one), indented and wrapped.
    pub fn paragraph(&self, indent: usize, ink: Ink, text: &str) -> String {
        let mut out = String::new();
        for line in text.lines() {
            for line in wrap(line, self.width.saturating_sub(indent)) {
                if !line.is_empty() {
                    let _ = write!(out, "{:indent$}{}", "", self.paint(ink, &line));
                }
                out.push('\n');
            }
        }
        out
    }

    /// A label in a column of its own, and text beside it.
    pub fn field(&self, label: &str, ink: Ink, text: &str) -> String {
        const COLUMN: usize = 11;
        let label = format!("  {label:<width$}", width = COLUMN - 2);
        let body = self.paragraph(COLUMN, Ink::Plain, text);
        let body = body.strip_prefix(&" ".repeat(COLUMN)).unwrap_or(&body);
        format!("{}{body}", self.paint(ink, &label))
    }

    /// A command on a line of its own.
    pub fn command(&self, command: &str) -> String {
        format!("    {}\n", self.paint(Ink::Bold, command))
    }
}

/// Whether escape sequences are welcome (bixense.com/clicolors and no-color.org): `NO_COLOR` forbids them everywhere,
/// `CLICOLOR_FORCE` wants them everywhere, and else a terminal has them unless it is dumb.
fn colour(is_terminal: bool, env: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_set = |name| env(name).is_some_and(|value| !value.is_empty());
    let is = |name, value: &str| env(name).is_some_and(|is| is == value);
    let forced = is_set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0");
    !is_set("NO_COLOR") && (forced || is_terminal && !is("TERM", "dumb"))
}

/// Lines of at most `width` characters, broken at spaces; a word that is longer than a line is broken
/// behind `/`, `_`, `-` or `:` if it has one.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let margin: String = text.chars().take_while(|c| *c == ' ').collect();
    let mut lines = vec![margin.clone()];
    for word in text.split_whitespace() {
        for (index, piece) in pieces(word, width - margin.len().min(width / 2))
            .into_iter()
            .enumerate()
        {
            let line = lines.last_mut().expect("there is always a line");
            let gap = usize::from(index == 0 && line.len() > margin.len());
            if line.chars().count() + gap + piece.chars().count() <= width
                || line.len() == margin.len()
            {
                line.push_str(&" ".repeat(gap));
                line.push_str(piece);
            } else {
                lines.push(format!("{margin}{piece}"));
            }
        }
    }
    lines
}

/// A word as pieces that may stand on lines of their own.
fn pieces(word: &str, width: usize) -> Vec<&str> {
    if word.chars().count() <= width {
        return vec![word];
    }
    word.split_inclusive(['/', '_', '-', ':']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_at_their_joints() {
        let text = "see tests/16-seckill/broken/decr-then-rollback.rs now";
        assert_eq!(
            wrap(text, 24),
            [
                "see tests/16-seckill/",
                "broken/decr-then-",
                "rollback.rs now"
            ]
        );
    }

    #[test]
    fn an_indented_line_stays_indented() {
        assert_eq!(wrap("  left: 1 and more", 10), ["  left: 1", "  and more"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn colour_is_for_terminals_and_for_whoever_asks() {
        let with = |is_terminal, set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(key, _)| *key == name);
            colour(is_terminal, |name| {
                value(name).map(|(_, value)| value.into())
            })
        };
        assert!(with(true, &[]));
        assert!(!with(false, &[]));
        assert!(with(false, &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]));
        assert!(!with(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!with(false, &[("CLICOLOR_FORCE", "")]));
        assert!(!with(true, &[("TERM", "dumb")]));
        assert!(with(true, &[("NO_COLOR", "")]));
        for forced in ["", "1"] {
            assert!(!with(
                true,
                &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", forced)]
            ));
        }
    }

    #[test]
    fn paint_is_outside_of_the_width() {
        let page = Page {
            width: 24,
            colour: true,
        };
        let text = page.paragraph(2, Ink::Red, "one two three four five");
        assert_eq!(
            text,
            "  \x1b[31mone two three four\x1b[0m\n  \x1b[31mfive\x1b[0m\n"
        );
    }
}
