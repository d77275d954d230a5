//! What the learner is given of the shell and does not write: files, packed or not, damaged or not, in their order.
#![cfg(feature = "suite")]

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use slow_query::core::log::entry::{Command, Entry};
use slow_query::core::log::{Limits, Summary};
use slow_query::shell::files::{FilesError, Logs, read};
use tempfile::TempDir;

fn log(numbers: std::ops::Range<u32>) -> Vec<u8> {
    let entry = |number| {
        format!(
            "# Time: 2024-01-15T10:23:45.000000Z\n# User@Host: a[a] @ h []  Id: 1\n# Query_time: 0.5  Lock_time: 0\n\
             SET timestamp=1705314225;\nselect {number};\n"
        )
    };
    numbers.map(entry).collect::<String>().into_bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read_all(paths: &[PathBuf]) -> (Result<Logs, FilesError>, Vec<String>) {
    let mut statements = Vec::new();
    let mut each = |entry: &Entry<'_>| match entry.command {
        Command::Statement(text) => statements.push(String::from_utf8_lossy(text).into_owned()),
        Command::Administrator(_) => {}
    };
    let logs = read(paths, Limits::default(), &mut each);
    (logs, statements)
}

fn wanted(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("select {number}")).collect()
}

fn write(directory: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_series_is_read_oldest_first_whether_packed_or_not() {
    let directory = TempDir::new().unwrap();
    // As copytruncate leaves it: a file may end in the middle of a statement.
    let all = log(0..30);
    let (oldest, rest) = all.split_at(all.len() / 3 - 7);
    let (older, newest) = rest.split_at(rest.len() / 2);
    let paths = [
        write(&directory, "slow.log", newest),
        write(&directory, "slow.log.1", older),
        // The name says nothing: this one is packed.
        write(&directory, "slow.log.2", &packed(oldest)),
    ];
    let (logs, found) = read_all(&paths);
    assert_eq!(found, wanted(0..30));
    let logs = logs.unwrap();
    assert!(logs.damaged.is_empty());
    assert_eq!(logs.summaries.len(), 1);
    assert_eq!(logs.summaries[0].bytes, all.len() as u64);
    assert_eq!(
        (logs.summaries[0].entries, logs.summaries[0].garbage_lines),
        (30, 0)
    );
}

#[test]
fn two_logs_are_read_one_after_the_other() {
    let directory = TempDir::new().unwrap();
    let paths = [
        write(&directory, "b.log", &log(2..3)),
        write(&directory, "a.log", &log(3..5)),
        write(&directory, "b.log.1.gz", &packed(&log(0..2))),
    ];
    let (logs, found) = read_all(&paths);
    assert_eq!(found, wanted(0..5));
    let entries: Vec<u64> = logs
        .unwrap()
        .summaries
        .iter()
        .map(|log| log.entries)
        .collect();
    assert_eq!(entries, [3, 2]);
}

#[test]
fn packed_files_that_were_appended_are_one() {
    let directory = TempDir::new().unwrap();
    let (one, two) = (log(0..5), log(5..9));
    let path = write(
        &directory,
        "slow.log.gz",
        &[packed(&one), packed(&two), packed(b"")].concat(),
    );
    let (logs, found) = read_all(&[path]);
    assert_eq!(found, wanted(0..9));
    assert!(logs.unwrap().damaged.is_empty());
}

/// Of every length that a copy may have stopped at, what can be read is read.
#[test]
fn a_packed_file_that_was_cut_gives_what_is_left_of_it() {
    let directory = TempDir::new().unwrap();
    let whole = packed(&log(0..40));
    for length in (2..whole.len()).step_by(3) {
        let path = write(&directory, "slow.log.gz", &whole[..length]);
        let (logs, found) = read_all(std::slice::from_ref(&path));
        let logs = logs.unwrap();
        assert_eq!(found.len() as u64, logs.summaries[0].entries);
        let complete = found.len() as u64 - logs.summaries[0].truncated;
        assert_eq!(
            found[..complete as usize],
            wanted(0..complete as u32),
            "{length} bytes"
        );
        assert_eq!(logs.damaged.len(), 1, "{length} of {} bytes", whole.len());
        assert_eq!(
            (&logs.damaged[0].path, logs.damaged[0].bytes),
            (&path, logs.summaries[0].bytes)
        );
        assert!(!logs.damaged[0].reason.is_empty());
    }
    // The file after it is read all the same.
    let paths = [
        write(&directory, "cut.log.1", &whole[..whole.len() / 2]),
        write(&directory, "cut.log", &log(50..52)),
    ];
    let (logs, found) = read_all(&paths);
    assert_eq!(found[found.len() - 2..], wanted(50..52));
    assert_eq!(logs.unwrap().damaged.len(), 1);
}

#[test]
fn bytes_that_are_changed_or_behind_a_packed_file_are_said() {
    let directory = TempDir::new().unwrap();
    let whole = packed(&log(0..40));
    let mut changed = whole.clone();
    let sum = changed.len() - 6;
    changed[sum] ^= 1;
    for (bytes, entries) in [(changed, 40), ([whole.as_slice(), b"no gzip"].concat(), 40)] {
        let path = write(&directory, "slow.log.gz", &bytes);
        let (logs, found) = read_all(&[path]);
        assert_eq!(found, wanted(0..entries));
        assert_eq!(logs.unwrap().damaged.len(), 1);
    }
    for at in (10..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        let path = write(&directory, "slow.log.gz", &changed);
        let (logs, _) = read_all(&[path]);
        assert_eq!(logs.unwrap().damaged.len(), 1, "byte {at}");
    }
}

#[test]
fn what_cannot_be_read_is_said_by_name() {
    let directory = TempDir::new().unwrap();
    let (nothing, _) = read_all(&[]);
    assert_eq!(
        nothing.unwrap_err().to_string(),
        "no log: name at least one file, or - for standard input"
    );
    let missing = directory.path().join("missing.log");
    let (logs, _) = read_all(std::slice::from_ref(&missing));
    let text = logs.unwrap_err().to_string();
    assert!(
        text.starts_with(&format!("cannot read {}: ", missing.display())),
        "{text}"
    );
    let (logs, _) = read_all(&[directory.path().to_owned()]);
    assert!(logs.is_err(), "a directory");
    // What came before it was handed out.
    let first = write(&directory, "a.log", &log(0..2));
    let (logs, found) = read_all(&[first, missing]);
    assert!(logs.is_err());
    assert_eq!(found, wanted(0..2));
    let empty = write(&directory, "empty.log", b"");
    let (logs, found) = read_all(&[empty]);
    assert!(found.is_empty());
    assert_eq!(logs.unwrap().summaries, [Summary::default()]);
    let short = write(&directory, "short.log", &[0x1f]);
    let (logs, _) = read_all(&[short]);
    assert_eq!(logs.unwrap().summaries[0].garbage_bytes, 1);
}

/// A pipe, as `-` is one.
#[test]
fn a_pipe_is_read_to_its_end() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    let writer = std::thread::spawn({
        let path = path.clone();
        move || {
            let mut pipe = std::fs::OpenOptions::new().write(true).open(path).unwrap();
            for byte in packed(&log(0..3)) {
                pipe.write_all(&[byte]).unwrap();
            }
        }
    });
    let (logs, found) = read_all(&[path]);
    writer.join().unwrap();
    assert_eq!(found, wanted(0..3));
    assert!(logs.unwrap().damaged.is_empty());
    assert!(!Path::new("-").exists());
}
