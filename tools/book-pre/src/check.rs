//! What a book must have that no single directive can see: the parts of a chapter and their order, pages that are listed, code that
//! is shown and not pasted, measurements that come from data.

use std::path::{Path, PathBuf};

use contract::{Diagnostics, Lab, Origin};
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use pulldown_cmark::{Event, Parser, Tag};

use crate::directive::{self, Piece};
use crate::house::House;

/// The parts of a chapter, in their order, over all its pages. The card stands before the first of them.
const PARTS: [&str; 12] = [
    "It breaks",
    "Numbers",
    "Predict",
    "Design",
    "Invariants",
    "Lab",
    "Break it",
    "Measure",
    "Reference",
    "Quiz",
    "Interview drill",
    "Production",
];
/// In these parts every figure is a measurement, and none is typed.
const MEASURED: [&str; 2] = ["Break it", "Measure"];
/// What a fenced block may be: none of them is code of the labs, which is shown by anchors.
const FENCES: [&str; 5] = ["console", "text", "toml", "sh", "mermaid"];

/// Everything that is wrong with the book as a whole.
///
/// # Errors
/// All of it.
pub fn book(house: &House, book: &Book) -> Result<(), Diagnostics> {
    let mut mistakes = Diagnostics::new();
    for chapter in book.chapters() {
        fenced(house, chapter, &mut mistakes);
    }
    for chapter in book.chapters() {
        if is_part(house, chapter) {
            figures_of_a_part(house, chapter, &mut mistakes);
        }
    }
    for lab in house.labs() {
        let pages: Vec<&Chapter> = book
            .chapters()
            .filter(|chapter| {
                chapter
                    .source_path
                    .as_deref()
                    .and_then(|path| house.lab_of(path))
                    .is_some_and(|of| of.id() == lab.id())
            })
            .collect();
        if !pages.is_empty() {
            parts(house, lab, &pages, &mut mistakes);
        }
    }
    mistakes.into_result(())
}

fn shown(house: &House, chapter: &Chapter) -> PathBuf {
    chapter
        .source_path
        .as_deref()
        .map(|path| house.shown(path))
        .unwrap_or_default()
}

/// Whether it is the page of a part: in a folder of its own, which is no lab's. Nobody demands a chapter's parts of it.
fn is_part(house: &House, chapter: &Chapter) -> bool {
    chapter.source_path.as_deref().is_some_and(|path| {
        let in_folder = path.parent().is_some_and(|dir| dir != Path::new(""));
        in_folder && house.lab_of(path).is_none()
    })
}

/// What a part says it has measured, or read; only its sources have numbers of their own.
fn figures_of_a_part(house: &House, chapter: &Chapter, mistakes: &mut Diagnostics) {
    let file = shown(house, chapter);
    let mut sources = false;
    for (line, text) in directive::prose(&chapter.content) {
        if text.starts_with('#') {
            sources = heading(text) == Some("Sources");
        } else if !sources {
            for piece in directive::pieces(text) {
                if let Piece::Text(text) = piece
                    && let Some(number) = typed(text)
                {
                    mistakes.push(&file, line, is_typed(&number));
                }
            }
        }
    }
}

fn is_typed(number: &str) -> String {
    format!(
        "`{number}` is typed: a measurement is `{{{{#num file.path}}}}`, a figure of the source `{{{{#source {number}}}}}`"
    )
}

fn fenced(house: &House, chapter: &Chapter, mistakes: &mut Diagnostics) {
    for (line, words) in directive::fences(&chapter.content) {
        if !FENCES.contains(&words) {
            let message = format!(
                "a fenced block is one of {}, not `{words}`: show code by `{{{{#code path:anchor}}}}`",
                FENCES.join(", ")
            );
            mistakes.push(&shown(house, chapter), line, message);
        }
    }
}

/// The chapter of one lab: its parts, its broken designs, its figures.
fn parts(house: &House, lab: &Lab, pages: &[&Chapter], mistakes: &mut Diagnostics) {
    let mut reading = Reading {
        file: PathBuf::new(),
        sections: false,
        part: "",
        next: 0,
        card: false,
        run: Vec::new(),
        mistakes,
    };
    for page in pages {
        reading.file = shown(house, page);
        let title = page
            .content
            .lines()
            .find_map(|line| line.strip_prefix("# "));
        reading.sections = title.is_some_and(|title| PARTS.contains(&title.trim()));
        for (line, text) in directive::prose(&page.content) {
            match heading(text) {
                Some(title) => reading.heading(line, title, text.starts_with("## ")),
                None => reading.text(line, text),
            }
        }
    }
    reading.end(lab);
}

/// How far a chapter is read.
struct Reading<'t, 'm> {
    file: PathBuf,
    /// The page is one part, and has that part's sections under h2.
    sections: bool,
    /// The part that is read, and the index of the next.
    part: &'static str,
    next: usize,
    /// Whether the card was there.
    card: bool,
    /// The designs that were run.
    run: Vec<&'t str>,
    mistakes: &'m mut Diagnostics,
}

