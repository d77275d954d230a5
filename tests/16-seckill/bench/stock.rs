//! Reservations: the reference, the same script called bare, and the lock around DECR, in turns on one connection.

use std::ops::Range;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use measure::{Run, Spread, Target, Turns, rate, timed_async};
use redis::aio::ConnectionManager;
use reference::core::ids::{Bucket, OrderId};
use reference::shell::keys::{BucketKeys, Keys};
use testbed::{Direction, OwnRedis, Proxy};

use crate::{Error, contenders, redis_counts};

const ROUNDS: usize = 60;
const WARM_UP: usize = 5;
/// Reservations in a slice, about 30 ms.
const SLICE: u64 = 2_000;
/// The lock is much slower, and its slices shorter.
const LOCK_SLICE: u64 = 200;
/// Of the learner's stages, the last one that a reservation needs.
const STAGE: u32 = 2;

/// Whoever has a stock to reserve from.
pub trait Reserving {
    /// One unit for each of these buyers, so many requests in flight.
    fn reserve(
        &self,
        buyers: Range<u64>,
        in_flight: usize,
    ) -> LocalBoxFuture<'_, Result<Sold, Error>>;

    /// Forgets all claims: each slice finds none, as the one before it did.
    fn forget(&self) -> LocalBoxFuture<'_, Result<(), Error>>;
}

/// How many buyers got a unit, and how many were told that there is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sold {
    pub reserved: u64,
    pub refused: u64,
}

/// The script without anything around it: EVALSHA, its arguments made beforehand, its answer left as it is.
struct Bare {
    conn: ConnectionManager,
    sha: String,
    keys: BucketKeys,
    orders: Vec<String>,
}

impl Bare {
    const PREFIX: &str = "bare:";

    async fn open(conn: &ConnectionManager) -> Result<Self, Error> {
        // Its stock is laid out as the reference's is.
        contenders::reference::Shop::open(conn, Self::PREFIX, u32::MAX, 1).await?;
        let script = include_str!("../../../solutions/16-seckill/src/shell/scripts/reserve.lua");
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(script);
        Ok(Self {
            conn: conn.clone(),
            sha: load.query_async(&mut conn.clone()).await?,
            keys: Keys::new(Self::PREFIX, &"bench".parse()?, 1)
                .of(Bucket(0))
                .clone(),
            orders: (0..SLICE).map(|i| OrderId(i.into()).to_string()).collect(),
        })
    }
}

impl Reserving for Bare {
    fn reserve(
        &self,
        buyers: Range<u64>,
        in_flight: usize,
    ) -> LocalBoxFuture<'_, Result<Sold, Error>> {
        Box::pin(async move {
            let asking = buyers.zip(&self.orders).map(|(buyer, order)| async move {
                redis::cmd("EVALSHA")
                    .arg(&self.sha)
                    .arg(3)
                    .arg(&self.keys.bucket)
                    .arg(&self.keys.claims)
                    .arg(&self.keys.unsettled)
                    .arg(buyer)
                    .arg(order)
                    .arg(0)
                    .arg(1)
                    .query_async::<redis::Value>(&mut self.conn.clone())
                    .await
            });
            let mut sold = Sold::default();
            let mut answers = futures_util::stream::iter(asking).buffer_unordered(in_flight);
            while let Some(answer) = answers.next().await {
                assert!(matches!(answer?, redis::Value::Array(_)));
                sold.reserved += 1;
            }
            Ok(sold)
        })
    }

    fn forget(&self) -> LocalBoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            let mut del = redis::cmd("DEL");
            del.arg(&self.keys.claims).arg(&self.keys.unsettled);
            let _keys: i64 = del.query_async(&mut self.conn.clone()).await?;
            Ok(())
        })
    }
}

