//! Stage 5: advice that is tried, on a server that is not the one that is analysed; and a pool that is watched.

use std::time::Duration;

use slow_query::core::pool::{Finding, Limits, findings};
use slow_query::core::sample::Portion;
use slow_query::core::schema::{Index, Part};
use slow_query::core::verdict::{Tried, Untried, Verdict, Withdrawn};
use slow_query::shell::error::Error;
use slow_query::shell::explain::explain;
use slow_query::shell::pool::Watched;
use slow_query::shell::schema;
use slow_query::shell::scratch::{same_server, within};
use slow_query::shell::server::Server;
use slow_query::shell::verify::Verifier;
use sqlx::mysql::MySqlPoolOptions;

use crate::world::{
    CUSTOMER, LIMIT, ORDERS, SOON, Two, ask, copy_all, fill, indexes, portions, scratch_schemas,
    server, statement,
};

/// 6,000 orders joined with themselves three times over: no machine does that in a second.
const ENDLESS: &str =
    "SELECT COUNT(*) FROM orders a, orders b, orders c WHERE a.total + b.total + c.total = 0.1";

fn index(columns: &[&str]) -> Index {
    Index {
        name: "advised".to_owned(),
        parts: columns
            .iter()
            .map(|column| Part {
                column: Some((*column).to_owned()),
                ..Part::default()
            })
            .collect(),
        visible: true,
        ..Index::default()
    }
}

#[tokio::test]
async fn inv11_a_session_only_reads_and_ends() {
    let mysql = testbed::mysql().await.unwrap();
    fill(mysql.url(), ORDERS).await;
    let limit = Duration::from_secs(1);
    let server = Server::connect(mysql.url(), "--dsn", limit).await.unwrap();
    let mut session = server.session().await.unwrap();
    for write in [
        "DELETE FROM settings",
        "UPDATE settings SET value = 'red'",
        "INSERT INTO settings VALUES ('a', 'b')",
        "CREATE TABLE more (id INT)",
        "ALTER TABLE orders ADD INDEX more (total)",
        "DROP TABLE settings",
    ] {
        let done = session.rows(write, &[]).await;
        let number = done.as_ref().err().and_then(Error::number);
        assert_eq!(
            number,
            Some(1792),
            "a session that only reads did this: {write} ({done:?})"
        );
    }
    let endless = session.rows(ENDLESS, &[]).await;
    let why = endless
        .expect_err("without a time-out this takes hours")
        .untried(limit);
    assert_eq!(
        why,
        Untried::TimedOut { limit_ms: 1000 },
        "a statement without an end"
    );
    assert_eq!(ask(mysql.url(), "SELECT COUNT(*) FROM settings").await, "3");
}

/// What `statements` were sent, by the server's own general log.
#[tokio::test]
async fn inv11_the_analysed_server_is_only_read() {
    let analysed = testbed::mysql()
        .own()
        .arg("--log-output", "TABLE")
        .await
        .unwrap();
    let scratch = testbed::mysql().await.unwrap();
    fill(analysed.url(), 2_000).await;
    let url = analysed.url();
    sqlx::Connection::close(run_raw(url, &["SET GLOBAL general_log = ON"]).await)
        .await
        .unwrap();

    let mut session = server(url).await.session().await.unwrap();
    let shop = schema::read(&mut session, "lab").await.unwrap();
    assert_eq!(shop.tables["orders"].indexes.len(), 3, "{shop:?}");
    let update = statement("UPDATE orders SET total = 0 WHERE note = X'00FF0001'");
    assert!(
        update.stands_for(),
        "an UPDATE is explained as the SELECT that finds its rows"
    );
    explain(&mut session, &update).await.unwrap();
    let scratch = Server::connect(scratch.url(), "--scratch-dsn", LIMIT)
        .await
        .unwrap();
    let tried = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |analysed, scratch| {
            copy_all(analysed, scratch).await?;
            let mut verifier = Verifier::new(scratch).await?;
            Ok(verifier
                .try_index(&update, "orders", &index(&["note"]))
                .await)
        },
    );
    let tried = tried.await.unwrap();
    assert!(tried.verdict.is_kept(), "{tried:?}");

    let mut reader = run_raw(url, &["SET GLOBAL general_log = OFF"]).await;
    let log: Vec<(String, String)> = sqlx::query_as(
        "SELECT CAST(command_type AS CHAR), CAST(argument AS CHAR) FROM mysql.general_log \
         WHERE thread_id <> CONNECTION_ID() ORDER BY event_time",
    )
    .fetch_all(&mut reader)
    .await
    .unwrap();
    let sent: Vec<&str> = log
        .iter()
        .filter(|(command, _)| ["Query", "Prepare", "Execute"].contains(&command.as_str()))
        .map(|(_, argument)| argument.as_str())
        .filter(|argument| !argument.starts_with("SET GLOBAL general_log"))
        .collect();
    assert!(sent.len() > 30, "the log was not on: {log:?}");
    let reads = ["SELECT", "SHOW", "EXPLAIN", "SET SESSION", "SET NAMES"];
    for argument in sent {
        assert!(
            reads.iter().any(|read| argument.starts_with(read)),
            "the analysed server was sent something else than a read: {argument}"
        );
    }
    let counts = ask(url, "SELECT CONCAT((SELECT COUNT(*) FROM lab.orders), ' ', (SELECT SUM(total) FROM lab.orders))").await;
    assert!(counts.starts_with("2000 "), "{counts}");
}

