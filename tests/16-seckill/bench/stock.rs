//! Reservations: the reference, the same script called bare, and the lock around DECR, in turns on one connection.

use futures_util::StreamExt;
use seckill::core::gate::Gates;
use seckill::core::ids::{Bucket, BuyerId, OrderId};
use seckill::shell::conn::Conn;
use seckill::shell::keys::{BucketKeys, Keys};
use seckill::shell::stock::{Home, Reserve, Stock};
use testbed::{Direction, OwnRedis};

use crate::lock::{self, Locked};
use crate::measure::{Spread, rate, timed_async};
use crate::report::Report;
use crate::{Result, sale};

const ROUNDS: u64 = 60;
/// Reservations in a slice, about 30 ms.
const SLICE: u64 = 2_000;
/// The lock is much slower, and its slices shorter.
const LOCK_SLICE: u64 = 200;

/// The three, each with a stock of its own in the same Redis.
struct Contest {
    conn: Conn,
    stock: Stock,
    gates: Gates,
    bare: Bare,
    locked: Locked,
}

/// The script without anything around it: EVALSHA, its arguments made beforehand, its answer left as it is.
struct Bare {
    sha: String,
    keys: BucketKeys,
    orders: Vec<String>,
}

impl Contest {
    async fn open(url: &str) -> Result<Self> {
        let conn = Conn::single(url).await?;
        let sale = sale(u32::MAX, 1);
        let keys = |prefix| Keys::new(prefix, sale.id(), sale.buckets());
        for prefix in ["ours:", "bare:", "lock:"] {
            Stock::new(conn.clone(), prefix, sale.clone())
                .warm_up(&[])
                .await?;
        }
        let script = include_str!("../../../solutions/16-seckill/src/shell/scripts/reserve.lua");
        let sha = redis::cmd("SCRIPT")
            .arg("LOAD")
            .arg(script)
            .query_async(&mut conn.clone())
            .await?;
        Ok(Self {
            stock: Stock::new(conn.clone(), "ours:", sale.clone()),
            gates: Gates::open(1),
            bare: Bare {
                sha,
                keys: keys("bare:").of(Bucket(0)).clone(),
                orders: (0..SLICE).map(|i| OrderId(i.into()).to_string()).collect(),
            },
            locked: Locked {
                conn: conn.clone(),
                keys: keys("lock:"),
                sale: sale.clone(),
            },
            conn,
        })
    }

    /// How often a second the reference reserves, with so many in flight.
    async fn ours(&self, in_flight: usize) -> Result<f64> {
        let asking = (0..SLICE).map(|i| {
            self.stock
                .reserve(BuyerId(i), OrderId(i.into()), &self.gates)
        });
        let mut requests = futures_util::stream::iter(asking).buffer_unordered(in_flight);
        let took = timed_async(async {
            while let Some(outcome) = requests.next().await {
                assert!(matches!(outcome, Ok(Reserve::Reserved(held)) if !held.replayed));
            }
        });
        let took = took.await;
        self.forget("ours:").await?;
        Ok(rate(SLICE, took))
    }

    /// The same of the script.
    async fn bare(&self, in_flight: usize) -> Result<f64> {
        let Bare { sha, keys, orders } = &self.bare;
        let asking = (0..SLICE).zip(orders).map(|(buyer, order)| async move {
            redis::cmd("EVALSHA")
                .arg(sha)
                .arg(3)
                .arg(&keys.bucket)
                .arg(&keys.claims)
                .arg(&keys.unsettled)
                .arg(buyer)
                .arg(order)
                .arg(0)
                .arg(1)
                .query_async::<redis::Value>(&mut self.conn.clone())
                .await
        });
        let mut requests = futures_util::stream::iter(asking).buffer_unordered(in_flight);
        let took = timed_async(async {
            while let Some(outcome) = requests.next().await {
                assert!(matches!(outcome, Ok(redis::Value::Array(_))));
            }
        });
        let took = took.await;
        self.forget("bare:").await?;
        Ok(rate(SLICE, took))
    }

    /// The same of the lock.
    async fn locked(&self, in_flight: usize) -> Result<f64> {
        let asking =
            (0..LOCK_SLICE).map(|i| self.locked.reserve_at_home(BuyerId(i), OrderId(i.into())));
        let mut requests = futures_util::stream::iter(asking).buffer_unordered(in_flight);
        let took = timed_async(async {
            while let Some(outcome) = requests.next().await {
                assert!(matches!(outcome, Ok(Home::Decided(Reserve::Reserved(_)))));
            }
        });
        let took = took.await;
        self.forget("lock:").await?;
        Ok(rate(LOCK_SLICE, took))
    }

    /// Each slice finds the claims empty, as the one before it did.
    async fn forget(&self, prefix: &str) -> Result<()> {
        let keys = Keys::new(prefix, self.stock.sale().id(), 1);
        let keys = keys.of(Bucket(0));
        redis::cmd("DEL")
            .arg(&keys.claims)
            .arg(&keys.unsettled)
            .query_async::<i64>(&mut self.conn.clone())
            .await?;
        Ok(())
    }
}

