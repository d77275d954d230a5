//! Stage 2: Redis decides, atomically, and one unit a buyer.

use std::time::Duration;

use redis::AsyncCommands;
use seckill::core::claim::ClaimState;
use seckill::core::gate::Gates;
use seckill::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use seckill::core::limiter::Limiter;
use seckill::core::sale::Sale;
use seckill::core::window::{Limit, Verdict};
use seckill::shell::conn::Conn;
use seckill::shell::error::Error;
use seckill::shell::keys::Keys;
use seckill::shell::limiter::{Admission, SharedLimiter};
use seckill::shell::stock::{Home, Replicas, Reservation, Reserve, Stock};
use testbed::{AppendFsync, Direction, Kind, eventually};

use crate::world::*;

#[tokio::test]
async fn inv1_a_crowd_gets_the_stock_and_no_more() {
    let redis = testbed::redis().await.unwrap();
    let sale = sale(50, 1);
    // Two instances, each with a connection of its own.
    let stocks = [
        open_stock(&redis, &sale).await,
        open_stock(&redis, &sale).await,
    ];

    let outcomes = rush(&stocks, 0..400).await;

    assert_eq!(reservations(&outcomes).len(), 50);
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Reserve::SoldOut(_)))
        .count();
    assert_eq!(refused, 350, "everybody else is told that it is sold out");
    let audit = stocks[0].audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (0, 50, 50)
    );
}

#[tokio::test]
async fn inv3_a_buyer_who_asks_twenty_times_at_once_gets_one_unit() {
    let redis = testbed::redis().await.unwrap();
    let stock = open_stock(&redis, &sale(100, 1)).await;
    let gates = Gates::open(1);

    let asking = (0..20).map(|i| stock.reserve(BuyerId(7), OrderId(i), &gates));
    let outcomes = futures_util::future::join_all(asking).await;

    let held = reservations(&outcomes.into_iter().map(Result::unwrap).collect::<Vec<_>>());
    assert_eq!(
        held.len(),
        20,
        "each request is told of the one reservation"
    );
    assert_eq!(
        held.iter()
            .filter(|reservation| !reservation.replayed)
            .count(),
        1,
        "one of them made it"
    );
    assert!(
        held.iter()
            .all(|reservation| reservation.claim.order == held[0].claim.order),
        "one order: {held:?}"
    );
    assert_eq!(
        on_shelf(&stock.audit().await.unwrap()),
        99,
        "one unit left the shelf"
    );
}

/// The buyer's connection breaks, the request's future is dropped: at every await, with a unit on the shelf and without.
#[tokio::test]
async fn inv2_no_unit_is_lost_when_the_buyer_vanishes_at_any_await() {
    let redis = testbed::redis().await.unwrap();
    let mut vanished = 0;
    for units in [1, 2] {
        for awaits in 0.. {
            let prefix = format!("{}{units}:{awaits}:", redis.prefix());
            let conn = Conn::single(redis.url()).await.unwrap();
            let stock = Stock::new(conn, &prefix, sale(units, 1));
            stock.warm_up(&[]).await.unwrap();
            let gates = Gates::open(1);
            let first = stock.reserve(BuyerId(1), OrderId(1), &gates).await.unwrap();
            assert_eq!(reservations(&[first]).len(), 1);

            let ended = drop_after(awaits, stock.reserve(BuyerId(2), OrderId(2), &gates)).await;

            let audit = settle_connection(&stock).await;
            assert_eq!(
                balance(&audit),
                i64::from(units),
                "{units} units, dropped at await {awaits}: {audit:?}"
            );
            assert!(audit[0].stock >= 0, "{audit:?}");
            if ended.is_some() {
                break;
            }
            vanished += 1;
        }
    }
    assert!(vanished >= 2, "no request was dropped on its way");
}

#[tokio::test]
async fn inv1_warming_up_in_mid_sale_adds_nothing() {
    let redis = testbed::redis().await.unwrap();
    let sale = sale(10, 1);
    let stock = open_stock(&redis, &sale).await;
    assert_eq!(
        reservations(&rush(std::slice::from_ref(&stock), 0..6).await).len(),
        6
    );

    // Another instance starts, and warms up what it takes for a cold sale.
    let second = open_stock(&redis, &sale).await;

    assert_eq!(on_shelf(&stock.audit().await.unwrap()), 4);
    assert_eq!(
        reservations(&rush(&[second], 100..200).await).len(),
        4,
        "10 units, 6 of them sold before"
    );
}