async fn run_raw(url: &str, statements: &[&'static str]) -> sqlx::MySqlConnection {
    let mut connection = <sqlx::MySqlConnection as sqlx::Connection>::connect(url)
        .await
        .unwrap();
    for statement in statements {
        sqlx::Executor::execute(&mut connection, *statement)
            .await
            .unwrap();
    }
    connection
}

/// By another address, which a comparison of addresses takes for another server.
#[tokio::test]
async fn inv11_the_scratch_server_is_never_the_analysed_one() {
    let mysql = testbed::mysql().await.unwrap();
    let proxy = testbed::proxy(mysql.addr(), 19).await.unwrap();
    let detour = format!("mysql://root@{}/{}", proxy.addr(), mysql.schema());
    let analysed = server(mysql.url()).await;
    let scratch = Server::connect(&detour, "--scratch-dsn", LIMIT)
        .await
        .unwrap();
    let mut session = analysed.session().await.unwrap();
    let mut other = scratch.session().await.unwrap();
    assert!(
        same_server(&mut session, &mut other).await.unwrap(),
        "a server and the way to it through a proxy were taken for two servers: the analysed one would be written to"
    );
    // By their addresses they are two. Nothing is done on what was not told apart: the
    // work is refused before it begins.
    let worked = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |_, made| Ok(made.schema().to_owned()),
    );
    match worked.await {
        Err(Error::SameServer { .. }) => {}
        other => panic!("the work was done on the analysed server: {other:?}"),
    }
    assert_eq!(
        scratch_schemas(mysql.url(), mysql.schema()).await,
        0,
        "a schema was made on the analysed server"
    );
}

#[tokio::test]
async fn inv11_another_server_is_not_taken_for_the_analysed_one() {
    let analysed = testbed::mysql().await.unwrap();
    let other = testbed::mysql().own().await.unwrap();
    let mut session = server(analysed.url()).await.session().await.unwrap();
    let mut reader = server(other.url()).await.session().await.unwrap();
    assert!(!same_server(&mut session, &mut reader).await.unwrap());
}

/// The plan says how many rows; a table has more of them than its statistics tell.
#[tokio::test]
async fn inv11_what_is_copied_is_capped() {
    let two = Two::open(ORDERS).await;
    let mut session = server(two.analysed.url()).await.session().await.unwrap();
    let scratch = server(two.scratch.url()).await;
    let copied = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |analysed, scratch| {
            let portion = &portions(&["orders"], 150)[0];
            let few = scratch.copy(analysed, portion, 1 << 30).await?;
            let large = Portion {
                rows: 5_000,
                ..portions(&["items"], 5_000)[0].clone()
            };
            let small = scratch.copy(analysed, &large, 10_000).await?;
            Ok((few, small))
        },
    );
    let (few, small) = copied.await.unwrap();
    assert_eq!(few.rows, 150, "at most 150 rows were asked for");
    assert!(
        (500..1_000).contains(&small.rows),
        "10,000 bytes are some 850 rows of 11 to 13 bytes, and {} were copied",
        small.rows
    );
}

