//! One run, from the first server to the verdict; about 27 seconds, and never more than [`DEADLINE`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chaos::{History, Line, Recorder, Schedule, Series, Verdict, say};
use futures_util::future::join_all;
use serde_json::json;
use tokio::runtime::Handle;

use crate::bed::{self, Bed};
use crate::checker;
use crate::crowd::Crowd;
use crate::facts::{Facts, Held, SOURCE, Terms};
use crate::faults;
use crate::plan::{self, Instance, KEYS, Plan, What};
use crate::source::Source;

/// What stops a run is a Redis that is missing, or does not come back.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A run that takes longer is stuck.
const DEADLINE: Duration = Duration::from_secs(120);
/// How often it is looked at what the instances hold, and how many looks are written down as one.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const LOOKS: u32 = 40;

/// Runs the crowd of `seed` and says how it went, line by line; Redis is started and stopped `elsewhere`.
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
    let plans = plan::crowd(seed);
    let redis = Bed::redis(&elsewhere).await?;
    let recorder = Arc::new(Recorder::start(&["a", "b", "redis", SOURCE]));
    let terms = bed::terms()?;
    recorder.seen(0, "terms", json!(terms));
    let source = Source::new(seed, Arc::clone(&recorder), keys(&plans).into_iter());
    let bed = Arc::new(Bed::start(seed, redis, source, elsewhere).await?);
    say(&Line::Services {
        text: bed.services.clone(),
    });
    let crowd = Crowd::new(Arc::clone(&recorder), Arc::clone(&bed));
    let used = async {
        tokio::try_join!(crowd.come(plans), faults::strike(&bed, schedule, &recorder))?;
        recorder.progress("the crowd has gone, everything is healed");
        look(&bed, &crowd, &terms, &recorder).await;
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    };
    tokio::select! {
        used = used => used?,
        () = recorder.metronome() => {}
        () = watch(&bed, &recorder) => {}
    }
    Ok(recorder.finish(|history| series(history, terms.capacity)))
}

/// Every key that anybody will ask for.
fn keys(plans: &[Plan]) -> Vec<u32> {
    let asked = plans.iter().flat_map(|plan| match &plan.what {
        What::WarmUp(keys) => keys.clone(),
        What::Scan(many) => (plan.key..plan.key + *many as u32).collect(),
        What::Read | What::Write(_) | What::Burst(_) => vec![plan.key],
    });
    let mut keys: Vec<u32> = asked.chain(0..KEYS).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// When whatever was old must be gone, reads everything at both instances.
async fn look(bed: &Bed, crowd: &Crowd, terms: &Terms, recorder: &Recorder) {
    bed.source.calm();
    let settled_us = recorder.now_us() + checker::settles_within_us(terms);
    recorder.at(settled_us.div_ceil(1000)).await;
    recorder.seen(settled_us, "settled", json!(recorder.now_us()));
    // Ten at a time: all at once would be a burst that takes longer than Redis may.
    for some in (0..KEYS).collect::<Vec<_>>().chunks(10) {
        let both = some
            .iter()
            .flat_map(|&key| Instance::ALL.map(|at| crowd.read(at, key, None)));
        join_all(both).await;
    }
}

/// Writes down what the instances hold at most.
async fn watch(bed: &Bed, recorder: &Recorder) {
    loop {
        let mut most: [Option<Held>; 2] = [None, None];
        for _ in 0..LOOKS {
            tokio::time::sleep(LOOK_EVERY).await;
            for (by, most) in Instance::ALL.into_iter().zip(&mut most) {
                let stats = bed.cache(by).stats();
                let before = most.map_or([0; 3], |held| [held.weight, held.tracked, held.dirty]);
                *most = Some(Held {
                    by,
                    weight: before[0].max(stats.local_weight),
                    tracked: before[1].max(stats.tracked),
                    dirty: before[2].max(stats.dirty),
                    local_hits: stats.local_hits,
                    redis_hits: stats.redis_hits,
                    shielded: stats.shielded,
                });
            }
        }
        for held in most.into_iter().flatten() {
            recorder.seen(recorder.now_us(), "held", json!(held));
        }
    }
}

/// What the picture shows over time.
fn series(history: &History, capacity: u64) -> Vec<Series> {
    const STEP_US: u64 = 500_000;
    let mut begun: BTreeMap<u64, [f64; 2]> = (0..=history.lasted_us / STEP_US)
        .map(|step| (step, [0.0; 2]))
        .collect();
    for op in &history.ops {
        let of = begun.entry(op.began_us / STEP_US).or_default();
        if op.what.starts_with("get ") {
            of[0] += 1.0;
        } else if op.what.starts_with("load ") {
            of[1] += 1.0;
        }
    }
    let of = |which: usize| {
        let points = begun.iter();
        points
            .map(|(step, of)| ((step + 1) * STEP_US, of[which]))
            .collect()
    };
    let held = history
        .seen
        .iter()
        .filter(|seen| seen.what == "held" && seen.value["by"] == json!(Instance::A));
    let weight = held.map(|seen| {
        let weight = seen.value["weight"].as_u64().unwrap_or(0);
        (seen.ended_us, weight as f64)
    });
    vec![
        Series {
            name: "reads in half a second".to_owned(),
            points: of(0),
            limit: None,
        },
        Series {
            name: "loads in half a second".to_owned(),
            points: of(1),
            limit: None,
        },
        Series {
            name: "weight of the copies in a".to_owned(),
            points: weight.collect(),
            limit: Some((capacity as f64, format!("capacity {capacity}"))),
        },
    ]
}
