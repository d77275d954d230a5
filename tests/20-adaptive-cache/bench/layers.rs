//! With a real Redis: which commands it is spared, and what a get takes while a scan runs.
//!
//! **Commands.** Redis counts them itself. The time of the classes is virtual, so that it is a count: 5,000 requests a second by Zipf's law, one after the other.
//!
//! **A scan.** A hundred keys are asked for all the time, and a job reads the catalogue from end to end through the same cache. Beside the lab's cache stand one
//! that keeps in the process whatever was asked for last, as most do, and Redis alone.

use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use measure::{Run, Spread, Target, timed_async};
use redis::aio::ConnectionManager;
use testbed::OwnRedis;
use traces::{Generator, Load};

use crate::look_aside::LookAside;
use crate::{Error, redis_counts, reference};

/// A hundred bytes.
pub const VALUE: &str = "----------------------------------------------------------------------------------------------------";
/// Of the learner's stages, the last one that this needs.
const STAGE: u32 = 5;

/// Whoever answers gets, with Redis behind it.
pub trait Getting {
    /// One get; an error if it is not answered as it should be.
    fn get<'a>(&'a self, key: &'a str) -> LocalBoxFuture<'a, Result<(), Error>>;

    /// So much time passes, if it has a clock that is moved.
    fn passes(&self, _time: Duration) {}

    /// Loads so far.
    fn loads(&self) -> u64;
}

/// What makes a key hot, and by which clock.
#[derive(Clone, Copy)]
pub struct Terms {
    pub window: Duration,
    /// Requests in a window; below half of it a key is hot no more.
    pub hot: u64,
    pub dwell: Duration,
    pub virtual_time: bool,
}

/// Two requests a second: then a copy for five seconds saves nine commands of ten.
const COUNTED: Terms = Terms {
    window: Duration::from_secs(10),
    hot: 20,
    dwell: Duration::from_secs(10),
    virtual_time: true,
};
/// 20 seconds, after which the classes are settled; as many in a quick run.
const REQUESTS_BEFORE: usize = 100_000;
const REQUESTS: usize = 50_000;
const BETWEEN: Duration = Duration::from_micros(200);

/// The classes settle in seconds, so that nobody waits for them.
const TIMED: Terms = Terms {
    window: Duration::from_millis(500),
    hot: 8,
    dwell: Duration::from_millis(500),
    virtual_time: false,
};
const HOT_KEYS: u32 = 100;
/// Gets of hot keys in each millisecond.
const EACH_TICK: usize = 4;
/// Longer than the dwell time and two windows; as many in a quick run.
const TICKS_BEFORE: usize = 2_000;
const TICKS: usize = 2_000;
const ROUNDS: usize = 5;
/// How many keys the scan asks for at once.
const AT_ONCE: usize = 16;
/// What the local LRU keeps: twenty times the hot keys.
const LOCAL: u64 = 2_000;

type Contest = Vec<(&'static str, Rc<dyn Getting>)>;

/// The lab's cache first, then yours, then Redis alone and the LRU.
async fn contest(run: &Run, url: &str, terms: Terms) -> Result<Contest, Error> {
    let adaptive = reference::served::Adaptive::open(url, terms)?;
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Contest = vec![("adaptive", Rc::new(adaptive))];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        contest.push((
            "yours_adaptive",
            Rc::new(crate::yours::served::Adaptive::open(url, terms)?),
        ));
    }
    contest.push(("redis_only", Rc::new(LookAside::open(url, None).await?)));
    contest.push((
        "lru_local",
        Rc::new(LookAside::open(url, Some(LOCAL)).await?),
    ));
    Ok(contest)
}

/// Commands, then the scan.
pub async fn compare(
    redis: &OwnRedis,
    conn: &ConnectionManager,
    run: &mut Run,
) -> Result<(), Error> {
    commands(redis, conn, run).await?;
    scan(redis, conn, run).await
}