/// What was copied is what is there: bytes, NULLs, numbers, and not what the server computes.
#[tokio::test]
async fn inv11_a_copy_is_the_original() {
    let two = Two::open(500).await;
    let sums = "SELECT CONCAT_WS(' ', COUNT(*), SUM(id), SUM(total), SUM(twice), BIT_XOR(CRC32(note)), BIT_XOR(CRC32(status)), \
                MIN(placed), MAX(placed)) FROM";
    let original = ask(
        two.analysed.url(),
        &format!("{sums} {}.orders", two.analysed.schema()),
    )
    .await;
    let (copy, settings, next) = two
        .within(LIMIT, async |scratch| {
            let (url, schema) = (two.scratch.url(), scratch.schema());
            (
                ask(url, &format!("{sums} {schema}.orders")).await,
                ask(url, &format!("SELECT GROUP_CONCAT(name, '=', IFNULL(value, 'NULL') ORDER BY name) FROM {schema}.settings")).await,
                ask(url, &format!("SELECT COUNT(*) FROM information_schema.key_column_usage WHERE table_schema = '{schema}' \
                     AND referenced_table_name IS NOT NULL")).await,
            )
        })
        .await;
    assert_eq!(copy, original);
    assert_eq!(settings, "colour=blue,on=1,size=NULL");
    assert_eq!(next, "0", "foreign keys are not copied");
}

/// Whatever becomes of the work.
#[tokio::test]
async fn inv11_the_scratch_schema_goes() {
    let two = Two::open(10).await;
    let (url, above) = (two.scratch.url(), two.scratch.schema());
    let mut session = server(two.analysed.url()).await.session().await.unwrap();
    let scratch = server(url).await;
    let there = async || scratch_schemas(url, above).await;

    let while_it_works = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |_, _| Ok(there().await),
    );
    assert_eq!(while_it_works.await.unwrap(), 1);
    assert_eq!(there().await, 0, "scratch schemas after the work was done");

    let failed = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |analysed, scratch| {
            copy_all(analysed, scratch).await?;
            Err::<(), _>(Error::NotCopied)
        },
    );
    assert!(matches!(failed.await, Err(Error::NotCopied)));
    assert_eq!(there().await, 0, "scratch schemas after the work failed");

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async { drop(stopped.await) };
    let interrupted = within(
        &mut session,
        &scratch,
        stopped,
        async |analysed, scratch| {
            copy_all(analysed, scratch).await?;
            drop(stop);
            std::future::pending::<Result<(), Error>>().await
        },
    );
    assert!(matches!(interrupted.await, Err(Error::Interrupted)));
    assert_eq!(there().await, 0, "scratch schemas after an interruption");

    let (reached, working) = tokio::sync::oneshot::channel::<()>();
    let work = within(
        &mut session,
        &scratch,
        std::future::pending(),
        async |_, _| {
            drop(reached);
            std::future::pending::<Result<(), Error>>().await
        },
    );
    // Dropped in the middle: the caller has gone.
    tokio::select! {
        done = work => panic!("{done:?}"),
        _ = working => {}
    }
    testbed::eventually(
        SOON,
        "no scratch schema after the caller has gone",
        async || (there().await == 0).then_some(()),
    )
    .await;
}

#[tokio::test]
async fn inv10_an_index_stays_only_if_fewer_rows_are_read() {
    let two = Two::open(ORDERS).await;
    let (helps, does_not, afterwards) = two
        .within(LIMIT, async |scratch| {
            let mut verifier = Verifier::new(scratch).await.unwrap();
            let by_day =
                statement("SELECT id, total FROM orders WHERE placed = '2026-05-09 10:00:00'");
            let helps = verifier
                .try_index(&by_day, "orders", &index(&["placed"]))
                .await;
            let does_not = verifier
                .try_index(&by_day, "orders", &index(&["total", "placed"]))
                .await;
            (
                helps,
                does_not,
                indexes(two.scratch.url(), scratch.schema(), "orders").await,
            )
        })
        .await;
    assert_eq!(
        afterwards, "by_customer,by_status,PRIMARY",
        "the indexes after the trials: what was made for one is there for the next"
    );
    let Tried {
        verdict: Verdict::Keep { figures },
        trial: Some(trial),
        plans: Some((before, after)),
        with: None,
    } = &helps
    else {
        panic!("an index on what is looked for: {helps:?}")
    };
    assert!(
        figures.before >= ORDERS && figures.after < ORDERS / 4,
        "{figures:?}"
    );
    assert_eq!(trial.before.returned, trial.after.returned, "{trial:?}");
    assert_eq!(
        (
            before.steps[0].key.as_deref(),
            after.steps[0].key.as_deref()
        ),
        (None, Some("slow_query_trial"))
    );
    let Verdict::Withdraw {
        why: Withdrawn::NotFewerRows,
        figures,
    } = does_not.verdict
    else {
        panic!("an index with the column in second place: {does_not:?}")
    };
    assert!(
        figures.after >= ORDERS,
        "an index that was left behind by the first trial helps the second: {figures:?}"
    );
}

