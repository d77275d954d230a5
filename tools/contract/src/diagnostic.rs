//! A mistake in a lab, said so that an editor can jump to it: `file:line: what, and what to do`.
//!
//! A list and not the first error only: an author who mends a lab wants to see all of it.

use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, as it was named to the parser (relative to the workspace's root).
    pub file: PathBuf,
    /// The line, from 1; 0 for a mistake of the whole file.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.message),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.message),
        }
    }
}

/// Every mistake found, by file and line. As an error it is never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No mistake yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A single mistake.
    pub fn one(file: &Path, line: usize, message: impl Into<String>) -> Self {
        let mut all = Self::new();
        all.push(file, line, message);
        all
    }

    /// Adds a mistake; line 0 means the whole file.
    pub fn push(&mut self, file: &Path, line: usize, message: impl Into<String>) {
        self.0.push(Diagnostic {
            file: file.to_owned(),
            line,
            message: message.into(),
        });
    }

    /// Takes over the mistakes of `result` and gives its value, if it has one.
    pub fn collect<T>(&mut self, result: Result<T, Diagnostics>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(more) => {
                self.0.extend(more.0);
                None
            }
        }
    }

    /// `value` if there is no mistake, else the mistakes, sorted and each once.
    pub fn into_result<T>(mut self, value: T) -> Result<T, Diagnostics> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort();
        self.0.dedup();
        Err(self)
    }

    /// The mistakes, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// The line (from 1) of a byte offset.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    text.as_bytes()[..end]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}