impl<'t> Reading<'t, '_> {
    fn told(&mut self, line: usize, message: impl Into<String>) {
        self.mistakes.push(&self.file, line, message);
    }

    fn heading(&mut self, line: usize, title: &str, is_h2: bool) {
        let Some(at) = PARTS.iter().position(|known| *known == title) else {
            if is_h2 && !self.sections {
                self.told(
                    line,
                    format!("no part of a chapter is called `{title}`: below a part use ###"),
                );
            }
            return;
        };
        if at < self.next {
            return self.told(line, format!("part `{title}` again, or too late"));
        }
        if at > self.next {
            self.told(
                line,
                format!("before part `{title}` comes `{}`", PARTS[self.next]),
            );
        }
        if at == 0 && !self.card {
            self.told(
                line,
                "the card comes first: `{{#card}}` above the first part",
            );
        }
        (self.part, self.next) = (PARTS[at], at + 1);
    }

    fn text(&mut self, line: usize, text: &'t str) {
        for piece in directive::pieces(text) {
            match piece {
                Piece::Block(it) if it.name == "card" => self.card = true,
                Piece::Block(it) if it.name == "break" => {
                    if self.run.contains(&it.arguments) {
                        self.told(
                            line,
                            format!(
                                "`{}` is run twice: its anchor is there already",
                                it.arguments
                            ),
                        );
                    }
                    self.run.push(it.arguments);
                }
                Piece::Text(text) if MEASURED.contains(&self.part) => {
                    if let Some(number) = typed(text) {
                        self.told(line, is_typed(&number));
                    }
                }
                Piece::Text(_) | Piece::Block(_) | Piece::Inline(_) => {}
            }
        }
    }

    fn end(mut self, lab: &Lab) {
        for missing in &PARTS[self.next..] {
            self.told(0, format!("the chapter has no part `{missing}`"));
        }
        for broken in &lab.manifest.broken {
            if !self.run.contains(&broken.name.as_str()) {
                let why = match broken.from {
                    Origin::Sketch => "a sketch's mistake is shown running",
                    Origin::Classic => "a quiz links to it",
                };
                self.told(
                    0,
                    format!(
                        "the chapter does not run `{}`: {why}, `{{{{#break {0}}}}}`",
                        broken.name
                    ),
                );
            }
        }
    }
}

/// The title of a part: an h2, or an h1 that is a page of its own.
fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("## ")
        .or_else(|| line.strip_prefix("# "))
        .map(str::trim)
}

/// The first number that stands in a line of prose as a figure would: not in code, in a link's target, in a name or after `stage`.
fn typed(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut target = false;
    for (index, span) in text.split('`').enumerate() {
        if index % 2 == 1 {
            plain.push('x');
            continue;
        }
        for c in span.chars() {
            target = (target || (c == '(' && plain.ends_with(']'))) && c != ')';
            if !target {
                plain.push(c);
            }
        }
    }
    let mut before = "";
    for word in plain.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let figure = bare.starts_with(|c: char| c.is_ascii_digit());
        if figure
            && !matches!(
                before.to_ascii_lowercase().as_str(),
                "stage" | "stages" | "seed" | "lab" | "labs" | "step"
            )
        {
            return Some(bare.to_owned());
        }
        before = bare;
    }
    None
}

/// The pages that SUMMARY.md links to, as mdbook would load them: for checking without mdbook.
///
/// # Errors
/// The summary or a page cannot be read, or a page of the folder is listed nowhere.
pub fn load(src: &Path) -> anyhow::Result<Book> {
    let summary = std::fs::read_to_string(src.join("SUMMARY.md"))?;
    let mut book = Book::new();
    let mut listed = Vec::new();
    for event in Parser::new(&summary) {
        if let Event::Start(Tag::Link { dest_url, .. }) = event {
            let path = PathBuf::from(dest_url.as_ref());
            let content = std::fs::read_to_string(src.join(&path))
                .map_err(|error| anyhow::anyhow!("SUMMARY.md lists {}: {error}", path.display()))?;
            let mut chapter = Chapter::new(
                &path.display().to_string(),
                content,
                path.clone(),
                Vec::new(),
            );
            chapter.source_path = Some(path.clone());
            book.push_item(BookItem::Chapter(chapter));
            listed.push(path);
        }
    }
    for path in pages(src, src)? {
        if !listed.contains(&path) && path != Path::new("SUMMARY.md") {
            anyhow::bail!(
                "{} is in no table of contents: SUMMARY.md does not list it",
                path.display()
            );
        }
    }
    Ok(book)
}

fn pages(top: &Path, dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(pages(top, &path)?);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path.strip_prefix(top)?.to_owned());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_figure_is_seen_and_a_name_is_not() {
        for text in [
            "It took 12 ms.",
            "about 0.95 of it",
            "(91,300 a second)",
            "**3x** faster",
        ] {
            assert!(typed(text).is_some(), "{text}");
        }
        for text in [
            "stage 2 fails",
            "INV-5 holds",
            "`--seed 7`",
            "[the p99](lab.html#9)",
            "with seed 7, L1 and p99",
        ] {
            assert_eq!(typed(text), None, "{text}");
        }
    }
}