#[tokio::test]
async fn inv10_an_index_goes_only_if_no_statement_of_the_log_reads_more() {
    let two = Two::open(ORDERS).await;
    let by = |name: &str, column: &str| Index {
        name: name.to_owned(),
        ..index(&[column])
    };
    let (unused, used, unsure, afterwards) = two
        .within(LIMIT, async |scratch| {
            let mut verifier = Verifier::new(scratch).await.unwrap();
            let by_status = (
                "A".to_owned(),
                Ok(statement(
                    "SELECT COUNT(*) FROM orders WHERE status = 'lost'",
                )),
            );
            let by_customer = (
                "B".to_owned(),
                Ok(statement("SELECT total FROM orders WHERE customer_id = 41")),
            );
            let unknown = ("C".to_owned(), Err(Untried::NotWhole));
            let statements = [by_status, by_customer, unknown];
            let unused = verifier
                .try_drop(
                    &statements[..1],
                    "orders",
                    &by("by_customer", "customer_id"),
                )
                .await;
            let used = verifier
                .try_drop(&statements, "orders", &by("by_customer", "customer_id"))
                .await;
            let unsure = [statements[0].clone(), statements[2].clone()];
            let unsure = verifier
                .try_drop(&unsure, "orders", &by("by_customer", "customer_id"))
                .await;
            (
                unused,
                used,
                unsure,
                indexes(two.scratch.url(), scratch.schema(), "orders").await,
            )
        })
        .await;
    assert!(
        unused.verdict.is_kept(),
        "the only statement does not use it: {unused:?}"
    );
    match used.verdict {
        Verdict::Withdraw {
            why: Withdrawn::Worse { class },
            figures,
        } => {
            assert_eq!(class, "B");
            assert!(figures.after > figures.before + ORDERS / 2, "{figures:?}");
        }
        other => panic!("B reads 20 rows with the index and 6,000 without it: {other:?}"),
    }
    assert_eq!(
        unsure.verdict,
        Verdict::untried(Untried::OtherStatements { untried: 1, of: 2 })
    );
    assert_eq!(
        afterwards, "by_customer,by_status,PRIMARY",
        "as it was before"
    );
}

#[tokio::test]
async fn inv10_a_rewrite_stays_only_if_it_returns_the_same_rows_and_reads_less() {
    let two = Two::open(ORDERS).await;
    let verdicts = two
        .within(LIMIT, async |scratch| {
            let mut verifier = Verifier::new(scratch).await.unwrap();
            let mut verdicts = Vec::new();
            for (original, rewritten, ordered) in [
                // A function on the column hides the index.
                ("SELECT id FROM orders WHERE customer_id + 0 = 41", "SELECT id FROM orders WHERE customer_id = 41", false),
                // The duplicates of an OR come twice.
                (
                    "SELECT id FROM orders WHERE customer_id = 41 OR status = 'new'",
                    "SELECT id FROM orders WHERE customer_id = 41 UNION ALL SELECT id FROM orders WHERE status = 'new'",
                    false,
                ),
                ("SELECT id FROM orders WHERE id + 0 < 9 ORDER BY id", "SELECT id FROM orders WHERE id < 9 ORDER BY id DESC", true),
                ("SELECT id FROM orders WHERE id + 0 < 9", "SELECT id FROM orders WHERE id < 9 ORDER BY id DESC", false),
                ("SELECT id FROM orders WHERE total + 0 = 41.50", "SELECT id FROM orders WHERE total = 41.50", false),
                ("SELECT id FROM orders WHERE customer_id + 0 = 0", "SELECT id FROM orders WHERE customer_id = 0", false),
                ("SELECT RAND() FROM orders WHERE customer_id + 0 = 41", "SELECT RAND() FROM orders WHERE customer_id = 41", false),
            ] {
                let tried = verifier.try_rewrite(&statement(original), &statement(rewritten), ordered).await;
                verdicts.push(tried.verdict);
            }
            verdicts
        })
        .await;
    let short = |verdict: &Verdict| match verdict {
        Verdict::Keep { .. } => "kept".to_owned(),
        Verdict::Withdraw { why, .. } => format!("{why:?}"),
        Verdict::Untried { why } => format!("{why:?}"),
    };
    let short: Vec<String> = verdicts.iter().map(short).collect();
    let expected = [
        "kept",
        "OtherRows",
        "OtherOrder",
        "kept",
        "NotFewerRows",
        "NothingReturned",
        "NotRepeatable",
    ];
    assert_eq!(short, expected, "{verdicts:?}");
}

