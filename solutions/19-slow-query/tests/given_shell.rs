//! What the learner is given of the shell: the schema as two servers tell it, copies of every kind, a whole analysis, and the command's ends.
#![cfg(feature = "suite")]

use std::io::Read as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use slow_query::core::functions::OF_THE_SERVER;
use slow_query::core::report::Literals;
use slow_query::core::rows::Row;
use slow_query::core::runnable::Runnable;
use slow_query::core::sample::{Limits, Portion, Take};
use slow_query::core::schema::{Kind, Method, Part};
use slow_query::core::verdict::{Untried, Verdict};
use slow_query::shell::analysis::{Options, analyse};
use slow_query::shell::input;
use slow_query::shell::report::json;
use slow_query::shell::run::run;
use slow_query::shell::schema;
use slow_query::shell::scratch::within;
use slow_query::shell::server::{Flavour, Server};
use slow_query::shell::verify::Verifier;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

const LIMIT: Duration = Duration::from_secs(20);
/// What a user typed.
const SECRET: &str = "anna@example.com";

async fn server(url: &str) -> Server {
    Server::connect(url, "--dsn", LIMIT).await.unwrap()
}

async fn make(url: &str, statements: &[&str]) {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    for statement in statements {
        let sql = sqlx::raw_sql(AssertSqlSafe(*statement));
        if let Err(error) = connection.execute(sql).await {
            panic!("{statement}: {error}");
        }
    }
    connection.close().await.unwrap();
}

async fn ask(url: &str, sql: &str) -> i64 {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    let value: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    value
}

