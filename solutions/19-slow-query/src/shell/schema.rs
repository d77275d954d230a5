//! What information_schema says of a schema's tables, of both flavours, as one thing.
//!
//! Everything is cast to text where it is read: MySQL 8 returns its columns as VARBINARY and LONGTEXT, MariaDB as VARCHAR, and numbers signed
//! or not. One statement for all tables, not one for each.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::server::{Flavour, Session, Text};
use crate::core::schema::{Column, Index, Kind, Method, Part, Schema, Table};

const TABLES: &str = "SELECT CAST(table_name AS CHAR), CAST(engine AS CHAR), CAST(table_rows AS CHAR) \
     FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE'";

const COLUMNS: &str = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR), \
     CAST(column_type AS CHAR), CAST(collation_name AS CHAR), CAST(is_nullable AS CHAR), \
     CAST(character_octet_length AS CHAR), CAST(numeric_precision AS CHAR) \
     FROM information_schema.columns WHERE table_schema = ? ORDER BY table_name, ordinal_position";

const MYSQL_INDEXES: &str = "SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), CAST(column_name AS CHAR), \
     CAST(sub_part AS CHAR), CAST(collation AS CHAR), CAST(non_unique AS CHAR), CAST(cardinality AS CHAR), \
     CAST(is_visible AS CHAR), CAST(index_type AS CHAR) \
     FROM information_schema.statistics WHERE table_schema = ? ORDER BY table_name, index_name, seq_in_index";

/// MariaDB calls an index that the optimiser may not use *ignored*.
const MARIADB_INDEXES: &str = "SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), CAST(column_name AS CHAR), \
     CAST(sub_part AS CHAR), CAST(collation AS CHAR), CAST(non_unique AS CHAR), CAST(cardinality AS CHAR), \
     IF(ignored = 'YES', 'NO', 'YES'), CAST(index_type AS CHAR) \
     FROM information_schema.statistics WHERE table_schema = ? ORDER BY table_name, index_name, seq_in_index";

const FOREIGN_KEYS: &str = "SELECT CAST(constraint_name AS CHAR), CAST(table_schema AS CHAR), CAST(table_name AS CHAR), \
     CAST(column_name AS CHAR), CAST(referenced_table_schema AS CHAR), CAST(referenced_table_name AS CHAR), \
     CAST(referenced_column_name AS CHAR) \
     FROM information_schema.key_column_usage \
     WHERE referenced_table_name IS NOT NULL AND (table_schema = ? OR referenced_table_schema = ?) \
     ORDER BY constraint_schema, table_name, constraint_name, ordinal_position";

/// Reads the schema `name`. One that does not exist has no tables.
///
/// # Errors
/// When the server refuses.
pub async fn read(session: &mut Session, name: &str) -> Result<Schema, Error> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in session.texts(TABLES, &[name]).await? {
        let [table, engine, rows] = cells(row);
        let entry = tables.entry(table.unwrap_or_default()).or_default();
        entry.engine = engine.unwrap_or_default();
        entry.rows = number(rows.as_deref()).unwrap_or(0);
    }
    for row in session.texts(COLUMNS, &[name]).await? {
        let [
            table,
            column,
            data_type,
            column_type,
            collation,
            nullable,
            octets,
            precision,
        ] = cells(row);
        let Some(entry) = tables.get_mut(&table.unwrap_or_default()) else {
            continue; // of a view
        };
        let data_type = data_type.unwrap_or_default().to_ascii_lowercase();
        entry.columns.push(Column {
            name: column.unwrap_or_default(),
            kind: kind(&data_type),
            type_name: column_type.unwrap_or_default(),
            collation,
            nullable: nullable.as_deref() == Some("YES"),
            index_bytes: index_bytes(
                &data_type,
                number(octets.as_deref()),
                number(precision.as_deref()),
            ),
        });
    }
    let statement = match session.server().flavour() {
        Flavour::MySql => MYSQL_INDEXES,
        Flavour::MariaDb => MARIADB_INDEXES,
    };
    for row in session.texts(statement, &[name]).await? {
        let [
            table,
            index,
            column,
            prefix,
            collation,
            non_unique,
            cardinality,
            visible,
            method,
        ] = cells(row);
        let Some(entry) = tables.get_mut(&table.unwrap_or_default()) else {
            continue;
        };
        let index = index.unwrap_or_default();
        let part = Part {
            column,
            prefix: number(prefix.as_deref()).and_then(|n| u32::try_from(n).ok()),
            descending: collation.as_deref() == Some("D"),
        };
        match entry.indexes.last_mut() {
            Some(last) if last.name == index => last.parts.push(part),
            _ => entry.indexes.push(Index {
                name: index,
                parts: vec![part],
                unique: non_unique.as_deref() == Some("0"),
                cardinality: number(cardinality.as_deref()),
                visible: visible.as_deref() != Some("NO"),
                foreign_key: false,
                method: match method.as_deref() {
                    Some("BTREE") => Method::BTree,
                    Some(_) | None => Method::Other,
                },
            }),
        }
    }
    for table in tables.values_mut() {
        table.indexes.sort_by_key(|index| index.name != "PRIMARY");
    }
    for (table, columns) in foreign_keys(session, name).await? {
        if let Some(table) = tables.get_mut(&table) {
            rests_on(&mut table.indexes, &columns);
        }
    }
    Ok(Schema {
        name: name.to_owned(),
        tables,
        partial_dates: partial_dates(session).await?,
    })
}

