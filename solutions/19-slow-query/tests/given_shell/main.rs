//! What the learner is given of the shell: the schema as two servers tell it, copies of every kind, a whole analysis, and the command's ends.
#![cfg(feature = "suite")]

mod command;
mod copies;
mod reports;
mod schemas;

use std::time::Duration;

use slow_query::shell::server::Server;
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