async fn commands(redis: &OwnRedis, conn: &ConnectionManager, run: &mut Run) -> Result<(), Error> {
    run.part("commands that Redis is spared");
    let contest = contest(run, redis.url(), COUNTED).await?;
    let mut each = Vec::new();
    for (name, cache) in contest.iter().filter(|(name, _)| *name != "lru_local") {
        redis_counts::empty(conn).await?;
        let load = Load::Zipf {
            keys: 50_000,
            exponent: 0.9,
        };
        let mut keys = Generator::new(&load, 1)?;
        requests(cache.as_ref(), &mut keys, REQUESTS_BEFORE).await?;
        let (loads, calls) = (cache.loads(), redis_counts::calls(conn).await?);
        requests(cache.as_ref(), &mut keys, REQUESTS).await?;
        let of = |more: u64| more as f64 / REQUESTS as f64;
        let calls = of(redis_counts::calls(conn).await? - calls);
        each.push((*name, calls));
        run.add(format!("{name}_commands"), "each", Spread::exactly(calls));
        run.add(
            format!("{name}_loads"),
            "each",
            Spread::exactly(of(cache.loads() - loads)),
        );
    }
    let Some(&(_, alone)) = each.iter().find(|(name, _)| *name == "redis_only") else {
        return Ok(());
    };
    for (name, calls) in each.iter().filter(|(name, _)| *name != "redis_only") {
        let share = Spread::exactly(calls / alone);
        let target = Target::counts_at_most(0.8);
        run.promise(
            format!("{name}_commands_to_redis_only"),
            "ratio",
            share,
            target,
        );
    }
    Ok(())
}

async fn requests(cache: &dyn Getting, keys: &mut Generator, count: usize) -> Result<(), Error> {
    for access in keys.take(count) {
        cache.passes(BETWEEN);
        cache.get(&format!("{}", access.key)).await?;
    }
    Ok(())
}

async fn scan(redis: &OwnRedis, conn: &ConnectionManager, run: &mut Run) -> Result<(), Error> {
    run.part("gets while a scan runs");
    redis_counts::empty(conn).await?;
    let contest = contest(run, redis.url(), TIMED).await?;
    let mut p99s = vec![Vec::new(); contest.len()];
    let mut next = 0;
    for round in 0..run.times(ROUNDS) as u64 {
        for (who, (_, cache)) in contest.iter().enumerate() {
            let cache = cache.as_ref();
            // Until the hot keys are known to be.
            hot_gets(cache, round, TICKS_BEFORE).await?;
            let catalogue = futures_util::stream::iter(next..).map(|key| async move {
                cache.get(&format!("catalogue:{key}")).await.map(|()| key)
            });
            let mut catalogue = catalogue.buffer_unordered(AT_ONCE);
            let gets = hot_gets(cache, round, TICKS);
            tokio::pin!(gets);
            let took = loop {
                tokio::select! {
                    took = &mut gets => break took?,
                    Some(read) = catalogue.next() => next = read?.max(next) + 1,
                }
            };
            p99s[who].push(Spread::percentile(took, 99));
        }
        redis_counts::empty(conn).await?;
    }
    let others: Vec<usize> = (0..contest.len())
        .filter(|&who| is_rival(contest[who].0))
        .collect();
    for (who, (name, _)) in contest
        .iter()
        .enumerate()
        .filter(|(_, (name, _))| !is_rival(name))
    {
        for &other in &others {
            let pairs = p99s[who].iter().zip(&p99s[other]);
            let ratio = Spread::of(pairs.map(|(this, that)| this / that));
            let name = format!("{name}_p99_to_{}", contest[other].0);
            run.promise(name, "ratio", ratio, Target::at_most(0.5));
        }
    }
    for ((name, _), p99s) in contest.iter().zip(p99s) {
        run.add(format!("{name}_p99_in_a_scan"), "us each", Spread::of(p99s));
    }
    Ok(())
}

fn is_rival(name: &str) -> bool {
    matches!(name, "redis_only" | "lru_local")
}

/// Gets of hot keys, some each millisecond; how many microseconds each took.
async fn hot_gets(cache: &dyn Getting, seed: u64, ticks: usize) -> Result<Vec<f64>, Error> {
    // Exponent near 0: all of them as often.
    let load = Load::Zipf {
        keys: HOT_KEYS,
        exponent: 0.001,
    };
    let mut keys = Generator::new(&load, seed)?;
    let mut took = Vec::with_capacity(ticks * EACH_TICK);
    let mut tick = tokio::time::interval(Duration::from_millis(1));
    for _ in 0..ticks {
        tick.tick().await;
        for access in keys.by_ref().take(EACH_TICK) {
            let key = format!("hot:{}", access.key);
            let (time, got) = timed_async(cache.get(&key)).await;
            got?;
            took.push(time.as_secs_f64() * 1e6);
        }
    }
    Ok(took)
}
