//! One run, from the first server to the verdict; about 25 seconds, and never more than [`DEADLINE`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chaos::{History, Line, Recorder, Schedule, Series, Verdict, say};
use serde_json::json;
use tokio::runtime::Handle;

use crate::bed::{self, Bed};
use crate::calls::{self, Plan, Server};
use crate::checker;
use crate::crowd::Crowd;
use crate::facts::{CALLERS, Facts};
use crate::faults;

/// What stops a run is a server that is missing, or a store that does not answer when all is healed.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A run that takes longer is stuck.
const DEADLINE: Duration = Duration::from_secs(120);
/// What a server was sent and has not done yet is done by then: three looks, so far apart, show the same.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LOOKS_ALIKE: u32 = 3;
const LOOKS: u32 = 60;

/// Runs the calls of `seed` and says how it went, line by line; servers are started and stopped `elsewhere`.
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
    let plans = calls::calls(seed);
    let bed = Bed::start(seed, &plans, elsewhere).await?;
    say(&Line::Services {
        text: bed.services.clone(),
    });
    let history = call(&bed, &schedule, &plans).await?;
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

async fn call(bed: &Bed, schedule: &Schedule, plans: &[Plan]) -> Result<History> {
    let recorder = Arc::new(Recorder::start(&[
        CALLERS,
        Server::Redis.name(),
        Server::Mysql.name(),
    ]));
    let terms = bed::terms();
    recorder.seen(0, "terms", json!(terms));
    let crowd = Crowd::new(
        Arc::clone(&recorder),
        bed.stores.clone(),
        bed::policy(&terms.redis)?,
        bed::policy(&terms.mysql)?,
    );
    let called = async {
        tokio::try_join!(crowd.come(plans), faults::strike(bed, schedule, &recorder))?;
        recorder.progress("the crowd has gone, everything is healed");
        look(bed, plans, &recorder).await
    };
    tokio::select! {
        called = called => called?,
        () = recorder.metronome() => {}
    }
    Ok(recorder.finish(series))
}

/// Records what the stores hold, once it no longer changes.
async fn look(bed: &Bed, plans: &[Plan], recorder: &Recorder) -> Result<()> {
    let (mut alike, mut last) = (0, BTreeMap::new());
    for _ in 0..LOOKS {
        let began_us = recorder.now_us();
        let effects = bed.stores.effects(plans).await?;
        alike = if effects == last { alike + 1 } else { 0 };
        last = effects;
        if alike == LOOKS_ALIKE {
            recorder.seen(began_us, "effects", json!(last));
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("the stores still change though nobody calls".into())
}

/// What the picture shows over time: how many calls begin in half a second, and what they become.
fn series(history: &History) -> Vec<Series> {
    const STEP_US: u64 = 500_000;
    let of = |calls: bool| {
        let mut begun: BTreeMap<u64, f64> = (0..=history.lasted_us / STEP_US)
            .map(|step| (step, 0.0))
            .collect();
        for op in history
            .ops
            .iter()
            .filter(|op| (op.lane == CALLERS) == calls)
        {
            *begun.entry(op.began_us / STEP_US).or_default() += 1.0;
        }
        begun
            .into_iter()
            .map(|(step, count)| ((step + 1) * STEP_US, count))
            .collect()
    };
    vec![
        Series {
            name: "attempts in half a second".to_owned(),
            points: of(false),
            limit: None,
        },
        Series {
            name: "calls in half a second".to_owned(),
            points: of(true),
            limit: None,
        },
    ]
}
