//! Finds directives in Markdown: `{{#name arguments}}`, alone on a line or within one.
//!
//! Lines, and not a Markdown parser: what comes out must be the page as it was but for the directives, and a parser gives
//! events, not text. Fenced code and code spans are left alone; so is `\{{#..}}`.

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text to leave as it is.
    Text(&'t str),
    /// A directive alone on its line.
    Block(Directive<'t>),
    /// A directive within a line.
    Inline(Directive<'t>),
}

/// One directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive<'t> {
    /// The line that it stands on, from 1.
    pub line: usize,
    /// Its name: `num`.
    pub name: &'t str,
    /// What follows the name, trimmed.
    pub arguments: &'t str,
}

/// A fence that is open: its character and its length.
#[derive(Clone, Copy)]
struct Fence(char, usize);

impl Fence {
    fn opens(line: &str) -> Option<Self> {
        let line = line.trim_start();
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = line.chars().take_while(|c| *c == mark).count();
        (length >= 3).then_some(Self(mark, length))
    }

    fn closed_by(self, line: &str) -> bool {
        let line = line.trim();
        line.chars().all(|c| c == self.0) && line.chars().count() >= self.1
    }
}

/// The lines of a page that are not in fenced code, each with its number; a fence's own lines are left out too.
pub fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence = None;
    (1..)
        .zip(text.lines())
        .filter(move |(_, line)| match fence {
            None => {
                fence = Fence::opens(line);
                fence.is_none()
            }
            Some(open) => {
                if open.closed_by(line) {
                    fence = None;
                }
                false
            }
        })
}

/// The info strings of the fenced blocks of a page, each with its line.
pub fn fences(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fence: Option<Fence> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match fence {
            None => {
                fence = Fence::opens(line);
                if let Some(Fence(mark, _)) = fence {
                    found.push((number, line.trim().trim_start_matches(mark).trim()));
                }
            }
            Some(open) if open.closed_by(line) => fence = None,
            Some(_) => {}
        }
    }
    found
}

/// A page as pieces; joined, with the directives as they were, they are the page.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut fence: Option<Fence> = None;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        match fence {
            Some(open) => {
                if open.closed_by(line) {
                    fence = None;
                }
                pieces.push(Piece::Text(line));
            }
            None => {
                fence = Fence::opens(line);
                if fence.is_some() {
                    pieces.push(Piece::Text(line));
                } else {
                    within(line, number, &mut pieces);
                }
            }
        }
    }
    pieces
}

/// The pieces of one line.
fn within<'t>(line: &'t str, number: usize, pieces: &mut Vec<Piece<'t>>) {
    let alone = line.trim();
    if let Some((0, end, directive)) = find(alone, number)
        && end == alone.len()
    {
        pieces.push(Piece::Block(directive));
        pieces.push(Piece::Text(if line.ends_with('\n') { "\n" } else { "" }));
        return;
    }
    let mut rest = line;
    while let Some((start, end, directive)) = find(rest, number) {
        pieces.push(Piece::Text(&rest[..start]));
        pieces.push(Piece::Inline(directive));
        rest = &rest[end..];
    }
    pieces.push(Piece::Text(rest));
}

/// The first directive of a line that is neither escaped nor in a code span: where it begins and ends.
fn find(line: &str, number: usize) -> Option<(usize, usize, Directive<'_>)> {
    let mut from = 0;
    let mut code = false;
    while let Some(c) = line[from..].chars().next() {
        if c == '`' {
            code = !code;
        } else if !code
            && line[from..].starts_with("{{#")
            && !line[..from].ends_with('\\')
            && let Some(length) = line[from..].find("}}")
        {
            let inner = line[from + 3..from + length].trim();
            let (name, arguments) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
            let directive = Directive {
                line: number,
                name,
                arguments: arguments.trim(),
            };
            return Some((from, from + length + 2, directive));
        }
        from += c.len_utf8();
    }
    None
}

/// `key=value` words and bare words of a directive's arguments.
pub fn words(arguments: &str) -> impl Iterator<Item = (Option<&str>, &str)> {
    arguments
        .split_whitespace()
        .map(|word| match word.split_once('=') {
            Some((key, value)) => (Some(key), value),
            None => (None, word),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(text: &str) -> Vec<(usize, &str, &str, bool)> {
        let found = pieces(text).into_iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Block(it) => Some((it.line, it.name, it.arguments, true)),
            Piece::Inline(it) => Some((it.line, it.name, it.arguments, false)),
        });
        found.collect()
    }

    #[test]
    fn directives_are_found_alone_and_within_a_line() {
        let text = "# A\n\n{{#stage 1}}\ntakes {{#num bench.a b.c}} of {{#num d}}.\n";
        let found = [
            (3, "stage", "1", true),
            (4, "num", "bench.a b.c", false),
            (4, "num", "d", false),
        ];
        assert_eq!(directives(text), found);
    }

    #[test]
    fn code_and_escapes_are_left_alone() {
        let text = "```text\n{{#num a}}\n```\n`{{#num b}}` \\{{#num c}} {{#num d}}\n~~~~\n```\n{{#num e}}\n~~~~\n{{#num f}}";
        assert_eq!(
            directives(text),
            [(4, "num", "d", false), (9, "num", "f", true)]
        );
    }

    #[test]
    fn what_is_no_directive_comes_out_as_it_went_in() {
        let text = "a\r\n\r\n```x\n{{#b}}\n```\n  c {{ d }}\n`e";
        let whole: String = pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Block(it) | Piece::Inline(it) => panic!("{it:?}"),
            })
            .collect();
        assert_eq!(whole, text);
    }

    #[test]
    fn fences_have_their_words() {
        assert_eq!(
            fences("```rust,ignore\nx\n```\n\n~~~ console\n~~~\n"),
            [(1, "rust,ignore"), (5, "console")]
        );
        let lines: Vec<_> = prose("a\n```\nb\n```\nc").collect();
        assert_eq!(lines, [(1, "a"), (5, "c")]);
    }
}
