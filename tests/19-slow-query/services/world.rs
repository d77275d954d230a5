//! What the tests share: a shop's tables on a server, another server to try things on, and what somebody reads in a general log.

use std::time::Duration;

use slow_query::core::runnable::Runnable;
use slow_query::core::sample::{Limits, Portion, Wanted, plan};
use slow_query::shell::error::Error;
use slow_query::shell::scratch::{Scratch, within};
use slow_query::shell::server::{Server, Session};
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

/// A deadline that only a failure reaches, also on a machine that is busy with other things.
pub const SOON: Duration = Duration::from_secs(60);
/// What a statement may take, where nothing is about time.
pub const LIMIT: Duration = Duration::from_secs(20);

pub const CUSTOMERS: u64 = 300;
pub const ORDERS: u64 = 6_000;
/// A customer of whom there are orders; a literal that no report may show.
pub const CUSTOMER: &str = "customer41@example.com";

const TABLES: [&str; 4] = [
    "CREATE TABLE customers (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(64) NOT NULL, city VARCHAR(32), \
     UNIQUE KEY by_email (email))",
    "CREATE TABLE orders (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, status VARCHAR(12) NOT NULL, \
     placed DATETIME NOT NULL, total DECIMAL(10,2) NOT NULL, note VARBINARY(16) NULL, \
     twice BIGINT AS (customer_id * 2) STORED, KEY by_customer (customer_id), KEY by_status (status), \
     CONSTRAINT whose FOREIGN KEY (customer_id) REFERENCES customers (id))",
    "CREATE TABLE items (order_id BIGINT NOT NULL, line INT NOT NULL, sku CHAR(8) NOT NULL, PRIMARY KEY (order_id, line))",
    "CREATE TABLE settings (name VARCHAR(20) NOT NULL PRIMARY KEY, value VARCHAR(20))",
];

/// Makes the shop's tables in the schema of `url`, with `orders` orders of [`CUSTOMERS`] customers, two items each.
pub async fn fill(url: &str, orders: u64) {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    for table in TABLES {
        connection.execute(table).await.unwrap();
    }
    let customers =
        (1..=CUSTOMERS).map(|n| format!("({n}, 'customer{n}@example.com', 'city{}')", n % 20));
    insert(&mut connection, "customers (id, email, city)", customers).await;
    let row = |n: u64| {
        let status = ["new", "paid", "sent", "back"][n as usize % 4];
        let (day, customer) = (1 + n % 28, 1 + n % CUSTOMERS);
        format!(
            "({n}, {customer}, '{status}', '2026-{:02}-{day:02} 10:00:00', {}.50, X'00FF{:04X}')",
            1 + n % 12,
            n % 500,
            n % 65_536
        )
    };
    insert(
        &mut connection,
        "orders (id, customer_id, status, placed, total, note)",
        (1..=orders).map(row),
    )
    .await;
    let items =
        (1..=orders * 2).map(|n| format!("({}, {}, 'sku{:05}')", n.div_ceil(2), n % 2, n % 997));
    insert(&mut connection, "items (order_id, line, sku)", items).await;
    connection
        .execute("INSERT INTO settings VALUES ('colour', 'blue'), ('size', NULL), ('on', '1')")
        .await
        .unwrap();
    connection
        .execute("ANALYZE TABLE customers, orders, items, settings")
        .await
        .unwrap();
    connection.close().await.unwrap();
}

async fn insert(connection: &mut MySqlConnection, into: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    for rows in rows.chunks(1_000) {
        let sql = format!("INSERT INTO {into} VALUES {}", rows.join(", "));
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
            .await
            .unwrap();
    }
}

/// The server of a testbed's address.
pub async fn server(url: &str) -> Server {
    Server::connect(url, "--dsn", LIMIT).await.unwrap()
}

/// One value of the server at `url`, past the lab's own code.
pub async fn ask(url: &str, sql: &str) -> String {
    let mut connection = MySqlConnection::connect(url).await.unwrap();
    let sql = format!("SELECT CAST(({sql}) AS CHAR)");
    let value: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    value.unwrap_or_else(|| "NULL".to_owned())
}

/// Schemas at `url` whose names say that they are scratch schemas below `above`.
pub async fn scratch_schemas(url: &str, above: &str) -> u64 {
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE '{above}\\_scratch\\_%'"
    );
    ask(url, &sql).await.parse().unwrap()
}

/// The names of the indexes of a table at `url`.
pub async fn indexes(url: &str, schema: &str, table: &str) -> String {
    let sql = format!(
        "SELECT GROUP_CONCAT(DISTINCT index_name ORDER BY index_name) FROM information_schema.statistics \
         WHERE table_schema = '{schema}' AND table_name = '{table}'"
    );
    ask(url, &sql).await
}

/// A statement of the shop that may be run.
pub fn statement(sql: &str) -> Runnable {
    Runnable::read(sql, "shop").unwrap()
}

/// Whole tables, up to `rows` of each.
pub fn portions(tables: &[&str], rows: u64) -> Vec<Portion> {
    let wanted: Vec<Wanted> = tables
        .iter()
        .map(|table| Wanted {
            table: (*table).to_owned(),
            rows: 100,
            row_bytes: 50,
            ..Wanted::default()
        })
        .collect();
    plan(&wanted, &[], &Limits::new(rows, 1 << 30).unwrap())
}

/// Two servers, and the shop on the first of them.
pub struct Two {
    pub analysed: testbed::Mysql,
    pub scratch: testbed::OwnMysql,
}

impl Two {
    pub async fn open(orders: u64) -> Self {
        let analysed = testbed::mysql().await.unwrap();
        let scratch = testbed::mysql().own().await.unwrap();
        fill(analysed.url(), orders).await;
        Self { analysed, scratch }
    }

    /// Does `work` in a scratch schema that has all of the shop's tables.
    pub async fn within<T>(&self, limit: Duration, work: impl AsyncFnOnce(&mut Scratch) -> T) -> T {
        let mut session = server(self.analysed.url()).await.session().await.unwrap();
        let scratch = Server::connect(self.scratch.url(), "--scratch-dsn", limit)
            .await
            .unwrap();
        let done = within(
            &mut session,
            &scratch,
            std::future::pending(),
            async |analysed, scratch| {
                copy_all(analysed, scratch).await?;
                Ok(work(scratch).await)
            },
        );
        done.await.unwrap()
    }
}

/// Copies the shop's tables whole.
pub async fn copy_all(analysed: &mut Session, scratch: &mut Scratch) -> Result<(), Error> {
    for portion in portions(&["customers", "orders", "items", "settings"], 50_000) {
        scratch.copy(analysed, &portion, 1 << 30).await?;
    }
    Ok(())
}
