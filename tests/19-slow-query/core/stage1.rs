//! The reader: a log in any pieces, every statement once, whole, with its own figures.

use std::time::Duration;

use proptest::prelude::*;
use slow_query::core::log::entry::{Dialect, Entry, PlanFlags};
use slow_query::core::log::reader::Reader;
use slow_query::core::log::series::series;
use slow_query::core::log::{Limits, Summary};

use crate::logs::{
    ALL, Done, MARIADB, MARIADB_EXPLAIN, MYSQL, MYSQL_EXTRA, PERCONA, Read, SERVERS, Server,
    any_day, banner, read, read_files, read_pieces, shown, statements, write,
};

/// What the reader makes of a day that a server logged.
fn expected(server: Server, done: &[Done]) -> Vec<Read> {
    let of = |entry: &Done| Read {
        // MySQL does not write it.
        rows_affected: (server != Server::MySql).then_some(entry.affected),
        ..entry.read()
    };
    done.iter().map(of).collect()
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// Each line of the statement is one to whoever takes lines for statements.
#[test]
fn inv1_a_statement_has_any_number_of_lines() {
    let joined = "SELECT o.id,\n       o.state   -- which one\nFROM orders o\n# the slow part\nJOIN orders p ON p.note = o.note\nWHERE o.id > 3\n  AND p.state = 'a;b'\nGROUP BY o.id, o.state\n";
    let procedure = "create procedure close_order(in which int)\nbegin\n  update orders set state = 'closed' where id = which;\n\n  # and say so\n  select count(*) from orders;\nend";
    for server in SERVERS {
        let log = write(
            server,
            &[joined, procedure, "select 1"].map(Done::statement),
        );
        let found = statements(&log);
        let lines: Vec<_> = found.iter().map(|text| text.lines().count()).collect();
        assert_eq!(
            found,
            [joined, procedure, "select 1"],
            "statements of 8, 7 and 1 lines came with {lines:?} lines"
        );
    }
}

#[test]
fn inv1_the_statements_of_real_logs_are_whole() {
    for (name, log) in [
        ("MySQL", MYSQL),
        ("MySQL, extra", MYSQL_EXTRA),
        ("MariaDB", MARIADB),
        ("MariaDB, explain", MARIADB_EXPLAIN),
    ] {
        let found = statements(log);
        // Clients keep the line feed at a statement's end; MariaDB's server takes it away.
        let has = |text: &str| found.iter().any(|one| one.trim_end() == text);
        for text in [
            "SELECT o.id,\n       o.state   -- which one\nFROM orders o\n# the slow part\nJOIN orders p ON p.note = o.note\nWHERE o.id > 3\n  AND p.state = 'a;b'\nGROUP BY o.id, o.state",
            "# starts with a comment\nselect 1 from orders where id in (1,2,3)",
            "select 'a text\nof two lines;\nand a third', \"it's\", 'it''s', 'a\\'b' from orders limit 1",
            "update orders set photo = _binary\\'\\x00\\x01\\xff\\xfe\\\\\\'\\\\\\\\\\x80\\n;\\r\\n\\' where id = 3",
            "update orders set note = 'grüße' where id = 4",
            "SET timestamp=1500000000",
            "use `odd; name`",
            "select benchmark(1000000, md5('x'))",
        ] {
            assert!(has(text), "{name}: not found as a whole: {text}");
        }
    }
}

/// Nothing is lost or invented: as many entries as headers, and as much time as stands in them.
#[test]
fn inv1_the_figures_of_real_logs_add_up() {
    for (name, log) in ALL {
        let lines = log.split(|byte| *byte == b'\n');
        let headers = |text: &'static str| {
            lines
                .clone()
                .filter(move |line| line.starts_with(text.as_bytes()))
        };
        let micros = |line: &[u8]| -> u64 {
            let line = String::from_utf8_lossy(line);
            let time = line.split(' ').nth(2).unwrap().replace('.', "");
            time.parse().unwrap()
        };
        let (entries, summary) = read_pieces(Limits::default(), [log]);
        let read: Duration = entries.iter().map(|entry| entry.query_time).sum();
        assert_eq!(entries.len(), headers("# User@Host: ").count(), "{name}");
        let written: u64 = headers("# Query_time: ").map(micros).sum();
        assert_eq!(read, Duration::from_micros(written), "{name}");
        let administrator = headers("# administrator command: ").count();
        let expected = Summary {
            dialect: summary.dialect,
            entries: entries.len() as u64,
            administrator: administrator as u64,
            restarts: headers("")
                .filter(|line| line.ends_with(b"started with:"))
                .count() as u64,
            bytes: log.len() as u64,
            ..Summary::default()
        };
        assert_eq!(summary, expected, "{name}");
    }
}

