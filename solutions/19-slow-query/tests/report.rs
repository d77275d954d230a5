//! What people read: the report on a terminal of 80 and of 40 columns, as JSON and as a page. By snapshots; to accept what changed:
//! `INSTA_UPDATE=always cargo test -p slow-query-solution --test report`.

#![cfg(feature = "io")]

use std::time::Duration;

use slow_query::core::advice::{Advice, Remedy, RuleId};
use slow_query::core::digest::{Digest, Limits};
use slow_query::core::log::Summary;
use slow_query::core::log::entry::{Command, Dialect, Entry, Timestamp};
use slow_query::core::plan::{Access, Plan, Step};
use slow_query::core::report::{About, Copied, Examined, Literals, Report};
use slow_query::core::rewrite::Rewrite;
use slow_query::core::runnable::Refusal;
use slow_query::core::sample::{Portion, Take};
use slow_query::core::schema::{Index, Part};
use slow_query::core::verdict::{Figures, Run, Trial, Tried, Untried, Verdict, Withdrawn};
use slow_query::shell::report::terminal::{Style, write};
use slow_query::shell::report::{html, json, words};

/// Typed by a user, and shown only if somebody asks.
const SECRET: &str = "anna@example.com";
/// A name of a table that a terminal and a browser would obey.
const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[2J\u{202e}";

fn digest() -> Digest {
    let mut digest = Digest::new(Limits::default());
    let mut add = |statement: &str, millis: u64, examined, sent, times: u64| {
        for n in 0..times {
            digest.add(&Entry {
                at: Some(Timestamp(1_780_000_000_000_000 + n as i64 * 3_600_000_000)),
                user: Some(b"shop"),
                host: Some(b"web1"),
                schema: Some(b"shop"),
                query_time: Duration::from_millis(millis + n),
                lock_time: Duration::from_micros(20),
                rows_sent: sent,
                rows_examined: examined,
                command: Command::Statement(statement.as_bytes()),
                ..Entry::default()
            });
        }
    };
    add(
        &format!(
            "SELECT id, total FROM orders WHERE email = '{SECRET}' ORDER BY placed DESC LIMIT 20"
        ),
        900,
        1_250_000,
        20,
        12,
    );
    add(
        "SELECT COUNT(*) FROM orders WHERE DATE(placed) = '2026-05-09'",
        400,
        1_250_000,
        1,
        5,
    );
    add(
        "UPDATE orders SET state = 'sent' WHERE reference = 'A-17'",
        150,
        1_250_000,
        0,
        4,
    );
    add(
        &format!("SELECT name FROM `{HOSTILE}` WHERE id = 3"),
        9,
        3,
        1,
        2,
    );
    add("INSERT INTO orders VALUES (1, 2, 3)", 2, 0, 0, 1);
    add("SELECT 1 FROM orders LIMIT 1", 1, 1, 1, 1);
    digest
}

fn step(table: &str, access: Access, key: Option<&str>, rows: f64) -> Step {
    let keys: Vec<String> = key.iter().map(|&key| key.to_owned()).collect();
    Step {
        block: 0,
        table: table.to_owned(),
        access,
        key: key.map(str::to_owned),
        used_parts: keys.clone(),
        possible_keys: keys.clone(),
        keys,
        rows,
        filtered: 100.0,
        covering: false,
        condition: Some(format!("email = '{SECRET}'")),
    }
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        steps,
        ..Plan::default()
    }
}

fn create(columns: &[&str]) -> Remedy {
    let part = |column: &&str| Part {
        column: Some((*column).to_owned()),
        prefix: None,
        descending: false,
    };
    let index = Index {
        name: format!("idx_{}", columns.join("_")),
        parts: columns.iter().map(part).collect(),
        ..Index::default()
    };
    Remedy::CreateIndex {
        table: "orders".to_owned(),
        index,
    }
}

fn advice(rule: &'static str, remedy: Remedy, why: &str) -> Advice {
    Advice {
        rule: RuleId(rule),
        table: Some("orders".to_owned()),
        remedy,
        why: why.to_owned(),
    }
}

fn tried(verdict: Verdict, plans: Option<(Plan, Plan)>) -> Tried {
    let run = |examined, millis| Run {
        examined,
        returned: 20,
        elapsed: Duration::from_millis(millis),
    };
    let trial = plans.is_some().then(|| Trial {
        before: run(10_000, 12),
        after: run(20, 1),
    });
    Tried {
        trial,
        plans,
        ..Tried::new(verdict)
    }
}

