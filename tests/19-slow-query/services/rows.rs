//! A shop on a real server, small and full of what rewrites get wrong: NULLs, duplicates, ties, an empty table, moments at the edges of days.

use slow_query::core::schema::{Column, Index, Kind, Part, Schema, Table};
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

const TABLES: &str = "
CREATE TABLE orders (
    id INT NOT NULL PRIMARY KEY,
    customer_id INT NULL,
    status VARCHAR(10) NOT NULL,
    total INT NULL,
    pieces SMALLINT UNSIGNED NOT NULL,
    placed DATETIME(6) NULL,
    paid DATETIME NULL,
    day DATE NULL,
    code VARCHAR(10) NULL,
    KEY by_customer (customer_id), KEY by_status (status), KEY by_total (total), KEY by_placed (placed)
);
CREATE TABLE customers (
    id INT NOT NULL PRIMARY KEY,
    parent_id INT NULL,
    country VARCHAR(10) NULL,
    number INT NOT NULL,
    UNIQUE KEY by_number (number), KEY by_country (country)
);
CREATE TABLE nobody (id INT NOT NULL PRIMARY KEY, x INT NULL, country VARCHAR(10) NULL);
";

/// Moments at the edges of days and years, with and without parts of a second.
pub const MOMENTS: [&str; 14] = [
    "2023-12-31 23:59:59.999999",
    "2024-01-01 00:00:00",
    "2024-02-28 23:59:59.5",
    "2024-02-29 00:00:00",
    "2024-02-29 23:59:59",
    "2024-02-29 23:59:59.000001",
    "2024-02-29 23:59:59.999999",
    "2024-03-01 00:00:00",
    "2024-03-01 12:00:00",
    "2024-12-31 23:59:59",
    "2024-12-31 23:59:59.9",
    "2025-01-01 00:00:00",
    "2025-01-01 00:00:00.000001",
    "9999-12-31 23:59:59",
];

fn column(
    name: &str,
    kind: Kind,
    type_name: &str,
    nullable: bool,
    collation: Option<&str>,
) -> Column {
    let bytes = match kind {
        Kind::Text => 40,
        Kind::Number | Kind::Bytes | Kind::Moment | Kind::Other => 8,
    };
    Column {
        name: name.into(),
        kind,
        type_name: type_name.into(),
        collation: collation.map(str::to_owned),
        nullable,
        index_bytes: Some(bytes),
    }
}

fn index(name: &str, column: &str) -> Index {
    let unique = name == "PRIMARY" || column == "number";
    let part = Part {
        column: Some(column.into()),
        ..Part::default()
    };
    Index {
        name: name.into(),
        parts: vec![part],
        unique,
        visible: true,
        ..Index::default()
    }
}

/// What the tables are, as the shell would read it.
pub fn schema(name: &str) -> Schema {
    let text = Some("utf8mb4_unicode_ci");
    let number = |name, null| column(name, Kind::Number, "int(11)", null, None);
    let orders = Table {
        columns: vec![
            number("id", false),
            number("customer_id", true),
            column("status", Kind::Text, "varchar(10)", false, text),
            number("total", true),
            column("pieces", Kind::Number, "smallint(5) unsigned", false, None),
            column("placed", Kind::Moment, "datetime(6)", true, None),
            column("paid", Kind::Moment, "datetime", true, None),
            column("day", Kind::Moment, "date", true, None),
            column("code", Kind::Text, "varchar(10)", true, text),
        ],
        indexes: vec![
            index("PRIMARY", "id"),
            index("by_customer", "customer_id"),
            index("by_status", "status"),
            index("by_total", "total"),
            index("by_placed", "placed"),
        ],
        rows: 300,
        engine: "InnoDB".into(),
    };
    let customers = Table {
        columns: vec![
            number("id", false),
            number("parent_id", true),
            column("country", Kind::Text, "varchar(10)", true, text),
            number("number", false),
        ],
        indexes: vec![
            index("PRIMARY", "id"),
            index("by_number", "number"),
            index("by_country", "country"),
        ],
        rows: 40,
        engine: "InnoDB".into(),
    };
    let nobody = Table {
        columns: vec![
            number("id", false),
            number("x", true),
            column("country", Kind::Text, "varchar(10)", true, text),
        ],
        indexes: vec![index("PRIMARY", "id")],
        rows: 0,
        engine: "InnoDB".into(),
    };
    let tables = [
        ("orders", orders),
        ("customers", customers),
        ("nobody", nobody),
    ];
    Schema {
        name: name.into(),
        tables: tables.map(|(name, table)| (name.to_owned(), table)).into(),
        ..Schema::default()
    }
}