/// A client sends `SET timestamp` and `use` too; those that the server adds are not statements.
#[test]
fn inv1_what_the_server_adds_is_no_statement() {
    for server in SERVERS {
        let done = [
            "select 1",
            "SET timestamp=5",
            "use shop",
            "SET timestamp=6,x=7",
        ]
        .map(Done::statement);
        let found = read(&write(server, &done));
        let texts: Vec<_> = found.iter().map(|entry| entry.statement.as_str()).collect();
        assert_eq!(
            texts,
            [
                "select 1",
                "SET timestamp=5",
                "use shop",
                "SET timestamp=6,x=7"
            ],
            "{server:?}: what clients sent, without what the server added"
        );
        assert_eq!(found, expected(server, &done));
    }
    // Of a replica, and of an INSERT with a key.
    let log = b"# User@Host: a[a] @ h []\n# Query_time: 1  Lock_time: 0\n\
        use `od``d`;\nSET last_insert_id=41,insert_id=42,timestamp=1705314225;\ninsert into t values (null);\n";
    let found = read(log);
    assert_eq!(found[0].statement, "insert into t values (null)");
    assert_eq!(found[0].schema.as_deref(), Some("od`d"));
    assert_eq!(found[0].at, Some(1_705_314_225_000_000));
    // Not what a server writes, so somebody's statement.
    for text in [
        "SET timestamp=now()",
        "SET insert_id=1",
        "SET timestamp=1,sql_mode=''",
        "SET insert_id=x,timestamp=1",
        "SET timestamp",
        "set timestamp=1",
        "use",
        "Use shop",
    ] {
        let log = format!("# User@Host: a[a] @ h []\n# Query_time: 1\n{text};\n");
        assert_eq!(statements(log.as_bytes()), [text]);
    }
}

/// Its rows are those of the statement before it, which MySQL does not clear: counted as a statement it would add them twice.
#[test]
fn inv1_an_administrator_command_is_no_statement() {
    let found = read(MYSQL);
    let commands: Vec<_> = found.iter().filter(|entry| entry.administrator).collect();
    let names: Vec<_> = commands
        .iter()
        .map(|entry| entry.statement.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "Quit",
            "Quit",
            "Quit",
            "Ping",
            "Prepare",
            "Close stmt",
            "Quit",
            "Quit"
        ],
        "of {} entries so many are administrator commands: {}",
        found.len(),
        names.len()
    );
    // A header without `SET timestamp` has them too.
    let log = b"# User@Host: a[a] @ h []\n# Query_time: 1\n# administrator command: Ping;\n";
    let found = read(log);
    assert_eq!(
        (found[0].statement.as_str(), found[0].administrator),
        ("Ping", true)
    );
    // A comment of a statement.
    let done = [Done::statement("# administrator command: x\nselect 1")];
    assert_eq!(
        read(&write(Server::MySql, &done)),
        expected(Server::MySql, &done)
    );
}

#[test]
fn inv1_a_comment_is_no_header() {
    for comment in [
        "# a comment",
        "#",
        "# Time: long ago",
        "# Time: ",
        "# User@Host: me",
        "# User@Host: me @ home",
        "# User@Host: a] @ b",
        "# User@Host: a[b] @ c",
        "# Query_time: 5",
        "x, started with:",
        "mysqld, Version: 8",
    ] {
        let text = format!("select 1;\n{comment}\n, 2");
        let log = write(Server::MySql, &[Done::statement(&text), Done::default()]);
        assert_eq!(statements(&log), [text.as_str(), "select 1"]);
    }
    // A header is one only behind a statement that may be over.
    let text = "select 1,\n# Time: 2024-01-15T10:23:45.000000Z\n2";
    let log = write(Server::MySql, &[Done::statement(text)]);
    assert_eq!(statements(&log), [text]);
}