fn report(literals: Literals) -> Report {
    let digest = digest();
    let classes = digest.by_total_time();
    let scan = || plan(vec![step("orders", Access::FullScan, None, 1_248_000.0)]);
    let sorted = Plan {
        filesort: true,
        ..scan()
    };
    let found = plan(vec![step(
        "orders",
        Access::Lookup,
        Some("slow_query_trial"),
        20.0,
    )]);
    let rewrite = Rewrite {
        rule: RuleId("SQL001"),
        sql: "SELECT COUNT(*) FROM orders WHERE placed >= '2026-05-09' AND placed < '2026-05-10'"
            .to_owned(),
        shape: "select count(*) from orders where placed >= ? and placed < ?".to_owned(),
        keeps_order: false,
    };
    let same = Figures {
        before: 10_000,
        after: 10_000,
    };
    let examined: Vec<Examined<'_>> = vec![
        Examined {
            class: classes[0],
            plan: Ok(sorted.clone()),
            advice: vec![
                (
                    advice(
                        "IDX001",
                        create(&["email", "placed"]),
                        "An index on (`email`, `placed`) would find the rows in their order.",
                    ),
                    tried(
                        Verdict::Keep {
                            figures: Figures {
                                before: 10_000,
                                after: 20,
                            },
                        },
                        Some((sorted, found.clone())),
                    ),
                ),
                (
                    advice(
                        "ROW001",
                        Remedy::Tell,
                        "1,250,000 rows are examined each time, and 20 sent.",
                    ),
                    tried(Verdict::untried(Untried::ForAPerson), None),
                ),
            ],
        },
        Examined {
            class: classes[1],
            plan: Ok(scan()),
            advice: vec![
                (
                    advice(
                        "IDX005",
                        create(&["placed", "total"]),
                        "An index would have all that is needed.",
                    ),
                    tried(
                        Verdict::Withdraw {
                            why: Withdrawn::NotFewerRows,
                            figures: same,
                        },
                        Some((scan(), scan())),
                    ),
                ),
                (
                    advice(
                        "SQL001",
                        Remedy::Rewrite(rewrite),
                        "A function hides the column from its index.",
                    ),
                    Tried {
                        with: Some(
                            "ALTER TABLE `orders` ADD INDEX `idx_placed` (`placed`)".to_owned(),
                        ),
                        ..tried(
                            Verdict::Keep {
                                figures: Figures {
                                    before: 10_000,
                                    after: 300,
                                },
                            },
                            Some((scan(), found.clone())),
                        )
                    },
                ),
            ],
        },
        Examined {
            class: classes[2],
            plan: Ok(scan()),
            advice: vec![(
                advice(
                    "IDX006",
                    create(&["reference"]),
                    "An index on (`reference`) would find the rows to change.",
                ),
                tried(
                    Verdict::untried(Untried::TimedOut { limit_ms: 5_000 }),
                    None,
                ),
            )],
        },
        Examined {
            class: classes[3],
            plan: Err(Untried::Server { number: Some(1146) }),
            advice: Vec::new(),
        },
        Examined {
            class: classes[4],
            plan: Err(Untried::Refused { why: Refusal::Kind }),
            advice: Vec::new(),
        },
        Examined {
            class: classes[5],
            plan: Ok(plan(vec![step(
                "orders",
                Access::IndexScan,
                Some("by_state"),
                1.0,
            )])),
            advice: Vec::new(),
        },
    ];
    let drop = Remedy::DropIndex {
        table: "orders".to_owned(),
        name: "by_state".to_owned(),
    };
    let over_all = vec![(
        advice(
            "IDX009",
            drop,
            "None of the 3 statements of the log that read `orders` uses `by_state`.",
        ),
        tried(
            Verdict::untried(Untried::OtherStatements { untried: 1, of: 3 }),
            None,
        ),
    )];
    let summary = Summary {
        dialect: Some(Dialect::MySql),
        bytes: 1_234_567,
        entries: 26,
        administrator: 1,
        truncated: 0,
        garbage_lines: 3,
        ..Summary::default()
    };
    let mut report = Report::new((&digest, &summary, 2), &examined, &over_all, 4, literals);
    report.server = Some(About {
        version: "9.7.4".to_owned(),
        schemas: vec!["shop".to_owned()],
    });
    report.scratch = Some(About {
        version: "9.7.4".to_owned(),
        schemas: Vec::new(),
    });
    report.samples = vec![
        Copied {
            schema: "shop".to_owned(),
            portion: Portion {
                table: "orders".to_owned(),
                take: Take::Slices {
                    column: "id".to_owned(),
                },
                rows: 10_000,
            },
            copied: 10_000,
            of: 1_248_000,
        },
        Copied {
            schema: "shop".to_owned(),
            portion: Portion {
                table: "customers".to_owned(),
                take: Take::Following {
                    column: "id".to_owned(),
                    of: "orders".to_owned(),
                    of_column: "customer_id".to_owned(),
                },
                rows: 10_000,
            },
            copied: 7_100,
            of: 90_000,
        },
    ];
    report
}

fn terminal(literals: Literals, width: usize, colour: bool) -> String {
    write(&report(literals), Style { width, colour })
}

#[test]
fn on_a_terminal_of_80_columns() {
    insta::assert_snapshot!(terminal(Literals::Hidden, 80, false));
}

#[test]
fn on_a_terminal_of_40_columns() {
    insta::assert_snapshot!(terminal(Literals::Hidden, 40, false));
}