#[tokio::test]
async fn a_schema_is_read_as_it_is() {
    let mysql = testbed::mysql().await.unwrap();
    make(
        mysql.url(),
        &[
            "CREATE TABLE parents (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b, a), KEY only_a (a)) ENGINE=InnoDB",
            "CREATE TABLE children (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(100) CHARACTER SET utf8mb4 NULL, \
             body TEXT, at DATETIME NOT NULL, price DECIMAL(10,2), hash BINARY(16), kind ENUM('a','b'), day DATE, a INT, b INT, \
             UNIQUE KEY by_name (name), KEY by_body (body(20), at), KEY by_parent (b, a, at), FULLTEXT KEY words (body), \
             CONSTRAINT child FOREIGN KEY (b, a) REFERENCES parents (b, a)) ENGINE=InnoDB",
            "CREATE VIEW seen AS SELECT id FROM children",
            "INSERT INTO parents VALUES (1, 1), (2, 1)",
            "ANALYZE TABLE parents, children",
        ],
    )
    .await;
    let mut session = server(mysql.url()).await.session().await.unwrap();
    let read = schema::read(&mut session, mysql.schema()).await.unwrap();
    assert_eq!(read.name, mysql.schema());
    assert_eq!(
        read.tables.keys().collect::<Vec<_>>(),
        ["children", "parents"],
        "a view is no table"
    );
    assert!(!read.partial_dates, "the testbed's sql_mode is strict");
    let children = &read.tables["children"];
    assert_eq!(
        (children.engine.as_str(), read.tables["parents"].rows),
        ("InnoDB", 2)
    );
    let columns: Vec<(&str, Kind, bool, Option<u32>)> = children
        .columns
        .iter()
        .map(|column| {
            (
                column.name.as_str(),
                column.kind,
                column.nullable,
                column.index_bytes,
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            ("id", Kind::Number, false, Some(8)),
            ("name", Kind::Text, true, Some(400)),
            ("body", Kind::Text, true, None),
            ("at", Kind::Moment, false, Some(8)),
            ("price", Kind::Number, true, Some(12)),
            ("hash", Kind::Bytes, true, Some(16)),
            ("kind", Kind::Other, true, Some(2)),
            ("day", Kind::Moment, true, Some(3)),
            ("a", Kind::Number, true, Some(4)),
            ("b", Kind::Number, true, Some(4)),
        ]
    );
    assert_eq!(children.column("name").unwrap().type_name, "varchar(100)");
    assert!(
        children
            .column("name")
            .unwrap()
            .collation
            .as_deref()
            .unwrap()
            .starts_with("utf8mb4")
    );
    let names: Vec<&str> = children
        .indexes
        .iter()
        .map(|index| index.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["PRIMARY", "by_body", "by_name", "by_parent", "words"],
        "the primary key first"
    );
    let by_body = children.index("by_body").unwrap();
    let part = |name: &str, prefix| Part {
        column: Some(name.to_owned()),
        prefix,
        descending: false,
    };
    assert_eq!(by_body.parts, [part("body", Some(20)), part("at", None)]);
    assert!(children.index("by_name").unwrap().unique && !by_body.unique && by_body.visible);
    assert_eq!(children.index("words").unwrap().method, Method::Other);
    let rests = |table: &str| -> Vec<&str> {
        let indexes = &read.tables[table].indexes;
        indexes
            .iter()
            .filter(|index| index.foreign_key)
            .map(|index| index.name.as_str())
            .collect()
    };
    assert_eq!(
        rests("children"),
        ["by_parent"],
        "its first columns are the foreign key's"
    );
    assert_eq!(
        rests("parents"),
        ["PRIMARY"],
        "what is referred to rests on an index too"
    );
    assert!(
        schema::row_bytes(&mut session, mysql.schema())
            .await
            .unwrap()["parents"]
            > 0
    );
    assert!(
        schema::read(&mut session, "not_there")
            .await
            .unwrap()
            .tables
            .is_empty()
    );
}

#[tokio::test]
async fn what_only_mysql_or_only_mariadb_has() {
    let mysql = testbed::mysql().await.unwrap();
    let statement = match mysql.flavor() {
        testbed::Flavor::MySql => {
            "CREATE TABLE t (a INT, b INT, KEY down (a, b DESC), KEY hidden (b) INVISIBLE, KEY double_a ((a * 2)))"
        }
        testbed::Flavor::MariaDb => "CREATE TABLE t (a INT, b INT, KEY hidden (b) IGNORED)",
    };
    make(mysql.url(), &[statement]).await;
    let mut session = server(mysql.url()).await.session().await.unwrap();
    let read = schema::read(&mut session, mysql.schema()).await.unwrap();
    let table = &read.tables["t"];
    assert!(!table.index("hidden").unwrap().visible);
    if mysql.flavor() == testbed::Flavor::MySql {
        let down = &table.index("down").unwrap().parts;
        assert_eq!((down[0].descending, down[1].descending), (false, true));
        assert_eq!(
            table.index("double_a").unwrap().parts[0].column,
            None,
            "an expression"
        );
    }
}

/// Two servers: 900 rows in a table with holes in its key, and 100 that they point to.
async fn two() -> (testbed::Mysql, testbed::OwnMysql) {
    let (analysed, scratch) = (
        testbed::mysql().await.unwrap(),
        testbed::mysql().own().await.unwrap(),
    );
    let rows = |from: u32, to: u32| {
        (from..=to)
            .map(|n| format!("({}, {}, 'x{n}')", n * 10, n % 50))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let parents = (0..100)
        .map(|n| format!("({n}, 'p{n}', X'{n:04X}')"))
        .collect::<Vec<_>>()
        .join(", ");
    make(
        analysed.url(),
        &[
            "CREATE TABLE many (id INT NOT NULL PRIMARY KEY, parent INT NOT NULL, name VARCHAR(20))",
            "CREATE TABLE parents (id INT NOT NULL, name VARCHAR(20) NOT NULL, code BINARY(2) NOT NULL, PRIMARY KEY (id, name), KEY by_code (code))",
            &format!("INSERT INTO many VALUES {}", rows(1, 900)),
            &format!("INSERT INTO parents VALUES {parents}"),
        ],
    )
    .await;
    (analysed, scratch)
}

#[tokio::test]
async fn rows_are_chosen_as_the_plan_says() {
    let (analysed, scratch) = two().await;
    let url = scratch.url();
    let mut session = server(analysed.url()).await.session().await.unwrap();
    let scratch = server(url).await;
    let column = |name: &str| name.to_owned();
    let figures = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |session, scratch| {
            let portion = |table: &str, take, rows| Portion {
                table: table.to_owned(),
                take,
                rows,
            };
            let slices = portion(
                "many",
                Take::Slices {
                    column: column("id"),
                },
                160,
            );
            let slices = scratch.copy(session, &slices, 1 << 20).await?;
            let follow = Take::Following {
                column: column("id"),
                of: column("many"),
                of_column: column("parent"),
            };
            let follow = scratch
                .copy(session, &portion("parents", follow, 1_000), 1 << 20)
                .await?;
            let here = scratch.schema();
            let many = format!("SELECT COUNT(*) FROM {here}.many WHERE id");
            let found = [
            slices.rows as i64,
            ask(url, &format!("{many} BETWEEN 1 AND 1000")).await,
            ask(url, &format!("{many} BETWEEN 8001 AND 9000")).await,
            follow.rows as i64,
            ask(url, &format!("SELECT COUNT(*) FROM {here}.parents p WHERE NOT EXISTS (SELECT 1 FROM {here}.many m WHERE m.parent = p.id)")).await,
        ];
            Ok(found)
        },
    );
    let [copied, low, high, followed, strangers] = figures.await.unwrap();
    assert_eq!(copied, 160, "ten rows of each of sixteen places");
    assert!(
        low >= 10 && high >= 10,
        "from the beginning {low}, from the end {high}"
    );
    assert!(
        (20..=50).contains(&followed),
        "parents of the rows that were copied: {followed}"
    );
    assert_eq!(strangers, 0, "parents that no copied row points to");

    let ends = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |session, scratch| {
            let take = Take::Ends {
                columns: vec![column("id"), column("name")],
            };
            let ends = scratch
                .copy(
                    session,
                    &Portion {
                        table: column("parents"),
                        take,
                        rows: 21,
                    },
                    1 << 20,
                )
                .await?;
            let here = scratch.schema();
            let middle = ask(
                url,
                &format!("SELECT COUNT(*) FROM {here}.parents WHERE id BETWEEN 11 AND 89"),
            )
            .await;
            let take = Take::Whole;
            let many = scratch
                .copy(
                    session,
                    &Portion {
                        table: column("many"),
                        take,
                        rows: 100,
                    },
                    1 << 20,
                )
                .await?;
            Ok((ends.rows, middle, many.rows))
        },
    );
    assert_eq!(
        ends.await.unwrap(),
        (21, 0, 100),
        "eleven from the one end, ten from the other; a hundred of nine hundred"
    );

    let twice = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |session, scratch| {
            let take = Take::Ends {
                columns: vec![column("id"), column("name")],
            };
            let all = scratch
                .copy(
                    session,
                    &Portion {
                        table: column("parents"),
                        take,
                        rows: 190,
                    },
                    1 << 20,
                )
                .await?;
            let take = Take::Following {
                column: column("code"),
                of: column("parents"),
                of_column: column("code"),
            };
            let no_table = Portion {
                table: column("not_there"),
                take,
                rows: 10,
            };
            let missing = scratch.copy(session, &no_table, 1 << 20).await;
            Ok((all.rows, missing.is_err(), scratch.tables().len()))
        },
    );
    assert_eq!(
        twice.await.unwrap(),
        (100, true, 1),
        "where the ends overlap, a row comes once"
    );
}