/// All in one chunk, byte by byte, cut in two anywhere: the entries are the same.
#[test]
fn inv1_the_pieces_make_no_difference() {
    let done = [
        Done::statement("select 1,\n# two\n2"),
        Done::statement("update t set a = 'x;\ny'"),
        Done {
            schema: Some("other"),
            ..Done::default()
        },
    ];
    for server in SERVERS {
        let log = write(server, &done);
        for cut in 0..=log.len() {
            let (before, after) = log.split_at(cut);
            let found = read_pieces(Limits::default(), [before, after]).0;
            assert_eq!(
                found,
                expected(server, &done),
                "{server:?}: cut after {cut} bytes, which end in {:?}: {} entries of 3",
                shown(&before[cut.saturating_sub(20)..]),
                found.len()
            );
        }
        let bytes = log.chunks(1);
        assert_eq!(
            read_pieces(Limits::default(), bytes).0,
            expected(server, &done)
        );
    }
    for (name, log) in ALL {
        let whole = read_pieces(Limits::default(), [log]);
        for size in [7, 100, 4096] {
            assert_eq!(
                read_pieces(Limits::default(), log.chunks(size)),
                whole,
                "{name}: pieces of {size}"
            );
        }
    }
}

/// A log is copied while it is written, or begins where an editor cut it: what is whole in it is found.
#[test]
fn inv1_a_log_may_begin_and_end_anywhere() {
    for (name, log) in [("MariaDB", MARIADB), ("MySQL", MYSQL), ("Percona", PERCONA)] {
        let log = &log[..log.len().min(4000)];
        let whole = read(log);
        for cut in 0..log.len() {
            let (found, summary) = read_pieces(Limits::default(), [&log[..cut]]);
            // All but the last are whole, and it is if its end is there. A semicolon where the log ends is taken for one.
            let before = found.len().saturating_sub(1);
            assert_eq!(
                found[..before],
                whole[..before],
                "{name}: the first {cut} bytes"
            );
            assert_eq!(found.len() as u64, summary.entries);
            let Some(last) = found.last() else {
                continue;
            };
            let wanted = &whole[before];
            let ends = log[..cut].ends_with(b";") || log[..cut].ends_with(b";\n");
            let is_whole = Read {
                truncated: false,
                ..last.clone()
            } == *wanted;
            assert!(
                is_whole || wanted.statement.starts_with(&last.statement),
                "{name}: the first {cut} bytes end in {last:?}"
            );
            assert!(is_whole || last.truncated || ends, "{last:?} is not whole");
            assert_eq!(summary.truncated, u64::from(last.truncated));
            assert_eq!(
                (last.query_time, last.rows),
                (wanted.query_time, wanted.rows)
            );
        }
        for cut in (0..log.len()).step_by(3) {
            let found = read(&log[cut..]);
            // The one that was cut has lost figures, or all of it.
            let rest = found.len().saturating_sub(1);
            let figures = |entry: &Read| {
                (
                    entry.statement.clone(),
                    entry.query_time,
                    entry.at,
                    entry.user.clone(),
                )
            };
            let found: Vec<_> = found[found.len() - rest..].iter().map(figures).collect();
            let wanted: Vec<_> = whole[whole.len() - rest..].iter().map(figures).collect();
            assert_eq!(found, wanted, "{name}: all but the first {cut} bytes");
        }
    }
}

#[test]
fn inv1_half_a_header_says_nothing() {
    let log = write(Server::MySql, &[Done::default()]);
    let (found, summary) = read_pieces(Limits::default(), [log.as_slice(), b"# Us"]);
    assert_eq!(
        found,
        expected(Server::MySql, &[Done::default()]),
        "a header began behind it"
    );
    assert_eq!((summary.garbage_lines, summary.garbage_bytes), (1, 4));
    for (tail, alone) in [
        ("# Time: 2024-01-15T10:23:46.000000Z\n", 0),
        ("# User@Host: a[a] @ h []\n", 1),
        ("# User@Host: a[a] @ h []\n# Query_time: 12", 1),
        ("# User@Host: a[a] @ h []\n# Query_time: 12\nuse shop;\n", 1),
        (
            "# User@Host: a[a] @ h []\n# Query_time: 12\nuse shop;\nSET timest",
            1,
        ),
        (
            "# User@Host: a[a] @ h []\n# Query_time: 12\nSET timestamp=1705314225;\n",
            1,
        ),
        (
            "# User@Host: a[a] @ h []\n# Query_time: 12\nSET timestamp=1;\n# admin",
            1,
        ),
        ("# Query_time: 12\n", 0),
    ] {
        let (found, summary) = read_pieces(Limits::default(), [log.as_slice(), tail.as_bytes()]);
        let texts: Vec<_> = found.iter().map(|entry| entry.statement.as_str()).collect();
        // A line of a header by itself is a comment to whoever reads a statement.
        let wanted = if tail.starts_with("# Q") {
            "select 1;\n# Query_time: 12"
        } else {
            "select 1"
        };
        assert_eq!(
            (texts, summary.headers_alone),
            (vec![wanted], alone),
            "{tail}"
        );
    }
}

