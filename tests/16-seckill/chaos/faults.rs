//! What may go wrong with the sale, and how it is made to.
//!
//! Each fault counts how often it struck: a process that died, connections cut, chunks that waited or were kept back. One that
//! struck nobody makes the run an error, because then it has tested less than its schedule says.

use std::time::Duration;

use chaos::{Fault, Hours, Possible, Recorder, Schedule, Struck};
use testbed::{Direction, Faults, Kind, Proxy};

use crate::bed::Bed;
use crate::run::Result;

/// When faults strike: from the first rush on; the last has ended before the crowd has gone.
pub const HOURS: Hours = Hours {
    from_ms: 1_400,
    until_ms: 15_500,
    pause_ms: 250..=800,
};

/// A network between two machines of which one is about to be repaired.
const SLOW: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_millis(60);
/// Bytes after which a connection that is dropped dies: within one request or the next, also when only the gates ask.
const DROP_AFTER: std::ops::RangeInclusive<u64> = 0..=150;

/// The faults of this lab. Weights: what a sale meets most often, and what hurts it most, comes first.
#[must_use]
pub fn possible() -> Vec<Possible> {
    let one = Possible::new;
    vec![
        one("kill -9", "serve-1", 4, 300..=1_200),
        one("kill -9", "serve-2", 4, 300..=1_200),
        one("kill -9", "consume", 2, 300..=1_500),
        one("kill -9", "reconcile", 2, 300..=1_500),
        one("pause", "redis", 2, 300..=2_500),
        one("kill -9", "redis", 2, 1_500..=2_600),
        one("power cut", "redis", 4, 1_500..=2_600),
        one("redis cut from", "serve-1", 3, 400..=1_500),
        one("redis cut from", "serve-2", 2, 400..=1_500),
        one("redis cut from", "reconcile", 1, 400..=1_500),
        one("redis slow for", "serve-1", 3, 1_000..=2_500),
        one("redis slow for", "serve-2", 3, 1_000..=2_500),
        one("redis answers lost to", "serve-1", 2, 500..=2_500),
        one("redis answers lost to", "serve-2", 2, 500..=2_500),
        one("redis link dropped for", "serve-1", 1, 800..=1_500),
        one("redis link dropped for", "serve-2", 1, 800..=1_500),
        // Longer than a produce may take (5 s): its outcome is unknown.
        one("lost answers of", "kafka", 6, 5_600..=6_400),
        one("cut", "mysql", 2, 400..=1_500),
        one("slow", "mysql", 1, 800..=2_000),
    ]
}

/// Lets the schedule happen, beside the crowd.
///
/// # Errors
/// A server cannot be stopped or started.
pub async fn strike(bed: &mut Bed, schedule: &Schedule, recorder: &Recorder) -> Result<()> {
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
async fn one(bed: &mut Bed, fault: &Fault, recorder: &Recorder) -> Result<(u64, &'static str)> {
    let over = recorder.at(fault.at_ms + fault.lasts_ms);
    let instance = |bed: &Bed| match fault.target.as_str() {
        "serve-1" => 0,
        "serve-2" => 1,
        _ => bed.to_redis.len() - 1,
    };
    Ok(match (fault.what.as_str(), fault.target.as_str()) {
        ("pause", "redis") => {
            let before = asked(bed);
            bed.redis.pause().await?;
            over.await;
            bed.redis.resume().await?;
            (asked(bed) - before, "requests that waited")
        }
        ("kill -9", "redis") => {
            bed.redis.kill().await?;
            come_back(bed, fault, recorder).await?;
            (1, "servers killed")
        }
        ("power cut", "redis") => {
            // Back to the beginning, as far as the setting allows: everysec keeps all but the last two seconds.
            let cut = bed.redis.power_cut(bed.redis_since).await?;
            come_back(bed, fault, recorder).await?;
            (cut.lost_bytes, "bytes forgotten")
        }
        ("kill -9", name) => {
            let process = match name {
                "serve-1" => &mut bed.processes[0],
                "serve-2" => &mut bed.processes[1],
                "consume" => &mut bed.processes[2],
                _ => &mut bed.processes[3],
            };
            let died = process.kill().await;
            over.await;
            process.revive();
            (died, "processes killed")
        }
        ("redis cut from", _) => {
            let proxy = &bed.to_redis[instance(bed)];
            (
                during(proxy, over, Kind::Cut, Proxy::cut).await,
                "connections cut",
            )
        }
        ("redis slow for", _) => {
            let slow = |proxy: &Proxy| proxy.plan(Faults::none().delay(SLOW));
            let proxy = &bed.to_redis[instance(bed)];
            (
                during(proxy, over, Kind::Delay, slow).await,
                "messages delayed",
            )
        }
        ("redis answers lost to", _) => {
            let lose = |proxy: &Proxy| proxy.partition(Direction::ToClient);
            let proxy = &bed.to_redis[instance(bed)];
            let kept = during(proxy, over, Kind::Partition, lose).await;
            // What was kept back would arrive now; a partition that ends by a reset is one that never delivers.
            proxy.reset();
            (kept, "answers kept back")
        }
        ("redis link dropped for", _) => {
            let drop = |proxy: &Proxy| proxy.plan(Faults::none().drop_after(DROP_AFTER));
            let proxy = &bed.to_redis[instance(bed)];
            (
                during(proxy, over, Kind::Drop, drop).await,
                "connections dropped",
            )
        }
        ("lost answers of", "kafka") => {
            let lose = |proxy: &Proxy| proxy.partition(Direction::ToClient);
            let kept = during(bed.kafka.proxy(), over, Kind::Partition, lose).await;
            (kept, "answers kept back")
        }
        ("cut", "mysql") => (
            during(&bed.to_mysql, over, Kind::Cut, Proxy::cut).await,
            "connections cut",
        ),
        ("slow", "mysql") => {
            let slow = |proxy: &Proxy| proxy.plan(Faults::none().delay(SLOW));
            (
                during(&bed.to_mysql, over, Kind::Delay, slow).await,
                "messages delayed",
            )
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

/// Redis comes back after a quarter of the time. Whoever brought it back has it repaired at the end of it: people are not
/// quicker, and until then it sells what it does not know to be sold.
async fn come_back(bed: &mut Bed, fault: &Fault, recorder: &Recorder) -> Result<()> {
    recorder.at(fault.at_ms + fault.lasts_ms / 4).await;
    bed.redis.restart().await?;
    bed.redis_since = bed.redis.mark().await?;
    recorder.at(fault.at_ms + fault.lasts_ms).await;
    bed.repair(recorder).await;
    Ok(())
}

/// Breaks the network, waits until it is over, and heals it; how often the fault struck meanwhile.
async fn during(
    proxy: &Proxy,
    over: impl Future<Output = ()>,
    kind: Kind,
    fault: impl FnOnce(&Proxy),
) -> u64 {
    let before = proxy.stats().fired(kind);
    fault(proxy);
    over.await;
    let fired = proxy.stats().fired(kind) - before;
    proxy.heal();
    fired
}

/// Chunks that have gone to Redis.
fn asked(bed: &Bed) -> u64 {
    bed.to_redis
        .iter()
        .map(|proxy| proxy.stats().toward(Direction::ToServer).chunks_in)
        .sum()
}
