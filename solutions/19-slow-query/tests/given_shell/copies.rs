//! Rows that are copied to the scratch server, and compared there.

use super::{ask, make, server};
use slow_query::core::rows::Row;
use slow_query::core::runnable::Runnable;
use slow_query::core::sample::{Portion, Take};
use slow_query::core::verdict::Untried;
use slow_query::shell::run::run;
use slow_query::shell::scratch::within;
use slow_query::shell::verify::Verifier;

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

fn portion(table: &str, take: Take, rows: u64) -> Portion {
    Portion {
        table: table.to_owned(),
        take,
        rows,
    }
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
                .copy(session, &portion("parents", take, 21), 1 << 20)
                .await?;
            let here = scratch.schema();
            let middle = ask(
                url,
                &format!("SELECT COUNT(*) FROM {here}.parents WHERE id BETWEEN 11 AND 89"),
            )
            .await;
            let take = Take::Whole;
            let many = scratch
                .copy(session, &portion("many", take, 100), 1 << 20)
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
                .copy(session, &portion("parents", take, 190), 1 << 20)
                .await?;
            let take = Take::Following {
                column: column("code"),
                of: column("parents"),
                of_column: column("code"),
            };
            let no_table = portion("not_there", take, 10);
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
                let portion = portion(table, Take::Whole, 1_000);
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
