//! Of the reader: times, names of figures, what belongs to no entry, lines that are too long.

use slow_query::core::log::entry::{Command, Dialect, Entry, PlanFlags};
use slow_query::core::log::reader::Reader;
use slow_query::core::log::{Limits, Summary};

use crate::logs::{Done, MYSQL_EXTRA, Server, banner, read, read_files, read_pieces, write};

#[test]
fn mysql_counts_where_others_say_yes() {
    let read = |log: &[u8]| {
        let mut plans = Vec::new();
        let mut each = |entry: &Entry<'_>| plans.push((entry.plan, entry.error));
        let mut reader = Reader::new(Limits::default());
        reader.feed(log, &mut each);
        reader.finish(&mut each);
        plans
    };
    let header = |counts: &str| {
        format!("# User@Host: a[a] @ h []  Id: 1\n# Query_time: 1 {counts}\nselect 1;\n")
    };
    let plan = |counts: &str| read(header(counts).as_bytes())[0].0;
    let none = PlanFlags::default();
    assert_eq!(plan(""), none);
    assert_eq!(
        plan("Sort_range_count: 0 Sort_scan_count: 0"),
        PlanFlags {
            filesort: Some(false),
            ..none
        }
    );
    for sorted in [
        "Sort_range_count: 1 Sort_scan_count: 0",
        "Sort_range_count: 0 Sort_scan_count: 2",
    ] {
        assert_eq!(
            plan(sorted),
            PlanFlags {
                filesort: Some(true),
                ..none
            },
            "{sorted}"
        );
    }
    assert_eq!(
        plan("Sort_merge_passes: 3"),
        PlanFlags {
            filesort_on_disk: Some(true),
            ..none
        }
    );
    assert_eq!(
        plan("Created_tmp_tables: 1"),
        PlanFlags {
            temporary_table: Some(true),
            ..none
        }
    );
    assert_eq!(
        plan("Created_tmp_disk_tables: 1 Created_tmp_tables: 0"),
        PlanFlags {
            temporary_table: Some(false),
            temporary_table_on_disk: Some(true),
            ..none
        }
    );
    assert_eq!(
        plan("Created_tmp_disk_tables: 0 Created_tmp_tables: 0 Sort_merge_passes: 0"),
        PlanFlags {
            temporary_table: Some(false),
            temporary_table_on_disk: Some(false),
            filesort_on_disk: Some(false),
            ..none
        }
    );
    assert_eq!(
        plan("Full_scan: Perhaps Filesort: Yes"),
        PlanFlags {
            filesort: Some(true),
            ..none
        }
    );
    let errors: Vec<_> = read(MYSQL_EXTRA)
        .iter()
        .filter_map(|(_, error)| *error)
        .filter(|error| *error > 0)
        .collect();
    assert_eq!(
        errors,
        [1146, 1046],
        "a table that is not there, and no schema to look in"
    );
}

