//! Whole analyses, from a log to a report.

use std::time::Duration;

use super::{LIMIT, SECRET, ask, log, make};
use slow_query::core::report::{Literals, Report};
use slow_query::core::sample::Limits;
use slow_query::core::verdict::{Untried, Verdict};
use slow_query::shell::analysis::{Options, analyse};
use slow_query::shell::input::{self, Input};
use slow_query::shell::report::json;
use sqlx::{Connection, Executor, MySqlConnection};

#[tokio::test]
async fn a_whole_analysis_from_a_log_to_a_report() {
    let (analysed, scratch) = (
        testbed::mysql().await.unwrap(),
        testbed::mysql().own().await.unwrap(),
    );
    let people = (1..=3_000)
        .map(|n| format!("({n}, 'p{n}@example.com', {}, 'n{n}')", n % 7))
        .collect::<Vec<_>>()
        .join(", ");
    make(
        analysed.url(),
        &[
            "CREATE TABLE people (id INT NOT NULL PRIMARY KEY, email VARCHAR(64) NOT NULL, age INT NOT NULL, nick VARCHAR(20), \
             KEY by_age (age), KEY by_nick (nick))",
            &format!("INSERT INTO people VALUES {people}"),
            &format!("UPDATE people SET email = '{SECRET}' WHERE id = 17"),
            "ANALYZE TABLE people",
        ],
    )
    .await;
    let statements = [
        (
            format!("SELECT id FROM people WHERE email = '{SECRET}'"),
            900,
            3_000,
        ),
        (
            "SELECT COUNT(*) FROM people WHERE age = 3".to_owned(),
            20,
            430,
        ),
        (
            format!("SELECT nothing FROM people WHERE email = '{SECRET}'"),
            10,
            3_000,
        ),
        (
            format!("INSERT INTO people VALUES (9999, '{SECRET}', 1, NULL)"),
            5,
            0,
        ),
        ("SELECT SLEEP(100) FROM people".to_owned(), 4, 1),
    ];
    let statements: Vec<(&str, u64, u64)> = statements
        .iter()
        .map(|(sql, millis, rows)| (sql.as_str(), *millis, *rows))
        .collect();
    let read = read_log(analysed.schema(), &statements);
    assert_eq!(read.digest.totals().statements, 5);
    let mut options = with_both(analysed.url(), scratch.url());
    let report = report_of(&read, &options).await;
    let [email, age, nothing, insert, sleep] = &report.classes[..] else {
        panic!("{report:?}")
    };
    let index = email
        .advice
        .iter()
        .find(|tip| tip.rule == "IDX001")
        .unwrap();
    let Verdict::Keep { figures } = &index.tried.verdict else {
        panic!("{index:?}")
    };
    assert!(figures.before >= 2_000 && figures.after <= 2, "{figures:?}");
    assert!(
        age.plan.as_ref().unwrap().steps[0].key.as_deref() == Some("by_age"),
        "{age:?}"
    );
    assert_eq!(
        nothing.plan_untried,
        Some(Untried::Server { number: Some(1054) })
    );
    assert!(insert.plan.is_none() && sleep.plan.is_none());
    // The one statement that could not be explained may use it.
    let drop = report.over_all.iter().find(|tip| {
        tip.remedy
            .as_deref()
            .is_some_and(|sql| sql.contains("by_nick"))
    });
    assert!(
        drop.is_none_or(|tip| !tip.tried.verdict.is_kept()),
        "{drop:?}"
    );
    assert_eq!(report.samples.len(), 1);
    assert_eq!(report.samples[0].copied, 2_000);
    let text = json(&report).unwrap();
    assert!(!text.contains(SECRET), "{text}");
    let gone = format!(
        "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE '{}\\_scratch\\_%'",
        scratch.schema()
    );
    assert_eq!(ask(scratch.url(), &gone).await, 0);

    options.scratch_dsn = None;
    let report = report_of(&read, &options).await;
    let index = report.classes[0]
        .advice
        .iter()
        .find(|tip| tip.rule == "IDX001")
        .unwrap();
    assert_eq!(index.tried.verdict, Verdict::untried(Untried::NoScratch));
    options.dsn = None;
    let report = report_of(&read, &options).await;
    assert_eq!(report.classes[0].plan_untried, Some(Untried::NoServer));
    assert!(!report.advises());
}

/// What is read of a log of these statements.
fn read_log(schema: &str, statements: &[(&str, u64, u64)]) -> Input {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    std::fs::write(&path, log(schema, statements)).unwrap();
    input::read(&[path], None).unwrap()
}

