//! Fingerprints and the digest: one class for each shape, and figures that are the log's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use slow_query::core::digest::{Class, Digest, Limits, Totals};
use slow_query::core::fingerprint::{Id, fingerprint};
use slow_query::core::log::entry::{Command, Entry};
use slow_query::core::log::reader::Reader;

use crate::logs::{ALL, Done, MARIADB_EXPLAIN, MYSQL, Server, any_day, any_statement, write};

fn shape(sql: impl AsRef<[u8]>) -> String {
    let mut out = "what was there before".to_owned();
    fingerprint(sql.as_ref(), &mut out);
    out
}

/// A section of `shapes.txt`.
fn lines(section: &str) -> Vec<&'static str> {
    let all = include_str!("../shapes.txt");
    let start = format!("\n## {section}\n");
    let from = all.find(&start).unwrap() + start.len();
    let end = all[from..].find("\n## ").unwrap_or(all.len() - from);
    all[from..from + end]
        .lines()
        .filter(|line| !line.is_empty())
        .collect()
}

/// The same as statements with their shapes.
fn table(section: &str) -> Vec<(&'static str, &'static str)> {
    let pairs = lines(section);
    let pairs = pairs.chunks(2);
    pairs
        .map(|pair| (pair[0], pair[1].strip_prefix("= ").unwrap()))
        .collect()
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// A statement of one second, in a schema.
fn entry(statement: &[u8]) -> Entry<'_> {
    Entry {
        schema: Some(b"shop"),
        query_time: Duration::from_secs(1),
        command: Command::Statement(statement),
        ..Entry::default()
    }
}

fn digest<'a>(limits: Limits, entries: impl IntoIterator<Item = Entry<'a>>) -> Digest {
    let mut digest = Digest::new(limits);
    for entry in entries {
        digest.add(&entry);
    }
    digest
}

fn digest_of(log: &[u8]) -> Digest {
    let mut digest = Digest::new(Limits::default());
    let mut reader = Reader::new(slow_query::core::log::Limits::default());
    let mut each = |entry: &Entry<'_>| digest.add(entry);
    reader.feed(log, &mut each);
    reader.finish(&mut each);
    digest
}

/// What pt-fingerprint makes of the same statements, and where this differs on purpose.
#[test]
fn inv3_fingerprints_are_those_of_pt_query_digest() {
    let table = include_str!("../fingerprints.toml");
    let mut checked = 0;
    for part in table.split("[[statement]]").skip(1) {
        // The texts are written as JSON would.
        let values: BTreeMap<&str, String> = part
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
            .collect();
        let (sql, wanted) = (&values["sql"], &values["fingerprint"]);
        let found = shape(sql);
        assert_eq!(&found, wanted, "{sql}");
        assert_eq!(Id::of(&found).to_string(), values["id"], "{sql}");
        assert_eq!(
            values.contains_key("pt") && &values["pt"] != wanted,
            values.contains_key("why"),
            "each difference has its reason, and only those: {sql}"
        );
        checked += 1;
    }
    assert_eq!(checked, 74);
}

/// Statements that differ in their literals alone are one shape.
#[test]
fn inv3_literals_make_no_difference() {
    let wanted = "select a from t where b = ? and c = ?";
    for literal in [
        "1",
        "0",
        "-1",
        "+1",
        "- 1",
        "- -1",
        "1.5",
        "1.",
        ".5",
        "1e9",
        "1E+9",
        "1.5e-9",
        ".5e3",
        "0x1f",
        "0XAB",
        "0b101",
        "x'1F'",
        "X'1F'",
        "b'01'",
        "B'01'",
        "n'x'",
        "N'x'",
        "''",
        "'x'",
        "\"x\"",
        "'it''s'",
        "\"say \"\"hi\"\"\"",
        "'it\\'s'",
        "\"say \\\"hi\\\"\"",
        "'\\\\'",
        "'a\\\\\\'b'",
        "'a' 'b'",
        "'a'\n\"b\"",
        "'a' /* and */ 'b'",
        "'-- x'",
        "'# x'",
        "'/* x'",
        "'a;b'",
        "'(a, b)'",
        "_utf8'x'",
        "_utf8mb4 'x'",
        "_UTF8MB4\"x\"",
        "_binary'\\0'",
        "_latin1 x'ff'",
        "_binary b'1'",
        "_utf8mb3'a' 'b'",
        "?",
        "null",
        "NULL",
        "true",
        "FALSE",
        "\\N",
        "-null",
        "18446744073709551616",
    ] {
        // Whatever follows: the other literal shows whether its end was found.
        let sql = format!("select a from t where b = {literal} and c = 'y'");
        let sql = sql.replace("0XAB", "0xAB");
        assert_eq!(shape(&sql), wanted, "{sql}");
    }
    assert_eq!(shape("select a from t where b ='x'and c=2"), wanted);
}