/// What is compared of a row: numbers whatever their width, and a date of zeros that is no NULL.
#[tokio::test]
async fn values_are_compared_by_what_they_are() {
    let mysql = testbed::mysql().await.unwrap();
    make(
        mysql.url(),
        &[
            "CREATE TABLE t (a INT, b DATE)",
            "SET SESSION sql_mode = ''; INSERT INTO t VALUES (7, '0000-00-00'), (NULL, NULL)",
        ],
    )
    .await;
    let mut session = server(mysql.url()).await.session().await.unwrap();
    let mut rows = async |sql: &str| -> Vec<Row> {
        let runnable = Runnable::read(sql, mysql.schema()).unwrap();
        run(&mut session, &runnable).await.unwrap().rows
    };
    let wide = rows("SELECT CAST(a AS SIGNED) FROM t ORDER BY a DESC").await;
    assert_eq!(rows("SELECT a FROM t ORDER BY a DESC").await, wide);
    assert_eq!(
        rows("SELECT CAST(a AS UNSIGNED) FROM t ORDER BY a DESC").await,
        wide
    );
    assert_eq!(wide, [vec![Some(b"7".to_vec())], vec![None]]);
    let dates = rows("SELECT b FROM t ORDER BY b DESC").await;
    assert!(dates[0][0].is_some() && dates[1][0].is_none(), "{dates:?}");
    assert_eq!(
        rows("SELECT 0.5e0, 'x', a IS NULL FROM t WHERE a = 7").await,
        [[&b"0.5"[..], b"x", b"0"].map(|v| Some(v.to_vec())).to_vec()]
    );
}

