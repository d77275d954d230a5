//! Runs a statement on the scratch server and counts what it read.
//!
//! The counts are the session's own `Handler_read_*`: how often the storage engine was asked for a row. `SHOW STATUS` does not count itself on
//! either server, but opening a table does (MySQL reads its dictionary), so a statement is explained before it is measured. `Rows_examined` of a
//! slow log would be another measure; it is not to be had without writing one.

use std::ops::ControlFlow;

use sqlx::mysql::MySqlRow;
use sqlx::{Decode, MySql, Row as _, TypeInfo as _, ValueRef as _};

use super::clock::Clock;
use super::error::Error;
use super::server::Session;
use crate::core::rows::Row;
use crate::core::runnable::Runnable;
use crate::core::verdict::{Run, Untried};

/// The most rows of an answer that are kept to be compared: of a sample, more is a report and no page of a shop.
pub const MOST_ROWS: u64 = 100_000;

/// The most bytes of their values.
const MOST_BYTES: usize = 64 << 20;

/// What a statement did, and what it returned.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The counts.
    pub run: Run,
    /// The rows, each value as it is compared.
    pub rows: Vec<Row>,
}

/// Runs it once.
///
/// # Errors
/// The reason why it could not be run.
pub async fn run(session: &mut Session, runnable: &Runnable) -> Result<Answer, Untried> {
    let limit = session.server().limit();
    measured(session, runnable)
        .await
        .map_err(|error| error.untried(limit))?
        .ok_or(Untried::TooManyRows { limit: MOST_ROWS })
}

async fn measured(session: &mut Session, runnable: &Runnable) -> Result<Option<Answer>, Error> {
    let before = handlers(session).await?;
    let clock = Clock::start();
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let whole = session
        .each(runnable.sql(), |row| {
            let row = values(&row);
            bytes += row.iter().flatten().map(Vec::len).sum::<usize>();
            rows.push(row);
            match rows.len() as u64 > MOST_ROWS || bytes > MOST_BYTES {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
        .await?;
    let elapsed = clock.elapsed();
    if whole.is_break() {
        return Ok(None);
    }
    let examined = handlers(session).await?.saturating_sub(before);
    let returned = rows.len() as u64;
    let run = Run {
        examined,
        returned,
        elapsed,
    };
    Ok(Some(Answer { run, rows }))
}

/// The sum of `Handler_read_*`.
async fn handlers(session: &mut Session) -> Result<u64, Error> {
    let rows = session
        .texts("SHOW SESSION STATUS LIKE 'Handler\\_read\\_%'", &[])
        .await?;
    let value = |row: Vec<Option<String>>| row.into_iter().nth(1)??.parse::<u64>().ok();
    Ok(rows.into_iter().filter_map(value).sum())
}

/// A row's values. A number is compared as a number, whatever its width: a rewrite may make a wider one of it.
fn values(row: &MySqlRow) -> Row {
    (0..row.len()).map(|i| value(row, i)).collect()
}

fn value(row: &MySqlRow, i: usize) -> Option<Vec<u8>> {
    let raw = row.try_get_raw(i).ok()?;
    let type_name = raw.type_info().name().to_owned();
    let number = match type_name.as_str() {
        "FLOAT" => row
            .try_get_unchecked::<Option<f32>, _>(i)
            .ok()?
            .map(|n| n.to_string()),
        "DOUBLE" => row
            .try_get_unchecked::<Option<f64>, _>(i)
            .ok()?
            .map(|n| n.to_string()),
        unsigned if unsigned.ends_with("UNSIGNED") || unsigned == "YEAR" => row
            .try_get_unchecked::<Option<u64>, _>(i)
            .ok()?
            .map(|n| n.to_string()),
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => row
            .try_get_unchecked::<Option<i64>, _>(i)
            .ok()?
            .map(|n| n.to_string()),
        // By its bytes. Not by `Option`, to which a date of zeros is a NULL.
        _ => {
            return <&[u8] as Decode<'_, MySql>>::decode(raw)
                .ok()
                .map(<[u8]>::to_vec);
        }
    };
    number.map(String::into_bytes)
}
