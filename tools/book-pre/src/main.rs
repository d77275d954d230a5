//! The preprocessor as mdbook calls it: `book-pre supports html`, or a book on stdin and the same book, expanded, on stdout.
//!
//! `book-pre check` looks at the pages without mdbook: it says every mistake, and exits with 1 if there is one.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::path::Path;
use std::process::ExitCode;

use book_pre::{Lab, check, house};
use mdbook_preprocessor::{Preprocessor as _, parse_input};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [] => preprocess(),
        ["supports", renderer] => {
            return ExitCode::from(u8::from(
                !Lab::new().supports_renderer(renderer).unwrap_or(false),
            ));
        }
        ["check"] => look(),
        _ => {
            eprintln!(
                "usage: book-pre [supports RENDERER | check]; without arguments it reads a book from stdin"
            );
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn preprocess() -> anyhow::Result<()> {
    let (context, book) = parse_input(std::io::stdin().lock())?;
    let book = Lab::new().run(&context, book)?;
    serde_json::to_writer(std::io::stdout().lock(), &book)?;
    Ok(())
}

/// Every page that SUMMARY.md names, expanded and thrown away.
fn look() -> anyhow::Result<()> {
    let root = house::workspace(Path::new("."))?;
    let (book_dir, src) = (root.join("book"), root.join("book/src"));
    let mut book = check::load(&src)?;
    book_pre::expand(&book_dir, &src, &mut book)?;
    println!(
        "the book's pages: {} of them, and nothing is wrong",
        book.chapters().count()
    );
    Ok(())
}
