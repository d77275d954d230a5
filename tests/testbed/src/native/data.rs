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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_whole_and_replaces_what_a_killed_copy_left() {
        let bed = tempfile::tempdir().unwrap();
        let (from, to) = (bed.path().join("from"), bed.path().join("to"));
        fs::create_dir_all(from.join("mysql")).unwrap();
        fs::write(from.join("mysql/user.frm"), "root").unwrap();
        fs::create_dir(bed.path().join("to.new")).unwrap();
        fs::write(bed.path().join("to.new/half"), "").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(
            fs::read_to_string(to.join("mysql/user.frm")).unwrap(),
            "root"
        );
        assert!(!to.join("half").exists() && !bed.path().join("to.new").exists());
    }

    #[test]
    fn removing_what_is_not_there_is_fine() {
        let bed = tempfile::tempdir().unwrap();
        remove(&bed.path().join("nothing")).unwrap();
    }

    #[test]
    fn the_last_lines_of_a_log_are_its_last_twelve() {
        let bed = tempfile::tempdir().unwrap();
        let log = bed.path().join("server.log");
        assert_eq!(last_lines(&log), "(the log is empty)");
        let lines: Vec<String> = (0..40).map(|n| n.to_string()).collect();
        fs::write(&log, lines.join("\n")).unwrap();
        assert_eq!(last_lines(&log), lines[28..].join("\n"));
    }
}