/// About how many bytes a row of each table takes: InnoDB's estimate of the primary key's tree, by its estimate of the rows.
///
/// # Errors
/// When the server refuses.
pub async fn row_bytes(session: &mut Session, name: &str) -> Result<BTreeMap<String, u64>, Error> {
    let rows = session
        .texts(
            "SELECT CAST(table_name AS CHAR), CAST(avg_row_length AS CHAR) FROM information_schema.tables \
             WHERE table_schema = ?",
            &[name],
        )
        .await?;
    let sizes = rows.into_iter().map(|row| {
        let [table, bytes] = cells(row);
        (
            table.unwrap_or_default(),
            number(bytes.as_deref()).unwrap_or(0),
        )
    });
    Ok(sizes.collect())
}

/// NO_ZERO_IN_DATE is a warning, not an error, unless the mode is strict.
async fn partial_dates(session: &mut Session) -> Result<bool, Error> {
    let rows = session
        .texts("SELECT CAST(@@sql_mode AS CHAR)", &[])
        .await?;
    let mode = rows
        .into_iter()
        .flatten()
        .next()
        .flatten()
        .unwrap_or_default();
    let has = |word: &str| mode.split(',').any(|one| one == word);
    let strict = has("STRICT_TRANS_TABLES") || has("STRICT_ALL_TABLES");
    Ok(!(strict && has("NO_ZERO_IN_DATE")) || has("ALLOW_INVALID_DATES"))
}

/// The columns of every foreign key, at both of its ends, as far as they lie in this schema.
async fn foreign_keys(
    session: &mut Session,
    name: &str,
) -> Result<BTreeSet<(String, Vec<String>)>, Error> {
    // By the constraint and its own table, since a name is unique in a schema of MySQL and in a table of MariaDB; then by the end.
    let mut ends: BTreeMap<([String; 3], String), Vec<String>> = BTreeMap::new();
    for row in session.texts(FOREIGN_KEYS, &[name, name]).await? {
        let [
            constraint,
            schema,
            table,
            column,
            parent_schema,
            parent,
            parent_column,
        ] = cells(row).map(Option::unwrap_or_default);
        let key = |end: &str| {
            [
                constraint.clone(),
                format!("{schema}.{table}"),
                end.to_owned(),
            ]
        };
        if schema == name {
            ends.entry((key("child"), table.clone()))
                .or_default()
                .push(column);
        }
        if parent_schema == name {
            ends.entry((key("parent"), parent))
                .or_default()
                .push(parent_column);
        }
    }
    Ok(ends
        .into_iter()
        .map(|((_, table), columns)| (table, columns))
        .collect())
}

/// A foreign key rests on every index that begins with its columns.
fn rests_on(indexes: &mut [Index], columns: &[String]) {
    for index in indexes {
        let begins = index.parts.len() >= columns.len()
            && index.parts.iter().zip(columns).all(|(part, column)| {
                part.column
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(column))
            });
        index.foreign_key |= begins;
    }
}

fn cells<const N: usize>(row: Vec<Text>) -> [Text; N] {
    let mut row = row.into_iter();
    std::array::from_fn(|_| row.next().flatten())
}

fn number(text: Option<&str>) -> Option<u64> {
    text?.parse().ok()
}

fn kind(data_type: &str) -> Kind {
    match data_type {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float"
        | "double" | "bit" => Kind::Number,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => Kind::Text,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Kind::Bytes,
        "date" | "datetime" | "timestamp" => Kind::Moment,
        _ => Kind::Other,
    }
}

/// The sizes that both manuals give under *Data Type Storage Requirements*.
fn index_bytes(data_type: &str, octets: Option<u64>, precision: Option<u64>) -> Option<u32> {
    Some(match data_type {
        "tinyint" | "year" => 1,
        "smallint" | "enum" => 2,
        "mediumint" | "date" => 3,
        "int" | "float" => 4,
        "bigint" | "double" | "datetime" | "set" => 8,
        "timestamp" => 7,
        "time" => 6,
        // Nine digits take four bytes; at each side of the point the rest takes up to four more.
        "decimal" => u32::try_from(precision? / 9 * 4 + 8).ok()?,
        "bit" => u32::try_from(precision?.div_ceil(8)).ok()?,
        "char" | "varchar" | "binary" | "varbinary" => u32::try_from(octets?).ok()?,
        _ => return None,
    })
}
