//! A small book about the contract's fixture lab, in a folder of its own, to spoil.

use std::fs;
use std::path::{Path, PathBuf};

use book_pre::check;
use mdbook_preprocessor::book::{Book, BookItem};
use tempfile::TempDir;

/// The pages of `fixtures/` over the contract's fixture house.
pub(crate) struct Shelf(TempDir);

impl Shelf {
    /// An unspoilt one.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&here.join("../contract/tests/fixtures/house"), dir.path());
        copy(&here.join("tests/fixtures"), dir.path());
        Self(dir)
    }

    /// One in which the first `from` of a file is `to`.
    pub(crate) fn with(file: &str, from: &str, to: &str) -> Self {
        let shelf = Self::new();
        let path = shelf.path(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} holds {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
        shelf
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// Its pages, as SUMMARY.md has them.
    pub(crate) fn load(&self) -> anyhow::Result<Book> {
        check::load(&self.path("book/src"))
    }

    /// The expanded page, or every mistake.
    pub(crate) fn expand(&self, page: &str) -> Result<String, String> {
        let mut book = self.load().map_err(|error| error.to_string())?;
        book_pre::expand(&self.path("book"), &self.path("book/src"), &mut book)
            .map_err(|mistakes| mistakes.to_string())?;
        let found = book.items.iter().find_map(|item| match item {
            BookItem::Chapter(chapter)
                if chapter.source_path.as_deref() == Some(Path::new(page)) =>
            {
                Some(chapter.content.clone())
            }
            BookItem::Chapter(_) | BookItem::Separator | BookItem::PartTitle(_) => None,
        });
        Ok(found.unwrap())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