/// A log that somebody's editor gave carriage returns.
#[test]
fn inv1_carriage_returns_at_the_ends_of_lines_are_no_text() {
    for server in SERVERS {
        let done = [
            Done::default(),
            Done {
                schema: Some("other"),
                ..Done::default()
            },
        ];
        let log = String::from_utf8(write(server, &done))
            .unwrap()
            .replace('\n', "\r\n");
        let (found, summary) = read_pieces(Limits::default(), [log.as_bytes()]);
        assert_eq!(found, expected(server, &done), "{server:?}");
        assert_eq!((summary.restarts, summary.garbage_lines), (1, 0));
    }
}

/// A server starts again and writes three lines, which belong to nobody; after that it says its schema again.
#[test]
fn inv1_a_restart_is_no_part_of_a_statement() {
    for server in SERVERS {
        let mut log = write(server, &[Done::default(), Done::statement("select 2")]);
        let second = [Done {
            schema: None,
            ..Done::statement("select 3")
        }];
        log.extend_from_slice(&write(server, &second));
        let (found, summary) = read_pieces(Limits::default(), [log.as_slice()]);
        let texts: Vec<_> = found.iter().map(|entry| entry.statement.as_str()).collect();
        assert_eq!(texts, ["select 1", "select 2", "select 3"], "{server:?}");
        assert_eq!(found[2].schema, None, "the schema from before the restart");
        assert_eq!((summary.restarts, summary.garbage_lines), (2, 0));
        let wanted = match server {
            Server::MySql => Dialect::MySql,
            Server::MariaDb => Dialect::MariaDb,
            Server::Percona => Dialect::Percona,
        };
        assert_eq!(summary.dialect, Some(wanted), "the server of a log");
    }
    // Directly behind a header: the server died.
    let log = format!(
        "# User@Host: a[a] @ h []\n# Query_time: 1\n{}",
        banner(Server::MySql)
    );
    let (found, summary) = read_pieces(Limits::default(), [log.as_bytes()]);
    assert_eq!(
        (found.len(), summary.headers_alone, summary.restarts),
        (0, 1, 1)
    );
}

/// `slow.log.10` is older than `slow.log.2`, and a statement's schema may be said in the file before.
#[test]
fn inv1_rotated_files_are_read_oldest_first() {
    let day = |number: u32| Done {
        at: 1_705_314_225 + number,
        ..Done::statement(format!("select {number}"))
    };
    let done: Vec<Done> = (1..=12).map(day).collect();
    let log = write(Server::MySql, &done);
    // As `copytruncate` and `split` cut it: anywhere.
    let cut = |number: usize| log.len() * number / 12;
    let named = |number: usize| {
        let name = match 12 - number {
            1 => "slow.log".to_owned(),
            2 => "slow.log.1".to_owned(),
            age => format!("slow.log.{}.gz", age - 1),
        };
        (name, &log[cut(number)..cut(number + 1)])
    };
    // As a shell lists them.
    let mut files: Vec<_> = (0..12).map(named).collect();
    files.sort();
    let all = series(files, |(name, _)| name);
    let names: Vec<Vec<_>> = all
        .iter()
        .map(|one| one.iter().map(|(name, _)| name).collect())
        .collect();
    let (found, _) = read_files(all.iter().flatten().map(|(_, bytes)| *bytes));
    let texts: Vec<_> = found.iter().map(|entry| entry.statement.as_str()).collect();
    let wanted: Vec<_> = done.iter().map(|entry| shown(&entry.statement)).collect();
    assert_eq!(
        texts, wanted,
        "12 files of one log, read in the order of {names:?}"
    );
    assert_eq!(found, expected(Server::MySql, &done));
}