/// A log as MariaDB writes it, of statements with milliseconds and rows.
fn log(schema: &str, statements: &[(&str, u64, u64)]) -> String {
    let mut log = String::from(
        "/usr/sbin/mariadbd, Version: 10.11.19-MariaDB. started with:\nTcp port: 3306  Unix socket: s\nTime\t\t    Id Command\tArgument\n",
    );
    for (statement, millis, rows) in statements {
        let seconds = *millis as f64 / 1e3;
        log += &format!(
            "# Time: 260509 10:00:00\n# User@Host: shop[shop] @ web1 []\n# Thread_id: 7  Schema: {schema}  QC_hit: No\n\
             # Query_time: {seconds:.6}  Lock_time: 0.000010  Rows_sent: 1  Rows_examined: {rows}\n\
             # Rows_affected: 0  Bytes_sent: 60\nuse {schema};\nSET timestamp=1778320800;\n{statement};\n"
        );
    }
    log
}

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
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    std::fs::write(&path, log(analysed.schema(), &statements)).unwrap();
    let read = input::read(&[path], None).unwrap();
    assert_eq!(read.digest.totals().statements, 5);
    let mut options = with_both(analysed.url(), scratch.url());
    let report = analyse(
        (&read.digest, &read.summary, read.files),
        &options,
        std::future::pending::<()>,
    )
    .await;
    // `stop` is called, and its future never ends.
    let report = report.unwrap();
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
    let report = analyse(
        (&read.digest, &read.summary, 1),
        &options,
        std::future::pending::<()>,
    )
    .await
    .unwrap();
    let index = report.classes[0]
        .advice
        .iter()
        .find(|tip| tip.rule == "IDX001")
        .unwrap();
    assert_eq!(index.tried.verdict, Verdict::untried(Untried::NoScratch));
    options.dsn = None;
    let report = analyse(
        (&read.digest, &read.summary, 1),
        &options,
        std::future::pending::<()>,
    )
    .await
    .unwrap();
    assert_eq!(report.classes[0].plan_untried, Some(Untried::NoServer));
    assert!(!report.advises());
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

fn slow_query(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slow-query"))
        .args(arguments)
        .env_remove("SLOW_QUERY_DSN")
        .env_remove("SLOW_QUERY_SCRATCH_DSN")
        .output()
        .unwrap()
}

