//! Stage 3: buckets, the spill between them, and an instance that says "sold out" by itself.

use std::time::Duration;

use seckill::core::claim::ClaimState;
use seckill::core::gate::Gates;
use seckill::core::ids::{Bucket, BuyerId, OrderId};
use seckill::core::segments::share;
use seckill::core::window::Limit;
use seckill::shell::conn::Conn;
use seckill::shell::service::Answer;
use seckill::shell::stock::{Reserve, Stock};

use crate::world::*;

#[tokio::test]
async fn inv1_a_crowd_gets_the_stock_of_all_buckets() {
    let redis = testbed::redis().await.unwrap();
    let sale = sale(50, 4);
    let stocks = [
        open_stock(&redis, &sale).await,
        open_stock(&redis, &sale).await,
    ];

    let outcomes = rush(&stocks, 0..300).await;

    assert_eq!(reservations(&outcomes).len(), 50);
    let audit = stocks[0].audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (0, 50, 50),
        "{audit:?}"
    );
}

/// The buckets lie on three nodes, and no script sees two of them.
#[tokio::test]
async fn inv1_a_crowd_gets_the_stock_of_a_cluster() {
    let cluster = testbed::redis_cluster().await.unwrap();
    let conn = Conn::cluster(cluster.urls()).await.unwrap();
    let stock = Stock::new(conn, cluster.prefix(), sale(100, 8));
    stock.warm_up(&[]).await.unwrap();

    // All of one home: most of the stock has to come from elsewhere.
    let outcomes = rush(std::slice::from_ref(&stock), at_home(3, 8).take(200)).await;

    assert_eq!(reservations(&outcomes).len(), 100);
    let audit = stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (0, 100, 100),
        "{audit:?}"
    );
    let lent: usize = audit.iter().map(|bucket| bucket.loans.len()).sum();
    let own = share(100, 8, Bucket(3)) as usize;
    assert_eq!(lent, 100 - own, "what home does not have, the others lend");
}

/// The request ends between taking the unit elsewhere and settling it: the buyer's next request goes on with the same claim.
#[tokio::test]
async fn inv3_a_buyer_who_vanishes_in_a_spill_and_returns_has_one_unit() {
    let redis = testbed::redis().await.unwrap();
    let mut vanished = 0;
    for awaits in 0.. {
        let prefix = format!("{}{awaits}:", redis.prefix());
        let conn = Conn::single(redis.url()).await.unwrap();
        let stock = Stock::new(conn, &prefix, sale(6, 3));
        stock.warm_up(&[]).await.unwrap();
        let mut buyers = at_home(1, 3);
        let first = rush(std::slice::from_ref(&stock), buyers.by_ref().take(2)).await;
        assert_eq!(reservations(&first).len(), 2, "home is empty now");
        let (buyer, gates) = (BuyerId(buyers.next().unwrap()), Gates::open(3));

        let ended = drop_after(awaits, stock.reserve(buyer, OrderId(1 << 64), &gates)).await;
        let again = stock
            .reserve(buyer, OrderId(2 << 64), &gates)
            .await
            .unwrap();

        let held = reservations(&[again]);
        assert_eq!(held.len(), 1, "dropped at await {awaits}");
        let audit = stock.audit().await.unwrap();
        assert_eq!(
            (on_shelf(&audit), claims(&audit), balance(&audit)),
            (3, 3, 6),
            "await {awaits}: {audit:?}"
        );
        if ended.is_some() {
            break;
        }
        vanished += 1;
    }
    assert!(
        vanished >= 3,
        "a spill has three round trips; it was dropped in {vanished} places"
    );
}

