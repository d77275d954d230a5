//! What the terminal is told: the one place that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command prints; the rest of this package does not

/// A line of an answer.
pub fn line(text: &str) {
    println!("{text}");
}

/// A line about trouble.
pub fn trouble(text: &str) {
    eprintln!("{text}");
}