/// MySQL says when a statement ended and its zone; MariaDB the second, by the server's clock, and that again as `SET timestamp`.
#[test]
fn a_moment_is_read_in_its_zone() {
    let at = |head: &str, set: &str| {
        let log = format!("{head}# User@Host: a[a] @ h []\n# Query_time: 1\n{set}select 1;\n");
        read(log.as_bytes())[0].at
    };
    let set = "SET timestamp=1705314000;\n";
    let summer = 1_705_314_225_123_456;
    for (time, micros) in [
        ("2024-01-15T10:23:45.123456Z", summer),
        ("2024-01-15T12:23:45.123456+02:00", summer),
        ("2024-01-15T04:53:45.123456-05:30", summer),
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T23:59:60.5Z", 951_868_800_500_000),
        ("2100-03-01T00:00:00.0000001Z", 4_107_542_400_000_000),
        ("1969-12-31T23:59:59.000000Z", -1_000_000),
        ("2023-12-31T00:00:00.000000Z", 1_703_980_800_000_000),
    ] {
        let head = format!("# Time: {time}\n");
        assert_eq!(at(&head, set), Some(micros), "{time}");
    }
    // Without a zone the second one counts, and the first one if there is no other.
    for time in ["240115 10:23:45", "240115  1:02:03", "610101 00:00:00"] {
        assert_eq!(
            at(&format!("# Time: {time}\n"), set),
            Some(1_705_314_000_000_000),
            "{time}"
        );
    }
    assert_eq!(
        at("# Time: 240115  1:02:03\n", ""),
        Some(1_705_280_523_000_000)
    );
    assert_eq!(
        at("# Time: 240115 10:23:45\n", ""),
        Some(1_705_314_225_000_000)
    );
    assert_eq!(
        at("", "SET timestamp=1705314000.25;\n"),
        Some(1_705_314_000_250_000)
    );
    assert_eq!(at("", ""), None);
    // What is no moment is none, and no other entry's.
    for time in [
        "2024-13-15T10:23:45Z",
        "2024-00-15T10:23:45Z",
        "2024-01-32T10:23:45Z",
        "2024-01-00T10:23:45Z",
        "2024-01-15T24:00:00Z",
        "2024-01-15T10:60:00Z",
        "2024-01-15T10:00:61Z",
        "2024-01-15T10:23:45",
        "2024-01-15T10:23Z",
        "2024-01-15T10:23:45:00Z",
        "2024-01-15T10:23:45.x23456Z",
        "2024-01-15T10:23:45.123456xZ",
        "2024-01-15T10:23:45*02:00",
        "2024-01-15T10:23:45+02.00",
        "2024-01-15 10:23:45Z",
        "2024/01-15T10:23:45Z",
        "2024-01/15T10:23:45Z",
        "240115T10:23:45",
        "24011 10:23:45",
        "9",
        "9999999999999999999999999999",
    ] {
        assert_eq!(at(&format!("# Time: {time}\n"), ""), None, "{time}");
    }
    assert_eq!(
        at("", "SET timestamp=9223372036855;\n"),
        None,
        "more microseconds than there are"
    );
    // The server's clock says the time only when it changes.
    let log = "# Time: 240115 10:23:45\n# User@Host: a[a] @ h []\n# Query_time: 1\nselect 1;\n# User@Host: a[a] @ h []\n# Query_time: 1\nselect 2;\n";
    assert_eq!(read(log.as_bytes())[1].at, None, "not the other entry's");
}

#[test]
fn what_belongs_to_no_entry_is_counted() {
    let log = b"of a statement\nthat began before;\n\n# Thread_id: 5\n";
    let mut all = log.to_vec();
    all.extend_from_slice(&write(Server::MySql, &[Done::default()]));
    let (found, summary) = read_pieces(Limits::default(), [all.as_slice()]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (summary.garbage_lines, summary.garbage_bytes),
        (3, 14 + 18 + 14)
    );
    assert_eq!(summary.bytes, all.len() as u64);
    let (found, summary) = read_pieces(Limits::default(), [b"".as_slice()]);
    assert_eq!((found.len(), summary), (0, Summary::default()));
    // An entry without a header's first line is none.
    let (found, summary) = read_pieces(
        Limits::default(),
        [b"# Query_time: 5\nSET timestamp=1;\nselect 1;\n".as_slice()],
    );
    assert_eq!((found.len(), summary.garbage_lines), (0, 3));
}

/// Without its first lines a log says who wrote it by the names in its headers.
#[test]
fn who_wrote_a_log_shows_in_its_headers() {
    for (server, dialect) in [
        (Server::MySql, Dialect::MySql),
        (Server::MariaDb, Dialect::MariaDb),
        (Server::Percona, Dialect::Percona),
    ] {
        let log = write(server, &[Done::default()]);
        let (_, summary) = read_pieces(Limits::default(), [&log[banner(server).len()..]]);
        assert_eq!(summary.dialect, Some(dialect));
    }
    for (line, dialect) in [
        ("# Bytes_received: 1", Some(Dialect::MySql)),
        ("# Errno: 1", Some(Dialect::MySql)),
        ("# QC_Hit: No", Some(Dialect::Percona)),
        ("# Log_slow_rate_type: query", Some(Dialect::Percona)),
        ("# explain: id: 1 Errno: 5", Some(Dialect::MariaDb)),
        ("# Something: 1", None),
    ] {
        let log = format!(
            "# User@Host: a[a] @ h []\n# Query_time: 1\n{line}\n# Bytes_sent: 1\nselect 1;\n"
        );
        let (_, summary) = read_pieces(Limits::default(), [log.as_bytes()]);
        assert_eq!(summary.dialect, dialect, "{line}");
    }
}