/// The shop on a server.
pub struct Shop {
    pub connection: MySqlConnection,
    pub schema: Schema,
    _mysql: testbed::Mysql,
}

/// One of `values`, or NULL.
fn maybe<T: Copy>(rng: &mut fastrand::Rng, values: &[T]) -> Option<T> {
    let place = rng.usize(..values.len() + 1);
    values.get(place).copied()
}

fn literal<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "NULL".into(), |value| format!("'{value}'"))
}

impl Shop {
    /// With rows drawn by `seed`.
    pub async fn open(seed: u64) -> Self {
        let mysql = testbed::mysql().await.unwrap();
        let mut connection = MySqlConnection::connect(mysql.url()).await.unwrap();
        connection.execute(sqlx::raw_sql(TABLES)).await.unwrap();
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut orders = Vec::new();
        for id in 1..=300 {
            let customer = maybe(&mut rng, &[1, 2, 3, 4, 5, 38, 39, 40, 41, 99]);
            // Equal to the server, and not the same.
            let status = ["new", "NEW", "paid", "sent"][rng.usize(..4)];
            let total = maybe(&mut rng, &[-5, 0, 1, 2, 5, 7, 20]);
            let pieces = rng.u8(..4);
            let (placed, paid) = (maybe(&mut rng, &MOMENTS), maybe(&mut rng, &MOMENTS[..13]));
            let day = maybe(
                &mut rng,
                &[
                    "2023-12-31",
                    "2024-01-01",
                    "2024-02-29",
                    "2024-03-01",
                    "2025-01-01",
                ],
            );
            let code = maybe(&mut rng, &["17", "017", "17.0", "x17", "1"]);
            let values = [literal(placed), literal(paid), literal(day), literal(code)].join(", ");
            orders.push(format!(
                "({id}, {}, '{status}', {}, {pieces}, {values})",
                literal(customer),
                literal(total)
            ));
        }
        let mut customers = Vec::new();
        for id in 1..=40 {
            let parent = maybe(&mut rng, &[1, 2, 3, 77]);
            let country = maybe(&mut rng, &["de", "DE", "fr", "new", "paid"]);
            customers.push(format!(
                "({id}, {}, {}, {})",
                literal(parent),
                literal(country),
                1_000 - id
            ));
        }
        for (table, rows) in [("orders", orders), ("customers", customers)] {
            let insert = format!("INSERT INTO {table} VALUES {}", rows.join(", "));
            connection
                .execute(sqlx::raw_sql(AssertSqlSafe(insert)))
                .await
                .unwrap();
        }
        connection
            .execute("ANALYZE TABLE orders, customers")
            .await
            .unwrap();
        let schema = schema(mysql.schema());
        Self {
            connection,
            schema,
            _mysql: mysql,
        }
    }

    /// The rows of `sql`, each value as the server writes it.
    pub async fn rows(&mut self, sql: &str) -> Vec<Vec<Option<Vec<u8>>>> {
        let rows = self
            .connection
            .fetch_all(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
            .await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}\n{error}"));
        rows.iter()
            .map(|row: &MySqlRow| {
                (0..row.len())
                    .map(|place| row.try_get_unchecked(place).unwrap())
                    .collect()
            })
            .collect()
    }

    /// The first column, as numbers.
    pub async fn numbers(&mut self, sql: &str) -> Vec<i64> {
        let rows = self.rows(sql).await;
        let numbers = rows.iter().map(|row| {
            String::from_utf8_lossy(row[0].as_deref().unwrap())
                .parse()
                .unwrap()
        });
        numbers.collect()
    }
}
