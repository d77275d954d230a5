//! What may go wrong with the downstream, the way to it and the circuit, and how it is made to.
//!
//! Each fault counts how often it struck; one that struck nobody makes the run an error. Not all of them are outages: an operator's
//! hand, a third of errors and a downstream that knows nothing are there to be borne without opening, or without counting.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use chaos::{Fault, Hours, Possible, Schedule, Struck};
use circuit_breaker::core::machine::Forced;
use serde_json::json;
use testbed::{Direction, Faults, Kind, Proxy};

use crate::bed::Bed;
use crate::downstream::{Given, Mood};
use crate::process::Process;
use crate::recorder::Recorder;
use crate::run::Result;

/// When faults strike.
pub const HOURS: Hours = Hours {
    from_ms: 1_000,
    until_ms: 16_500,
    pause_ms: 300..=800,
};

/// A piece of a request or an answer on a slow link: two or three of them make a call slow, and not too late.
const SLOW: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_millis(110);
/// Bytes after which a connection dies: within the request or the answer.
const DROP_AFTER: RangeInclusive<u64> = 0..=120;

/// The faults of this lab. Each outlasts the circuit's open state three times: it cannot sleep through one.
#[must_use]
pub fn possible() -> Vec<Possible> {
    let one = Possible::new;
    vec![
        one("kill -9", "downstream", 3, 900..=1_800),
        one("cut", "link", 3, 900..=1_800),
        one("silence on", "link", 4, 1_200..=2_200),
        one("slow", "link", 4, 1_200..=2_200),
        one("drops on", "link", 2, 900..=1_600),
        one("errors of", "downstream", 3, 900..=1_600),
        one("a third of errors of", "downstream", 3, 1_200..=2_000),
        one("errors now and then of", "downstream", 4, 1_200..=2_000),
        one("garbled answers of", "downstream", 4, 900..=1_600),
        one("nothing found at", "downstream", 2, 900..=1_200),
        one("an operator opens", "circuit", 1, 500..=900),
        one("an operator closes", "circuit", 1, 500..=900),
    ]
}

/// Lets the schedule happen, beside the crowd.
///
/// # Errors
/// The downstream cannot be stopped or started.
pub async fn strike(bed: &mut Bed, schedule: &Schedule, recorder: &Arc<Recorder>) -> Result<()> {
    for fault in &schedule.faults {
        recorder.at(fault.at_ms).await;
        let began_us = recorder.now_us();
        recorder.progress(fault.name());
        let (fired, counted) = one(bed, fault, recorder).await?;
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

/// One fault, from its beginning to its end; how often it struck, and what was counted.
async fn one(
    bed: &mut Bed,
    fault: &Fault,
    recorder: &Arc<Recorder>,
) -> Result<(u64, &'static str)> {
    let over = recorder.at(fault.at_ms + fault.lasts_ms);
    let link = &bed.link;
    Ok(match fault.what.as_str() {
        "kill -9" => {
            let before = recorder.count("no connection");
            bed.downstream.kill().await?;
            over.await;
            bed.downstream = Process::start(recorder).await?;
            bed.link.retarget(bed.downstream.addr());
            (recorder.count("no connection") - before, "calls to nobody")
        }
        "cut" => {
            let before = recorder.count("no connection");
            link.cut();
            over.await;
            link.heal();
            (recorder.count("no connection") - before, "calls cut off")
        }
        "silence on" => {
            let before = recorder.count("timed out");
            link.partition(Direction::ToClient);
            over.await;
            // Nothing that was kept back arrives any more.
            link.reset();
            link.heal();
            (recorder.count("timed out") - before, "calls timed out")
        }
        "slow" => {
            let slow = |link: &Proxy| link.plan(Faults::none().delay(SLOW));
            (
                during(link, over, Kind::Delay, slow).await,
                "messages delayed",
            )
        }
        "drops on" => {
            let drop = |link: &Proxy| link.plan(Faults::none().drop_after(DROP_AFTER));
            (
                during(link, over, Kind::Drop, drop).await,
                "connections dropped",
            )
        }
        "errors of" => moody(bed, over, recorder, Mood::Failing, Given::Failed).await?,
        "a third of errors of" => {
            moody(bed, over, recorder, Mood::PartlyFailing, Given::Failed).await?
        }
        "errors now and then of" => {
            moody(bed, over, recorder, Mood::Flapping, Given::Failed).await?
        }
        "garbled answers of" => moody(bed, over, recorder, Mood::Garbled, Given::Garbled).await?,
        "nothing found at" => moody(bed, over, recorder, Mood::Empty, Given::NotFound).await?,
        "an operator opens" => {
            let before = recorder.count("rejected: forced");
            operate(bed, recorder, Some(Forced::Open));
            over.await;
            operate(bed, recorder, None);
            let rejected = recorder.count("rejected: forced") - before;
            (rejected, "calls rejected")
        }
        "an operator closes" => {
            let before = recorder.count("answered");
            operate(bed, recorder, Some(Forced::Closed));
            over.await;
            operate(bed, recorder, None);
            (recorder.count("answered") - before, "calls answered")
        }
        _ => {
            return Err(format!(
                "the schedule has a fault that this lab has not: {}",
                fault.name()
            )
            .into());
        }
    })
}

/// The downstream answers otherwise until it is over; how often it did.
async fn moody(
    bed: &mut Bed,
    over: impl Future<Output = ()>,
    recorder: &Recorder,
    mood: Mood,
    given: Given,
) -> Result<(u64, &'static str)> {
    let before = recorder.given(given);
    bed.downstream.mood(mood).await?;
    over.await;
    bed.downstream.mood(Mood::Well).await?;
    Ok((recorder.given(given) - before, "such answers"))
}

/// An operator wants this, or lets go: a step like any other that meets the breaker.
fn operate(bed: &Bed, recorder: &Recorder, forced: Option<Forced>) {
    let step = recorder.step();
    let wants = match forced {
        Some(Forced::Open) => "open",
        Some(Forced::Closed) => "closed",
        None => "nothing",
    };
    match forced {
        Some(forced) => bed.breaker.force(forced),
        None => bed.breaker.release(),
    }
    let value = json!({"step": step.number, "wants": wants});
    recorder.seen(step.at_us, "operator", value);
}

/// Breaks the network, waits until it is over, and heals it; how often the fault struck meanwhile.
async fn during(
    link: &Proxy,
    over: impl Future<Output = ()>,
    kind: Kind,
    fault: impl FnOnce(&Proxy),
) -> u64 {
    let before = link.stats().fired(kind);
    fault(link);
    over.await;
    let fired = link.stats().fired(kind) - before;
    link.heal();
    fired
}
