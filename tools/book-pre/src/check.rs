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
    let mut next = 0;
    let mut part = "";
    let mut run: Vec<&str> = Vec::new();
    let mut card = false;
    for page in pages {
        let file = shown(house, page);
        // A page that is one part has that part's sections under h2.
        let whole = page
            .content
            .lines()
            .find_map(|line| line.strip_prefix("# "))
            .is_some_and(|title| PARTS.contains(&title.trim()));
        for (line, text) in directive::prose(&page.content) {
            if let Some(title) = heading(text) {
                match PARTS.iter().position(|known| *known == title) {
                    Some(at) if at == next => {
                        if at == 0 && !card {
                            mistakes.push(
                                &file,
                                line,
                                "the card comes first: `{{#card}}` above the first part",
                            );
                        }
                        (part, next) = (PARTS[at], at + 1);
                    }
                    Some(at) if at < next => {
                        mistakes.push(&file, line, format!("part `{title}` again, or too late"))
                    }
                    Some(at) => {
                        mistakes.push(
                            &file,
                            line,
                            format!("before part `{title}` comes `{}`", PARTS[next]),
                        );
                        (part, next) = (PARTS[at], at + 1);
                    }
                    None if text.starts_with("## ") && !whole => {
                        mistakes.push(
                            &file,
                            line,
                            format!(
                                "no part of a chapter is called `{title}`: below a part use ###"
                            ),
                        );
                    }
                    None => {}
                }
                continue;
            }
            for piece in directive::pieces(text) {
                match piece {
                    Piece::Block(it) if it.name == "card" => card = true,
                    Piece::Block(it) if it.name == "break" => {
                        if run.contains(&it.arguments) {
                            mistakes.push(
                                &file,
                                line,
                                format!(
                                    "`{}` is run twice: its anchor is there already",
                                    it.arguments
                                ),
                            );
                        }
                        run.push(it.arguments);
                    }
                    Piece::Text(text) if MEASURED.contains(&part) => {
                        if let Some(number) = typed(text) {
                            let message = format!(
                                "`{number}` is typed: a measurement is `{{{{#num file.path}}}}`, a figure of the source `{{{{#source {number}}}}}`"
                            );
                            mistakes.push(&file, line, message);
                        }
                    }
                    Piece::Text(_) | Piece::Block(_) | Piece::Inline(_) => {}
                }
            }
        }
    }
    let last = pages
        .last()
        .map(|page| shown(house, page))
        .unwrap_or_default();
    for missing in &PARTS[next..] {
        mistakes.push(&last, 0, format!("the chapter has no part `{missing}`"));
    }
    for broken in &lab.manifest.broken {
        if !run.contains(&broken.name.as_str()) {
            let why = match broken.from {
                Origin::Sketch => "a sketch's mistake is shown running",
                Origin::Classic => "a quiz links to it",
            };
            mistakes.push(
                &last,
                0,
                format!(
                    "the chapter does not run `{}`: {why}, `{{{{#break {0}}}}}`",
                    broken.name
                ),
            );
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
                "stage" | "stages" | "seed" | "lab" | "step"
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
