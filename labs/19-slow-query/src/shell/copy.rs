//! Copies one table's definition and sample to the scratch server.
//!
//! Rows are streamed and written in batches: what is in memory is a batch. The limits hold while it runs, whatever the plan's estimates said: at
//! most the portion's rows, and a connection that sends more bytes than are left is closed. Values travel as texts where the column is one, or
//! can be written as one, and as bytes where it is bytes: so they arrive as they were, whatever the character set of either side.

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, Row};

use super::error::Error;
use super::scratch::{Scratch, execute};
use super::server::{Session, in_time};
use crate::core::ddl::{portable, quote};
use crate::core::sample::{Portion, SLICES, Take, slices};

/// What was copied of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Rows that are there now.
    pub rows: u64,
    /// Bytes of their values.
    pub bytes: u64,
}

/// A column that is copied; what the server computes is not.
struct Column {
    name: String,
    /// Bytes without a character set.
    bytes: bool,
    /// `CAST(.. AS CHAR)`, or the column itself.
    read: String,
}

type Values = Vec<Option<Vec<u8>>>;

/// Values in one INSERT: a prepared statement takes 65,535.
const VALUES: usize = 20_000;
/// Bytes in one INSERT: both servers take 16 MiB and more by default, and a row may be large by itself.
const BATCH_BYTES: u64 = 1 << 20;
/// Keys that are looked up at once: about what fits into one round trip.
const KEYS: usize = 200;

/// Copies the definition of a table, and of its rows what `portion` says, but not more than `bytes`.
///
/// # Errors
/// When a server refuses, or the table is none that may be copied.
pub(super) async fn table(
    analysed: &mut Session,
    scratch: &Scratch,
    portion: &Portion,
    bytes: u64,
) -> Result<Copied, Error> {
    let limit = scratch.server().limit();
    let mut maker = scratch.maker().await?;
    let made = definition(analysed, &mut maker, &portion.table, limit).await;
    let columns = match made {
        Ok(()) => columns(analysed, &portion.table).await?,
        Err(error) => return Err(error),
    };
    let mut writer = Writer {
        maker,
        table: &portion.table,
        columns: &columns,
        rows: portion.rows,
        bytes,
        limit,
        batch: Vec::new(),
        batch_bytes: 0,
        copied: Copied::default(),
    };
    let copied = rows(analysed, scratch, portion, &mut writer).await;
    let copied = match copied {
        Ok(()) => writer.flush().await.map(|()| writer.copied),
        Err(error) => Err(error),
    };
    let mut maker = writer.maker;
    let name = quote(&portion.table);
    let mut copied = match copied {
        Ok(copied) => copied,
        Err(error) => {
            // Half a table would say something wrong. After a time-out this connection has an answer to come, and nobody uses a table whose copy failed.
            if !matches!(error, Error::TimedOut(_)) {
                let drop = format!("DROP TABLE IF EXISTS {name}");
                let _may_be_gone = execute(&mut maker, &drop, limit).await;
            }
            return Err(error);
        }
    };
    execute(&mut maker, &format!("ANALYZE TABLE {name}"), limit).await?;
    // Rows that came twice are there once.
    let count = format!("SELECT CAST(COUNT(*) AS SIGNED) FROM {name}");
    let count = sqlx::query_scalar(AssertSqlSafe(count));
    let rows: i64 = in_time(limit, count.fetch_one(&mut maker)).await?;
    copied.rows = u64::try_from(rows).unwrap_or(0);
    maker.close().await?;
    Ok(copied)
}

async fn definition(
    analysed: &mut Session,
    maker: &mut MySqlConnection,
    table: &str,
    limit: Duration,
) -> Result<(), Error> {
    let show = format!("SHOW CREATE TABLE {}", quote(table));
    let rows = analysed.texts(&show, &[]).await?;
    let show_create = rows
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().nth(1).flatten());
    let Some(ddl) = show_create.as_deref().and_then(portable) else {
        return Err(Error::NotCopied);
    };
    execute(maker, &ddl, limit).await
}