#[test]
fn inv1_files_of_two_logs_are_not_mixed() {
    let sorted = |names: &[&'static str]| series(names.to_vec(), |name| name);
    assert_eq!(
        sorted(&[
            "b/slow.log",
            "a/slow.log.1",
            "b/slow.log.1",
            "a/slow.log",
            "a/slow.log.2.gz"
        ]),
        [
            vec!["b/slow.log.1", "b/slow.log"],
            vec!["a/slow.log.2.gz", "a/slow.log.1", "a/slow.log"],
        ]
    );
    assert_eq!(
        sorted(&[
            "slow.log-20240117.gz",
            "slow.log",
            "slow.log-20240115.gz",
            "slow.log-20240116"
        ]),
        [vec![
            "slow.log-20240115.gz",
            "slow.log-20240116",
            "slow.log-20240117.gz",
            "slow.log"
        ]]
    );
    assert_eq!(
        sorted(&[
            "slow.log.20240117",
            "slow.log.3",
            "slow.log",
            "slow.log.20240116.gz"
        ]),
        [vec![
            "slow.log.20240116.gz",
            "slow.log.20240117",
            "slow.log.3",
            "slow.log"
        ]]
    );
    // A host's number is no age; neither is what is no number.
    assert_eq!(
        sorted(&["db-2", "db-1", "slow.log.old", "slow.log"]),
        [
            vec!["db-2"],
            vec!["db-1"],
            vec!["slow.log.old"],
            vec!["slow.log"]
        ]
    );
    assert_eq!(
        sorted(&["x", "x.gz", "x"]),
        [vec!["x", "x.gz", "x"]],
        "as they were given"
    );
    assert!(sorted(&[]).is_empty());
}

/// At a border of files a statement goes on, unless the next file begins with a header.
#[test]
fn inv1_a_statement_may_go_on_in_the_next_file() {
    let done = [
        Done::statement("select 1,\n2"),
        Done::statement("select 3"),
        Done::statement("select 4"),
    ];
    for server in SERVERS {
        let log = write(server, &done);
        for cut in 0..=log.len() {
            let (found, _) = read_files([&log[..cut], &log[cut..]]);
            assert_eq!(
                found,
                expected(server, &done),
                "{server:?}: another file after {cut} bytes"
            );
            let (found, _) = read_files([&log[..cut], b"", &log[cut..]]);
            assert_eq!(found, expected(server, &done), "and an empty one between");
        }
    }
    // What was cut off by a copy: the rest of it is nowhere.
    let log = write(Server::MariaDb, &done);
    let next = write(Server::MariaDb, &[Done::statement("select 5")]);
    let headless = next[banner(Server::MariaDb).len()..].to_vec();
    for cut in 0..log.len() {
        for next in [&next, &headless] {
            let (found, _) = read_files([&log[..cut], next.as_slice()]);
            let alone = read(&log[..cut]);
            assert_eq!(
                found[..found.len() - 1],
                alone,
                "cut after {cut} bytes, before a file that begins anew"
            );
            assert_eq!(found[found.len() - 1].statement, "select 5");
        }
    }
}

/// What a header does not say is not what the one before said.
#[test]
fn inv1_each_entry_has_its_own_figures() {
    let flags = |found: &[PlanFlags]| found.to_vec();
    let mut plans = Vec::new();
    let mut errors = Vec::new();
    let mut reader = Reader::new(Limits::default());
    let mut each = |entry: &Entry<'_>| {
        plans.push(entry.plan);
        errors.push(entry.error);
    };
    reader.feed(PERCONA, &mut each);
    reader.finish(&mut each);
    let none = PlanFlags {
        full_scan: Some(false),
        full_join: Some(false),
        temporary_table: Some(false),
        temporary_table_on_disk: Some(false),
        filesort: Some(false),
        filesort_on_disk: Some(false),
    };
    assert_eq!(
        flags(&plans),
        [
            PlanFlags {
                full_scan: Some(true),
                filesort: Some(true),
                ..none
            },
            PlanFlags {
                full_join: Some(true),
                temporary_table: Some(true),
                temporary_table_on_disk: Some(true),
                ..none
            },
            none,
        ]
    );
    assert_eq!(errors, [Some(0), Some(1205), Some(0)]);

    let percona = read(PERCONA);
    assert_eq!(
        percona[1],
        Read {
            at: Some(1_772_356_503_000_120),
            user: Some("report".into()),
            host: Some("reports".into()),
            connection: Some(44),
            schema: Some("shop archive".into()),
            query_time: Duration::from_micros(11_652_896),
            lock_time: Duration::from_micros(10_741_576),
            rows: [0, 547_495],
            rows_affected: Some(12),
            statement: "update campaign c join customer u on u.note = c.note set c.state = 'old' where u.id > 5".into(),
            administrator: false,
            truncated: false,
        }
    );
    // An account without a name, a host without one.
    assert_eq!(percona[2].user.as_deref(), Some("monitor"));
    assert_eq!(
        (percona[0].host.as_deref(), percona[2].host.as_deref()),
        (Some("10.0.0.16"), Some("localhost"))
    );
    assert_eq!(percona[2].schema, None, "it says that it was in none");
}