/// Whoever warmed up died before the end. What the bucket has lost meanwhile (orders of the ledger are given their claims before
/// it opens) must not come back when another goes on.
#[tokio::test]
async fn inv1_a_warm_up_that_was_interrupted_adds_nothing() {
    let redis = testbed::redis().await.unwrap();
    let sale = sale(10, 1);
    let stock = open_stock(&redis, &sale).await;
    let _sold = rush(std::slice::from_ref(&stock), 0..6).await;
    let bucket = keys(&redis, &sale).of(Bucket(0)).bucket.clone();
    let _known: i64 = raw(&redis)
        .await
        .hset(&bucket, "state", "warming")
        .await
        .unwrap();

    stock.warm_up(&[]).await.unwrap();

    let audit = stock.audit().await.unwrap();
    assert_eq!(audit[0].state.as_deref(), Some("open"));
    assert_eq!(on_shelf(&audit), 4, "10 units, 6 of them out");
}

/// An empty home is the end of the search only if it is the only bucket. Otherwise the buyer has a claim that seeks, and what home
/// has said goes on with its epoch: the last unit may lie elsewhere.
#[tokio::test]
async fn inv2_an_empty_home_sends_the_buyer_on_if_there_are_other_buckets() {
    let redis = testbed::redis().await.unwrap();
    for buckets in [1, 2] {
        let prefix = format!("{}{buckets}:", redis.prefix());
        let sale = sale(buckets.into(), buckets);
        let conn = Conn::single(redis.url()).await.unwrap();
        let stock = Stock::new(conn, &prefix, sale.clone());
        stock.warm_up(&[]).await.unwrap();
        let bucket = Keys::new(&prefix, sale.id(), buckets)
            .of(Bucket(0))
            .bucket
            .clone();
        // As if units had come back three times.
        let _known: i64 = raw(&redis).await.hset(&bucket, "epoch", 3).await.unwrap();
        let mut buyers = at_home(0, buckets).map(BuyerId);
        let mut ask = async |order| {
            let buyer = buyers.next().unwrap();
            let home = stock.reserve_at_home(buyer, OrderId(order)).await.unwrap();
            (buyer, home)
        };

        let (_, first) = ask(1).await;
        let (buyer, second) = ask(2).await;

        assert!(
            matches!(first, Home::Decided(Reserve::Reserved(_))),
            "{first:?}"
        );
        let audit = stock.audit().await.unwrap();
        assert_eq!(audit[0].stock, 0);
        if buckets == 1 {
            let sold_out = Reserve::SoldOut(vec![(Bucket(0), 3)]);
            assert_eq!(second, Home::Decided(sold_out));
            assert_eq!(claims(&audit), 1);
        } else {
            let claim = audit[0].claims[&buyer];
            assert_eq!(
                (claim.order, claim.state),
                (OrderId(2), ClaimState::Seeking)
            );
            assert_eq!(second, Home::Seek(claim, Some(3)));
            // The claim is met again: home has not said just now that it is empty.
            let again = stock.reserve_at_home(buyer, OrderId(9)).await.unwrap();
            assert_eq!(again, Home::Seek(claim, None));
        }
    }
}

/// The answer got lost, and the sale was over before the buyer asked again: they have a unit all the same.
#[tokio::test]
async fn inv3_a_retry_after_the_closing_finds_its_claim() {
    let redis = testbed::redis().await.unwrap();
    let closed = UnixMillis(now().0 - 1000);
    let sale = sale_between(5, 1, (UnixMillis(0), closed));
    let stock = open_stock(&redis, &sale).await;
    let claims = keys(&redis, &sale).of(Bucket(0)).claims.clone();
    let text = format!("{}|held|0|{}", OrderId(1), closed.0 - 1);
    let _new: i64 = raw(&redis).await.hset(&claims, 7, &text).await.unwrap();
    let (gates, buyer) = (Gates::open(1), BuyerId(7));

    let again = stock.reserve(buyer, OrderId(2), &gates).await.unwrap();
    let another = stock.reserve(BuyerId(8), OrderId(3), &gates).await.unwrap();

    let held = Reservation {
        buyer,
        claim: text.parse().unwrap(),
        unit: Bucket(0),
        replayed: true,
    };
    assert_eq!(again, Reserve::Reserved(held));
    assert_eq!(another, Reserve::Closed);
}

