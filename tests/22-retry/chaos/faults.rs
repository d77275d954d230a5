//! What may go wrong with the two servers, and how it is made to.
//!
//! Each fault counts whom it struck: attempts that got no answer while it was on, messages that waited, connections that were dropped.
//! One that struck nobody makes the run an error, because then it has tested less than its schedule says.

use std::ops::RangeInclusive;
use std::time::Duration;

use chaos::{Fault, Hours, Possible, Recorder, Schedule, Struck};
use testbed::{Direction, Faults, Kind, Proxy};

use crate::bed::{Bed, Handling};
use crate::calls::{COMES_FOR_MS, Server};
use crate::run::Result;

/// When faults strike: the last has ended well before the last caller comes.
pub const HOURS: Hours = Hours {
    from_ms: 700,
    until_ms: 17_000,
    pause_ms: 300..=900,
};

/// None begins after this: a server that takes long to start puts off the faults after it, and they need callers.
const LAST_MS: u64 = COMES_FOR_MS - 4_000;

/// A request to Redis is one round trip.
const SLOW_REDIS: RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(150);
/// One to MySQL is five to nine.
const SLOW_MYSQL: RangeInclusive<Duration> = Duration::from_millis(2)..=Duration::from_millis(22);
/// Bytes of an answer after which its connection dies: Redis' whole answer is longer, MySQL's last one begins after it.
const OF_AN_ANSWER_REDIS: u64 = 3;
const OF_AN_ANSWER_MYSQL: u64 = 80;

/// The faults of this lab. Weights: what a retry is most often made for, and what tells most about it, comes first.
#[must_use]
pub fn possible() -> Vec<Possible> {
    let one = Possible::new;
    vec![
        one("kill -9", "redis", 3, 700..=1_800),
        one("kill -9", "mysql", 4, 1_200..=2_200),
        one("pause", "redis", 2, 500..=1_500),
        one("pause", "mysql", 2, 500..=1_500),
        one("cut", "redis", 2, 500..=1_500),
        one("cut", "mysql", 2, 500..=1_500),
        one("answers lost of", "redis", 3, 500..=1_500),
        one("answers lost of", "mysql", 3, 500..=1_500),
        one("rows locked in", "mysql", 3, 500..=1_500),
        one("slow", "redis", 3, 1_200..=2_500),
        one("slow", "mysql", 3, 1_200..=2_500),
        one("flaky", "redis", 3, 1_200..=2_500),
        one("flaky", "mysql", 3, 1_200..=2_500),
    ]
}

/// Lets the schedule happen, beside the crowd.
///
/// # Errors
/// A server cannot be stopped or started.
pub async fn strike(bed: &Bed, schedule: &Schedule, recorder: &Recorder) -> Result<()> {
    for fault in &schedule.faults {
        recorder.at(fault.at_ms).await;
        let began_us = recorder.now_us();
        if began_us / 1000 > LAST_MS {
            recorder.progress(format!("no time is left for: {}", fault.name()));
            continue;
        }
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
async fn one(bed: &Bed, fault: &Fault, recorder: &Recorder) -> Result<(u64, &'static str)> {
    const UNANSWERED: &str = "attempts without an answer";
    let unknown = || {
        format!(
            "the schedule has a fault that this lab has not: {}",
            fault.name()
        )
    };
    let server = Server::ALL
        .into_iter()
        .find(|server| server.name() == fault.target)
        .ok_or_else(unknown)?;
    let began_us = recorder.now_us();
    let over = recorder.at(began_us / 1000 + fault.lasts_ms);
    let (slow, of_an_answer) = match server {
        Server::Redis => (SLOW_REDIS, OF_AN_ANSWER_REDIS),
        Server::Mysql => (SLOW_MYSQL, OF_AN_ANSWER_MYSQL),
    };
    let greeting = bed.greeting(server);
    let die_after = |bytes| Faults::none().drop_after(bytes).only(Direction::ToClient);
    let slow = Faults::none().delay(slow);
    let struck = match fault.what.as_str() {
        "kill -9" => {
            bed.handle(server, Handling::Kill).await?;
            over.await;
            bed.handle(server, Handling::Restart).await?;
            (recorder.struck_since(server.name(), began_us), UNANSWERED)
        }
        "pause" => {
            bed.handle(server, Handling::Pause).await?;
            over.await;
            let fired = recorder.struck_since(server.name(), began_us);
            bed.handle(server, Handling::Resume).await?;
            (fired, UNANSWERED)
        }
        "cut" => {
            bed.way(server).cut();
            over.await;
            bed.way(server).heal();
            (recorder.struck_since(server.name(), began_us), UNANSWERED)
        }
        "answers lost of" => {
            // The request arrives, and its answer dies on the way.
            let lost = die_after(greeting..=greeting + of_an_answer);
            let fired = during(bed.way(server), over, Kind::Drop, |way| way.plan(lost)).await;
            (fired, "answers lost")
        }
        "rows locked in" => {
            // The request arrives and waits; it is done when the lock is gone, though nobody waits for it any more.
            let lock = bed.stores.lock_rows().await?;
            over.await;
            let fired = recorder.struck_since(server.name(), began_us);
            drop(lock);
            (fired, UNANSWERED)
        }
        "slow" => {
            let fired = during(bed.way(server), over, Kind::Delay, |way| way.plan(slow)).await;
            (fired, "messages delayed")
        }
        "flaky" => {
            // Dies anywhere between the greeting and the end of the answer, and is slow until then.
            let flaky = die_after(0..=greeting + of_an_answer).and(slow);
            let fired = during(bed.way(server), over, Kind::Drop, |way| way.plan(flaky)).await;
            (fired, "connections dropped")
        }
        _ => return Err(unknown().into()),
    };
    Ok(struck)
}

/// Breaks the network, waits until it is over, and heals it; how often the fault struck meanwhile.
async fn during(
    way: &Proxy,
    over: impl Future<Output = ()>,
    kind: Kind,
    fault: impl FnOnce(&Proxy),
) -> u64 {
    let before = way.stats().fired(kind);
    fault(way);
    over.await;
    let fired = way.stats().fired(kind) - before;
    way.heal();
    fired
}
