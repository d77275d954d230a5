//! What may go wrong with both servers, the log, the clients and whoever analyses, and how it is made to.
//!
//! Each fault counts whom it struck; one that struck nobody makes the run an error. What strikes the scratch server waits for a trial: an analysis that
//! has its schema there.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chaos::{Dice, Fault, Hours, Possible, Recorder, Schedule, Struck};
use serde_json::json;
use sqlx::{Connection, Executor};
use testbed::{Direction, Faults, Kind};

use crate::bed::{Bed, Handling, Of};
use crate::facts::Silence;
use crate::run::Result;

/// When faults strike by the schedule. It is late where one waits for a trial.
pub const HOURS: Hours = Hours {
    from_ms: 1_000,
    until_ms: 19_000,
    pause_ms: 100..=500,
};
/// None begins after this.
const LAST_MS: u64 = 22_000;
/// An analysis has a schema on the scratch server within this.
const TRIAL: Duration = Duration::from_secs(10);
/// What strikes in the middle of a trial, strikes within so many milliseconds after the trial has its schema.
const INTO_TRIAL_MS: u64 = 300;
/// A trial has a few hundred round trips.
const SLOW: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(2)..=Duration::from_millis(15);

/// The faults of this lab. Weights: what the lab is about comes first.
#[must_use]
pub fn possible() -> Vec<Possible> {
    let one = Possible::new;
    vec![
        one("kill -9", "analysed", 3, 400..=900),
        one("kill -9 and rotate", "analysed", 3, 400..=900),
        one("rotate", "analysed", 4, 20..=20),
        one("clients die at", "analysed", 3, 300..=600),
        one("kill -9", "scratch", 3, 400..=900),
        one("pause", "scratch", 3, 1_200..=2_200),
        // Longer than two statements may take (3 s each), by more than a trial takes to be the next time at the scratch server.
        one("silence", "scratch", 3, 7_100..=7_500),
        one("cut from", "scratch", 3, 400..=1_200),
        one("slow", "scratch", 2, 800..=1_500),
        one("leave", "analyses", 4, 20..=20),
    ]
}

/// Those that reach the scratch server, and those after which it may still have what was made there: nobody can drop a schema on a server that is away.
pub const KEEPS_SCHEMAS: [&str; 3] = ["kill -9", "silence", "cut from"];

/// Lets the schedule happen, beside the crowd and the analyses.
///
/// # Errors
/// A server cannot be stopped or started.
pub async fn strike(bed: &Bed, schedule: &Schedule, recorder: &Recorder) -> Result<()> {
    let mut dice = Dice::of(schedule.seed, "moments");
    for fault in &schedule.faults {
        recorder.at(fault.at_ms).await;
        if recorder.now_us() / 1000 > LAST_MS {
            recorder.progress(format!("no time is left for: {}", fault.name()));
            continue;
        }
        let into_ms = dice.below(INTO_TRIAL_MS);
        let in_trial = match fault.target.as_str() {
            "analysed" => true,
            _ => trial(bed, into_ms).await?,
        };
        let began_us = recorder.now_us();
        recorder.progress(fault.name());
        let (fired, counted) = match in_trial {
            true => one(bed, fault, recorder).await?,
            false => (0, "trials under way"),
        };
        recorder.struck(Struck {
            what: fault.what.clone(),
            target: fault.target.clone(),
            began_us,
            ended_us: recorder.now_us(),
            fired,
            counted: counted.to_owned(),
        });
    }
    Ok(())
}