#[test]
fn a_long_line_of_a_header_is_skipped() {
    let limits = Limits::new(4096, 2048).unwrap();
    for length in [2000, 2048, 2049, 10_000] {
        let mut line = b"# explain: ".to_vec();
        line.resize(length, b'x');
        let log = [
            b"# User@Host: a[a] @ h []\n# Query_time: 1\n".as_slice(),
            &line,
            b"\n# Rows_affected: 3\nselect 1;\n",
        ]
        .concat();
        for size in [log.len(), 3000, 1] {
            let (found, summary) = read_pieces(limits, log.chunks(size));
            assert_eq!(found.len(), 1);
            assert_eq!(
                (found[0].statement.as_str(), found[0].rows_affected),
                ("select 1", Some(3)),
                "a line of {length} bytes"
            );
            assert_eq!((summary.garbage_lines, summary.entries), (0, 1));
        }
        // One that begins no entry, however long: garbage.
        let log = [line.as_slice(), b"\n", &line].concat();
        let (found, summary) = read_pieces(limits, log.chunks(700));
        assert_eq!(found.len(), 0);
        assert_eq!(
            (summary.garbage_bytes, summary.garbage_lines),
            (2 * length as u64, 2)
        );
    }
    // A file that ends in such a line, and one that begins with a header.
    let header = b"# User@Host: a[a] @ h []\n# Query_time: 1\n";
    let long = [header.as_slice(), &[b'x'; 5000]].concat();
    let next = [header.as_slice(), b"select 2;\n"].concat();
    let mut reader = Reader::new(limits);
    let mut lengths = Vec::new();
    let mut each = |entry: &Entry<'_>| match entry.command {
        Command::Statement(text) | Command::Administrator(text) => {
            lengths.push((text.len(), entry.truncated));
        }
    };
    for file in [&long, &next, &long] {
        reader.feed(file, &mut each);
        reader.next_file();
    }
    reader.feed(b"yy;\n", &mut each);
    reader.finish(&mut each);
    assert_eq!(lengths, [(4096, true), (8, false), (4096, true)]);
}

/// A header of which the statement is missing leaves no figure behind.
#[test]
fn a_header_that_begins_anew_forgets() {
    let log = b"# Time: 2024-01-15T10:23:45.000000Z\n# Query_time: 5\n# Time: 2024-01-15T10:23:46.000000Z\n\
        # User@Host: a[a] @ h []\nselect 1;\n";
    let (found, summary) = read_pieces(Limits::default(), [log.as_slice()]);
    assert_eq!((found.len(), summary.headers_alone), (1, 1));
    assert_eq!(found[0].query_time, std::time::Duration::ZERO);
    assert_eq!(found[0].at, Some(1_705_314_226_000_000));
}