/// MySQL says the schema when it is another one than it last said; MariaDB and Percona say it each time.
#[test]
fn inv1_a_statement_has_its_own_schema() {
    let day = |schema, number: u32| Done {
        schema,
        ..Done::statement(format!("select {number}"))
    };
    let done = [
        day(Some("shop"), 1),
        day(Some("shop archive"), 2),
        day(Some("shop archive"), 3),
        day(Some("a;b"), 4),
        day(Some("x  QC_hit: y"), 5),
    ];
    for server in SERVERS {
        assert_eq!(
            read(&write(server, &done)),
            expected(server, &done),
            "{server:?}"
        );
    }
    let none = [day(Some("shop"), 1), day(None, 2)];
    for (server, wanted) in [
        // It is not said that the second one was in none.
        (Server::MySql, Some("shop")),
        (Server::MariaDb, None),
        (Server::Percona, None),
    ] {
        let found = read(&write(server, &none));
        assert_eq!(found[1].schema.as_deref(), wanted, "{server:?}");
    }
    let found = read(MARIADB_EXPLAIN);
    let of = |text: &str| {
        found
            .iter()
            .find(|entry| entry.statement == text)
            .unwrap()
            .schema
            .clone()
    };
    assert_eq!(of("select 5").as_deref(), Some("shop archive"));
    assert_eq!(of("select 6").as_deref(), Some("odd; name"));
    assert_eq!(of("select 'no schema'"), None);
    let found = read(MYSQL);
    assert_eq!(
        found
            .iter()
            .find(|entry| entry.statement == "select 6")
            .unwrap()
            .schema
            .as_deref(),
        Some("odd; name")
    );
}

#[test]
fn inv1_a_value_that_is_missing_or_broken_is_none_of_the_next() {
    let log = b"# User@Host: [] @  []  Id: x\n\
        # Thread_id:  Schema:   QC_hit: No\n\
        # Query_time: fast  Lock_time: -1  Rows_sent: 18446744073709551616  Rows_examined: Rows_affected: 7  Errno: 4294967296\n\
        select 1;\n";
    let found = read(log);
    let wanted = Read {
        rows_affected: Some(7),
        statement: "select 1".into(),
        ..Read::default()
    };
    assert_eq!(found, [wanted]);
    let log = b"# User@Host: a[b] @ h [i]  Id: 3\n# Thread_id: 4  Schema: s\n\
        # Query_time: 18446744073709551615.9999999  Lock_time: 0.5  Rows_sent: 18446744073709551615\nselect 1;\n";
    let found = read(log);
    assert_eq!(found[0].query_time, Duration::new(u64::MAX, 999_999_000));
    assert_eq!(found[0].lock_time, Duration::from_millis(500));
    assert_eq!(
        (found[0].rows, found[0].connection),
        ([u64::MAX, 0], Some(4))
    );
    assert_eq!(found[0].schema.as_deref(), Some("s"));
}

proptest! {
    #![proptest_config(config(60))]

    /// Whatever clients send, and however the log is cut into pieces and files, comes out as it went in.
    #[test]
    fn inv1_statements_come_out_as_they_went_in(done in any_day(8), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        for server in SERVERS {
            let log = write(server, &done);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(log.len() + 1)).collect();
            cuts.sort_unstable();
            cuts.push(log.len());
            let mut from = 0;
            let pieces: Vec<&[u8]> = cuts.iter().map(|to| &log[std::mem::replace(&mut from, *to)..*to]).collect();
            let (found, summary) = read_pieces(Limits::default(), pieces.iter().copied());
            prop_assert_eq!(&found, &expected(server, &done));
            prop_assert_eq!(summary.entries, done.len() as u64);
            prop_assert_eq!(summary.truncated + summary.garbage_lines + summary.headers_alone, 0);
            prop_assert_eq!(summary.administrator, done.iter().filter(|entry| entry.administrator).count() as u64);
            prop_assert_eq!(read_files(pieces).0, found);
        }
    }
}

/// A gigabyte without a line feed, say: nobody knows how long a line will be.
#[test]
fn inv2_a_log_is_not_read_into_memory() {
    let limits = Limits::new(4096, 2048).unwrap();
    let header = b"# User@Host: a[a] @ h []\n# Query_time: 1\n".as_slice();
    let line = [b'x'; 1 << 16];
    for (name, head) in [
        ("a statement", header),
        ("nothing known", b""),
        ("a header", &header[..27]),
        ("a use", b"# User@Host: a[a] @ h []\nuse "),
    ] {
        let mut reader = Reader::new(limits);
        let mut entries = 0;
        let mut each = |_: &Entry<'_>| entries += 1;
        reader.feed(head, &mut each);
        let mut most = 0;
        for _ in 0..256 {
            reader.feed(&line, &mut each);
            most = most.max(reader.capacity());
        }
        assert!(
            most <= 16 << 10,
            "16,777,216 bytes of one line of {name}: {most} bytes kept, and with limits of 4,096 and 2,048 at most 16,384 are allowed"
        );
        let summary = reader.finish(&mut each);
        assert_eq!(summary.bytes, (head.len() + 256 * line.len()) as u64);
    }
    // And of lines.
    let mut reader = Reader::new(limits);
    let mut each = |_: &Entry<'_>| {};
    reader.feed(header, &mut each);
    for _ in 0..100_000 {
        reader.feed(b"or a = 5\n", &mut each);
    }
    assert!(
        reader.capacity() <= 4096 + 100,
        "{} bytes kept of 900,000 in lines, with a limit of 4,096",
        reader.capacity()
    );
}

