//! MySQL or MariaDB, shared and own.

use std::time::{Duration, Instant};

use sqlx::{Connection, MySqlConnection};
use testbed::{Error, Flavor};

async fn connect(url: &str) -> MySqlConnection {
    MySqlConnection::connect(url).await.unwrap()
}

async fn count(url: &str) -> i64 {
    let mut connection = connect(url).await;
    sqlx::query_scalar("SELECT COUNT(*) FROM orders")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

async fn order(connection: &mut MySqlConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO orders VALUES (?)")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

const TABLE: &str = "CREATE TABLE orders (id BIGINT PRIMARY KEY)";

#[tokio::test]
async fn two_handles_share_a_server_and_no_table() -> Result<(), Error> {
    let (one, other) = (testbed::mysql().await?, testbed::mysql().await?);
    assert_eq!(one.addr(), other.addr());
    assert_ne!(one.schema(), other.schema());
    for handle in [&one, &other] {
        let mut connection = connect(handle.url()).await;
        sqlx::query(TABLE).execute(&mut connection).await.unwrap();
        order(&mut connection, 1).await.unwrap();
    }
    assert_eq!((count(one.url()).await, count(other.url()).await), (1, 1));
    let says_mariadb = one.version().contains("MariaDB");
    assert_eq!(
        one.flavor() == Flavor::MariaDb,
        says_mariadb,
        "{}",
        one.version()
    );
    Ok(())
}

#[tokio::test]
async fn both_flavors_are_strict_in_the_same_way() -> Result<(), Error> {
    let mysql = testbed::mysql().await?;
    let mut connection = connect(mysql.url()).await;
    let mode: String = sqlx::query_scalar("SELECT @@GLOBAL.sql_mode")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    for word in ["ONLY_FULL_GROUP_BY", "STRICT_TRANS_TABLES"] {
        assert!(mode.contains(word), "{mode}");
    }
    Ok(())
}

#[tokio::test]
async fn attaching_is_quick() -> Result<(), Error> {
    testbed::mysql().await?;
    let begun = Instant::now();
    testbed::mysql().await?;
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn schemas_of_a_dead_process_are_swept() -> Result<(), Error> {
    let mysql = testbed::mysql().await?;
    let machine: String = mysql.schema().split_inclusive('_').take(2).collect();
    // Process 4194305 is beyond Linux's highest number; this test may run several times at once.
    let me = std::process::id();
    let orphan = format!("{machine}4194305_{me}_1");
    let mut connection = connect(mysql.url()).await;
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE IF NOT EXISTS {orphan}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    testbed::sweep().await?;
    let left: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?",
    )
    .bind(&orphan)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(left, 0);
    Ok(())
}

#[tokio::test]
async fn what_was_committed_survives_a_kill() -> Result<(), Error> {
    let mut mysql = testbed::mysql().own().await?;
    let url = mysql.url().to_owned();
    let mut connection = connect(&url).await;
    sqlx::query(TABLE).execute(&mut connection).await.unwrap();
    for id in 0..20 {
        order(&mut connection, id).await.unwrap();
    }
    let mut open = connection.begin().await.unwrap();
    order(&mut open, 99).await.unwrap();
    mysql.kill().await?;
    assert!(MySqlConnection::connect(&url).await.is_err());
    drop(open);
    mysql.restart().await?;
    assert_eq!(mysql.url(), url);
    assert_eq!(
        count(&url).await,
        20,
        "the open transaction is gone, the committed ones are not"
    );
    Ok(())
}

#[tokio::test]
async fn a_paused_server_answers_nothing_until_it_is_resumed() -> Result<(), Error> {
    let mysql = testbed::mysql()
        .own()
        .arg("--innodb-lock-wait-timeout", "1")
        .await?;
    let mut connection = connect(mysql.url()).await;
    sqlx::query(TABLE).execute(&mut connection).await.unwrap();
    mysql.pause().await?;
    let mut inserted = Box::pin(order(&mut connection, 1));
    let early = tokio::time::timeout(Duration::from_millis(150), &mut inserted).await;
    assert!(early.is_err(), "a stopped process answered");
    mysql.resume().await?;
    inserted.await.unwrap();
    let timeout: i64 = sqlx::query_scalar("SELECT CAST(@@innodb_lock_wait_timeout AS SIGNED)")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(timeout, 1, "the option reached the server");
    Ok(())
}
