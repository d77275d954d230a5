//! One run, from the downstream's start to the verdict; about 20 seconds, and never more than [`DEADLINE`].

use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chaos::{History, Line, Schedule, Series, Verdict, say};
use circuit_breaker::shell::fallback::{FallbackLayer, On};
use circuit_breaker::shell::layer::BreakerLayer;
use serde_json::json;
use tower::Layer as _;

use crate::bed::{self, Bed, LANES};
use crate::checker;
use crate::client::{Classes, NO_PRICE, Prices, fallback};
use crate::crowd;
use crate::facts::Facts;
use crate::faults;
use crate::recorder::Recorder;

/// What stops a run is a process or a port that cannot be had.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A run that takes longer is stuck.
const DEADLINE: Duration = Duration::from_secs(60);
/// Callers go on for so long, three seconds and more of them after the last fault.
const LASTS_MS: u64 = 20_000;
/// Between two looks at the metrics.
const SCRAPE_EVERY: Duration = Duration::from_millis(500);
/// A step of the picture's figures.
const PER_US: u64 = 250_000;

/// Runs `seed` and says how it went, line by line.
///
/// # Errors
/// See [`Result`].
pub async fn run(seed: u64) -> Result<()> {
    std::panic::set_hook(Box::new(panicked));
    match tokio::time::timeout(DEADLINE, judged(seed)).await {
        Ok(ended) => ended,
        Err(_) => Err(format!("the run was not over after {DEADLINE:?}").into()),
    }
}

async fn judged(seed: u64) -> Result<()> {
    let schedule = Schedule::draw(seed, &faults::possible(), &faults::HOURS);
    say(&Line::Schedule(schedule.clone()));
    let history = callers(seed, &schedule).await?;
    let violations = checker::check(&Facts::of(&history)?);
    say(&Line::Verdict(Verdict::of(&history, violations)));
    say(&Line::History(Box::new(history)));
    Ok(())
}

async fn callers(seed: u64, schedule: &Schedule) -> Result<History> {
    let recorder = Recorder::start(&LANES);
    recorder.seen(0, "terms", bed::terms(seed));
    let mut bed = Bed::start(seed, &recorder).await?;
    say(&Line::Services {
        text: "a downstream of this program".to_owned(),
    });
    let breaker = Arc::clone(&bed.breaker);
    let layer = BreakerLayer::new(Arc::clone(&breaker))
        .classify(Classes)
        .timeout(bed::TIME_OUT);
    let service = FallbackLayer::new(breaker, On::NoAnswer, fallback).layer(layer.layer(Prices {
        addr: bed.link.addr(),
        recorder: Arc::clone(&recorder),
    }));
    let registry = Arc::clone(&bed.registry);
    let over = AtomicBool::new(false);
    let scrape = || {
        let step = recorder.step();
        let value = json!({"step": step.number, "text": registry.metrics()});
        recorder.seen(step.at_us, "metrics", value);
    };
    let scraping = async {
        while !over.load(Ordering::Relaxed) {
            tokio::time::sleep(SCRAPE_EVERY).await;
            scrape();
        }
    };
    let calling = async {
        let ((), struck) = tokio::join!(
            crowd::crowd(seed, &service, &recorder, LASTS_MS),
            faults::strike(&mut bed, schedule, &recorder)
        );
        over.store(true, Ordering::Relaxed);
        struck
    };
    let ((), struck) = tokio::join!(scraping, calling);
    struck?;
    Ok(recorder.finish(series))
}

/// What the picture shows over time: how much was asked for, and how much of it the downstream saw.
fn series(history: &History) -> Vec<Series> {
    let asked = history.ops.iter().map(|op| op.began_us);
    let arrivals = history.seen.iter().filter(|seen| seen.what == "arrival");
    let rate = |name: &str, moments: Vec<u64>| Series {
        name: name.to_owned(),
        points: (0..history.lasted_us / PER_US)
            .map(|step| {
                let from = step * PER_US;
                let count = moments
                    .iter()
                    .filter(|at| (from..from + PER_US).contains(at))
                    .count();
                (from + PER_US / 2, count as f64 * 1e6 / PER_US as f64)
            })
            .collect(),
        limit: None,
    };
    vec![
        rate("calls a second that reach the downstream", {
            arrivals.map(|seen| seen.began_us).collect()
        }),
        rate("calls a second that are asked for", asked.collect()),
    ]
}

/// The reader of an answer without a price panics, and is meant to. Anything else is a stage that is not written, or a mistake: whoever
/// started us hears of it in its own words.
fn panicked(info: &PanicHookInfo<'_>) {
    if info
        .payload_as_str()
        .is_none_or(|words| !words.starts_with(NO_PRICE))
    {
        say(&Line::Panicked {
            process: "callers".to_owned(),
            text: format!("thread 'callers' {info}\n"),
        });
    }
}