/// Whoever takes a unit may die before it is an order: the reconciler finds the claim by its moment, on the list of the unsettled.
/// And a claim lasts as long as its bucket, so that nobody buys again and nothing stays for ever.
#[tokio::test]
async fn inv4_a_claim_is_on_the_list_of_the_unsettled_until_the_sale_is_forgotten() {
    let redis = testbed::redis().await.unwrap();
    let sale = sale(2, 2);
    let stock = open_stock(&redis, &sale).await;
    let keys = keys(&redis, &sale).of(Bucket(0)).clone();
    let mut raw = raw(&redis).await;
    // The first has the unit, the second seeks.
    for buyer in at_home(0, 2).take(2) {
        let _home = stock
            .reserve_at_home(BuyerId(buyer), OrderId(buyer.into()))
            .await
            .unwrap();
        let claim = stock.claim_of(BuyerId(buyer)).await.unwrap().unwrap();
        let listed: Option<u64> = raw.zscore(&keys.unsettled, buyer).await.unwrap();
        assert_eq!(listed, Some(claim.at.0), "{claim:?}");
    }
    let kept = i64::try_from(sale.closes_at().plus(Sale::KEEP).0).unwrap();
    for key in [keys.bucket, keys.claims, keys.unsettled] {
        let expires: i64 = raw.pexpire_time(&key).await.unwrap();
        assert_eq!(expires, kept, "PEXPIRETIME {key}");
    }
}

/// Nobody laid out the stock, or Redis lost it: that is no reason to send everybody home.
#[tokio::test]
async fn inv8_a_cold_bucket_is_not_sold_out() {
    let redis = testbed::redis().await.unwrap();
    let stock = Stock::new(
        Conn::single(redis.url()).await.unwrap(),
        redis.prefix(),
        sale(5, 1),
    );
    let outcome = stock
        .reserve(BuyerId(1), OrderId(1), &Gates::open(1))
        .await
        .unwrap();
    assert_eq!(outcome, Reserve::Cold);
}

#[tokio::test]
async fn inv7_nothing_is_sold_before_the_hour_or_after_it() {
    let redis = testbed::redis().await.unwrap();
    let hour = 3_600_000;
    let now = now().0;
    for (name, hours) in [
        ("before", (now + hour, now + 2 * hour)),
        ("after", (now - 2 * hour, now - 1)),
    ] {
        let sale = sale_between(5, 1, (UnixMillis(hours.0), UnixMillis(hours.1)));
        let prefix = format!("{}{name}:", redis.prefix());
        let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), &prefix, sale);
        stock.warm_up(&[]).await.unwrap();
        match stock
            .reserve(BuyerId(1), OrderId(1), &Gates::open(1))
            .await
            .unwrap()
        {
            Reserve::NotYet { opens_in } if name == "before" => {
                assert!(opens_in <= HOUR && opens_in > HOUR - SOON, "{opens_in:?}")
            }
            Reserve::Closed if name == "after" => {}
            other => panic!("{name} the sale: {other:?}"),
        }
        assert_eq!(claims(&stock.audit().await.unwrap()), 0);
    }
}

/// The instance's own clock may be wrong; what counts is the moment at which the unit is taken.
#[tokio::test]
async fn inv7_a_rush_across_the_closing_sells_nothing_after_it() {
    let redis = testbed::redis().await.unwrap();
    let closes = UnixMillis(now().0 + 300);
    let stock = open_stock(&redis, &sale_between(1_000_000, 1, (UnixMillis(0), closes))).await;
    let mut sold = 0;
    for round in 0_u64.. {
        let outcomes = rush(std::slice::from_ref(&stock), round * 64..(round + 1) * 64).await;
        sold += reservations(&outcomes).len();
        if outcomes.contains(&Reserve::Closed) {
            break;
        }
        assert!(
            now() < closes.plus(SOON),
            "still selling long after the sale"
        );
    }
    let audit = stock.audit().await.unwrap();
    assert!(
        sold > 0 && claims(&audit) == sold,
        "{sold} sold, {} claims",
        claims(&audit)
    );
    let late: Vec<_> = audit[0]
        .claims
        .values()
        .filter(|claim| claim.at >= closes)
        .collect();
    assert!(
        late.is_empty(),
        "{} units sold after the sale, {:?} the first",
        late.len(),
        late[0]
    );
}