#[test]
fn inv2_a_long_statement_is_cut_at_the_limit() {
    let limits = Limits::new(100, 2048).unwrap();
    let next = Done {
        micros: 7,
        ..Done::statement("select 2")
    };
    for length in [99, 100, 101, 102, 103, 1000, 5000] {
        for line_feed in [false, true] {
            let mut text = vec![b'x'; length];
            if line_feed {
                text[50] = b'\n';
            }
            let log = write(Server::MariaDb, &[Done::statement(&text), next.clone()]);
            for size in [log.len(), 1000, 64, 1] {
                let (found, summary) = read_pieces(limits, log.chunks(size));
                let mut first = Done::statement(&text[..length.min(100)]).read();
                first.truncated = length > 100;
                assert_eq!(
                    found,
                    [first, next.read()],
                    "{length} bytes, in pieces of {size}"
                );
                assert_eq!(summary.truncated, u64::from(length > 100));
            }
        }
    }
    // Its end is looked for in all of it.
    let mut text = vec![b'x'; 5000];
    text.splice(2000..2000, *b"\n# User@Host: a[a] @ h []\n");
    let (found, _) = read_pieces(
        limits,
        [write(Server::MySql, &[Done::statement(&text)]).as_slice()],
    );
    assert_eq!(found.len(), 1);
}

/// What a damaged log holds: parts of real ones, in any order, with bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let part = (0..ALL.len(), any::<prop::sample::Index>(), 0_usize..600).prop_map(
        |(which, from, length)| {
            let log = ALL[which].1;
            let from = from.index(log.len());
            log[from..(from + length).min(log.len())].to_vec()
        },
    );
    let noise = prop::collection::vec(
        prop_oneof![any::<u8>(), Just(b'\n'), Just(b'#'), Just(b';')],
        0..60,
    );
    let parts = prop::collection::vec(prop_oneof![4 => part, 1 => noise], 0..8);
    (
        parts,
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    )
        .prop_map(|(parts, changes)| {
            let mut log = parts.concat();
            if !log.is_empty() {
                for (at, byte) in changes {
                    let at = at.index(log.len());
                    log[at] = byte;
                }
            }
            log
        })
}

proptest! {
    #![proptest_config(config(150))]

    /// No bytes make it panic or keep more than its limits; how they are cut makes no difference.
    #[test]
    fn inv2_no_bytes_take_more_than_the_limits(log in damaged(), size in 1_usize..700, border in any::<prop::sample::Index>()) {
        let limits = Limits::new(300, 2048).unwrap();
        let whole = read_pieces(limits, [log.as_slice()]);
        prop_assert_eq!(&read_pieces(limits, log.chunks(size)), &whole);
        prop_assert_eq!(whole.1.bytes, log.len() as u64);
        prop_assert_eq!(whole.1.entries, whole.0.len() as u64);
        for entry in &whole.0 {
            // Of bytes that are no UTF-8 each is shown by up to four.
            prop_assert!(entry.statement.len() <= 4 * 300, "{} bytes of a statement", entry.statement.len());
        }
        let mut reader = Reader::new(limits);
        let border = border.index(log.len() + 1);
        let mut each = |_: &Entry<'_>| {};
        reader.feed(&log[..border], &mut each);
        reader.next_file();
        for piece in log[border..].chunks(size) {
            reader.feed(piece, &mut each);
            prop_assert!(reader.capacity() <= 12 << 10, "{} bytes kept", reader.capacity());
        }
        reader.finish(&mut each);
    }
}

