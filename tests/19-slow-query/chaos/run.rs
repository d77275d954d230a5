//! One run, from the first server to the verdict; about 30 seconds, and never more than [`DEADLINE`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chaos::{History, Line, Recorder, Schedule, Series, Verdict, say};
use serde_json::json;
use sqlx::{Connection, Row};
use tokio::runtime::Handle;

use crate::analyst::{self, Analyst};
use crate::bed::{Bed, Of};
use crate::checker;
use crate::crowd;
use crate::facts::{ANALYSED, ANALYSES, ANALYST, After, CROWD, Facts};
use crate::faults;

/// What stops a run is a server that is missing, or does not come back.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A run that takes longer is stuck.
const DEADLINE: Duration = Duration::from_secs(150);
/// What was made on the scratch server is dropped within this after its analysis ended.
const GONE: Duration = Duration::from_secs(6);

/// Runs the crowd of `seed` and says how it went, line by line; servers are started and stopped `elsewhere`.
///
/// # Errors
/// See [`Result`].
pub async fn run(seed: u64, elsewhere: Handle) -> Result<()> {
    match tokio::time::timeout(DEADLINE, judged(seed, elsewhere)).await {
        Ok(ended) => ended,
        Err(_) => Err(format!("the run was not over after {DEADLINE:?}").into()),
    }
}

async fn judged(seed: u64, elsewhere: Handle) -> Result<()> {
    let schedule = Schedule::draw(seed, &faults::possible(), &faults::HOURS);
    say(&Line::Schedule(schedule.clone()));
    let history = use_it(seed, &schedule, elsewhere).await?;
    let facts = Facts::of(&history)?;
    let verdict = match Verdict::of(&history, checker::check(&facts)) {
        Verdict::Holds => checker::untested(&facts)
            .map_or(Verdict::Holds, |reason| Verdict::Inconclusive { reason }),
        judged @ (Verdict::Violated { .. } | Verdict::Inconclusive { .. }) => judged,
    };
    say(&Line::Verdict(verdict));
    say(&Line::History(Box::new(history)));
    Ok(())
}

async fn use_it(seed: u64, schedule: &Schedule, elsewhere: Handle) -> Result<History> {
    let bed = Arc::new(Bed::start(seed, elsewhere).await?);
    say(&Line::Services {
        text: bed.services.clone(),
    });
    let before = definition(&bed).await?;
    let recorder = Arc::new(Recorder::start(&[ANALYSED, "scratch", ANALYSES]));
    recorder.seen(0, "terms", json!(analyst::terms()));
    let analyst = Analyst::new(Arc::clone(&bed), Arc::clone(&recorder));
    let struck = async {
        let struck = faults::strike(&bed, schedule, &recorder).await;
        bed.over.store(true, Ordering::Relaxed);
        struck
    };
    tokio::try_join!(struck, crowd::come(seed, &bed, &recorder), analyst.work())?;
    recorder.progress("the crowd has gone, everything is healed");
    nobody_is_connected(&bed).await?;
    analyst.once(true).await?;
    let began_us = recorder.now_us();
    let after = After {
        analysed: [before, definition(&bed).await?],
        ..after(&bed).await?
    };
    recorder.seen(began_us, "after", json!(after));
    Ok(recorder.finish(series))
}