/// All that is kept is counted: names, what `use` said, a statement, and a line that has not ended.
#[test]
fn the_capacity_is_of_all_that_is_kept() {
    let many = |letter: &str, times| letter.repeat(times);
    let log = format!(
        "# User@Host: {}[] @ {} []\n# Thread_id: 1  Schema: {}\nuse {};\n{}\n{}",
        many("u", 300),
        many("h", 500),
        many("s", 700),
        many("d", 900),
        many("x", 1100),
        many("y", 1300),
    );
    let sum = 300 + 500 + 700 + 900 + 1100 + 1300;
    let mut reader = Reader::new(Limits::default());
    assert_eq!(reader.capacity(), 0);
    reader.feed(log.as_bytes(), &mut |_: &Entry<'_>| {});
    let kept = reader.capacity();
    // A vector has room for up to twice what is in it.
    assert!(sum <= kept && kept <= 2 * sum, "{kept} bytes for {sum}");
}

/// What has room is measured from where the file begins: the end of the one before was cut off, however long it was.
#[test]
fn a_line_across_a_border_is_as_long_as_what_is_new_of_it() {
    let head = "# User@Host: a[a] @ h []  Id: 1\n# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nSET timestamp=1700000000;\n";
    let cut = format!("{head}select '{}", "x".repeat(12_000));
    let next = format!("{head}select 2;\n");
    let (found, _) = read_files([cut.as_bytes(), next.as_bytes()]);
    let lengths: Vec<usize> = found.iter().map(|entry| entry.statement.len()).collect();
    assert_eq!(lengths, [8 + 12_000, 8]);
}

#[test]
fn a_line_of_exactly_the_limit_is_a_header() {
    let limits = Limits::new(1 << 10, 2 << 10).unwrap();
    let rest = "[a] @ h []";
    for (longer, host) in [(0, Some("h")), (1, None)] {
        let name = "a".repeat((2 << 10) - "# User@Host: ".len() - rest.len() + longer);
        let log = format!(
            "# Time: 2026-03-01T10:23:45Z\n# User@Host: {name}{rest}\n# Query_time: 0.1\nselect 1;\n"
        );
        let (found, _) = read_pieces(limits, [log.as_bytes()]);
        assert_eq!(found[0].host.as_deref(), host, "{longer} too long");
    }
}

/// A command without its name is none.
#[test]
fn what_was_cut_off_behind_the_beginning_of_a_command_says_nothing() {
    let head = "# User@Host: a[a] @ h []  Id: 1\n# Query_time: 0.1\nSET timestamp=1700000000;\n";
    let whole = "# administrator command: Quit";
    let named = "# administrator command: ".len();
    for end in 1..=whole.len() {
        let log = format!("{head}{}", &whole[..end]);
        let (found, summary) = read_files([log.as_bytes()]);
        assert_eq!(found.len(), usize::from(end > named), "{log}");
        assert_eq!(summary.administrator, u64::from(end > named), "{log}");
    }
}

/// Before anything else of an entry is known, a second time that cannot be read takes nothing from the first.
#[test]
fn a_broken_second_time_leaves_the_first() {
    let log = b"# Time: 2026-03-01T10:23:45Z\n# Time: 2026-03-01T99:99:99Z\n# User@Host: a[a] @ h []  Id: 1\n# Query_time: 0.1\nselect 1;\n";
    let (found, _) = read_files([log.as_slice()]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at, Some(1_772_360_625_000_000));
}

/// Whatever begins a header while one is open begins another entry, and the open one has no statement.
#[test]
fn a_header_behind_a_header_is_another_entry() {
    let (time, user, figures) = (
        "# Time: 2026-03-01T10:23:45Z\n",
        "# User@Host: a[a] @ h []  Id: 1\n",
        "# Query_time: 0.1\n",
    );
    for (before, alone) in [
        ("", 0),
        (time, 0),
        (user, 1),
        (figures, 0),
        (&format!("{time}{figures}"), 1),
        (&format!("{user}{figures}"), 1),
        (&format!("{user}{time}"), 1),
    ] {
        let log = format!("{before}# User@Host: b[b] @ h []  Id: 2\n{figures}select 1;\n");
        let (found, summary) = read_files([log.as_bytes()]);
        assert_eq!(summary.headers_alone, alone, "{log}");
        let of: Vec<_> = found.iter().map(|entry| entry.connection).collect();
        assert_eq!(of, [Some(2)], "{log}");
    }
}

/// Wherever it stands, with a schema behind it or without.
#[test]
fn a_connection_is_read_from_any_line() {
    for line in [
        "Thread_id: 4711",
        "Thread_id: 4711  Schema: shop  QC_hit: No",
        "Killed: 0  Thread_id: 4711  Schema: shop  QC_hit: No",
    ] {
        let log = format!("# User@Host: a[a] @ h []\n# {line}\n# Query_time: 1\nselect 1;\n");
        assert_eq!(read(log.as_bytes())[0].connection, Some(4711), "{line}");
    }
}

/// A statement that comes in pieces asks for no more room than it may have: doubling would take up to twice that.
#[test]
fn a_statement_in_pieces_takes_no_more_room_than_it_may() {
    let limit = 1 << 20;
    let mut reader = Reader::new(Limits::new(limit, 2048).unwrap());
    let mut each = |_: &Entry<'_>| {};
    reader.feed(b"# User@Host: a[a] @ h []\n# Query_time: 1\n", &mut each);
    let before = reader.capacity();
    for _ in 0..200 {
        reader.feed(&[b'x'; 10_000], &mut each);
        reader.feed(b"\n", &mut each);
    }
    let kept = reader.capacity() - before;
    assert!(
        kept <= limit + (32 << 10),
        "{kept} bytes are kept, and a statement may have {limit}"
    );
}