/// Its report. `stop` is called, and its future never ends.
async fn report_of(read: &Input, options: &Options) -> Report {
    analyse(
        (&read.digest, &read.summary, read.files),
        options,
        std::future::pending::<()>,
    )
    .await
    .unwrap()
}

/// An analysis with both servers, and at most 2,000 rows of a table.
fn with_both(dsn: &str, scratch_dsn: &str) -> Options {
    Options {
        dsn: Some(dsn.to_owned()),
        scratch_dsn: Some(scratch_dsn.to_owned()),
        limit: LIMIT,
        sample: Limits::new(2_000, 1 << 30).unwrap(),
        top: 10,
        literals: Literals::Hidden,
    }
}

/// The scratch server is killed while the analysis waits for it: the report is there, and says what was not tried, and why.
#[tokio::test]
async fn a_scratch_server_that_is_lost_costs_the_trials_alone() {
    let (analysed, mut scratch) = (
        testbed::mysql().await.unwrap(),
        testbed::mysql().own().await.unwrap(),
    );
    let rows: Vec<String> = (1..=3_000).map(|n| format!("({n}, {n})")).collect();
    make(
        analysed.url(),
        &[
            "CREATE TABLE numbers (id INT NOT NULL PRIMARY KEY, number INT NOT NULL)",
            &format!("INSERT INTO numbers VALUES {}", rows.join(", ")),
            "ANALYZE TABLE numbers",
        ],
    )
    .await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    let statement = ("SELECT id FROM numbers WHERE number = 7", 900, 3_000);
    std::fs::write(&path, log(analysed.schema(), &[statement])).unwrap();
    let read = input::read(&[path], None).unwrap();
    let options = with_both(analysed.url(), scratch.url());
    // No schema can be made while this is held, so the analysis is where we want it.
    let mut holder = MySqlConnection::connect(scratch.url()).await.unwrap();
    let hold = sqlx::raw_sql("FLUSH TABLES WITH READ LOCK");
    holder.execute(hold).await.unwrap();
    let kill = async {
        let waits = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'CREATE DATABASE %\\_scratch\\_%'";
        let held = async {
            while ask(scratch.url(), waits).await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LIMIT, held)
            .await
            .expect("the analysis comes to make its schema");
        scratch.kill().await.unwrap();
    };
    let (report, ()) = tokio::join!(report_of(&read, &options), kill);
    let class = &report.classes[0];
    assert!(class.plan.is_some(), "{class:?}");
    let index = class.advice.iter().find(|tip| tip.rule == "IDX001");
    assert_eq!(
        index.unwrap().tried.verdict,
        Verdict::untried(Untried::Server { number: None })
    );
    assert!(
        report
            .untried
            .iter()
            .any(|missing| missing.what == "IDX001"),
        "{report:?}"
    );
    assert!(!report.advises());
}

/// There is a scratch server, and nothing that can be run on it: advice does not say that none was given.
#[tokio::test]
async fn advice_about_what_cannot_be_run_says_why() {
    let (analysed, scratch) = (
        testbed::mysql().await.unwrap(),
        testbed::mysql().own().await.unwrap(),
    );
    let rows: Vec<String> = (1..=3_000).map(|n| format!("({n}, {n}, {n})")).collect();
    make(
        analysed.url(),
        &[
            "CREATE TABLE others (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b INT NOT NULL)",
            &format!("INSERT INTO others VALUES {}", rows.join(", ")),
            "ANALYZE TABLE others",
            "CREATE TABLE pairs (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, KEY by_a (a), KEY by_both (a, b))",
            &format!("INSERT INTO pairs VALUES {}", rows.join(", ")),
            "ANALYZE TABLE pairs",
        ],
    )
    .await;
    let cannot = ("SELECT id FROM pairs WHERE a = @wanted", 900, 3_000);
    // Of another table, for which the server is needed.
    let can = ("SELECT id FROM others WHERE a = 7", 900, 3_000);
    for statements in [&[cannot][..], &[cannot, can]] {
        let read = read_log(analysed.schema(), statements);
        let report = report_of(&read, &with_both(analysed.url(), scratch.url())).await;
        let drops: Vec<_> = report
            .over_all
            .iter()
            .map(|tip| &tip.tried.verdict)
            .collect();
        let untried = Untried::OtherStatements { untried: 1, of: 1 };
        assert!(!drops.is_empty(), "{report:?}");
        for verdict in drops {
            assert_eq!(*verdict, Verdict::untried(untried.clone()));
        }
    }
}