/// The first quote after a text's first is not always its last.
#[test]
fn inv3_a_text_ends_where_it_ends() {
    for (sql, wanted) in table("texts") {
        assert_eq!(shape(sql), wanted, "of the statement {sql}");
    }
}

/// A hundred values, or one: an ORM writes as many as there are.
#[test]
fn inv3_lists_of_any_length_are_one() {
    let lengths = [1, 2, 3, 10, 100];
    let of = |length: usize| {
        let values = vec!["5"; length].join(", ");
        shape(format!(
            "select a from t where b in ({values}) and c not in ({values})"
        ))
    };
    let shapes: BTreeSet<String> = lengths.into_iter().map(of).collect();
    assert_eq!(
        shapes.len(),
        1,
        "shapes of one statement with lists of 1, 2, 3, 10 and 100 values; the first is {:?}",
        shapes.first()
    );
    assert!(shapes.contains("select a from t where b in(?+) and c not in(?+)"));
    for length in lengths {
        let rows = vec!["(1, 'x', null)"; length].join(",");
        assert_eq!(
            shape(format!("insert into t (a) values {rows}")),
            "insert into t (a) values(?+)"
        );
        let rows = rows.replace('(', "ROW(");
        assert_eq!(
            shape(format!("insert into t values {rows}")),
            "insert into t values row(?+)"
        );
    }
    for (sql, wanted) in table("lists") {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// SELECTs of a UNION that are the same but for their literals are one, however many there are.
#[test]
fn inv3_a_union_of_one_shape_is_one() {
    let select = "select a from t where b = 1";
    for joint in ["union", "union all", "union distinct"] {
        let note = if joint == "union all" {
            "union all"
        } else {
            "union"
        };
        for times in [2, 3, 10] {
            let sql = vec![select; times].join(&format!(" {joint} "));
            let wanted = format!("select a from t where b = ? /*repeat {note}*/");
            assert_eq!(shape(&sql), wanted);
            assert_eq!(
                shape(format!("{sql} order by a limit 3")),
                format!("{wanted} order by a limit ?")
            );
            assert_eq!(shape(format!("{sql} limit 3")), format!("{wanted} limit ?"));
            assert_eq!(
                shape(format!("insert into t {sql};")),
                format!("insert into t {wanted}")
            );
            assert_eq!(
                shape(format!("select x from ({sql}) y")),
                format!("select x from ({wanted}) y")
            );
        }
    }
    for (sql, wanted) in table("unions") {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

/// Names hold digits, and begin with them; a number ends where its digits do.
#[test]
fn inv3_a_name_is_no_literal() {
    for (sql, wanted) in table("names") {
        assert_eq!(shape(sql), wanted, "{sql}");
    }
}

#[test]
fn inv3_bytes_that_are_no_text_are_no_reason_to_stop() {
    assert_eq!(shape(b"select '\xff\x00\xfe' from t"), "select ? from t");
    assert_eq!(
        shape(b"select a\xff, `b\xfe` from t"),
        "select a\u{fffd}, `b\u{fffd}` from t"
    );
    assert_eq!(
        shape("select grün, Ä from t"),
        "select grün, Ä from t",
        "letters of ASCII alone have a case"
    );
    // What a terminal takes for a command, in a name.
    assert_eq!(
        shape("select `a\u{1b}[2J\n\tb` from t"),
        "select `a [2j  b` from t"
    );
}

/// Nobody writes such statements, but a log may hold them.
#[test]
fn inv3_deep_and_long_statements_have_a_shape() {
    let deep = 5_000;
    let open = "(".repeat(deep);
    let sql = format!("select {open}1{}", ")".repeat(deep));
    assert_eq!(shape(&sql).len(), "select ?".len() + 2 * deep);
    // As deep as anybody nests, and deeper.
    for (depth, wanted) in [(200, "a in(?+)"), (300, "a in (?, ?)")] {
        let sql = format!("{}a in (1, 2){}", "(".repeat(depth), ")".repeat(depth));
        assert!(
            shape(&sql).contains(wanted),
            "{depth} deep: {}",
            shape(&sql)
        );
    }
    let closing = ")".repeat(deep);
    assert_eq!(
        shape(format!("{open}{closing}{closing} in (1, 2)")).len(),
        3 * deep + " in(?+)".len()
    );
    for (sql, wanted) in [
        (format!("select {}1", "- ".repeat(100_000)), "select ?"),
        (format!("select {}", "'a' ".repeat(100_000)), "select ?"),
        (
            format!("select a in ({}", "1,".repeat(100_000)),
            "select a in(?+)",
        ),
        (
            format!("select 1{}", " union select 1".repeat(50_000)),
            "select ? /*repeat union*/",
        ),
    ] {
        assert_eq!(shape(&sql), wanted);
    }
}

/// Each of these is another statement to an optimiser.
#[test]
fn inv3_different_shapes_are_told_apart() {
    let statements = lines("different");
    let mut shapes: BTreeMap<String, &str> = BTreeMap::new();
    for sql in statements {
        let found = shape(sql);
        if let Some(other) = shapes.insert(found.clone(), sql) {
            panic!("{sql:?} and {other:?} have one fingerprint: {found}");
        }
    }
}

/// Tokens of a statement, with what may stand between them.
fn spaced() -> impl Strategy<Value = (String, String)> {
    let word = prop_oneof![
        "[a-z][a-z0-9_]{0,4}",
        Just("select".to_owned()),
        Just("in".to_owned()),
        Just("values".to_owned()),
        Just("union".to_owned()),
        Just("limit".to_owned()),
        Just("not".to_owned()),
        Just("is".to_owned()),
        Just("order".to_owned()),
        Just("into".to_owned()),
    ];
    let token = prop_oneof![
        4 => word.prop_map(|word| (word.clone(), word.to_uppercase())),
        2 => "[0-9]{1,3}".prop_map(|number| (number, "0x7F".to_owned())),
        1 => "'[a-z ;]{0,5}'".prop_map(|text| (text, "\"other\"".to_owned())),
        2 => prop_oneof![Just("("), Just(")"), Just(","), Just("="), Just("<"), Just("+"), Just("*")].prop_map(|one| (one.to_owned(), one.to_owned())),
        1 => "`[a-z ]{1,4}`".prop_map(|name| (name.clone(), name.to_uppercase())),
    ];
    let space = prop_oneof![
        Just(" "),
        Just("\n\t "),
        Just("/* c */"),
        Just(" -- c\n"),
        Just("#c\n"),
        Just("/**/ "),
        Just("\r\n"),
    ];
    prop::collection::vec((token, space), 0..25).prop_map(|tokens| {
        let mut plain = String::new();
        let mut other = String::new();
        for ((one, two), space) in tokens {
            plain.push_str(&one);
            plain.push(' ');
            other.push_str(&two);
            other.push_str(space);
        }
        (plain, other)
    })
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn inv3_space_comments_case_and_literals_make_no_difference((plain, other) in spaced()) {
        prop_assert_eq!(shape(&plain), shape(&other), "{} and {}", plain, other);
    }

    /// A fingerprint is a statement too: its own shape is itself, where nothing was folded.
    #[test]
    fn inv3_any_bytes_have_a_shape_that_does_not_grow(sql in prop::collection::vec(any::<u8>(), 0..200), text in any_statement()) {
        for sql in [&sql, &text] {
            let found = shape(sql);
            // A byte that is no UTF-8 becomes three, and a space may stand before each.
            prop_assert!(found.len() <= 4 * sql.len() + 20, "{} bytes of {}", found.len(), sql.len());
            prop_assert!(!found.chars().any(char::is_control), "a control character is left in {:?}", found);
        }
    }

    /// Texts and numbers that could not be anything else are nowhere in a fingerprint, and neither in what a panic would print of a class.
    #[test]
    fn inv5_no_literal_is_in_a_fingerprint(parts in prop::collection::vec(any_part(), 1..12), cut in any::<prop::sample::Index>()) {
        let sql = parts.concat();
        let cut = cut.index(sql.len() + 1);
        // Also of a statement that was cut.
        for sql in [sql.as_bytes(), &sql.as_bytes()[..cut]] {
            let found = shape(sql);
            prop_assert!(!found.contains("secret") && !found.contains("47114711"), "{} of {}", found, sql.escape_ascii());
            let digest = digest(Limits::default(), [entry(sql)]);
            let shown = format!("{:?}", digest.by_total_time());
            prop_assert!(!shown.contains("secret") && !shown.contains("47114711"), "{}", shown);
        }
    }
}

/// A part of a statement in which every literal says `secret` or 4711.
fn any_part() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("select a from t where b = "),
        Just("'secret' "),
        Just("\"secret\" "),
        Just("'it''s secret' "),
        Just("'\\'secret' "),
        Just("'\\\\' "),
        Just("\"a'secret\" "),
        Just("47114711 "),
        Just("-47114711.4711e47114711 "),
        Just("0x47114711 "),
        Just("x'47114711' "),
        Just("_utf8mb4'secret' "),
        Just("N'secret' "),
        Just("date'47114711' "),
        Just("in ('secret', 47114711) "),
        Just("values (47114711, now(), 'secret'), (47114711, 'secret') "),
        Just("limit 47114711, 47114711 "),
        Just("limit 47114711 offset 47114711 "),
        Just("/* secret */ "),
        Just("-- secret 'x\n"),
        Just("# secret \" \n"),
        Just("/*!4711471 'secret' */ "),
        Just("call f('secret', 47114711) "),
        Just("`it's` "),
        Just("union all select 'secret' "),
        Just(", "),
        Just("= "),
        Just("- "),
        Just("( "),
        Just(") "),
        Just("a.b "),
    ]
    .prop_map(str::to_owned)
}

/// A day of calls of a few shapes: a class each, and not one for each statement.
#[test]
fn inv3_a_class_is_a_shape_and_no_statement() {
    let statements: Vec<String> = (0..1000)
        .map(|number| match number % 3 {
            0 => format!("select a from t where id = {number}"),
            1 => format!("SELECT a FROM t WHERE name = 'n{number}' -- {number}"),
            _ => format!("insert into t values ({number}), ({number})"),
        })
        .collect();
    let digest = digest(
        Limits::default(),
        statements.iter().map(|sql| entry(sql.as_bytes())),
    );
    let classes = digest.by_total_time();
    assert_eq!(
        classes.len(),
        3,
        "classes of 1,000 statements of three shapes"
    );
    let counts: BTreeMap<_, _> = classes
        .iter()
        .map(|class| (class.fingerprint.as_str(), class.count))
        .collect();
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [
            ("insert into t values(?+)", 333),
            ("select a from t where id = ?", 334),
            ("select a from t where name = ?", 333),
        ]
    );
    for class in classes {
        assert_eq!(class.id, Id::of(&class.fingerprint));
    }
}

/// A statement in every class, more shapes than there is room for.
#[test]
fn inv2_classes_are_bounded_and_the_rest_is_counted_together() {
    let limits = Limits::new(10, 4096, 4096).unwrap();
    let names: Vec<String> = (0..1000)
        .map(|number| format!("select a from t{number}"))
        .collect();
    let mut entries: Vec<_> = names.iter().map(|sql| entry(sql.as_bytes())).collect();
    // One that has a place keeps it.
    entries.push(entry(b"select a from t3"));
    let digest = digest(limits, entries);
    let classes = digest.by_total_time();
    assert_eq!(
        classes.len(),
        10,
        "classes of 1,000 shapes, where 10 are allowed"
    );
    assert_eq!(classes[0].fingerprint, "select a from t3");
    assert_eq!(classes[0].count, 2);
    let others = digest.others().unwrap();
    assert_eq!(
        (others.count, others.query_time.total()),
        (990, 990_000_000)
    );
    assert_eq!(others.fingerprint, "(all other shapes)");
    assert_eq!(digest.totals().statements, 1001);
    assert_eq!(digest.totals().query_time.total(), 1_001_000_000);
    assert!(digest_of(MYSQL).others().is_none());
}

#[test]
fn inv2_a_class_keeps_so_much_of_a_long_statement() {
    let limits = Limits::new(10, 64, 100).unwrap();
    let columns = |length: usize| "ä".repeat(length);
    let long = format!("select {} from t where a = 'x'", columns(200));
    let other = format!("select {} from u where a = 'x'", columns(200));
    let digest = digest(
        limits,
        [
            entry(long.as_bytes()),
            entry(other.as_bytes()),
            entry(long.as_bytes()),
        ],
    );
    let classes = digest.by_total_time();
    // Told apart by what is not kept, too.
    assert_eq!(classes.len(), 2);
    let class = classes[0];
    assert_eq!(class.count, 2);
    assert_eq!(class.id, Id::of(&shape(&long)));
    assert_eq!(
        class.fingerprint,
        format!("select {}…", columns(28)),
        "64 bytes, and no half letter"
    );
    assert_eq!(
        class.sample.statement.len(),
        100 + 2,
        "the last letter was cut"
    );
    assert!(class.sample.truncated && class.sample.lossy);
    assert_eq!(class.truncated, 0, "the log has all of it");
    // Exactly as long.
    let exact = format!("select {}", "a".repeat(57));
    let digest = self::digest(limits, [entry(exact.as_bytes())]);
    assert_eq!(digest.by_total_time()[0].fingerprint, exact);
    let sample = format!("select '{}'", "a".repeat(91));
    let digest = self::digest(limits, [entry(sample.as_bytes())]);
    let kept = &digest.by_total_time()[0].sample;
    assert_eq!(
        (kept.statement.as_str(), kept.truncated, kept.lossy),
        (sample.as_str(), false, false)
    );
}

/// What a plain sum over the lines of a log gives.
#[test]
fn inv4_the_totals_are_the_logs() {
    for (name, log) in ALL {
        let mut sums = [0_u64; 5];
        let mut administrator = 0;
        let mut reader = Reader::new(slow_query::core::log::Limits::default());
        let mut each = |entry: &Entry<'_>| match entry.command {
            Command::Administrator(_) => administrator += entry.query_time.as_micros() as u64,
            Command::Statement(_) => {
                for (sum, value) in sums.iter_mut().zip([
                    1,
                    entry.query_time.as_micros() as u64,
                    entry.lock_time.as_micros() as u64,
                    entry.rows_sent,
                    entry.rows_examined,
                ]) {
                    *sum += value;
                }
            }
        };
        reader.feed(log, &mut each);
        reader.finish(&mut each);
        let digest = digest_of(log);
        let totals = digest.totals();
        let found = [
            totals.statements,
            totals.query_time.total(),
            totals.lock_time.total(),
            totals.rows_sent.total(),
            totals.rows_examined.total(),
        ];
        assert_eq!(
            found, sums,
            "{name}: statements, query time, lock time, rows sent, rows examined"
        );
        assert_eq!(totals.administrator.total(), administrator, "{name}");
        let of_classes = digest.by_total_time().iter().fold([0; 5], |sums, class| {
            let figures = [
                class.count,
                class.query_time.total(),
                class.lock_time.total(),
                class.rows_sent.total(),
                class.rows_examined.total(),
            ];
            [0, 1, 2, 3, 4].map(|at| sums[at] + figures[at])
        });
        assert_eq!(of_classes, sums, "{name}: the classes together");
    }
    let totals = digest_of(MARIADB_EXPLAIN);
    let affected: u64 = totals
        .by_total_time()
        .iter()
        .map(|class| class.rows_affected.total())
        .sum();
    assert_eq!(totals.totals().rows_affected.total(), affected);
    assert_eq!(
        totals.totals().rows_affected.count(),
        totals.totals().statements
    );
    assert_eq!(
        digest_of(MYSQL).totals().rows_affected.count(),
        0,
        "MySQL does not say it"
    );
}