/// What a lock around DECR costs: with one request at a time, each chunk of bytes towards Redis is a round trip.
#[tokio::test]
async fn inv9_a_reservation_is_one_round_trip() {
    let redis = testbed::redis().await.unwrap();
    let proxy = testbed::proxy(redis.addr(), 9).await.unwrap();
    let conn = Conn::single(&format!("redis://{}", proxy.addr()))
        .await
        .unwrap();
    let stock = Stock::new(conn, redis.prefix(), sale(1000, 1));
    stock.warm_up(&[]).await.unwrap();
    let gates = Gates::open(1);
    // The first one teaches Redis the script.
    let _first = stock.reserve(BuyerId(0), OrderId(0), &gates).await.unwrap();

    let before = proxy.stats().toward(Direction::ToServer).chunks_in;
    for buyer in 1..=100 {
        let _reserved = stock
            .reserve(BuyerId(buyer), OrderId(buyer.into()), &gates)
            .await
            .unwrap();
    }
    let trips = proxy.stats().toward(Direction::ToServer).chunks_in - before;

    assert_eq!(trips, 100, "round trips for 100 reservations");
    assert_eq!(claims(&stock.audit().await.unwrap()), 101);
}

/// kill -9 in the middle of the rush, every write synced before its answer: what was answered is there, and nothing more is
/// sold than there was.
#[tokio::test]
async fn inv1_redis_killed_in_mid_sale_forgets_no_answer() {
    let mut redis = testbed::redis()
        .own()
        .appendfsync(AppendFsync::Always)
        .await
        .unwrap();
    let sale = sale(500, 1);
    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    stock.warm_up(&[]).await.unwrap();
    let buying = async {
        let (gates, mut answered) = (Gates::open(1), Vec::new());
        for buyer in 0.. {
            let order = OrderId(buyer.into());
            let outcome = stock.reserve(BuyerId(buyer), order, &gates).await;
            match unless_for_good(outcome) {
                Some(Reserve::Reserved(held)) => answered.push(held),
                Some(other) => panic!("{other:?} after {} reservations", answered.len()),
                // Killed.
                None => break,
            }
        }
        answered
    };
    let killing = async {
        let begun = async || (claims(&stock.audit().await.unwrap()) >= 50).then_some(());
        eventually(SOON, "50 claims", begun).await;
        redis.kill().await.unwrap();
    };
    let (answered, ()) = tokio::join!(buying, killing);
    redis.restart().await.unwrap();

    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale);
    let audit = stock.audit().await.unwrap();
    assert_eq!(
        balance(&audit),
        500,
        "{} claims, {} on the shelf",
        claims(&audit),
        on_shelf(&audit)
    );
    for held in &answered {
        assert_eq!(
            audit[0].claims.get(&held.buyer),
            Some(&held.claim),
            "buyer {} was told of a unit",
            held.buyer
        );
    }
    // The rest is sold to the last unit.
    let rest = reservations(&rush(&[stock], 10_000..10_600).await).len();
    assert_eq!(rest + claims(&audit), 500);
}

fn shared(conn: Conn, prefix: &str, limit: Limit) -> SharedLimiter {
    SharedLimiter::new(conn, Keys::new(prefix, &"phone".parse().unwrap(), 1), limit)
}

#[tokio::test]
async fn inv5_instances_share_one_window_in_redis() {
    let redis = testbed::redis().await.unwrap();
    let limit = Limit::new(5, Duration::from_secs(60)).unwrap();
    let first = shared(
        Conn::single(redis.url()).await.unwrap(),
        redis.prefix(),
        limit,
    );
    let second = shared(
        Conn::single(redis.url()).await.unwrap(),
        redis.prefix(),
        limit,
    );

    let asking = (0..40).map(|i| {
        if i % 2 == 0 {
            first.check(BuyerId(1))
        } else {
            second.check(BuyerId(1))
        }
    });
    let verdicts = futures_util::future::join_all(asking).await;

    let admitted = verdicts
        .iter()
        .filter(|verdict| matches!(verdict, Ok(Verdict::Admit)))
        .count();
    assert_eq!(admitted, 5);
    let Verdict::Refuse { retry_after } = first.check(BuyerId(1)).await.unwrap() else {
        panic!("a sixth")
    };
    assert!(
        retry_after <= Duration::from_secs(60) && retry_after > Duration::from_secs(30),
        "{retry_after:?}"
    );
    assert_eq!(
        second.check(BuyerId(2)).await.unwrap(),
        Verdict::Admit,
        "another buyer"
    );
}