/// Who takes turns, and how many reservations a turn has.
type Contest = Vec<(&'static str, Box<dyn Reserving>, u64)>;

/// The reference first, then its limit, the broken design, and yours.
async fn contest(conn: &ConnectionManager, run: &Run) -> Result<Contest, Error> {
    let reference = contenders::reference::Shop::open(conn, "reference:", u32::MAX, 1).await?;
    let lock = contenders::lock_around_decr::Shop::open(conn, "lock:", u32::MAX, 1).await?;
    #[allow(unused_mut, reason = "without yours it is complete")]
    let mut contest: Contest = vec![
        ("reserve", Box::new(reference), SLICE),
        ("bare_script", Box::new(Bare::open(conn).await?), SLICE),
        ("lock_around_decr", Box::new(lock), LOCK_SLICE),
    ];
    if run.yours(STAGE) {
        #[cfg(feature = "yours")]
        contest.push((
            "yours",
            Box::new(contenders::yours::Shop::open(conn, "yours:", u32::MAX, 1).await?),
            SLICE,
        ));
    }
    Ok(contest)
}

/// Runs the contest and reports it.
pub async fn compare(
    redis: &OwnRedis,
    conn: &ConnectionManager,
    run: &mut Run,
) -> Result<(), Error> {
    let contest = contest(conn, run).await?;
    for in_flight in [16, 64] {
        run.part(format!("reservations, {in_flight} in flight"));
        let mut turns = Turns::new(contest.len(), run.times(WARM_UP), run.times(ROUNDS));
        while let Some(who) = turns.next() {
            let (_, shop, slice) = &contest[who];
            turns.record(self::slice(shop.as_ref(), *slice, in_flight).await?);
        }
        let name = |what: &str| format!("{what}_{in_flight}_in_flight");
        let target = Target::at_least(0.8);
        let to_bare = Spread::of(turns.ratios(0, 1));
        run.promise(name("reserve_to_bare_script"), "ratio", to_bare, target);
        for (who, (contender, _, _)) in contest.iter().enumerate() {
            run.add(name(contender), "a second", Spread::of(turns.rates(who)));
        }
        let lock_to_reserve = Spread::of(turns.ratios(2, 0));
        run.add(
            name("lock_around_decr_to_reserve"),
            "ratio",
            lock_to_reserve,
        );
        let reserve_to_lock = Spread::of(turns.ratios(0, 2));
        run.add(
            name("reserve_to_lock_around_decr"),
            "ratio",
            reserve_to_lock,
        );
        if contest.len() > 3 {
            let to_bare = Spread::of(turns.ratios(3, 1));
            run.promise(name("yours_to_bare_script"), "ratio", to_bare, target);
            let to_reserve = Spread::of(turns.ratios(3, 0));
            run.add(name("yours_to_reserve"), "ratio", to_reserve);
        }
        let (_, lock, slice) = &contest[2];
        let commands = commands(conn, lock.as_ref(), *slice, in_flight).await?;
        let commands = Spread::exactly(commands);
        run.add(name("lock_around_decr_commands"), "each", commands);
    }
    let micros = redis_counts::script_micros(conn).await?;
    run.add(
        "reserve_script_inside_redis",
        "us each",
        Spread::exactly(micros),
    );
    round_trips(redis, run).await
}

/// How often a second this one reserves.
async fn slice(shop: &dyn Reserving, count: u64, in_flight: usize) -> Result<f64, Error> {
    let (took, sold) = timed_async(shop.reserve(0..count, in_flight)).await;
    assert_eq!(sold?.reserved, count, "there is enough for all");
    shop.forget().await?;
    Ok(rate(count, took))
}

/// How many commands the lock costs each reservation when so many want it, by Redis's own count.
async fn commands(
    conn: &ConnectionManager,
    lock: &dyn Reserving,
    count: u64,
    in_flight: usize,
) -> Result<f64, Error> {
    const LOCKS: [&str; 4] = ["set", "hincrby", "hset", "del"];
    let before = redis_counts::calls(conn, &LOCKS).await?;
    lock.reserve(0..count, in_flight).await?;
    let after = redis_counts::calls(conn, &LOCKS).await?;
    lock.forget().await?;
    Ok((after - before) as f64 / count as f64)
}

/// Round trips of one reservation that has the sale to itself, counted on the wire.
async fn round_trips(redis: &OwnRedis, run: &mut Run) -> Result<(), Error> {
    run.part("round trips");
    let proxy = testbed::proxy(redis.addr(), 16).await?;
    let conn = redis_counts::connect(&format!("redis://{}/", proxy.addr())).await?;
    let contest = contest(&conn, run).await?;
    for (contender, shop, _) in &contest {
        if *contender == "bare_script" {
            continue;
        }
        let trips = Spread::exactly(trips(&proxy, shop.as_ref()).await?);
        let name = format!("{contender}_round_trips");
        if *contender == "lock_around_decr" {
            run.add(name, "each", trips);
        } else {
            run.promise(name, "each", trips, Target::counts_at_most(1.0));
        }
    }
    Ok(())
}

async fn trips(proxy: &Proxy, shop: &dyn Reserving) -> Result<f64, Error> {
    const EACH: u64 = 100;
    let sent = || proxy.stats().toward(Direction::ToServer).chunks_in;
    // The first loads the script.
    shop.reserve(0..1, 1).await?;
    let before = sent();
    assert_eq!(shop.reserve(1..1 + EACH, 1).await?.reserved, EACH);
    let trips = (sent() - before) as f64 / EACH as f64;
    shop.forget().await?;
    Ok(trips)
}
