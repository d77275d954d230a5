//! One run, from the first server to the verdict; about 25 seconds, and never more than [`DEADLINE`].

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chaos::{History, Line, Recorder, Schedule, Series, Verdict, say, unix_ms};
use serde_json::json;
use sqlx::MySqlPool;

use crate::bed::{BUCKETS, Bed, LANES, LIMIT, UNITS, WINDOW_MS};
use crate::checker;
use crate::crowd::Street;
use crate::facts::Facts;
use crate::faults;
use crate::stores::{Stores, Sum};

/// What stops a run is a server that is missing, or a store that does not answer when all is healed.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A run that takes longer is stuck.
const DEADLINE: Duration = Duration::from_secs(120);
/// Between two looks into the stores.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a healed sale may take until nothing is in flight: several passes of the reconciler, and the time to pay.
const DRAINS_WITHIN_MS: u64 = 15_000;
/// After a look when all is quiet, before the last buyers ask: six times what the gates need to notice a unit.
const QUIET: Duration = Duration::from_millis(1_200);

/// Runs the sale of `seed` and says how it went, line by line.
///
/// # Errors
/// See [`Result`].
pub async fn run(program: PathBuf, seed: u64) -> Result<()> {
    match tokio::time::timeout(DEADLINE, judged(program, seed)).await {
        Ok(ended) => ended,
        Err(_) => Err(format!("the run was not over after {DEADLINE:?}").into()),
    }
}

async fn judged(program: PathBuf, seed: u64) -> Result<()> {
    let schedule = Schedule::draw(seed, &faults::possible(), &faults::HOURS);
    say(&Line::Schedule(schedule.clone()));
    let mut bed = Bed::start(program, seed).await?;
    say(&Line::Services {
        text: bed.services().await,
    });
    let history = sell(&mut bed, &schedule).await?;
    let violations = checker::check(&Facts::of(&history)?);
    say(&Line::Verdict(Verdict::of(&history, violations)));
    say(&Line::History(Box::new(history)));
    Ok(())
}

async fn sell(bed: &mut Bed, schedule: &Schedule) -> Result<History> {
    // The crowd is there a little before the hour.
    let wait_ms = bed
        .sale
        .opens_at()
        .0
        .saturating_sub(700)
        .saturating_sub(unix_ms());
    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    let recorder = Recorder::start(&LANES);
    recorder.seen(0, "terms", terms(bed));
    let stores = Stores::new(
        bed.stock().await?,
        MySqlPool::connect(bed.mysql.url()).await?,
    );
    let street = Street::to(bed, &recorder);
    let last_buyer = AtomicBool::new(false);
    let looking = async {
        while !last_buyer.load(Ordering::Relaxed) {
            stores.glance(&recorder).await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let selling = async {
        let ((), struck) = tokio::join!(
            street.crowd(schedule.seed),
            faults::strike(bed, schedule, &recorder)
        );
        struck?;
        recorder.progress("the crowd has gone, everything is healed");
        drain(bed, &stores, &recorder).await;
        stores.stare(&recorder, "quiet").await?;
        tokio::time::sleep(QUIET).await;
        sell_the_rest(bed, &street, &stores, &recorder).await;
        stores.stare(&recorder, "final").await?;
        last_buyer.store(true, Ordering::Relaxed);
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    };
    let ((), sold) = tokio::join!(looking, async {
        let sold = selling.await;
        last_buyer.store(true, Ordering::Relaxed);
        sold
    });
    sold?;
    Ok(recorder.finish(series))
}

/// Heals what may still be broken, starts the reconciler again (its first act is a repair from the ledger, as an operator would
/// have it after a power cut), and waits until nothing is in flight, or for too long: answers which.
async fn drain(bed: &mut Bed, stores: &Stores, recorder: &Recorder) -> bool {
    for proxy in bed.proxies() {
        proxy.heal();
    }
    let until_ms = recorder.now_us() / 1000 + DRAINS_WITHIN_MS;
    let drained = |sum: Sum| {
        sum.placed == 0 && sum.claims == sum.paid && sum.shelf + sum.paid == i64::from(UNITS)
    };
    let mut tries = 0;
    loop {
        if tries % 25 == 0 {
            bed.repair(recorder).await;
        }
        tries += 1;
        if stores.sum().await.is_some_and(drained) {
            recorder.progress("nothing is in flight");
            return true;
        }
        if recorder.now_us() / 1000 > until_ms {
            recorder.progress("something is still in flight, and stays there");
            return false;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// More buyers than units are left, until none is, or until nobody gets one.
async fn sell_the_rest(bed: &mut Bed, street: &Street<'_>, stores: &Stores, recorder: &Recorder) {
    let mut first = 10_000;
    for _ in 0..4 {
        let Some(left) = stores.sum().await.map(|sum| sum.shelf) else {
            return;
        };
        if left <= 0 {
            return;
        }
        let count = left.unsigned_abs() + 6;
        recorder.progress(format!("{left} units are left, and {count} buyers come"));
        let got = street.latecomers(first, count).await;
        if !drain(bed, stores, recorder).await || got == 0 {
            return;
        }
        first += count;
    }
}

fn terms(bed: &Bed) -> serde_json::Value {
    // By hand, so that a lab whose stage 2 is open says so in its own process and not in this one.
    let shares: Vec<u32> = (0..u32::from(BUCKETS))
        .map(|bucket| UNITS / u32::from(BUCKETS) + u32::from(bucket < UNITS % u32::from(BUCKETS)))
        .collect();
    json!({
        "units": UNITS,
        "shares": shares,
        "opens_at_ms": bed.sale.opens_at().0,
        "closes_at_ms": bed.sale.closes_at().0,
        "limit": LIMIT,
        "window_ms": WINDOW_MS,
        "own_window": ["serve-2"],
    })
}

/// What the picture shows over time.
fn series(history: &History) -> Vec<Series> {
    let sum = |what: &str, of: fn(&serde_json::Value) -> i64| -> Vec<(u64, f64)> {
        let looks = history.seen.iter().filter(|seen| seen.what == what);
        looks
            .map(|seen| (seen.ended_us, of(&seen.value) as f64))
            .collect()
    };
    let shelf = |value: &serde_json::Value| {
        let buckets = value["buckets"].as_array().into_iter().flatten();
        buckets.filter_map(|bucket| bucket["stock"].as_i64()).sum()
    };
    vec![
        Series {
            name: "orders in the ledger, placed or paid".to_owned(),
            points: sum("ledger", |value| {
                value["placed"].as_i64().unwrap_or(0) + value["paid"].as_i64().unwrap_or(0)
            }),
            limit: Some((f64::from(UNITS), format!("{UNITS} units on sale"))),
        },
        Series {
            name: "units on the shelf, by Redis".to_owned(),
            points: sum("redis", shelf),
            limit: None,
        },
    ]
}