/// Runs the contest and reports it.
///
/// # Errors
/// A server failed.
pub async fn run(redis: &OwnRedis, report: &mut Report) -> Result<()> {
    assert!(
        lock::is_the_broken_design(),
        "bench/lock.rs is not broken/lock-around-decr.rs any more"
    );
    let contest = Contest::open(redis.url()).await?;
    for in_flight in [16, 64] {
        for _warm in 0..5 {
            contest.ours(in_flight).await?;
            contest.bare(in_flight).await?;
        }
        let (mut ours, mut bare, mut locked) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ratios, mut lock_ratios) = (Vec::new(), Vec::new());
        for _round in 0..ROUNDS {
            let a = contest.ours(in_flight).await?;
            let b = (contest.bare(in_flight).await? + contest.bare(in_flight).await?) / 2.0;
            let a = (a + contest.ours(in_flight).await?) / 2.0;
            let lock = contest.locked(in_flight).await?;
            ratios.push(a / b);
            lock_ratios.push(lock / a);
            ours.push(a);
            bare.push(b);
            locked.push(lock);
        }
        let name = |what| format!("{what}_{in_flight}_in_flight");
        report.promise(
            name("reserve_to_bare_script"),
            "ratio",
            Spread::of(ratios),
            0.8,
        );
        report.add(name("reserve"), "a second", Spread::of(ours));
        report.add(name("bare_script"), "a second", Spread::of(bare));
        report.add(name("lock_around_decr"), "a second", Spread::of(locked));
        report.add(
            name("lock_around_decr_to_reserve"),
            "ratio",
            Spread::of(lock_ratios),
        );
        let commands = commands(&contest, in_flight).await?;
        report.add(
            name("lock_around_decr_commands"),
            "each",
            Spread::exactly(commands),
        );
    }
    let micros = script_micros(&contest.conn).await?;
    report.add(
        "reserve_script_inside_redis",
        "us each",
        Spread::exactly(micros),
    );
    round_trips(redis, report).await
}

/// How long Redis itself says that it ran each script.
async fn script_micros(conn: &Conn) -> Result<f64> {
    let stats = command_stats(conn).await?;
    let of = |line: &str| {
        let counts = line.strip_prefix("cmdstat_evalsha:")?;
        let micros = counts
            .split(',')
            .find_map(|count| count.strip_prefix("usec_per_call="));
        micros?.parse().ok()
    };
    stats
        .lines()
        .find_map(of)
        .ok_or_else(|| "Redis does not say what scripts cost".into())
}

async fn command_stats(conn: &Conn) -> Result<String> {
    let mut info = redis::cmd("INFO");
    Ok(info
        .arg("commandstats")
        .query_async(&mut conn.clone())
        .await?)
}

/// How many commands the lock costs each reservation when so many want it, by Redis's own count.
async fn commands(contest: &Contest, in_flight: usize) -> Result<f64> {
    let before = calls(&contest.conn).await?;
    contest.locked(in_flight).await?;
    Ok((calls(&contest.conn).await? - before) as f64 / LOCK_SLICE as f64)
}

/// The lock's commands so far, by Redis's own count. It counts those inside scripts too, but none runs meanwhile.
async fn calls(conn: &Conn) -> Result<u64> {
    let stats = command_stats(conn).await?;
    let of = |line: &str| {
        let (command, counts) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let mine = ["set", "hincrby", "hset", "del"].contains(&command);
        mine.then(|| counts.split(',').next()?.parse::<u64>().ok())
            .flatten()
    };
    Ok(stats.lines().filter_map(of).sum())
}

/// Round trips of one reservation that has the sale to itself, counted on the wire.
async fn round_trips(redis: &OwnRedis, report: &mut Report) -> Result<()> {
    const EACH: u64 = 100;
    let proxy = testbed::proxy(redis.addr(), 16).await?;
    let contest = Contest::open(&format!("redis://{}/", proxy.addr())).await?;
    let sent = || proxy.stats().toward(Direction::ToServer).chunks_in;
    contest.ours(1).await?;
    let before = sent();
    for i in 0..EACH {
        let reserved = contest
            .stock
            .reserve(BuyerId(i), OrderId(i.into()), &contest.gates);
        assert!(matches!(reserved.await?, Reserve::Reserved(_)));
    }
    let ours = (sent() - before) as f64 / EACH as f64;
    let before = sent();
    for i in 0..EACH {
        let reserved = contest
            .locked
            .reserve_at_home(BuyerId(i), OrderId(i.into()));
        assert!(matches!(
            reserved.await?,
            Home::Decided(Reserve::Reserved(_))
        ));
    }
    let locked = (sent() - before) as f64 / EACH as f64;
    report.add("reserve_round_trips", "each", Spread::exactly(ours));
    report.add(
        "lock_around_decr_round_trips",
        "each",
        Spread::exactly(locked),
    );
    Ok(())
}
