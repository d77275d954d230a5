//! What may go wrong with Redis, the ways to it, and the source, and how it is made to.
//!
//! Each fault counts whom it struck: connections that found nobody, answers that were kept back, loads that were held up. One that struck nobody
//! makes the run an error, because then it has tested less than its schedule says.
//!
//! What keeps a command on its way ends within a second, since a mark of a deletion lives for that much longer than a load
//! ([`Terms::late_at_most_us`](crate::facts::Terms)).

use std::ops::RangeInclusive;
use std::time::Duration;

use chaos::{Fault, Hours, Possible, Recorder, Schedule, Struck};
use testbed::{Direction, Faults, Kind, Proxy};

use crate::bed::{Bed, Handling};
use crate::plan::{Instance, KEYS, WRITES_UNTIL_MS};
use crate::run::Result;

/// When faults strike: the last has ended before the last writer comes.
pub const HOURS: Hours = Hours {
    from_ms: 800,
    until_ms: WRITES_UNTIL_MS - 1_000,
    pause_ms: 200..=700,
};

/// None begins after this: a Redis that takes long to start puts off the faults after it, and they need a crowd.
const LAST_MS: u64 = WRITES_UNTIL_MS - 1_500;

/// A command is one round trip: some are slower than Redis may be.
const SLOW: RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(110);
/// Bytes of answers after which a connection dies: within its greeting (10), or a few answers later; also at an instance that only writes.
const DROP_AFTER: RangeInclusive<u64> = 0..=40;

/// What makes Redis forget what it has: values, and marks of deletions too.
pub const FORGETS: [&str; 5] = [
    "kill -9 and empty",
    "flush",
    "no room in",
    "no memory for",
    "strange bytes in",
];
/// What keeps commands on their way for as long as it lasts, and lets them arrive in the end. On a slow way each is late by [`SLOW`] and no more.
pub const DELAYS: [&str; 2] = ["pause", "kept back from"];

/// The faults of this lab; each lasts for a while, also one that is done at once, because a schedule ends when no time is left for the shortest. Weights: what a cache meets most often, and what hurts it most, comes first.
#[must_use]
pub fn possible() -> Vec<Possible> {
    let one = Possible::new;
    vec![
        one("kill -9 and empty", "redis", 3, 500..=1_200),
        one("kill -9", "redis", 3, 500..=1_200),
        one("pause", "redis", 3, 400..=900),
        one("flush", "redis", 2, 20..=20),
        one("no room in", "redis", 2, 500..=1_200),
        one("no memory for", "redis", 3, 500..=1_200),
        one("strange bytes in", "redis", 2, 300..=300),
        one("cut from", "a", 4, 500..=1_500),
        one("cut from", "b", 2, 500..=1_500),
        one("answers lost to", "a", 4, 800..=1_500),
        one("answers lost to", "b", 2, 800..=1_500),
        one("kept back from", "a", 3, 700..=900),
        one("kept back from", "b", 2, 700..=900),
        one("slow for", "a", 3, 800..=1_500),
        one("slow for", "b", 1, 800..=1_500),
        one("flaky for", "a", 2, 1_000..=1_500),
        one("flaky for", "b", 1, 1_000..=1_500),
        one("stall", "source", 4, 800..=1_500),
    ]
}

/// Lets the schedule happen, beside the crowd.
///
/// # Errors
/// Redis cannot be stopped or started.
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
    let over = recorder.at(recorder.now_us() / 1000 + fault.lasts_ms);
    let instance = Instance::ALL
        .into_iter()
        .find(|instance| instance.name() == fault.target);
    match (fault.what.as_str(), instance) {
        ("stall", None) => {
            let before = bed.source.stall(true);
            over.await;
            Ok((bed.source.stall(false) - before, "loads held up"))
        }
        (what, None) => at_redis(bed, what, over).await,
        (what, Some(at)) => on_the_way(bed.way(at), what, over).await,
    }
}

