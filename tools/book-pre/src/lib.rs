//! The book's one preprocessor: what a page says of a lab, its code and its figures, it says through a directive.
//!
//! `{{#stage 1}}`, `{{#num bench.reserve_64_in_flight}}`, `{{#code solutions/..:stage1_decide}}`: the page names a thing, and its
//! text comes from lab.toml, the reference, or saved data. A page can so never disagree with the lab, and a thing that is not
//! there stops the build with the page's file and line. mdBook's own `{{#include}}` is refused: it shows nothing, without a word,
//! where an anchor is missing.
//!
//! The layers: [`directive`] finds the directives in Markdown, [`page`] hands each to its module, the modules turn data into HTML
//! ([`html`]), and [`check`] holds what a chapter must have. [`house`] is the only one that reads files. What must stay true: a page without
//! a directive comes out as it went in, and every mistake of all pages is told at once.

pub mod card;
pub mod check;
pub mod code;
pub mod design;
pub mod directive;
pub mod figures;
pub mod found;
pub mod house;
pub mod html;
pub mod interview;
pub mod invariants;
pub mod page;
pub mod picture;
pub mod plot;
pub mod quiz;
pub mod run;

use std::path::Path;

use contract::Diagnostics;
use mdbook_mermaid::Mermaid;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::house::House;
use crate::page::Page;

/// The preprocessor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lab;

impl Lab {
    /// The preprocessor.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Preprocessor for Lab {
    fn name(&self) -> &str {
        "lab"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let src = context.root.join(&context.config.book.src);
        expand(&context.root, &src, &mut book)
            .map_err(|mistakes| Error::msg(format!("the book has mistakes:\n{mistakes}")))?;
        Mermaid.run(context, book)
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }
}

/// Replaces the directives of every chapter; `book_dir` lies in the workspace, `src` has the pages.
///
/// # Errors
/// Every mistake of every page.
pub fn expand(
    book_dir: &Path,
    src: &Path,
    book: &mut Book,
) -> std::result::Result<(), Diagnostics> {
    let house = House::open(book_dir, src)?;
    let mut mistakes = Diagnostics::new();
    mistakes.collect(check::book(&house, book));
    book.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(path) = &chapter.source_path
        {
            let page = Page::new(&house, path);
            if let Some(content) = mistakes.collect(page.expand(&chapter.content)) {
                chapter.content = content;
            }
        }
    });
    mistakes.into_result(())
}