/// A statement may be missing: what follows is the next header, and never the statement that was waited for.
#[test]
fn inv1_a_header_is_never_a_statement() {
    let head = "# User@Host: a[a] @ h []  Id: 1\n# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\n";
    for missing in [
        "",
        "SET timestamp=1700000000;\n",
        "use shop;\n",
        "use shop;\nSET timestamp=1700000000;\n",
    ] {
        let log = format!("{head}{missing}{head}SET timestamp=1700000001;\nselect 2;\n");
        let found = statements(log.as_bytes());
        assert_eq!(found.last().unwrap(), "select 2", "after {missing:?}");
        assert!(
            found
                .iter()
                .all(|statement| !statement.contains("User@Host")),
            "after {missing:?} a header was taken for a statement: {found:?}"
        );
    }
}

/// The server writes `use` once: the second one is what the client sent.
#[test]
fn inv1_a_second_use_is_the_clients() {
    let log = b"# User@Host: a[a] @ h []  Id: 1\n# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nuse shop;\nuse other;\n";
    let found = read(log);
    let said: Vec<_> = found
        .iter()
        .map(|entry| (entry.schema.as_deref(), entry.statement.as_str()))
        .collect();
    assert_eq!(
        said,
        [(Some("shop"), "use other")],
        "of two lines of `use` the server wrote the first, and the second is the statement"
    );
}

/// The last line of all may have begun in the file before.
#[test]
fn inv1_the_last_line_may_stand_across_a_border() {
    let head = "# User@Host: a[a] @ h []  Id: 1\n# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\n";
    let first = format!("{head}SET timestamp=1700000000;\nselect 1;");
    let next = "# User@Host: b[b] @ h []  Id: 2";
    let (found, summary) = read_files([first.as_bytes(), next.as_bytes()]);
    let found: Vec<_> = found.iter().map(|entry| entry.statement.as_str()).collect();
    assert_eq!(
        found,
        ["select 1"],
        "and then a file that begins with a header"
    );
    assert_eq!(summary.headers_alone, 1);
}

/// A line that is too long to be kept, and the log is over before it is.
#[test]
fn inv1_a_long_last_line_is_one_line() {
    let log = vec![b'x'; 1 << 20];
    let (found, summary) = read_files([log.as_slice()]);
    assert_eq!(found, []);
    assert_eq!(
        (summary.garbage_lines, summary.garbage_bytes),
        (1, 1 << 20),
        "the log is one line of garbage, and has no end: lines and bytes"
    );
}

/// Of files that are equally old, the one that was named first is read first.
#[test]
fn inv1_files_of_one_age_stay_in_their_order() {
    let names = ["slow.log.2", "slow.log.2.gz", "slow.log.1", "slow.log.1.gz"];
    let files: Vec<(usize, &str)> = (0..100).map(|number| (number, names[number % 4])).collect();
    let all = series(files, |(_, name)| name);
    assert_eq!(all.len(), 1, "they are of one log");
    let numbers: Vec<usize> = all[0].iter().map(|(number, _)| *number).collect();
    let of = |age: usize| (0..100).filter(move |number| number % 4 / 2 == age);
    let wanted: Vec<usize> = of(0).chain(of(1)).collect();
    assert_eq!(numbers, wanted);
}

/// Without the lines of a start, which are in the oldest file: what a `# Time:` looks like says something too.
#[test]
fn inv1_a_zone_in_a_time_is_of_mysql() {
    let dialect = |time: &str| {
        let log = format!(
            "# Time: {time}\n# User@Host: a[a] @ h []\n# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nselect 1;\n"
        );
        let (found, summary) = read_pieces(Limits::default(), [log.as_bytes()]);
        assert_eq!(found.len(), 1, "# Time: {time}");
        summary.dialect
    };
    assert_eq!(
        dialect("2026-03-01T10:23:45.123456Z"),
        Some(Dialect::MySql),
        "MariaDB writes no zone"
    );
    assert_eq!(
        dialect("260301 10:23:45"),
        None,
        "this may be any server's, of some age"
    );
}

/// A time without a zone is the server's local one: the moment is that of `SET timestamp`.
#[test]
fn inv1_the_moment_is_that_of_set_timestamp() {
    let log = b"# Time: 260301 10:23:45\n# User@Host: a[a] @ h []\n# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nSET timestamp=1772357025;\nselect 1;\n";
    assert_eq!(read(log)[0].at, Some(1_772_357_025_000_000));
}

/// A date that makes no sense is none, and the line begins an entry all the same.
#[test]
fn inv1_a_broken_time_begins_an_entry() {
    let head = "# User@Host: a[a] @ h []\n# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\n";
    let log = format!("{head}select 1;\n# Time: 999999 99:99:99\n{head}select 2;\n");
    assert_eq!(statements(log.as_bytes()), ["select 1", "select 2"]);
}