/// Waits until the server has done with every client of the crowd: its log has whatever it will have.
async fn nobody_is_connected(bed: &Bed) -> Result<()> {
    let mut root = bed.root(Of::Analysed).await?;
    loop {
        let sql = "SELECT CAST(COUNT(*) AS SIGNED) FROM information_schema.processlist WHERE user IN ('crowd', 'analyst')";
        let connected: i64 = sqlx::query_scalar(sql).fetch_one(&mut root).await?;
        if connected == 0 {
            return Ok(root.close().await?);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What an analysis may not change: schemas, tables, columns, indexes and rows, as the server says.
async fn definition(bed: &Bed) -> Result<String> {
    let mut root = bed.root(Of::Analysed).await?;
    let mut all = Vec::new();
    for sql in [
        "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata ORDER BY 1",
        "SELECT CAST(CONCAT_WS(' ', table_name, column_name, column_type) AS CHAR) FROM information_schema.columns WHERE table_schema = 'lab' ORDER BY 1",
        "SELECT CAST(CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name) AS CHAR) FROM information_schema.statistics WHERE table_schema = 'lab' ORDER BY 1",
    ] {
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut root).await?;
        all.extend(rows);
    }
    for row in sqlx::raw_sql("CHECKSUM TABLE lab.orders, lab.items")
        .fetch_all(&mut root)
        .await?
    {
        let checksum: Option<i64> = row.try_get(1)?;
        all.push(format!("{checksum:?}"));
    }
    root.close().await?;
    Ok(all.join("\n"))
}

async fn after(bed: &Bed) -> Result<After> {
    let mut left = bed.scratch_schemas(None).await?;
    let gone = tokio::time::sleep(GONE);
    tokio::pin!(gone);
    while !left.is_empty() && !gone.is_elapsed() {
        tokio::select! {
            () = &mut gone => {}
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
        left = bed.scratch_schemas(None).await?;
    }
    let mut root = bed.root(Of::Analysed).await?;
    let ledger: i64 = sqlx::query_scalar("SELECT CAST(COUNT(*) AS SIGNED) FROM lab.ledger")
        .fetch_one(&mut root)
        .await?;
    root.close().await?;
    let sent = of_analysts(&bed.general_log()?);
    let reads = ["SELECT", "SHOW", "EXPLAIN", "SET SESSION", "SET NAMES"];
    let is_read = |sql: &&String| reads.iter().any(|read| sql.starts_with(read));
    Ok(After {
        left,
        ledger: u64::try_from(ledger)?,
        analysts: sent.len() as u64,
        writes: sent.iter().filter(|sql| !is_read(sql)).cloned().collect(),
        ..After::default()
    })
}

/// What analyses sent, by the server's own general log: `time, tab, number, command, tab, argument`.
fn of_analysts(log: &str) -> Vec<String> {
    let mut users: BTreeMap<u64, bool> = BTreeMap::new();
    let mut sent = Vec::new();
    for line in log.lines() {
        let rest = line
            .strip_prefix("\t\t")
            .or_else(|| Some(line.split_once('\t')?.1));
        let entry = rest.and_then(|rest| {
            let (number, rest) = rest.trim_start().split_once(' ')?;
            let (command, argument) = rest.split_once('\t')?;
            Some((number.parse::<u64>().ok()?, command, argument))
        });
        match entry {
            // Numbers begin again when the server is started again.
            Some((number, "Connect", argument)) => {
                users.insert(number, argument.starts_with(&format!("{ANALYST}@")));
            }
            Some((number, "Query" | "Prepare" | "Execute", argument))
                if users.get(&number) == Some(&true) =>
            {
                sent.push(argument.to_owned());
            }
            Some(_) | None => {}
        }
    }
    sent
}

/// What the picture shows over time.
fn series(history: &History) -> Vec<Series> {
    const STEP_US: u64 = 500_000;
    let mut answered: BTreeMap<u64, f64> = (0..=history.lasted_us / STEP_US)
        .map(|step| (step, 0.0))
        .collect();
    for op in history
        .ops
        .iter()
        .filter(|op| op.lane == ANALYSED && op.word == "answered")
    {
        *answered.entry(op.ended_us / STEP_US).or_default() += 1.0;
    }
    let of_crowd = history
        .seen
        .iter()
        .filter(|seen| seen.what == "log")
        .map(|seen| {
            let classes = seen.value["classes"].as_array().into_iter().flatten();
            let own = classes.filter(|class| {
                class["users"]
                    .as_array()
                    .is_some_and(|users| users.contains(&json!(CROWD)))
            });
            (
                seen.ended_us,
                own.filter_map(|class| class["count"].as_f64()).sum(),
            )
        });
    vec![
        Series {
            name: "answers in half a second".to_owned(),
            points: answered
                .iter()
                .map(|(step, many)| ((step + 1) * STEP_US, *many))
                .collect(),
            limit: None,
        },
        Series {
            name: "statements read of the log".to_owned(),
            points: of_crowd.collect(),
            limit: None,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_analysts_sent_is_read_off_the_general_log() {
        let log = "mariadbd, Version: 10.11\nTime\t\t    Id Command\tArgument\n\
                   261129 10:05:15\t     7 Connect\tanalyst@localhost on lab using TCP/IP\n\
                   \t\t     8 Connect\tcrowd@localhost on lab using TCP/IP\n\
                   \t\t     7 Prepare\tSELECT 1\n\t\t     8 Query\tINSERT INTO ledger\n# Time: 1\n\t\t     7 Query\tDROP TABLE a\n\
                   \t\t     7 Quit\t\n261129 10:06:15\t     7 Connect\tcrowd@localhost on lab\n\t\t     7 Query\tSELECT 2\n";
        assert_eq!(of_analysts(log), ["SELECT 1", "DROP TABLE a"]);
    }
}