/// Waits until an analysis has its schema, and `into_ms` more; whether it is still under way then. On a machine with nothing else to do a trial is over
/// in a tenth of a second: after each that is missed it waits half as long.
async fn trial(bed: &Bed, mut into_ms: u64) -> Result<bool> {
    let found = tokio::time::timeout(TRIAL, async {
        loop {
            let number = *bed.under_way.borrow();
            if number > 0 && !bed.scratch_schemas(Some(number)).await?.is_empty() {
                tokio::time::sleep(Duration::from_millis(into_ms)).await;
                if *bed.under_way.borrow() == number {
                    return Ok(());
                }
                into_ms /= 2;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    match found.await {
        Ok(found) => found.map(|()| true),
        Err(_) => Ok(false),
    }
}

/// One fault, from its beginning to its end; how often it struck, and what was counted.
async fn one(bed: &Bed, fault: &Fault, recorder: &Recorder) -> Result<(u64, &'static str)> {
    let began_us = recorder.now_us();
    let over = tokio::time::sleep(Duration::from_millis(fault.lasts_ms));
    let way = &bed.way;
    match (fault.what.as_str(), fault.target.as_str()) {
        ("kill -9", "analysed") => kill_analysed(bed, false, over).await,
        ("kill -9 and rotate", _) => kill_analysed(bed, true, over).await,
        ("rotate", _) => {
            let bytes = bed.rotate()?;
            // The server writes on to the file that it has open, for as long as it takes to tell it.
            over.await;
            let mut root = bed.root(Of::Analysed).await?;
            root.execute("FLUSH SLOW LOGS").await?;
            root.close().await?;
            Ok((bytes, "bytes rotated"))
        }
        ("clients die at", _) => {
            let before = bed.died.load(Ordering::Relaxed);
            bed.dying.store(true, Ordering::Relaxed);
            over.await;
            bed.dying.store(false, Ordering::Relaxed);
            Ok((bed.died.load(Ordering::Relaxed) - before, "clients died"))
        }
        ("kill -9", _) => {
            bed.handle(Of::Scratch, Handling::Kill).await?;
            over.await;
            bed.handle(Of::Scratch, Handling::Restart).await?;
            Ok((1, "trials under way"))
        }
        ("pause", _) => {
            let asked =
                || way.stats().toward(Direction::ToServer).chunks_in + way.stats().connections;
            bed.handle(Of::Scratch, Handling::Pause).await?;
            let before = asked();
            over.await;
            let waited = asked() - before;
            bed.handle(Of::Scratch, Handling::Resume).await?;
            // One that had been asked before the pause waits too.
            Ok((waited + way.stats().open, "that waited"))
        }
        ("silence", _) => {
            let (analysis, connections) = (*bed.under_way.borrow(), way.stats().connections);
            let before = way.stats().fired(Kind::Partition);
            way.partition(Direction::ToClient);
            way.partition(Direction::ToServer);
            over.await;
            let silence = Silence {
                analysis,
                ended: *bed.under_way.borrow() != analysis,
                opened: way.stats().connections - connections,
            };
            recorder.seen(began_us, "silence", json!(silence));
            way.reset();
            way.heal();
            Ok((
                way.stats().fired(Kind::Partition) - before,
                "messages kept back",
            ))
        }
        ("cut from", _) => {
            let before = way.stats().fired(Kind::Cut);
            way.cut();
            over.await;
            way.heal();
            Ok((way.stats().fired(Kind::Cut) - before, "connections cut"))
        }
        ("slow", _) => {
            let before = way.stats().fired(Kind::Delay);
            way.plan(Faults::none().delay(SLOW));
            over.await;
            way.heal();
            Ok((way.stats().fired(Kind::Delay) - before, "messages delayed"))
        }
        ("leave", _) => {
            let number = *bed.under_way.borrow();
            bed.gone.notify_waiters();
            over.await;
            Ok((
                u64::from(number > 0 && *bed.under_way.borrow() != number),
                "analyses dropped",
            ))
        }
        (what, _) => Err(format!("the schedule has a fault that this lab has not: {what}").into()),
    }
}

async fn kill_analysed(
    bed: &Bed,
    rotate: bool,
    over: impl Future<Output = ()>,
) -> Result<(u64, &'static str)> {
    let before = bed.lost.load(Ordering::Relaxed);
    bed.handle(Of::Analysed, Handling::Kill).await?;
    if rotate {
        bed.rotate()?;
    }
    over.await;
    bed.handle(Of::Analysed, Handling::Restart).await?;
    Ok((
        bed.lost.load(Ordering::Relaxed) - before,
        "connections lost or not made",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_ends_and_has_every_fault_in_a_few_seeds() {
        let mut drawn = std::collections::BTreeSet::new();
        for seed in 0..10 {
            let schedule = Schedule::draw(seed, &possible(), &HOURS);
            let many = schedule.faults.len();
            assert!((8..=20).contains(&many), "seed {seed}: {many} faults");
            drawn.extend(schedule.faults.iter().map(Fault::name));
        }
        assert_eq!(drawn.len(), possible().len(), "{drawn:?}");
    }

    #[test]
    fn what_keeps_schemas_is_a_fault_of_the_scratch_server() {
        let is_possible = |what: &&str| {
            (possible().iter()).any(|one| one.what == *what && one.target == "scratch")
        };
        assert!(KEEPS_SCHEMAS.iter().all(is_possible));
    }

    #[test]
    fn a_silence_lasts_for_longer_than_two_statements_may() {
        let limit_ms = crate::analyst::terms().statement_us / 1_000;
        let silence = possible().into_iter().find(|one| one.what == "silence");
        assert!(silence.is_some_and(|one| *one.lasts_ms.start() > 2 * limit_ms + 1_000));
    }
}