/// MySQL leaves the rows of the statement before in the header of a Ping.
#[test]
fn inv4_an_administrator_command_is_in_no_class() {
    let ping = Entry {
        command: Command::Administrator(b"Ping"),
        rows_examined: 1_000_000,
        ..entry(b"")
    };
    let digest = digest(Limits::default(), [entry(b"select 1"), ping]);
    assert_eq!(digest.by_total_time().len(), 1);
    assert_eq!(digest.totals().statements, 1);
    assert_eq!(digest.totals().rows_examined.total(), 0);
    assert_eq!(
        (
            digest.totals().administrator.count(),
            digest.totals().administrator.total()
        ),
        (1, 1_000_000)
    );
}

#[test]
fn inv4_classes_are_sorted_by_their_total_time() {
    let times = [
        ("select a", 5, 1),
        ("select b", 2, 3),
        ("select c", 1, 1),
        ("select d", 3, 2),
    ];
    let entries = times.iter().flat_map(|(sql, seconds, times)| {
        let one = Entry {
            query_time: Duration::from_secs(*seconds),
            ..entry(sql.as_bytes())
        };
        vec![one; *times]
    });
    let digest = digest(Limits::default(), entries);
    let order: Vec<_> = digest
        .by_total_time()
        .iter()
        .map(|class| {
            (
                class.fingerprint.as_str(),
                class.query_time.total() / 1_000_000,
            )
        })
        .collect();
    // Of b and d the number decides.
    let mut tied = [("select b", 6), ("select d", 6)];
    tied.sort_by_key(|(text, _)| Id::of(text));
    assert_eq!(order, [tied[0], tied[1], ("select a", 5), ("select c", 1)]);
}