#[tokio::test]
async fn inv10_what_cannot_be_run_is_said_and_nothing_is_left_behind() {
    let two = Two::open(ORDERS).await;
    let (reasons, afterwards) = two
        .within(Duration::from_secs(1), async |scratch| {
            let mut verifier = Verifier::new(scratch).await.unwrap();
            let mut reasons = Vec::new();
            for (sql, columns) in [
                (ENDLESS, ["placed"]),
                (
                    "SELECT nothing FROM orders WHERE placed = '2026-05-09'",
                    ["placed"],
                ),
                (
                    "SELECT id FROM elsewhere WHERE placed = '2026-05-09'",
                    ["placed"],
                ),
                (
                    "SELECT id FROM orders WHERE placed = '2026-05-09'",
                    ["nothing"],
                ),
                (
                    "SELECT value FROM settings WHERE value = 'blue'",
                    ["placed"],
                ),
            ] {
                let tried = verifier
                    .try_index(&statement(sql), "orders", &index(&columns))
                    .await;
                match tried.verdict {
                    Verdict::Untried { why } => reasons.push(why),
                    other => panic!("{sql}: {other:?}"),
                }
            }
            (
                reasons,
                indexes(two.scratch.url(), scratch.schema(), "orders").await,
            )
        })
        .await;
    let [endless, no_column, no_table, no_index, few] = &reasons[..] else {
        panic!("{reasons:?}")
    };
    assert_eq!(*endless, Untried::TimedOut { limit_ms: 1000 });
    assert_eq!(*no_column, Untried::Server { number: Some(1054) });
    assert_eq!(*no_table, Untried::NoSample);
    assert_eq!(*no_index, Untried::Server { number: Some(1072) });
    assert!(
        matches!(few, Untried::TooFewRows { examined: 1..10 }),
        "{few:?}"
    );
    assert_eq!(
        afterwards, "by_customer,by_status,PRIMARY",
        "as it was before"
    );
}

/// A server's message repeats what was sent to it.
#[tokio::test]
async fn inv5_a_servers_message_is_not_repeated() {
    let mysql = testbed::mysql().await.unwrap();
    fill(mysql.url(), 10).await;
    let mut session = server(mysql.url()).await.session().await.unwrap();
    for sql in [
        format!("SELECT * FROM customers WHERE email = '{CUSTOMER}' AND AND"),
        format!("SELECT `{CUSTOMER}` FROM customers"),
        format!("SELECT * FROM `{CUSTOMER}`"),
    ] {
        let error = session.rows(&sql, &[]).await.unwrap_err();
        assert!(!error.to_string().contains("customer41"), "{error}");
        let why = error.untried(LIMIT);
        assert!(!why.to_string().contains("customer41"), "{why}");
        assert!(
            matches!(why, Untried::Server { number: Some(_) }),
            "{why:?}"
        );
    }
    // Nor a second statement behind the first: it is a syntax error, and the table is still there.
    let two = session.rows("SELECT 1; DELETE FROM settings", &[]).await;
    assert_eq!(two.err().and_then(|error| error.number()), Some(1064));
    assert_eq!(ask(mysql.url(), "SELECT COUNT(*) FROM settings").await, "3");
}

/// Ten connections a second, half a second of work: nothing worth a word.
fn limits() -> Limits {
    Limits::new(Duration::from_millis(200), Duration::from_millis(300), 0.5).unwrap()
}

async fn watched(connections: u32) -> (testbed::Mysql, Watched) {
    let mysql = testbed::mysql().await.unwrap();
    let pool = MySqlPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(SOON)
        .connect(mysql.url())
        .await
        .unwrap();
    (mysql, Watched::new(pool))
}