/// A fault of Redis itself.
async fn at_redis(
    bed: &Bed,
    what: &str,
    over: impl Future<Output = ()>,
) -> Result<(u64, &'static str)> {
    match what {
        "kill -9 and empty" => {
            // Empties its file too, which an earlier kill may have left.
            tell::<()>(bed, "FLUSHALL").await?;
            kill(bed, over).await
        }
        "kill -9" => {
            // What was acknowledged is on the disk: nobody writes between the save and the kill.
            tell::<()>(bed, "CLIENT PAUSE 60000 WRITE").await?;
            tell::<()>(bed, "SAVE").await?;
            kill(bed, over).await
        }
        "pause" => {
            let before = asked(bed);
            bed.handle(Handling::Pause).await?;
            over.await;
            let waited = asked(bed) - before;
            bed.handle(Handling::Resume).await?;
            Ok((waited, "commands that waited"))
        }
        "flush" => {
            let keys: u64 = tell(bed, "DBSIZE").await?;
            tell::<()>(bed, "FLUSHALL").await?;
            Ok((keys, "keys forgotten"))
        }
        "no room in" => {
            let before = info(bed, "evicted_keys").await?;
            tell::<()>(bed, "CONFIG SET maxmemory-policy allkeys-random").await?;
            // Less than it has when it is empty: it evicts until nothing is left, and takes writes all the same for a while.
            let has = info(bed, "used_memory").await?;
            let room = format!("CONFIG SET maxmemory {}", has - has / 50);
            tell::<()>(bed, &room).await?;
            over.await;
            tell::<()>(bed, "CONFIG SET maxmemory 0").await?;
            tell::<()>(bed, "CONFIG SET maxmemory-policy noeviction").await?;
            Ok((info(bed, "evicted_keys").await? - before, "keys evicted"))
        }
        "no memory for" => {
            let before = out_of_memory(bed).await?;
            tell::<()>(bed, "CONFIG SET maxmemory 1").await?;
            over.await;
            tell::<()>(bed, "CONFIG SET maxmemory 0").await?;
            Ok((out_of_memory(bed).await? - before, "writes refused"))
        }
        "strange bytes in" => strange_bytes(bed).await,
        _ => Err(unknown(what)),
    }
}

async fn kill(bed: &Bed, over: impl Future<Output = ()>) -> Result<(u64, &'static str)> {
    let nobody = || -> u64 { bed.ways().iter().map(|way| way.stats().unreachable).sum() };
    let before = nobody();
    bed.handle(Handling::Kill).await?;
    over.await;
    let fired = nobody() - before;
    bed.handle(Handling::Restart).await?;
    Ok((fired, "connections that found nobody"))
}

/// Somebody else writes what no cache has written: a text, a value that is cut off, another type of Redis's.
async fn strange_bytes(bed: &Bed) -> Result<(u64, &'static str)> {
    let mut written = 0;
    for key in (0..KEYS).step_by(2) {
        let name = bed.stored_as(key);
        let found: u64 = bed.tell(vec!["EXISTS".to_owned(), name.clone()]).await?;
        if found == 0 {
            continue;
        }
        written += 1;
        let set = |value: &str| ["SET", &name, value, "KEEPTTL"].map(str::to_owned).to_vec();
        match key % 3 {
            0 => bed.tell::<()>(set("42")).await?,
            1 => bed.tell::<()>(set("")).await?,
            _ => {
                bed.tell::<u64>(vec!["DEL".to_owned(), name.clone()])
                    .await?;
                let push = ["RPUSH", &name, "42"].map(str::to_owned).to_vec();
                bed.tell::<u64>(push).await?;
                let expire = ["PEXPIRE", &name, "3000"].map(str::to_owned).to_vec();
                bed.tell::<u64>(expire).await?;
            }
        }
    }
    Ok((written, "values overwritten"))
}