#[test]
fn the_command_ends_with_what_happened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    std::fs::write(
        &path,
        log("shop", &[("SELECT a FROM t WHERE b = 'secret'", 900, 7)]),
    )
    .unwrap();
    let file = path.to_str().unwrap();
    let page = dir.path().join("page.html");
    let out = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let err = |output: &Output| String::from_utf8(output.stderr.clone()).unwrap();

    let text = slow_query(&["report", file]);
    assert_eq!(text.status.code(), Some(0), "{}", err(&text));
    assert!(
        out(&text).contains("select a from t where b = ?") && !out(&text).contains('\u{1b}'),
        "{}",
        out(&text)
    );
    let shown = slow_query(&[
        "report",
        file,
        "--show-literals",
        "--width",
        "40",
        "--check",
    ]);
    assert_eq!(
        shown.status.code(),
        Some(0),
        "nothing was tried, so nothing stays"
    );
    assert!(out(&shown).contains("b = 'secret'"), "{}", out(&shown));
    let both = slow_query(&["report", file, "--json", "--html", page.to_str().unwrap()]);
    assert_eq!(both.status.code(), Some(0));
    let value: serde_json::Value = serde_json::from_str(&out(&both)).unwrap();
    assert_eq!(value["log"]["statements"], 1);
    assert!(
        std::fs::read_to_string(&page)
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
    let old = slow_query(&["report", file, "--since", "1s"]);
    assert!(out(&old).starts_with("0 statements"), "{}", out(&old));

    for wrong in [
        &["report"][..],
        &["report", file, "--top", "0"],
        &["report", file, "--sample-rows", "7"],
        &["report", file, "--since", "yesterday"],
        &["report", file, "--scratch-dsn", "mysql://root@127.0.0.1:1"],
        &["explain", file],
    ] {
        let output = slow_query(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", err(&output));
    }
    for missing in [
        &["report", "/not/there"][..],
        &["report", file, "--dsn", "nonsense:geheim"],
        &[
            "report",
            file,
            "--dsn",
            "mysql://root:geheim@127.0.0.1:1/shop",
        ],
        &["report", file, "--html", "/not/there/page.html"],
    ] {
        let output = slow_query(missing);
        assert_eq!(
            output.status.code(),
            Some(3),
            "{missing:?}: {}",
            err(&output)
        );
        assert!(
            err(&output).starts_with("slow-query: ") && !err(&output).contains("geheim"),
            "{}",
            err(&output)
        );
    }
}

#[test]
fn a_time_is_a_number_and_a_unit() {
    for (text, seconds) in [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800)] {
        assert_eq!(input::parse_since(text), Ok(Duration::from_secs(seconds)));
    }
    for text in [
        "",
        "h",
        "24",
        "0h",
        "-1h",
        "1.5h",
        "24 h",
        "ü",
        "1ü",
        "99999999999999999999d",
        "9999999999999999d",
    ] {
        assert!(input::parse_since(text).is_err(), "{text:?}");
    }
}

/// A change that fails may have been half made: nothing is judged on such a table.
#[tokio::test]
async fn a_table_whose_change_failed_is_tried_no_more() {
    let (analysed, scratch) = two().await;
    let mut session = server(analysed.url()).await.session().await.unwrap();
    let scratch = server(scratch.url()).await;
    let looks = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |session, scratch| {
            for table in ["many", "parents"] {
                let portion = Portion {
                    table: table.to_owned(),
                    take: Take::Whole,
                    rows: 1_000,
                };
                let _copied = scratch.copy(session, &portion, 1 << 20).await?;
            }
            let mut verifier = Verifier::new(scratch).await?;
            let changed = verifier
                .change("many", "ALTER TABLE `many` DROP INDEX `not_there`")
                .await;
            assert!(changed.is_err(), "the change that was to fail did not");
            let mut looks = Vec::new();
            for sql in [
                "SELECT name FROM many",
                "SELECT name FROM parents",
                "SELECT p.name FROM parents p JOIN many m ON m.parent = p.id",
            ] {
                let statement = Runnable::read(sql, "shop").unwrap();
                looks.push(verifier.look(&statement).await.map(drop));
            }
            verifier.close().await;
            Ok(looks)
        },
    )
    .await
    .unwrap();
    let doubt = || Err(Untried::Spoiled);
    assert_eq!(looks, [doubt(), Ok(()), doubt()]);
}