async fn columns(analysed: &mut Session, table: &str) -> Result<Vec<Column>, Error> {
    let rows = analysed
        .texts(
            "SELECT CAST(column_name AS CHAR), CAST(data_type AS CHAR) FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = ? AND extra NOT LIKE '%VIRTUAL%' \
             AND extra NOT LIKE '%STORED%' AND extra NOT LIKE '%PERSISTENT%' ORDER BY ordinal_position",
            &[table],
        )
        .await?;
    let column = |row: Vec<Option<String>>| {
        let mut row = row.into_iter().map(Option::unwrap_or_default);
        let (name, data_type) = (
            row.next().unwrap_or_default(),
            row.next().unwrap_or_default(),
        );
        let quoted = quote(&name);
        let (bytes, read) = match data_type.to_ascii_lowercase().as_str() {
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob"
            | "geometry" | "point" | "linestring" | "polygon" | "multipoint"
            | "multilinestring" | "multipolygon" | "geomcollection" | "geometrycollection"
            | "vector" => (true, quoted),
            "bit" => (false, format!("CAST(CAST({quoted} AS UNSIGNED) AS CHAR)")),
            _ => (false, format!("CAST({quoted} AS CHAR)")),
        };
        Column { name, bytes, read }
    };
    Ok(rows.into_iter().map(column).collect())
}

/// Reads what the portion says, in the order that it says, into the writer.
async fn rows(
    analysed: &mut Session,
    scratch: &Scratch,
    portion: &Portion,
    writer: &mut Writer<'_>,
) -> Result<(), Error> {
    let read: Vec<&str> = writer
        .columns
        .iter()
        .map(|column| column.read.as_str())
        .collect();
    let select = format!("SELECT {} FROM {}", read.join(", "), quote(&portion.table));
    let rows = portion.rows;
    match &portion.take {
        Take::Whole | Take::First => {
            writer
                .read(analysed, &format!("{select} LIMIT {rows}"), &[])
                .await
        }
        Take::Ends { columns } => {
            for (direction, rows) in [("", rows.div_ceil(2)), (" DESC", rows / 2)] {
                let order: Vec<String> = columns
                    .iter()
                    .map(|name| format!("{}{direction}", quote(name)))
                    .collect();
                let sql = format!("{select} ORDER BY {} LIMIT {rows}", order.join(", "));
                writer.read(analysed, &sql, &[]).await?;
            }
            Ok(())
        }
        Take::Slices { column } => {
            let key = quote(column);
            let ends = format!(
                "SELECT CAST(MIN({key}) AS CHAR), CAST(MAX({key}) AS CHAR) FROM {}",
                quote(&portion.table)
            );
            let ends = analysed.texts(&ends, &[]).await?;
            let ends: Vec<i128> = ends
                .into_iter()
                .flatten()
                .filter_map(|end| end?.parse().ok())
                .collect();
            let [low, high] = ends[..] else {
                return Ok(()); // no row, so no least one
            };
            let slices = slices(low, high, SLICES);
            let each = rows.div_ceil((slices.len() as u64).max(1));
            for (low, high) in slices {
                let sql = format!(
                    "{select} WHERE {key} BETWEEN {low} AND {high} ORDER BY {key} LIMIT {each}"
                );
                writer.read(analysed, &sql, &[]).await?;
            }
            Ok(())
        }
        Take::Following {
            column,
            of,
            of_column,
        } => {
            let bytes = writer
                .columns
                .iter()
                .any(|own| own.name == *column && own.bytes);
            for keys in keys(scratch, of, of_column, bytes, rows)
                .await?
                .chunks(KEYS)
            {
                let (places, values) = places(keys, bytes);
                let sql = format!(
                    "{select} WHERE {} IN ({places}) LIMIT {rows}",
                    quote(column)
                );
                writer.read(analysed, &sql, &values).await?;
            }
            Ok(())
        }
    }
}

/// The different values of a column that has been copied.
async fn keys(
    scratch: &Scratch,
    table: &str,
    column: &str,
    bytes: bool,
    rows: u64,
) -> Result<Vec<Vec<u8>>, Error> {
    let mut session = scratch.session().await?;
    let name = quote(column);
    let read = if bytes {
        name.clone()
    } else {
        format!("CAST({name} AS CHAR)")
    };
    let sql = format!(
        "SELECT DISTINCT {read} FROM {} WHERE {name} IS NOT NULL LIMIT {rows}",
        quote(table)
    );
    let found = session.rows(&sql, &[]).await?;
    session.close().await;
    found
        .iter()
        .map(|row| Ok(row.try_get_unchecked::<Vec<u8>, _>(0)?))
        .collect()
}

