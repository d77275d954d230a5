//! Data directories: copied from a prepared one, removed whole, and never half there.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::Error;

/// Copies a directory to a place that does not exist yet. The copy is made beside it and moved at the end, so a
/// process that is killed in the middle leaves no half data directory under the right name.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let beside = to.with_extension("new");
    remove(&beside)?;
    copy_tree(from, &beside)?;
    fs::rename(&beside, to).map_err(Error::file("move", &beside))
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::file("create", to))?;
    for entry in fs::read_dir(from).map_err(Error::file("read", from))? {
        let entry = entry.map_err(Error::file("read", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_tree(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(Error::file("write", &target))?;
        }
    }
    Ok(())
}

/// Removes a directory; one that is not there is fine.
pub(crate) fn remove(dir: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file("remove", dir)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The last lines of a log, for an error message.
pub(crate) fn last_lines(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    match lines.len() {
        0 => "(the log is empty)".to_owned(),
        count => lines[count.saturating_sub(12)..].join("\n"),
    }
}