/// What may be called is the server's own: a function that a server does not know could be one that somebody wrote there.
#[tokio::test]
async fn every_function_that_may_be_called_is_the_servers() {
    let mysql = testbed::mysql().await.unwrap();
    let flavour = server(mysql.url()).await.flavour();
    let mut connection = MySqlConnection::connect(mysql.url()).await.unwrap();
    let mut unknown = Vec::new();
    for name in OF_THE_SERVER {
        let sql = sqlx::raw_sql(AssertSqlSafe(format!("SELECT {name}()")));
        if let Err(error) = connection.execute(sql).await
            && let Some(error) = error.as_database_error()
            && error.message().contains("does not exist")
        {
            unknown.push(name);
        }
    }
    connection.close().await.unwrap();
    // Those that only the other family has; or had: MySQL 9.7 knows no MD5 any more.
    let of_the_other: &[&str] = match flavour {
        Flavour::MySql => &[
            "chr",
            "json_exists",
            "json_query",
            "md5",
            "median",
            "nvl",
            "nvl2",
            "sha",
            "sha1",
        ],
        Flavour::MariaDb => &[
            "any_value",
            "bin_to_uuid",
            "format_bytes",
            "grouping",
            "is_uuid",
            "json_storage_size",
            "regexp_like",
            "st_isvalid",
            "st_latitude",
            "st_longitude",
            "st_simplify",
            "uuid_to_bin",
        ],
    };
    unknown.retain(|name| !of_the_other.contains(name));
    assert_eq!(unknown, [""; 0], "{flavour:?} does not know them");
}

/// A server that says nothing, and somebody who has waited long enough: the command ends at once, and says why.
#[test]
fn an_interrupt_ends_the_command_also_before_anything_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    std::fs::write(&path, log("shop", &[("SELECT a FROM t", 900, 7)])).unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("mysql://root@{}/shop", silent.local_addr().unwrap());
    let command = Command::new(env!("CARGO_BIN_EXE_slow-query"))
        .args(["report", path.to_str().unwrap(), "--dsn", &address])
        .args(["--time-limit", "3600"])
        .env_remove("SLOW_QUERY_SCRATCH_DSN")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It listens for signals before it connects.
    let _connection = silent.accept().unwrap();
    let pid = command.id().to_string();
    let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(kill.success());
    let output = command.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("interrupted"), "{said}");
}

/// A reader that has stopped reading, and somebody who has waited long enough.
#[test]
fn an_interrupt_ends_the_command_also_while_it_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    let statements: Vec<String> = (0..1_000)
        .map(|n| format!("SELECT column_{n} FROM t WHERE a_long_name_of_a_column = {n}"))
        .collect();
    let entries: Vec<_> = statements.iter().map(|sql| (&**sql, 900, 7)).collect();
    std::fs::write(&path, log("shop", &entries)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_slow-query"))
        .args(["report", path.to_str().unwrap(), "--json"])
        .args(["--top", "1000"])
        .env_remove("SLOW_QUERY_DSN")
        .env_remove("SLOW_QUERY_SCRATCH_DSN")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It has begun to write more than a pipe holds.
    let mut out = command.stdout.take().unwrap();
    out.read_exact(&mut [0]).unwrap();
    let pid = command.id().to_string();
    let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(kill.success());
    // A command that does not hear it would write for ever.
    let patience = Instant::now() + Duration::from_secs(20);
    while command.try_wait().unwrap().is_none() {
        if Instant::now() > patience {
            command.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut said = String::new();
    let mut err = command.stderr.take().unwrap();
    err.read_to_string(&mut said).unwrap();
    assert_eq!(command.wait().unwrap().code(), Some(3), "{said}");
    assert!(said.contains("interrupted while"), "{said}");
    let mut rest = Vec::new();
    out.read_to_end(&mut rest).unwrap();
    assert!(!rest.ends_with(b"\n"), "the whole report fits a pipe");
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
        while ask(scratch.url(), waits).await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        scratch.kill().await.unwrap();
    };
    let analysis = analyse(
        (&read.digest, &read.summary, read.files),
        &options,
        std::future::pending::<()>,
    );
    let (report, ()) = tokio::join!(analysis, kill);
    let report = report.unwrap();
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
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    let cannot = ("SELECT id FROM pairs WHERE a = @wanted", 900, 3_000);
    // Of another table, for which the server is needed.
    let can = ("SELECT id FROM others WHERE a = 7", 900, 3_000);
    for statements in [&[cannot][..], &[cannot, can]] {
        std::fs::write(&path, log(analysed.schema(), statements)).unwrap();
        let read = input::read(std::slice::from_ref(&path), None).unwrap();
        let options = with_both(analysed.url(), scratch.url());
        let report = analyse(
            (&read.digest, &read.summary, read.files),
            &options,
            std::future::pending::<()>,
        )
        .await
        .unwrap();
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