/// Two tabs of one buyer, both spilling, in every order that the scheduler finds.
#[tokio::test]
async fn inv3_two_spills_of_one_buyer_end_with_one_unit() {
    let redis = testbed::redis().await.unwrap();
    for round in 0..40 {
        let prefix = format!("{}{round}:", redis.prefix());
        let tabs = [
            Conn::single(redis.url()).await.unwrap(),
            Conn::single(redis.url()).await.unwrap(),
        ]
        .map(|conn| Stock::new(conn, &prefix, sale(6, 3)));
        tabs[0].warm_up(&[]).await.unwrap();
        let mut buyers = at_home(0, 3);
        let _home = rush(&tabs[..1], buyers.by_ref().take(2)).await;
        let (buyer, gates) = (BuyerId(buyers.next().unwrap()), Gates::open(3));
        // One tab knows that a bucket is empty and the other does not, so they look in different places.
        let informed = Gates::open(3);
        informed.of(Bucket(1)).sold_out(0);

        let (first, second) = tokio::join!(
            tabs[0].reserve(buyer, OrderId(1 << 64), &gates),
            tabs[1].reserve(buyer, OrderId(2 << 64), &informed)
        );

        let held = reservations(&[first.unwrap(), second.unwrap()]);
        assert!(
            !held.is_empty() && held.iter().all(|one| one.unit == held[0].unit),
            "{held:?}"
        );
        let audit = tabs[0].audit().await.unwrap();
        assert_eq!(
            (on_shelf(&audit), balance(&audit)),
            (3, 6),
            "round {round}: {audit:?}"
        );
    }
}

/// A unit that was taken for a claim which is gone goes back to its bucket.
#[tokio::test]
async fn inv2_a_unit_that_cannot_be_settled_goes_back() {
    let redis = testbed::redis().await.unwrap();
    let stock = open_stock(&redis, &sale(4, 2)).await;
    let buyer = BuyerId(at_home(0, 2).next().unwrap());

    assert_eq!(
        stock
            .take(Bucket(1), OrderId(9), buyer, Bucket(0))
            .await
            .unwrap(),
        seckill::shell::spill::Take::Taken
    );
    assert_eq!(
        stock
            .take(Bucket(1), OrderId(9), buyer, Bucket(0))
            .await
            .unwrap(),
        seckill::shell::spill::Take::Taken
    );
    assert_eq!(
        on_shelf(&stock.audit().await.unwrap()),
        3,
        "taken twice under one order, it is taken once"
    );
    let settled = stock
        .settle(Bucket(0), buyer, OrderId(9), Bucket(1))
        .await
        .unwrap();
    assert_eq!(
        settled,
        seckill::shell::spill::Settle::Gone,
        "nobody has claimed"
    );

    assert!(stock.release(Bucket(1), OrderId(9)).await.unwrap());
    assert!(
        !stock.release(Bucket(1), OrderId(9)).await.unwrap(),
        "released twice, it comes back once"
    );
    let audit = stock.audit().await.unwrap();
    assert_eq!((on_shelf(&audit), balance(&audit)), (4, 4), "{audit:?}");
}

/// After the last unit an instance needs nobody to say so: Redis is dead, and the answer is the same.
#[tokio::test]
async fn inv8_sold_out_is_said_without_asking() {
    let mut redis = testbed::redis().own().await.unwrap();
    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale(3, 3));
    stock.warm_up(&[]).await.unwrap();
    let instance = instance(&stock);
    for buyer in 0..4 {
        assert_eq!(
            instance.admit(BuyerId(buyer)).await,
            None,
            "buyer {buyer} is sent on to Redis"
        );
        let outcome = stock
            .reserve(BuyerId(buyer), OrderId(buyer.into()), instance.gates())
            .await
            .unwrap();
        instance.learn(&outcome);
    }
    redis.kill().await.unwrap();
    assert_eq!(instance.admit(BuyerId(100)).await, Some(Answer::SoldOut));
}