#[test]
fn with_colours() {
    let plain = terminal(Literals::Hidden, 80, false);
    let colours = terminal(Literals::Hidden, 80, true);
    assert!(!plain.contains('\u{1b}'), "a file or a pipe gets no colour");
    let mut without = colours.clone();
    for code in [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[2m",
        "\u{1b}[32m",
        "\u{1b}[33m",
    ] {
        assert!(colours.contains(code), "{code:?}");
        without = without.replace(code, "");
    }
    assert_eq!(without, plain);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [20, 27, 40, 80, 200] {
        for line in terminal(Literals::Shown, width, false).lines() {
            assert!(line.chars().count() <= width, "{width}: {line:?}");
        }
    }
    // Narrower than anything can be: as 20.
    assert_eq!(
        terminal(Literals::Hidden, 0, false),
        terminal(Literals::Hidden, 20, false)
    );
}

#[test]
fn a_terminal_obeys_nothing_of_a_log() {
    for literals in [Literals::Hidden, Literals::Shown] {
        let text = terminal(literals, 80, false);
        let obeyed = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(obeyed), "{text:?}");
    }
    assert_eq!(
        words::clean("a\tb\r\n\u{1b}c\u{202e}d"),
        "a b  \u{fffd}c\u{fffd}d"
    );
}

#[test]
fn as_json() {
    insta::assert_snapshot!(json(&report(Literals::Hidden)).unwrap());
}

#[test]
fn literals_are_shown_only_if_asked() {
    let all = |literals| {
        [
            terminal(literals, 200, false),
            json(&report(literals)).unwrap(),
            html::page(&report(literals)),
        ]
    };
    for text in all(Literals::Hidden) {
        for literal in [SECRET, "2026-05-09'", "A-17"] {
            assert!(!text.contains(literal), "{literal} in {text}");
        }
    }
    for text in all(Literals::Shown) {
        assert!(text.contains(SECRET), "{text}");
    }
}

/// What the page is made of, without its style sheet.
#[test]
fn as_a_page() {
    let page = html::page(&report(Literals::Hidden));
    let (head, rest) = page.split_once("<style>").unwrap();
    let (style, body) = rest.split_once("</style>").unwrap();
    assert!(style.contains("prefers-color-scheme: dark") && style.contains("max-width: 40rem"));
    let broken = |text: &str| text.replace("><", ">\n<");
    insta::assert_snapshot!(format!("{}\n[style]\n{}", broken(head), broken(body)));
}

#[test]
fn a_page_asks_nobody_and_runs_nothing() {
    let page = html::page(&report(Literals::Shown));
    for outside in [
        "http:", "https:", "//", "<script", "@import", "url(", "onclick", "<img", "<iframe",
        "<link",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "what a log holds is text"
    );
    assert!(page.contains("default-src 'none'"));
    // Every link leads to a class that is there.
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
}

#[test]
fn figures_in_words() {
    let plain = |text: String| text.replace(words::NBSP, " ");
    for (micros, text) in [
        (0, "0 µs"),
        (999, "999 µs"),
        (1_000, "1.0 ms"),
        (99_949, "99.9 ms"),
        (123_456, "123 ms"),
        (1_000_000, "1.00 s"),
        (59_990_000, "59.99 s"),
        (60_000_000, "1 min 0 s"),
        (3_599_000_000, "59 min 59 s"),
        (3_600_000_000, "1 h 0 min"),
        (u64::MAX, "5,124,095,576 h 1 min"),
    ] {
        assert_eq!(plain(words::time(micros)), text);
    }
    for (bytes, text) in [
        (0, "0 bytes"),
        (1_023, "1023 bytes"),
        (1_024, "1.0 KiB"),
        (1_572_864, "1.5 MiB"),
        (3 << 30, "3.0 GiB"),
    ] {
        assert_eq!(plain(words::bytes(bytes)), text);
    }
    assert_eq!(plain(words::percent(0.4321)), "43.2 %");
    assert_eq!(plain(words::count(1, "row", "rows")), "1 row");
    assert_eq!(plain(words::count(0, "row", "rows")), "0 rows");
    let names: Vec<String> = (1..=10).map(|n| n.to_string()).collect();
    assert_eq!(words::some(&names), "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    assert_eq!(words::some(&names[..8]), "1, 2, 3, 4, 5, 6, 7, 8");
}

/// Any JSON, if no object of it says a key twice: whoever reads it would lose one of the two.
struct KeysOnce;

impl<'de> serde::Deserialize<'de> for KeysOnce {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Self)
    }
}

impl<'de> serde::de::Visitor<'de> for KeysOnce {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }
    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = std::collections::BTreeSet::new();
        while let Some((key, Self)) = map.next_entry::<String, Self>()? {
            if !keys.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("`{key}` stands twice")));
            }
        }
        Ok(self)
    }
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut all: A) -> Result<Self, A::Error> {
        while let Some(Self) = all.next_element()? {}
        Ok(self)
    }
    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}

#[test]
fn no_key_of_the_json_stands_twice() {
    let twice =
        serde_json::from_str::<KeysOnce>(r#"[{"why": 1, "of": {"why": 2}}, {"a": 1, "a": 2}]"#);
    assert!(twice.is_err_and(|error| error.to_string().contains("`a` stands twice")));
    serde_json::from_str::<KeysOnce>(&json(&report(Literals::Hidden)).unwrap()).unwrap();
}