/// Question marks, and values for them. Whole numbers stand in the text: a column of numbers is not looked up by texts with certainty.
fn places(keys: &[Vec<u8>], bytes: bool) -> (String, Vec<Option<Vec<u8>>>) {
    let number = |key: &Vec<u8>| std::str::from_utf8(key).ok()?.parse::<i128>().ok();
    let numbers: Option<Vec<i128>> = if bytes {
        None
    } else {
        keys.iter().map(number).collect()
    };
    match numbers {
        Some(numbers) => {
            let texts: Vec<String> = numbers.iter().map(i128::to_string).collect();
            (texts.join(", "), Vec::new())
        }
        None => (
            vec!["?"; keys.len()].join(", "),
            keys.iter().cloned().map(Some).collect(),
        ),
    }
}

struct Writer<'a> {
    maker: MySqlConnection,
    table: &'a str,
    columns: &'a [Column],
    /// The most rows, and the most bytes.
    rows: u64,
    bytes: u64,
    /// What a statement may take.
    limit: Duration,
    batch: Vec<Values>,
    batch_bytes: u64,
    copied: Copied,
}

impl Writer<'_> {
    fn is_full(&self) -> bool {
        self.copied.rows + self.batch.len() as u64 >= self.rows
            || self.copied.bytes + self.batch_bytes >= self.bytes
    }

    /// Reads `sql` and writes its rows, until the limits.
    async fn read(
        &mut self,
        analysed: &mut Session,
        sql: &str,
        values: &[Option<Vec<u8>>],
    ) -> Result<(), Error> {
        if self.is_full() {
            return Ok(());
        }
        let limit = analysed.server().limit();
        let connection = analysed.connection().await?;
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in values {
            query = match value.as_deref().map(std::str::from_utf8) {
                Some(Ok(text)) => query.bind(text.to_owned()),
                Some(Err(_)) | None => query.bind(value.clone()),
            };
        }
        let mut stream = query.fetch(connection);
        let mut stopped = false;
        // A pause between two rows, and not the whole answer: that is as long as the sample is large.
        while let Some(row) = in_time(limit, stream.try_next()).await? {
            let values: Result<Values, sqlx::Error> = (0..self.columns.len())
                .map(|i| row.try_get_unchecked::<Option<Vec<u8>>, _>(i))
                .collect();
            let values = values?;
            self.batch_bytes += values
                .iter()
                .flatten()
                .map(|value| value.len() as u64)
                .sum::<u64>();
            self.batch.push(values);
            if self.batch_bytes >= BATCH_BYTES
                || (self.batch.len() + 1) * self.columns.len() > VALUES
            {
                self.flush().await?;
            }
            if self.is_full() {
                stopped = true;
                break;
            }
        }
        drop(stream);
        if stopped {
            // The server may have more to send, which would have to be read to its end.
            analysed.abandon();
        }
        Ok(())
    }

    /// Writes the batch. A row that is there already (the ends of a short table overlap) is left out.
    async fn flush(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|column| quote(&column.name))
            .collect();
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let sql = format!(
            "INSERT IGNORE INTO {} ({}) VALUES {}",
            quote(self.table),
            names.join(", "),
            vec![row.as_str(); self.batch.len()].join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        let rows = self.batch.len() as u64;
        for values in self.batch.drain(..) {
            for (value, column) in values.into_iter().zip(self.columns) {
                query = match value {
                    Some(value) if !column.bytes => {
                        query.bind(String::from_utf8_lossy(&value).into_owned())
                    }
                    Some(_) | None => query.bind(value),
                };
            }
        }
        in_time(self.limit, query.execute(&mut self.maker)).await?;
        self.copied.rows += rows;
        self.copied.bytes += std::mem::take(&mut self.batch_bytes);
        Ok(())
    }
}
