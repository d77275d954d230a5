//! Damaged logs by seed, more of them and larger ones than the suite's proptests have: a soak that ends, and needs no fuzzer installed.
//!
//!     SOAK=100000 cargo test --release -p slow-query-solution --no-default-features --test soak
//!
//! A failure names its seed, and `SOAK_FROM` begins there. What must stay true of any bytes: no panic; the same entries however the log is cut; no more
//! kept than the limits say; fingerprints without control characters, and digests whose parts add up.

use fastrand::Rng;
use slow_query::core::digest::{Digest, Limits as DigestLimits};
use slow_query::core::fingerprint::fingerprint;
use slow_query::core::log::entry::{Command, Entry};
use slow_query::core::log::reader::Reader;
use slow_query::core::log::{Limits, Summary};

const LOGS: [&[u8]; 5] = [
    include_bytes!("../../../tests/19-slow-query/logs/mysql-9.7.log.1"),
    include_bytes!("../../../tests/19-slow-query/logs/mysql-9.7.log"),
    include_bytes!("../../../tests/19-slow-query/logs/mariadb-10.11.log.1"),
    include_bytes!("../../../tests/19-slow-query/logs/mariadb-10.11.log"),
    include_bytes!("../../../tests/19-slow-query/logs/percona-8.0.log"),
];

/// What a lexer, a reader or a number may stumble over.
const SPLINTERS: [&[u8]; 24] = [
    b"\n",
    b";",
    b";\n",
    b"#",
    b"# ",
    b"# Time: ",
    b"# User@Host: a[b] @ c []",
    b"\n# User@Host: a[b] @ c []\n",
    b"'",
    b"\"",
    b"`",
    b"\\",
    b"/*",
    b"*/",
    b"/*!",
    b"-- ",
    b"(",
    b")",
    b" in (",
    b" values (",
    b" union ",
    b"18446744073709551616",
    b"\xff\xfe",
    b"started with:\n",
];

/// Parts of logs, one after another, with bytes changed, added and taken away.
fn damaged(rng: &mut Rng) -> Vec<u8> {
    let mut log = Vec::new();
    for _ in 0..rng.usize(1..6) {
        let from = LOGS[rng.usize(..LOGS.len())];
        let at = rng.usize(..from.len());
        let length = rng.usize(..4000).min(from.len() - at);
        log.extend_from_slice(&from[at..at + length]);
    }
    for _ in 0..rng.usize(..40) {
        let at = rng.usize(..=log.len());
        match rng.u8(..4) {
            0 if at < log.len() => log[at] = rng.u8(..),
            1 if at < log.len() => drop(log.drain(at..(at + rng.usize(..50)).min(log.len()))),
            2 => {
                let from = rng.usize(..=at);
                let again = log[from..at.min(from + 200)].to_vec();
                log.splice(at..at, again);
            }
            _ => drop(log.splice(
                at..at,
                SPLINTERS[rng.usize(..SPLINTERS.len())].iter().copied(),
            )),
        }
    }
    log
}

/// Entries as text, the summary, and the most that was kept.
fn read<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    limits: Limits,
) -> (Vec<String>, Summary, usize) {
    let mut entries = Vec::new();
    let mut each = |entry: &Entry<'_>| entries.push(format!("{entry:?}"));
    let mut reader = Reader::new(limits);
    let mut most = 0;
    for piece in pieces {
        reader.feed(piece, &mut each);
        most = most.max(reader.capacity());
    }
    let summary = reader.finish(&mut each);
    (entries, summary, most)
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn damaged_logs_are_read() {
    let from = number("SOAK_FROM", 0);
    for seed in from..from + number("SOAK", 60) {
        let mut rng = Rng::with_seed(seed);
        let log = damaged(&mut rng);
        let limits = Limits::new(rng.usize(16..3000), rng.usize(2048..5000)).unwrap();
        let (entries, summary, kept) = read([log.as_slice()].into_iter(), limits);
        // A line that is read on from a piece, the names of a header, and a vector's room for twice of each.
        let allowed = limits.statement_bytes() + 8 * limits.header_bytes();
        assert!(
            kept <= allowed,
            "seed {seed}: {kept} bytes kept, {allowed} allowed"
        );
        let size = rng.usize(1..5000);
        let in_pieces = read(log.chunks(size), limits);
        assert!(
            in_pieces.2 <= allowed,
            "seed {seed}: {} bytes kept",
            in_pieces.2
        );
        assert_eq!(
            (in_pieces.0, in_pieces.1),
            (entries, summary),
            "seed {seed}: pieces of {size}"
        );
        digests(seed, &log, limits);
    }
}

fn digests(seed: u64, log: &[u8], limits: Limits) {
    let mut text = String::new();
    let mut digest = Digest::new(DigestLimits::new(20, 64, 64).unwrap());
    let mut each = |entry: &Entry<'_>| {
        digest.add(entry);
        if let Command::Statement(statement) = entry.command {
            fingerprint(statement, &mut text);
            assert!(!text.contains(char::is_control), "seed {seed}: {text:?}");
            assert!(
                text.len() <= 4 * statement.len() + 40,
                "seed {seed}: {}",
                text.len()
            );
        }
    };
    let mut reader = Reader::new(limits);
    reader.feed(log, &mut each);
    reader.finish(&mut each);
    let classes = digest.by_total_time();
    assert!(
        classes.len() <= 20,
        "seed {seed}: {} classes",
        classes.len()
    );
    let count: u64 = classes
        .into_iter()
        .chain(digest.others())
        .map(|class| class.count)
        .sum();
    assert_eq!(count, digest.totals().statements, "seed {seed}");
}
