//! Building the pages: mdBook as a library, with our preprocessor in this process.
//!
//! book.toml calls it through cargo, for those who have only `mdbook`; here the same name gets the library, so a rebuild
//! starts no process. A build goes into a folder of its own and is shown when it is whole: mdBook empties its folder first, and a page
//! that is open, or a build that fails, must not see that.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use book_pre::Lab;
use mdbook_driver::MDBook;

/// Builds the book in `book` into `into`; gives the folder that has the pages.
///
/// # Errors
/// What mdBook or the preprocessor says of a mistake, in the order from the outside in.
pub fn build(book: &Path, into: &Path) -> anyhow::Result<PathBuf> {
    // A panic in one of mdBook's parts is a mistake in a page, not the end of the server.
    let built = catch_unwind(AssertUnwindSafe(|| {
        let mut book = MDBook::load(book).context("the book cannot be loaded")?;
        into.clone_into(&mut book.config.build.build_dir);
        book.config.set("output.html.site-url", "/")?;
        book.with_preprocessor(Lab::new());
        book.build()?;
        Ok(book.build_dir_for("html"))
    }));
    built.unwrap_or_else(|panic| Err(anyhow!("mdBook stopped: {}", words(&*panic))))
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it does not say why")
}