/// A class of these values, in microseconds.
fn class_of(values: &[u64]) -> Digest {
    let of = |micros: &u64| Entry {
        query_time: Duration::from_micros(*micros),
        ..entry(b"select 1")
    };
    digest(Limits::default(), values.iter().map(of))
}

fn percentile(digest: &Digest, per_cent: f64) -> u64 {
    digest.totals().query_time.percentile(per_cent)
}

/// The value of that rank, by sorting.
fn exact(values: &[u64], per_cent: f64) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() as f64 * per_cent / 100.0).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// Two servers, one fast and one slow: the percentile of both is none of an average's.
#[test]
fn inv4_merged_percentiles_are_those_of_all_statements() {
    // A thousand statements of a millisecond; ten of ten seconds.
    let (fast, slow) = (vec![1_000; 1000], vec![10_000_000; 10]);
    let mut both = class_of(&fast);
    both.merge(class_of(&slow));
    let all = [fast, slow].concat();
    for (per_cent, what) in [
        (50.0, "half of the statements"),
        (95.0, "95 of 100"),
        (99.5, "995 of 1,000"),
    ] {
        let (found, wanted) = (percentile(&both, per_cent), exact(&all, per_cent));
        assert!(
            wanted <= found && found <= wanted + wanted / 16,
            "{what} took at most {wanted} µs, and the digest of two logs says {found} µs"
        );
    }
    assert_eq!(both.totals().query_time.max(), 10_000_000);
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn inv4_a_percentile_is_at_most_a_sixteenth_too_large(
        values in prop::collection::vec(prop_oneof![0_u64..40, 0_u64..100_000, 0_u64..10_000_000_000, any::<u64>()], 1..60),
        per_cent in 0.0_f64..=100.0,
    ) {
        let digest = class_of(&values);
        for per_cent in [per_cent, 0.0, 50.0, 95.0, 100.0] {
            let (found, wanted) = (percentile(&digest, per_cent), exact(&values, per_cent));
            prop_assert!(wanted <= found && found - wanted <= wanted / 16, "{}%: {} for {}", per_cent, found, wanted);
            prop_assert!(found <= *values.iter().max().unwrap());
        }
        let measure = &digest.totals().query_time;
        prop_assert_eq!(measure.total(), values.iter().fold(0_u64, |sum, value| sum.saturating_add(*value)));
        prop_assert_eq!((measure.min(), measure.max()), (*values.iter().min().unwrap(), *values.iter().max().unwrap()));
        prop_assert_eq!(measure.percentile(100.0), measure.max());
    }

    /// A log read in parts, merged in any order, is the log.
    #[test]
    fn inv4_digests_merged_in_any_order_give_the_same(
        done in any_day(30),
        parts in prop::collection::vec(0_usize..4, 30),
        order in Just([0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let log = write(Server::Percona, &done);
        let whole = digest_of(&log);
        let mut digests = [(); 4].map(|()| Some(Digest::new(Limits::default())));
        let mut at = 0;
        let mut each = |entry: &Entry<'_>| {
            if let Some(digest) = &mut digests[parts[at]] {
                digest.add(entry);
            }
            at += 1;
        };
        let mut reader = Reader::new(slow_query::core::log::Limits::default());
        reader.feed(&log, &mut each);
        reader.finish(&mut each);
        let mut merged = Digest::new(Limits::default());
        for part in order {
            if let Some(digest) = digests[part].take() {
                merged.merge(digest);
            }
        }
        let classes = |digest: &Digest| -> Vec<Class> { digest.by_total_time().into_iter().cloned().collect() };
        prop_assert_eq!(classes(&merged).len(), classes(&whole).len());
        for (found, wanted) in classes(&merged).iter().zip(&classes(&whole)) {
            prop_assert_eq!(found, wanted, "merged, and of the whole log: {}", wanted.fingerprint);
        }
        prop_assert_eq!(merged.totals(), whole.totals(), "the totals, merged and of the whole log");
    }
}

/// More classes together than there is room for: what is known stays right, the rest is counted together.
#[test]
fn inv4_what_has_no_room_after_merging_is_with_the_others() {
    let limits = Limits::new(3, 64, 64).unwrap();
    let of = |names: &[&'static str]| digest(limits, names.iter().map(|sql| entry(sql.as_bytes())));
    let mut one = of(&["select a", "select b"]);
    let two = of(&["select b", "select c", "select d", "select e", "select f"]);
    one.merge(two);
    let counts: BTreeMap<_, _> = one
        .by_total_time()
        .into_iter()
        .map(|class| (class.fingerprint.clone(), class.count))
        .collect();
    let wanted = [("select a", 1), ("select b", 2), ("select c", 1)];
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        wanted.map(|(text, count)| (text.to_owned(), count))
    );
    assert_eq!(one.others().unwrap().count, 3);
    assert_eq!(one.totals().statements, 7);
    let mut empty = Digest::new(limits);
    empty.merge(one);
    assert_eq!(
        (empty.by_total_time().len(), empty.others().unwrap().count),
        (3, 3)
    );
    empty.merge(of(&["select x", "select a"]));
    assert_eq!(
        (
            empty.by_total_time()[0].count,
            empty.others().unwrap().count
        ),
        (2, 4)
    );
    // Long ones are the same by their number.
    let long = format!("select {}", "a".repeat(200));
    let mut one = digest(limits, [entry(long.as_bytes())]);
    one.merge(digest(limits, [entry(long.as_bytes())]));
    one.add(&entry(long.as_bytes()));
    assert_eq!(one.by_total_time()[0].count, 3);
    assert_eq!(one.by_total_time()[0].id, Id::of(&shape(&long)));
    assert_eq!(done_at_once(&one), 1);
}

fn done_at_once(digest: &Digest) -> usize {
    digest.by_total_time().len()
}

/// What a client logged in a day, by a table that is filled by hand.
#[test]
fn inv4_a_real_day_has_its_classes() {
    let digest = digest_of(MYSQL);
    let of = |text: &str| {
        digest
            .by_total_time()
            .into_iter()
            .find(|class| class.fingerprint == text)
            .map(|class| class.count)
    };
    assert_eq!(
        of("select id, state from orders where customer = ? and state = ?"),
        Some(2)
    );
    assert_eq!(of("use ?"), Some(4));
    assert_eq!(of("select ?"), Some(7));
    assert_eq!(of("select id from orders where id in(?+)"), Some(1));
    assert_eq!(of("update orders set photo = ? where id = ?"), Some(1));
    let done = [Done::statement("select 1"), Done::statement("select 'x'")];
    assert_eq!(
        digest_of(&write(Server::MariaDb, &done)).by_total_time()[0].count,
        2
    );
}

/// MySQL takes `0x1f` for a number, and neither of these.
#[test]
fn inv3_what_only_begins_like_a_number_is_a_name() {
    for name in ["0XAB", "0x1_a", "0b12", "0B01", "1a", "2$x", "2é"] {
        let found = shape(format!("select {name} from t"));
        assert_eq!(found, format!("select {} from t", name.to_lowercase()));
    }
    assert_eq!(shape("select 0x1f from t"), "select ? from t");
}

/// The share is divided last: in floats 55 / 100 x 100 is a little more than 55, and the next rank.
#[test]
fn inv4_a_whole_rank_is_not_rounded_up() {
    let values: Vec<u64> = (0..100).map(|at| if at < 55 { 1 } else { 1000 }).collect();
    let digest = class_of(&values);
    assert_eq!(percentile(&digest, 55.0), 1);
    let next = percentile(&digest, 55.1);
    assert!(
        next >= 1000,
        "55 of 100 values are 1, all others 1000, and 55.1 % do not exceed {next}"
    );
    assert_eq!(percentile(&digest, 200.0), 1000, "more than all are all");
}

/// More than there are numbers for is the largest number, and no small one.
#[test]
fn inv4_sums_do_not_run_over() {
    let most = [u64::MAX];
    let mut digest = class_of(&most);
    digest.merge(class_of(&most));
    assert_eq!(digest.totals().query_time.total(), u64::MAX);
}

/// A SELECT that only begins like the one before is another.
#[test]
fn inv3_a_union_is_folded_by_whole_selects() {
    for sql in [
        "select a from t where b = ? union select a from t",
        "select a from t union select a from t where b = ?",
    ] {
        assert_eq!(shape(sql), sql);
    }
}

/// C1 controls are commands to a terminal: each becomes a space.
#[test]
fn inv3_a_control_character_becomes_a_space() {
    assert_eq!(
        shape("select `a\u{9b}31mb` from t"),
        "select `a 31mb` from t"
    );
}

/// Nothing is not 0: the least of 0 and 5 is 0, and of nothing and 5 it is 5.
#[test]
fn inv4_a_least_value_of_nothing_counts() {
    for (parts, least) in [
        (&[&[0][..], &[5]][..], 0),
        (&[&[5], &[0]], 0),
        (&[&[0, 0], &[5], &[7]], 0),
        (&[&[], &[5]], 5),
        (&[&[5], &[]], 5),
    ] {
        let mut merged = Digest::new(Limits::default());
        for part in parts {
            merged.merge(class_of(part));
        }
        let found = merged.totals().query_time.min();
        assert_eq!(found, least, "merged from {parts:?}");
    }
}

/// A ping took its time, and waited for locks: that is in no figure of statements.
#[test]
fn inv4_an_administrator_command_is_in_one_figure_alone() {
    let ping = Entry {
        command: Command::Administrator(b"Ping"),
        lock_time: Duration::from_secs(3),
        rows_sent: 5,
        rows_examined: 7,
        rows_affected: Some(9),
        ..entry(b"")
    };
    let totals = digest(Limits::default(), [ping]).totals().clone();
    let only = Totals {
        administrator: totals.administrator.clone(),
        ..Totals::default()
    };
    assert_eq!(totals, only);
    assert_eq!(totals.administrator.count(), 1);
}

/// A statement that was cut took its time like any other.
#[test]
fn inv4_a_statement_that_was_cut_counts() {
    let cut = Entry {
        truncated: true,
        ..entry(b"select 1")
    };
    let digest = digest(Limits::default(), [entry(b"select 2"), cut]);
    assert_eq!(
        (digest.totals().statements, digest.by_total_time()[0].count),
        (2, 2),
        "two statements, of which one was cut: in the totals, and in their class"
    );
}

/// The others are one class in every digest, whichever came first: a report names it, and digests of several servers are merged.
#[test]
fn inv2_the_others_are_the_same_in_every_digest() {
    let of = |classes: usize, names: &[&'static str]| {
        let limits = Limits::new(classes, 64, 64).unwrap();
        digest(limits, names.iter().map(|sql| entry(sql.as_bytes())))
    };
    let (one, two) = (
        of(1, &["select a", "select b"]),
        of(1, &["select a", "select c"]),
    );
    assert_eq!(
        one.others().unwrap().id,
        two.others().unwrap().id,
        "select b had no room in the one, select c in the other"
    );
    // A digest with more room has it still, for three shapes.
    let mut large = of(3, &["select a"]);
    large.merge(one);
    assert_eq!(large.by_total_time()[0].count, 2, "select a, in both");
    for (sql, own) in [("select x", true), ("select y", true), ("select z", false)] {
        large.add(&entry(sql.as_bytes()));
        let known = large
            .by_total_time()
            .iter()
            .any(|class| class.fingerprint == sql);
        assert_eq!(known, own, "room for three: select a, and then {sql}");
    }
    assert_eq!(large.others().unwrap().count, 2, "select b and select z");
}