#[tokio::test]
async fn inv12_a_healthy_pool_reports_nothing() {
    let (_mysql, pool) = watched(3).await;
    for _ in 0..20 {
        let mut connection = pool.acquire().await.unwrap();
        sqlx::query("SELECT 1")
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    let snapshot = pool.snapshot();
    assert_eq!((snapshot.acquired, snapshot.gave_up), (20, 0));
    assert_eq!(
        (snapshot.held.len(), snapshot.waiting.len()),
        (0, 0),
        "{snapshot:?}"
    );
    let generous = Limits::new(SOON, SOON, 1.0).unwrap();
    assert_eq!(findings(&snapshot, &generous), []);
}

#[tokio::test]
async fn inv12_waiters_are_counted_while_they_wait() {
    let (_mysql, pool) = watched(1).await;
    let taken = pool.acquire().await.unwrap();
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.map(drop) }
    });
    let long = async || {
        let snapshot = pool.snapshot();
        snapshot
            .waiting
            .first()
            .is_some_and(|wait| *wait > Duration::from_millis(250))
            .then_some(snapshot)
    };
    let snapshot =
        testbed::eventually(SOON, "somebody waits for a quarter of a second", long).await;
    let found = findings(&snapshot, &limits());
    let waits = found
        .iter()
        .any(|finding| matches!(finding, Finding::Waiters { now: 1, .. }));
    assert!(
        waits,
        "one waits, and has for {:?}: {found:?}",
        snapshot.waiting
    );
    assert!(snapshot.saturation() > 0.5, "{snapshot:?}");
    assert!(
        found
            .iter()
            .any(|finding| matches!(finding, Finding::Saturated { .. })),
        "{found:?}"
    );
    drop(taken);
    waiter.await.unwrap().unwrap();
    let snapshot = pool.snapshot();
    assert_eq!(
        (
            snapshot.waiting.len(),
            snapshot.held.len(),
            snapshot.acquired
        ),
        (0, 0, 2),
        "{snapshot:?}"
    );
    assert!(
        snapshot.longest_wait > Duration::from_millis(250),
        "{snapshot:?}"
    );
}

/// A caller whose future is dropped does not wait any more.
#[tokio::test]
async fn inv12_a_caller_who_goes_away_is_no_waiter() {
    let (_mysql, pool) = watched(1).await;
    let taken = pool.acquire().await.unwrap();
    for _ in 0..3 {
        let waits = tokio::time::timeout(Duration::from_millis(10), pool.acquire()).await;
        assert!(waits.is_err(), "there is only one connection");
    }
    let snapshot = pool.snapshot();
    assert_eq!(
        snapshot.waiting.len(),
        0,
        "three callers went away while they waited, and {} are still counted as waiting",
        snapshot.waiting.len()
    );
    assert_eq!(
        (snapshot.acquired, snapshot.gave_up),
        (1, 3),
        "{snapshot:?}"
    );
    drop(taken);
    pool.acquire().await.unwrap();
}

/// A connection that was forgotten names the line that took it.
#[tokio::test]
async fn inv12_a_leak_is_found_where_it_was_made() {
    let (_mysql, pool) = watched(2).await;
    let line = line!() + 1;
    std::mem::forget(pool.acquire().await.unwrap());
    let old = async || {
        drop(pool.acquire().await.unwrap());
        let snapshot = pool.snapshot();
        snapshot
            .held
            .first()
            .is_some_and(|(_, held)| *held > Duration::from_millis(350))
            .then_some(snapshot)
    };
    let snapshot = testbed::eventually(SOON, "a connection is held for long", old).await;
    let found = findings(&snapshot, &limits());
    let place = format!("{}:{line}", file!());
    match &found[..] {
        [
            Finding::Leak {
                place: found,
                connections: 1,
                longest,
            },
        ] => {
            assert!(
                found.ends_with(&place) || place.ends_with(found.as_str()),
                "{found} is not {place}"
            );
            assert!(*longest > Duration::from_millis(300));
        }
        other => panic!(
            "one connection is held by {place} for {:?}: {other:?}",
            snapshot.held
        ),
    }
}

#[tokio::test]
async fn inv12_a_time_out_is_no_connection() {
    let mysql = testbed::mysql().await.unwrap();
    let pool = MySqlPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(50))
        .connect_lazy(mysql.url())
        .unwrap();
    let pool = Watched::new(pool);
    let taken = testbed::eventually(SOON, "the first connection", async || {
        pool.acquire().await.ok()
    })
    .await;
    let before = pool.snapshot();
    assert!(matches!(
        pool.acquire().await,
        Err(sqlx::Error::PoolTimedOut)
    ));
    let snapshot = pool.snapshot();
    assert_eq!(
        (snapshot.acquired, snapshot.gave_up),
        (1, before.gave_up + 1),
        "{snapshot:?}"
    );
    assert_eq!(
        (snapshot.waiting.len(), snapshot.held.len()),
        (0, 1),
        "{snapshot:?}"
    );
    drop(taken);
}