/// A fault of one way.
async fn on_the_way(
    way: &Proxy,
    what: &str,
    over: impl Future<Output = ()>,
) -> Result<(u64, &'static str)> {
    let struck = match what {
        "cut from" => (
            during(way, over, Kind::Cut, Proxy::cut).await,
            "connections cut",
        ),
        "answers lost to" => {
            let lose = |way: &Proxy| way.partition(Direction::ToClient);
            let before = way.stats().fired(Kind::Partition);
            lose(way);
            over.await;
            // What was kept back would arrive now; a partition that ends by a reset is one that never delivers.
            way.reset();
            way.heal();
            (way.stats().fired(Kind::Partition) - before, "answers lost")
        }
        "kept back from" => {
            let keep = |way: &Proxy| way.partition(Direction::ToServer);
            (
                during(way, over, Kind::Partition, keep).await,
                "commands kept back",
            )
        }
        "slow for" => {
            let slow = |way: &Proxy| way.plan(Faults::none().delay(SLOW));
            (
                during(way, over, Kind::Delay, slow).await,
                "messages delayed",
            )
        }
        "flaky for" => {
            let die = Faults::none()
                .drop_after(DROP_AFTER)
                .only(Direction::ToClient);
            let flaky = |way: &Proxy| way.plan(die);
            (
                during(way, over, Kind::Drop, flaky).await,
                "connections dropped",
            )
        }
        _ => return Err(unknown(what)),
    };
    Ok(struck)
}

/// Breaks the way, waits until it is over, and heals it; how often the fault struck meanwhile.
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

fn unknown(what: &str) -> Box<dyn std::error::Error + Send + Sync> {
    format!("the schedule has a fault that this lab has not: {what}").into()
}

async fn tell<T: redis::FromRedisValue + Send + 'static>(bed: &Bed, words: &str) -> Result<T> {
    bed.tell(words.split(' ').map(str::to_owned).collect())
        .await
}

/// Chunks that have gone to Redis.
fn asked(bed: &Bed) -> u64 {
    let asked = |way: &Proxy| way.stats().toward(Direction::ToServer).chunks_in;
    bed.ways().iter().map(asked).sum()
}

/// A number of Redis' own.
async fn info(bed: &Bed, field: &str) -> Result<u64> {
    let info: String = tell(bed, "INFO").await?;
    let found = info
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    Ok(found.unwrap_or("0").trim().parse()?)
}

/// How many commands were refused for want of memory.
async fn out_of_memory(bed: &Bed) -> Result<u64> {
    let info: String = tell(bed, "INFO errorstats").await?;
    let found = info
        .lines()
        .find_map(|line| line.strip_prefix("errorstat_OOM:count="));
    Ok(found.unwrap_or("0").trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_ends_and_has_most_faults_in_a_few_seeds() {
        let mut drawn = std::collections::BTreeSet::new();
        for seed in 0..20 {
            let schedule = Schedule::draw(seed, &possible(), &HOURS);
            let many = schedule.faults.len();
            assert!((7..=20).contains(&many), "seed {seed}: {many} faults");
            drawn.extend(schedule.faults.iter().map(Fault::name));
        }
        assert_eq!(drawn.len(), possible().len(), "{drawn:?}");
    }

    #[test]
    fn what_forgets_and_what_delays_is_there() {
        let is_possible = |what: &&str| possible().iter().any(|one| one.what == *what);
        assert!(FORGETS.iter().chain(&DELAYS).all(is_possible));
    }

    #[test]
    fn what_delays_ends_before_a_mark_of_a_deletion_does() {
        let most = crate::bed::terms().unwrap().late_at_most_us / 1_000;
        let delays = possible()
            .into_iter()
            .filter(|one| DELAYS.contains(&one.what));
        for one in delays {
            assert!(one.lasts_ms.end() + 100 < most, "{one:?}, and {most} ms");
        }
    }
}
