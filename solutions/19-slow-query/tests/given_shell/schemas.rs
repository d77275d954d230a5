//! What the servers have: the schema as each tells it, and the functions that may be called.

use super::{make, server};
use slow_query::core::functions::OF_THE_SERVER;
use slow_query::core::schema::{Kind, Method, Part};
use slow_query::shell::schema;
use slow_query::shell::server::Flavour;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};

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