/// Refused requests leave no trace in Redis either: a buyer who never stops asking gets in again as the window moves on, and
/// no sooner.
#[tokio::test]
async fn inv5_a_steady_buyer_is_admitted_again() {
    let redis = testbed::redis().await.unwrap();
    let limit = Limit::new(2, Duration::from_millis(100)).unwrap();
    let limiter = shared(
        Conn::single(redis.url()).await.unwrap(),
        redis.prefix(),
        limit,
    );
    // Redis admits between the moment before the question and the moment after the answer.
    let mut admitted = Vec::new();
    let mut refused = 0;
    let asking = async || {
        let before = tokio::time::Instant::now();
        match limiter.check(BuyerId(1)).await.unwrap() {
            Verdict::Admit => admitted.push((before, tokio::time::Instant::now())),
            Verdict::Refuse { .. } => refused += 1,
        }
        (admitted.len() >= 6).then_some(())
    };
    eventually(SOON, "six admissions in a window of two", asking).await;
    for three in admitted.windows(3) {
        let longest = three[2].1 - three[0].0;
        assert!(
            longest >= limit.window(),
            "three admitted within {longest:?}"
        );
    }
    assert!(refused > 0, "the buyer never went above the limit");
}

/// Of two admitted requests in the log the older one says when there is room again. Whoever pushes at one end and looks at the
/// other refuses until the newer one leaves.
#[tokio::test]
async fn inv5_room_comes_when_the_oldest_moment_leaves() {
    let redis = testbed::redis().await.unwrap();
    let limit = Limit::new(2, HOUR).unwrap();
    let conn = Conn::single(redis.url()).await.unwrap();
    let limiter = shared(conn, redis.prefix(), limit);
    let log = Keys::new(redis.prefix(), &"phone".parse().unwrap(), 1).limit(BuyerId(1));
    // One request forty minutes ago, in microseconds; one now.
    let (minute, micros) = (Duration::from_secs(60), now().0 * 1000);
    let before = micros - 40 * 60 * 1_000_000;
    let _one: i64 = raw(&redis).await.rpush(&log, before).await.unwrap();
    assert_eq!(limiter.check(BuyerId(1)).await.unwrap(), Verdict::Admit);

    let Verdict::Refuse { retry_after } = limiter.check(BuyerId(1)).await.unwrap() else {
        panic!("a third within the hour")
    };

    assert!(
        retry_after <= 21 * minute && retry_after > 18 * minute,
        "the older of the two leaves in 20 minutes, not in {retry_after:?}"
    );
}

/// A million buyers' logs lie in Redis: each holds N moments at most, and is gone a window after the newest.
#[tokio::test]
async fn inv5_a_log_is_as_long_as_the_limit_and_lasts_as_long_as_the_window() {
    let redis = testbed::redis().await.unwrap();
    let limit = Limit::new(2, Duration::from_secs(60)).unwrap();
    let conn = Conn::single(redis.url()).await.unwrap();
    let limiter = shared(conn, redis.prefix(), limit);
    let log = Keys::new(redis.prefix(), &"phone".parse().unwrap(), 1).limit(BuyerId(1));
    let mut raw = raw(&redis).await;
    // As another limit left it, long ago: ten moments of 1970.
    let moments: Vec<u64> = (1..=10).collect();
    let _ten: i64 = raw.rpush(&log, moments).await.unwrap();

    assert_eq!(limiter.check(BuyerId(1)).await.unwrap(), Verdict::Admit);

    let length: usize = raw.llen(&log).await.unwrap();
    assert!((1..=2).contains(&length), "{length} moments under N = 2");
    let left: i64 = raw.pttl(&log).await.unwrap();
    assert!(
        (30_000..=60_000).contains(&left),
        "PTTL {left} under W = 60 s"
    );
}

