//! The only file reading of the crate: everything else works on text.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Diagnostics;

/// A file with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the folder that was read (`src/`, `broken/`).
    pub path: PathBuf,
    /// Relative to the workspace's root: the name in messages.
    pub shown: PathBuf,
    /// What it says.
    pub text: String,
}

/// The text of `root/shown`.
pub(crate) fn text(root: &Path, shown: &Path) -> Result<String, Diagnostics> {
    fs::read_to_string(root.join(shown))
        .map_err(|error| Diagnostics::one(shown, 0, format!("cannot read it: {error}")))
}

/// The files below `root/dir` with one of these extensions, sorted; none if the folder is missing.
pub(crate) fn tree(
    root: &Path,
    dir: &Path,
    extensions: &[&str],
) -> Result<Vec<SourceFile>, Diagnostics> {
    let mut files = Vec::new();
    if root.join(dir).is_dir() {
        walk(root, dir, dir, extensions, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(
    root: &Path,
    top: &Path,
    dir: &Path,
    extensions: &[&str],
    files: &mut Vec<SourceFile>,
) -> Result<(), Diagnostics> {
    let unreadable =
        |error: std::io::Error| Diagnostics::one(dir, 0, format!("cannot read it: {error}"));
    for entry in fs::read_dir(root.join(dir)).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let shown = dir.join(entry.file_name());
        if entry.path().is_dir() {
            walk(root, top, &shown, extensions, files)?;
        } else if shown
            .extension()
            .is_some_and(|own| extensions.iter().any(|wanted| own == *wanted))
        {
            let path = shown.strip_prefix(top).unwrap_or(&shown).to_owned();
            files.push(SourceFile {
                path,
                text: text(root, &shown)?,
                shown,
            });
        }
    }
    Ok(())
}
