//! The preprocessor of the book: a stub that changes nothing.

use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::errors::Result;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

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

    fn run(&self, _context: &PreprocessorContext, book: Book) -> Result<Book> {
        Ok(book)
    }
}