/// Two requests that meet half-way: one of them is the first, and is admitted. The proxies cut what is sent into small
/// pieces, so that commands of one caller arrive between those of the other.
#[tokio::test]
async fn inv5_of_two_that_meet_one_is_admitted() {
    let redis = testbed::redis().await.unwrap();
    let limit = Limit::new(1, Duration::from_secs(60)).unwrap();
    let mut limiters = Vec::new();
    let mut proxies = Vec::new();
    for seed in [51, 52] {
        let proxy = testbed::proxy(redis.addr(), seed).await.unwrap();
        let conn = Conn::single(&format!("redis://{}", proxy.addr()))
            .await
            .unwrap();
        proxy.slice(24);
        limiters.push(shared(conn, redis.prefix(), limit));
        proxies.push(proxy);
    }
    for buyer in (0..100).map(BuyerId) {
        let (first, second) = tokio::join!(limiters[0].check(buyer), limiters[1].check(buyer));
        let admitted = [first, second]
            .iter()
            .filter(|verdict| matches!(verdict, Ok(Verdict::Admit)))
            .count();
        assert_eq!(
            admitted, 1,
            "of two requests that meet, under a limit of one (proxy seeds 51, 52)"
        );
    }
    assert!(
        proxies
            .iter()
            .all(|proxy| proxy.stats().fired(Kind::Slice) > 0)
    );
}

/// The limiter protects the sale, and must not be what ends it.
#[tokio::test]
async fn inv8_a_limiter_that_is_down_refuses_nobody() {
    let mut redis = testbed::redis().own().await.unwrap();
    let limit = Limit::new(5, Duration::from_secs(60)).unwrap();
    let store = shared(Conn::single(redis.url()).await.unwrap(), "", limit);
    let admission = Admission::Shared {
        store,
        fallback: Limiter::new(limit),
    };
    assert_eq!(
        admission.check(BuyerId(1), Duration::ZERO).await,
        Verdict::Admit
    );
    redis.kill().await.unwrap();

    for buyer in 10..20 {
        assert_eq!(
            admission.check(BuyerId(buyer), Duration::ZERO).await,
            Verdict::Admit,
            "buyer {buyer}"
        );
    }
    // The instance's own limit holds meanwhile.
    for _ in 0..4 {
        assert_eq!(
            admission.check(BuyerId(10), Duration::ZERO).await,
            Verdict::Admit
        );
    }
    assert!(matches!(
        admission.check(BuyerId(10), Duration::ZERO).await,
        Verdict::Refuse { .. }
    ));
}

/// WAIT narrows what a fail-over can forget: a claim that no replica has is not acknowledged, and asking again finds it.
#[tokio::test]
async fn inv1_a_claim_that_no_replica_has_is_not_acknowledged() {
    let primary = testbed::redis().own().await.unwrap();
    let proxy = testbed::proxy(primary.addr(), 7).await.unwrap();
    let replica = primary.replica_of(proxy.addr()).await.unwrap();
    let replicas = Replicas {
        count: 1,
        within: Duration::from_millis(500),
    };
    let stock = Stock::new(Conn::single(primary.url()).await.unwrap(), "", sale(5, 1))
        .with_replicas(replicas);
    stock.warm_up(&[]).await.unwrap();
    let gates = Gates::open(1);
    // A busy replica may be late, and asking again is how one waits for it.
    let reserved = async || unless_for_good(stock.reserve(BuyerId(1), OrderId(1), &gates).await);
    let first = eventually(SOON, "an acknowledged claim", reserved).await;
    let on_replica = Stock::new(Conn::single(replica.url()).await.unwrap(), "", sale(5, 1));
    assert_eq!(
        claims(&on_replica.audit().await.unwrap()),
        reservations(&[first]).len(),
        "acknowledged, so it is there"
    );

    proxy.partition(Direction::ToClient);
    let second = stock.reserve(BuyerId(2), OrderId(2), &gates).await;
    assert!(
        matches!(
            second,
            Err(Error::NotReplicated {
                wanted: 1,
                acked: 0
            })
        ),
        "{second:?}"
    );
    assert_eq!(claims(&on_replica.audit().await.unwrap()), 1);

    // Nor when the buyer asks again through an instance that has written nothing itself.
    let conn = Conn::single(primary.url()).await.unwrap();
    let elsewhere = Stock::new(conn, "", sale(5, 1)).with_replicas(replicas);
    let again = elsewhere.reserve(BuyerId(2), OrderId(9), &gates).await;
    assert!(
        matches!(again, Err(Error::NotReplicated { acked: 0, .. })),
        "{again:?}"
    );

    proxy.heal();
    let again = async || unless_for_good(stock.reserve(BuyerId(2), OrderId(3), &gates).await);
    let again = eventually(SOON, "the replica catches up", again).await;
    assert_eq!(
        reservations(&[again])[0].claim.order,
        OrderId(2),
        "the claim that was made, not another"
    );
}