#[tokio::test]
async fn inv8_a_look_at_the_buckets_opens_the_gate_again() {
    let redis = testbed::redis().await.unwrap();
    let stock = open_stock(&redis, &sale(2, 2)).await;
    let instance = instance(&stock);
    let buyer = BuyerId(at_home(0, 2).next().unwrap());
    for bucket in [Bucket(0), Bucket(1)] {
        let _taken = stock
            .take(bucket, OrderId(1), buyer, Bucket(0))
            .await
            .unwrap();
    }
    instance.refresh().await.unwrap();
    assert_eq!(instance.admit(BuyerId(100)).await, Some(Answer::SoldOut));

    assert!(stock.release(Bucket(1), OrderId(1)).await.unwrap());
    instance.refresh().await.unwrap();
    assert_eq!(instance.admit(BuyerId(100)).await, None, "a unit came back");
    let outcome = stock
        .reserve(buyer, OrderId(2), instance.gates())
        .await
        .unwrap();
    assert!(
        matches!(outcome, Reserve::Reserved(held) if held.claim.state == ClaimState::Held(Bucket(1))),
        "{outcome:?}"
    );
}

/// A bucket that Redis lost is unknown, not empty.
#[tokio::test]
async fn inv8_a_bucket_that_is_not_there_is_not_sold_out() {
    let redis = testbed::redis().await.unwrap();
    let stock = Stock::new(
        Conn::single(redis.url()).await.unwrap(),
        redis.prefix(),
        sale(2, 2),
    );
    let instance = instance(&stock);
    instance.gates().of(Bucket(0)).sold_out(0);
    instance.gates().of(Bucket(1)).sold_out(0);
    instance.refresh().await.unwrap();
    assert_eq!(instance.admit(BuyerId(1)).await, None);
}

/// Who comes after the last unit hears that it is sold out, however often they ask: the gate stands before the limiter.
#[tokio::test]
async fn inv8_sold_out_comes_before_too_many() {
    let redis = testbed::redis().await.unwrap();
    let stock = open_stock(&redis, &sale(1, 1)).await;
    let instance = instance_with(&stock, Limit::new(5, Duration::from_secs(60)).unwrap());
    for _ in 0..5 {
        assert_eq!(instance.admit(BuyerId(1)).await, None);
    }
    assert!(matches!(
        instance.admit(BuyerId(1)).await,
        Some(Answer::TooMany { .. })
    ));

    instance.gates().of(Bucket(0)).sold_out(0);
    assert_eq!(instance.admit(BuyerId(1)).await, Some(Answer::SoldOut));
}

#[tokio::test]
async fn inv7_an_instance_sends_nobody_on_outside_the_hours() {
    let redis = testbed::redis().await.unwrap();
    let hour = 3_600_000;
    let now = now().0;
    let at = |ms| seckill::core::ids::UnixMillis(ms);
    for (hours, early) in [
        ((now + hour, now + 2 * hour), true),
        ((now - 2 * hour, now - hour), false),
    ] {
        let conn = Conn::single(redis.url()).await.unwrap();
        let stock = Stock::new(
            conn,
            redis.prefix(),
            sale_between(1, 1, (at(hours.0), at(hours.1))),
        );
        match instance(&stock).admit(BuyerId(1)).await {
            Some(Answer::NotYet { opens_in }) if early => assert!(opens_in <= HOUR, "{opens_in:?}"),
            Some(Answer::Closed) if !early => {}
            other => panic!("{other:?}"),
        }
    }
}

/// At the last unit hundreds of requests are on their way from bucket to bucket. If a gate closed only when a whole spill had
/// ended, all of them would go all the way: so what a bucket said is known at once, also from a request that vanishes.
#[tokio::test]
async fn inv9_what_a_bucket_said_is_not_asked_again() {
    let redis = testbed::redis().await.unwrap();
    let stock = open_stock(&redis, &sale(8, 8)).await;
    let first = rush(std::slice::from_ref(&stock), 0..40).await;
    assert_eq!(reservations(&first).len(), 8, "sold out");
    let mut learned = 0;
    for awaits in 0.. {
        let gates = Gates::open(8);
        let buyer = 1000 + awaits as u64;
        let spill = stock.reserve(BuyerId(buyer), OrderId(buyer.into()), &gates);
        if drop_after(awaits, spill).await.is_some() {
            break;
        }
        let closed = (0..8)
            .filter(|&bucket| !gates.of(Bucket(bucket)).is_open())
            .count();
        learned = learned.max(closed);
    }
    assert!(
        learned >= 6,
        "a request that vanished near its end had closed {learned} of 8 gates"
    );
}
