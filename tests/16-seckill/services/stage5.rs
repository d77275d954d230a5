//! Stage 5: units come back once, and whatever was left half done is finished.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;

use seckill::core::gate::Gates;
use seckill::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use seckill::core::segments::home;
use seckill::shell::conn::Conn;
use seckill::shell::ledger::{Order, Recorded, Status};
use seckill::shell::orders::Publisher;
use seckill::shell::reconciler::{Reconciler, Report};
use seckill::shell::service::{Answer, Seckill};
use seckill::shell::spill::Take;
use seckill::shell::stock::Stock;
use testbed::{AppendFsync, eventually};

use crate::process::{Process, post_order};
use crate::world::*;

/// A moment at which nothing is young any more.
fn later() -> UnixMillis {
    now().plus(PATIENCE.grace * 2)
}

/// A moment at which every claim without an order is given up.
fn much_later() -> UnixMillis {
    now().plus(PATIENCE.give_up * 2)
}

/// A moment at which nobody who has not paid will.
fn after_the_time_to_pay() -> UnixMillis {
    now().plus(PAY_WITHIN * 2)
}

/// Buyer `buyer`'s reservation, written in the ledger as its order.
async fn placed(shop: &Shop, buyer: u64) -> Order {
    let outcome = shop
        .stock
        .reserve(BuyerId(buyer), OrderId(buyer.into()), &Gates::open(1))
        .await
        .unwrap();
    let order = Order::of(&reservations(&[outcome])[0]);
    let recorded = shop
        .ledger
        .record(shop.stock.sale(), &[order])
        .await
        .unwrap();
    assert_eq!(recorded, [Recorded::Placed]);
    order
}

#[tokio::test]
async fn inv4_an_unpaid_unit_comes_back_once_and_is_sold_again() {
    let shop = Shop::open(3, 1).await;
    let (unpaid, paid) = (placed(&shop, 1).await, placed(&shop, 2).await);
    assert_eq!(
        shop.ledger.pay(paid.order).await.unwrap(),
        Some(Status::Paid)
    );
    let reconciler = shop.reconciler();

    let first = reconciler.pass(after_the_time_to_pay()).await.unwrap();
    let second = reconciler.pass(after_the_time_to_pay()).await.unwrap();

    assert_eq!((first.cancelled, first.returned), (1, 1), "{first:?}");
    assert_eq!((second.cancelled, second.returned), (0, 0), "{second:?}");
    assert_eq!(
        shop.ledger.status(unpaid.order).await.unwrap(),
        Some(Status::Cancelled)
    );
    assert_eq!(
        shop.ledger.status(paid.order).await.unwrap(),
        Some(Status::Paid)
    );
    let audit = shop.stock.audit().await.unwrap();
    assert_eq!(
        (
            on_shelf(&audit),
            claims(&audit),
            balance(&audit),
            shop.sold().await
        ),
        (2, 1, 3, 1)
    );

    // The one who did not pay may try again: a new order.
    let again = shop
        .stock
        .reserve(BuyerId(1), OrderId(100), &Gates::open(1))
        .await
        .unwrap();
    assert_eq!(reservations(&[again])[0].claim.order, OrderId(100));
}

#[tokio::test]
async fn inv4_reconcilers_that_meet_return_a_unit_once() {
    let shop = Shop::open(60, 3).await;
    let held = reservations(&rush(std::slice::from_ref(&shop.stock), 0..60).await);
    let orders: Vec<Order> = held.iter().map(Order::of).collect();
    let _placed = shop
        .ledger
        .record(shop.stock.sale(), &orders[..40])
        .await
        .unwrap();
    let reconcilers: Vec<Reconciler> = (0..4).map(|_| shop.reconciler()).collect();

    // 40 placed and unpaid, 20 that never became an order.
    for _ in 0..2 {
        let passes = reconcilers.iter().map(|reconciler| async {
            let pass = async || reconciler.pass(after_the_time_to_pay()).await.ok();
            eventually(SOON, "a pass", pass).await
        });
        futures_util::future::join_all(passes).await;
    }

    let audit = shop.stock.audit().await.unwrap();
    assert_eq!(
        (
            on_shelf(&audit),
            claims(&audit),
            balance(&audit),
            shop.sold().await
        ),
        (60, 0, 60, 0),
        "{audit:?}"
    );
}

/// The reconciler dies anywhere in its pass; the next one goes on.
#[tokio::test]
async fn inv4_a_reconciler_dropped_at_any_await_returns_units_once() {
    let shop = Shop::open(40, 2).await;
    let held = reservations(&rush(std::slice::from_ref(&shop.stock), 0..40).await);
    let orders: Vec<Order> = held.iter().map(Order::of).collect();
    let _placed = shop
        .ledger
        .record(shop.stock.sale(), &orders[..20])
        .await
        .unwrap();
    let mut dropped = 0;
    for awaits in 0.. {
        let reconciler = shop.reconciler();
        let pass = drop_after(awaits, reconciler.pass(after_the_time_to_pay()));
        let audit = match pass.await {
            None => shop.stock.audit().await.unwrap(),
            Some(_) => break,
        };
        dropped += 1;
        let balance = balance(&audit);
        assert!(balance == 40, "dropped at await {}: {audit:?}", awaits);
    }
    assert!(dropped >= 5, "dropped in {dropped} places");
    for _ in 0..2 {
        let _report = shop
            .reconciler()
            .pass(after_the_time_to_pay())
            .await
            .unwrap();
    }
    let audit = shop.stock.audit().await.unwrap();
    assert_eq!(
        (
            on_shelf(&audit),
            claims(&audit),
            balance(&audit),
            shop.sold().await
        ),
        (40, 0, 40, 0),
        "{audit:?}"
    );
}

/// The instance died between the reservation and the publish: the reconciler publishes.
#[tokio::test]
async fn inv4_a_reservation_that_was_never_published_becomes_an_order() {
    let shop = Shop::open(5, 1).await;
    let outcome = shop
        .stock
        .reserve(BuyerId(1), OrderId(1), &Gates::open(1))
        .await
        .unwrap();
    let _lost = reservations(&[outcome]);
    let (reconciler, consumer) = (shop.reconciler(), shop.consumer());

    let young = reconciler.pass(now()).await.unwrap();
    assert_eq!(
        young,
        Report::default(),
        "a young claim is somebody's work in progress"
    );
    let old = reconciler.pass(later()).await.unwrap();
    assert_eq!(old.published, 1, "{old:?}");
    assert_eq!(consume(&consumer, 1).await[0].1, Recorded::Placed);

    let later_still = later().plus(PATIENCE.grace * 2);
    let again = reconciler.pass(later()).await.unwrap();
    assert_eq!(
        again.published, 0,
        "a ledger that is behind is not sent the same again in each pass"
    );

    let settled = reconciler.pass(later_still).await.unwrap();
    assert_eq!((settled.settled, settled.published), (1, 0), "{settled:?}");
    assert_eq!(
        reconciler.pass(later_still).await.unwrap(),
        Report::default(),
        "nothing is left to do"
    );
}

/// Given up, its unit returned and sold to somebody else: then its message arrives after all.
#[tokio::test]
async fn inv4_a_message_that_arrives_after_the_refusal_finds_the_door_shut() {
    let shop = Shop::open(1, 1).await;
    let outcome = shop
        .stock
        .reserve(BuyerId(1), OrderId(1), &Gates::open(1))
        .await
        .unwrap();
    let late = Order::of(&reservations(&[outcome])[0]);

    let report = shop.reconciler().pass(much_later()).await.unwrap();
    assert_eq!((report.refused, report.returned), (1, 1), "{report:?}");
    assert_eq!(on_shelf(&shop.stock.audit().await.unwrap()), 1);
    let _next = placed(&shop, 2).await;

    let recorded = shop
        .ledger
        .record(shop.stock.sale(), &[late])
        .await
        .unwrap();
    assert_eq!(recorded, [Recorded::Before(Status::Refused)]);
    let report = shop.reconciler().pass(later()).await.unwrap();
    assert_eq!(report.returned, 0, "{report:?}");
    let audit = shop.stock.audit().await.unwrap();
    assert_eq!(
        (
            on_shelf(&audit),
            claims(&audit),
            balance(&audit),
            shop.sold().await
        ),
        (0, 1, 1, 1)
    );
}

/// `buy` is dropped at every await, from the first look to the publish. Nobody asks again; the reconciler finishes, and in the
/// end every unit is an order.
#[tokio::test]
async fn inv2_requests_dropped_at_every_await_leave_no_unit_behind() {
    let shop = Shop::open(60, 3).await;
    let (instance, consumer, reconciler) = (shop.instance(), shop.consumer(), shop.reconciler());
    let mut dropped = 0;
    let mut buyer = 0;
    let mut sold_out = 0;
    while sold_out < 3 {
        let buy = drop_after(buyer as usize % 9, instance.buy(BuyerId(buyer)));
        match buy.await {
            None => dropped += 1,
            Some(Ok(Answer::SoldOut)) => sold_out += 1,
            Some(Ok(_)) => {}
            Some(Err(error)) => panic!("buyer {buyer}: {error}"),
        }
        buyer += 1;
        assert!(
            buyer < 10_000,
            "60 units, and 10,000 buyers have not bought them"
        );
    }
    assert!(dropped >= 10, "{dropped} requests were dropped");

    let drained = async || {
        let _report = reconciler.pass(later()).await.unwrap();
        let _more = tokio::time::timeout(Duration::from_millis(300), consumer.step()).await;
        let audit = shop.stock.audit().await.unwrap();
        assert_eq!(balance(&audit), 60, "{audit:?}");
        // Whatever a dropped spill had taken and nobody has is on its shelf again, for the next buyer.
        if on_shelf(&audit) > 0 {
            instance.refresh().await.unwrap();
            buyer += 1;
            let _bought = instance.buy(BuyerId(buyer)).await.unwrap();
        }
        (shop.sold().await == 60).then_some(audit)
    };
    let audit = eventually(SOON, "60 units sold", drained).await;
    assert_eq!((on_shelf(&audit), claims(&audit)), (0, 60));
}

/// A spill that died at each of its steps, on the cluster: finished if its unit was taken, dropped if not.
#[tokio::test]
async fn inv2_half_done_spills_on_a_cluster_are_finished_or_returned() {
    let cluster = testbed::redis_cluster().await.unwrap();
    let mysql = testbed::mysql().await.unwrap();
    let kafka = testbed::kafka().await.unwrap();
    let sale = sale(8, 4);
    let stock = Stock::new(
        Conn::cluster(cluster.urls()).await.unwrap(),
        cluster.prefix(),
        sale.clone(),
    );
    stock.warm_up(&[]).await.unwrap();
    let ledger = open_ledger(mysql.url(), &sale).await;
    let topic = kafka.create_topic("orders", 1).await.unwrap();
    let publisher = Publisher::new(kafka.brokers(), &topic, sale.id(), SOON).unwrap();
    let reconciler = Reconciler::new(stock.clone(), ledger.clone(), publisher, PATIENCE);
    let mut at_home = (0..)
        .map(BuyerId)
        .filter(|&buyer| home(buyer, 4) == Bucket(0));
    let gates = Gates::open(4);
    for _ in 0..2 {
        let buyer = at_home.next().unwrap();
        let _home = stock
            .reserve(buyer, OrderId(buyer.0.into()), &gates)
            .await
            .unwrap();
    }

    // Died after the claim: it seeks, and nothing was taken.
    let (seeking, taken, orphan) = (
        at_home.next().unwrap(),
        at_home.next().unwrap(),
        at_home.next().unwrap(),
    );
    for buyer in [seeking, taken] {
        let claimed = stock
            .reserve_at_home(buyer, OrderId(buyer.0.into()))
            .await
            .unwrap();
        assert!(
            matches!(claimed, seckill::shell::stock::Home::Seek(..)),
            "{claimed:?}"
        );
    }
    // Died after the take, before the settle.
    let take = stock
        .take(Bucket(2), OrderId(taken.0.into()), taken, Bucket(0))
        .await
        .unwrap();
    assert_eq!(take, Take::Taken);
    // Died after the take, and its claim was dropped meanwhile.
    let take = stock
        .take(Bucket(3), OrderId(orphan.0.into()), orphan, Bucket(0))
        .await
        .unwrap();
    assert_eq!(take, Take::Taken);
    let before = stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&before), claims(&before), balance(&before)),
        (4, 4, 8),
        "{before:?}"
    );

    assert_eq!(
        reconciler.pass(now()).await.unwrap(),
        Report::default(),
        "still somebody's work in progress"
    );
    let report = reconciler.pass(later()).await.unwrap();
    assert_eq!((report.unfinished, report.released), (2, 1), "{report:?}");

    let after = stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&after), claims(&after), balance(&after)),
        (5, 3, 8),
        "{after:?}"
    );
    assert_eq!(
        after[0].claims[&taken].state,
        seckill::core::claim::ClaimState::Held(Bucket(2))
    );
    assert!(!after[0].claims.contains_key(&seeking));
    assert!(after[3].loans.is_empty());
}

/// A unit that came from another bucket returns to that bucket.
#[tokio::test]
async fn inv4_a_lent_unit_returns_to_its_lender() {
    let shop = Shop::open(4, 2).await;
    let mut at_home = (0..).filter(|&buyer| home(BuyerId(buyer), 2) == Bucket(0));
    let held =
        reservations(&rush(std::slice::from_ref(&shop.stock), at_home.by_ref().take(3)).await);
    let orders: Vec<Order> = held.iter().map(Order::of).collect();
    let lent: Vec<_> = orders
        .iter()
        .filter(|order| order.unit == Bucket(1))
        .collect();
    assert_eq!(lent.len(), 1);
    let _placed = shop
        .ledger
        .record(shop.stock.sale(), &orders)
        .await
        .unwrap();

    let report = shop
        .reconciler()
        .pass(after_the_time_to_pay())
        .await
        .unwrap();
    assert_eq!((report.cancelled, report.returned), (3, 3), "{report:?}");
    let audit = shop.stock.audit().await.unwrap();
    assert_eq!([audit[0].stock, audit[1].stock], [2, 2], "{audit:?}");
    assert!(audit[1].loans.is_empty());
}

/// The power goes. With `appendfsync everysec` Redis forgets up to a second of acknowledged claims: the ledger has their orders,
/// writes them again, and nothing is sold twice.
#[tokio::test]
async fn inv1_a_power_cut_under_everysec_is_repaired_from_the_ledger() {
    let mut redis = testbed::redis()
        .own()
        .appendfsync(AppendFsync::Everysec)
        .await
        .unwrap();
    let mysql = testbed::mysql().await.unwrap();
    let kafka = testbed::kafka().await.unwrap();
    let sale = sale(40, 1);
    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    stock.warm_up(&[]).await.unwrap();
    let ledger = open_ledger(mysql.url(), &sale).await;
    let topic = kafka.create_topic("orders", 1).await.unwrap();
    let publisher = Publisher::new(kafka.brokers(), &topic, sale.id(), SOON).unwrap();

    let early = reservations(&rush(std::slice::from_ref(&stock), 0..10).await);
    let on_disk = redis.mark().await.unwrap();
    let late = reservations(&rush(std::slice::from_ref(&stock), 100..130).await);
    let orders: Vec<Order> = early.iter().chain(&late).map(Order::of).collect();
    assert_eq!(orders.len(), 40);
    let _placed = ledger.record(&sale, &orders).await.unwrap();

    let cut = redis.power_cut(on_disk).await.unwrap();
    assert!(cut.lost_bytes > 0, "nothing was lost: {cut:?}");
    redis.restart().await.unwrap();

    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    let forgotten = 40 - claims(&stock.audit().await.unwrap());
    assert!(forgotten > 0, "Redis forgot nothing");
    let reconciler = Reconciler::new(stock.clone(), ledger.clone(), publisher, PATIENCE);
    assert_eq!(reconciler.repair().await.unwrap(), forgotten as u64);
    assert_eq!(
        reconciler.repair().await.unwrap(),
        0,
        "repaired twice, it is repaired once"
    );

    let audit = stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (0, 40, 40),
        "{audit:?}"
    );
    assert!(
        reservations(&rush(&[stock], 200..210).await).is_empty(),
        "sold out, as it was"
    );
    assert_eq!(ledger.sold(sale.id()).await.unwrap(), 40);
}

/// Redis comes back with nothing at all: the sale stands still instead of beginning anew, and is laid out again from the ledger.
#[tokio::test]
async fn inv1_a_redis_that_lost_everything_is_laid_out_from_the_ledger() {
    let mut redis = testbed::redis().own().rdb_only().await.unwrap();
    let mysql = testbed::mysql().await.unwrap();
    let sale = sale(10, 2);
    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    stock.warm_up(&[]).await.unwrap();
    let ledger = open_ledger(mysql.url(), &sale).await;
    let held = reservations(&rush(std::slice::from_ref(&stock), 0..7).await);
    let orders: Vec<Order> = held.iter().map(Order::of).collect();
    let _placed = ledger.record(&sale, &orders).await.unwrap();

    redis.kill().await.unwrap();
    redis.restart().await.unwrap();
    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    assert_eq!(
        claims(&stock.audit().await.unwrap()),
        0,
        "Redis without an append-only file kept claims over kill -9"
    );
    let cold = stock
        .reserve(BuyerId(50), OrderId(50), &Gates::open(2))
        .await
        .unwrap();
    assert_eq!(cold, seckill::shell::stock::Reserve::Cold);

    stock
        .warm_up(&ledger.all_active(sale.id()).await.unwrap())
        .await
        .unwrap();
    let audit = stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (3, 7, 10),
        "{audit:?}"
    );
    let rest = reservations(&rush(&[stock], 100..120).await);
    assert_eq!(rest.len(), 3);
}

/// A unit that a forgetful Redis sold twice: one order is refused, and when the other returns the shelf is right again.
#[tokio::test]
async fn inv1_a_unit_sold_twice_by_redis_is_one_unit_again_in_the_end() {
    let shop = Shop::open(1, 1).await;
    let first = placed(&shop, 1).await;
    // Redis forgets the claim, as after a fail-over, and hands the unit out again.
    let _forgotten = shop
        .stock
        .give_back(first.buyer, first.order, first.unit)
        .await;
    let outcome = shop
        .stock
        .reserve(BuyerId(2), OrderId(2), &Gates::open(1))
        .await
        .unwrap();
    let second = Order::of(&reservations(&[outcome])[0]);
    let reconciler = shop.reconciler();
    assert_eq!(reconciler.repair().await.unwrap(), 1);
    assert_eq!(
        shop.stock.audit().await.unwrap()[0].debt,
        1,
        "one unit is out twice"
    );

    let recorded = shop
        .ledger
        .record(shop.stock.sale(), &[second])
        .await
        .unwrap();
    assert_eq!(recorded, [Recorded::NoStock]);
    let _report = reconciler.pass(later()).await.unwrap();
    let audit = shop.stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), audit[0].debt, claims(&audit)),
        (0, 0, 1),
        "the debt is paid: {audit:?}"
    );

    let _report = reconciler.pass(after_the_time_to_pay()).await.unwrap();
    let audit = shop.stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), shop.sold().await),
        (1, 0, 0),
        "{audit:?}"
    );
}

/// An unpaid unit opens the gates of every instance that looks.
#[tokio::test]
async fn inv8_a_returned_unit_is_sold_by_an_instance_that_had_said_sold_out() {
    let shop = Shop::open(2, 2).await;
    let instance: Seckill = shop.instance();
    let consumer = shop.consumer();
    for buyer in 0..2 {
        let _order = bought(&instance, buyer).await;
    }
    let _placed = consume(&consumer, 2).await;
    assert_eq!(instance.buy(BuyerId(10)).await.unwrap(), Answer::SoldOut);
    assert_eq!(
        instance.admit(BuyerId(11)).await,
        Some(Answer::SoldOut),
        "by itself"
    );

    let report = shop
        .reconciler()
        .pass(after_the_time_to_pay())
        .await
        .unwrap();
    assert_eq!(report.returned, 2, "{report:?}");
    instance.refresh().await.unwrap();
    let _order = bought(&instance, 10).await;
}

/// Asks at one door after the other until the answer says what became of it.
async fn insist(doors: [SocketAddr; 2], buyer: u64) -> (u16, String) {
    let mut asked = buyer as usize;
    let answer = async || {
        asked += 1;
        post_order(doors[asked % 2], buyer)
            .await
            .filter(|(status, _)| *status != 503)
    };
    eventually(SOON, "an answer", answer).await
}

/// Everything at once, as it is run: two instances, a consumer and a reconciler, each a process, in front of a cluster; buyers over
/// HTTP, three times as many as units; and kill -9 for one process after another while they buy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv2_a_sale_whose_processes_are_killed_sells_every_unit_once() {
    const UNITS: u32 = 120;
    let cluster = testbed::redis_cluster().await.unwrap();
    let mysql = testbed::mysql().await.unwrap();
    let kafka = testbed::kafka().await.unwrap();
    let sale = sale(UNITS, 4);
    let ledger = open_ledger(mysql.url(), &sale).await;
    let topic = kafka.create_topic("orders", 4).await.unwrap();
    let process = |role: &str, instance: u16| {
        Process::start(
            role,
            &[
                ("SECKILL_SALE", sale.id().to_string()),
                ("SECKILL_STOCK", UNITS.to_string()),
                ("SECKILL_BUCKETS", "4".to_owned()),
                ("SECKILL_OPENS_AT_MS", sale.opens_at().0.to_string()),
                ("SECKILL_CLOSES_AT_MS", sale.closes_at().0.to_string()),
                ("SECKILL_REDIS_URLS", cluster.urls().join(",")),
                ("SECKILL_PREFIX", cluster.prefix().to_owned()),
                ("SECKILL_MYSQL_URL", mysql.url().to_owned()),
                ("SECKILL_KAFKA_BROKERS", kafka.brokers().to_owned()),
                ("SECKILL_TOPIC", topic.clone()),
                ("SECKILL_GROUP", kafka.group("ledger")),
                ("SECKILL_INSTANCE", format!("{role}-{instance}")),
                ("SECKILL_GRACE_MS", "500".to_owned()),
                ("SECKILL_LIMIT_REQUESTS", "1000".to_owned()),
            ],
        )
    };
    let mut serving = [process("serve", 1), process("serve", 2)];
    let mut consuming = process("consume", 1);
    let mut reconciling = process("reconcile", 1);

    // Each buyer asks until somebody says what became of it; an instance that dies in mid-answer is asked again elsewhere. Eight
    // of them at a time, and a process is killed whenever so many are done: so with requests in flight.
    let doors = [serving[0].listen(), serving[1].listen()];
    let done = AtomicU64::new(0);
    let buying = futures_util::stream::iter(0..u64::from(UNITS) * 3)
        .map(|buyer| {
            let done = &done;
            async move {
                let answer = insist(doors, buyer).await;
                done.fetch_add(1, Ordering::Relaxed);
                (buyer, answer)
            }
        })
        .buffer_unordered(8)
        .collect::<Vec<_>>();
    let killing = async {
        for (victim, after) in [(0, 30), (2, 50), (3, 60), (1, 70), (2, 90), (0, 100)] {
            let reached = async || (done.load(Ordering::Relaxed) >= after).then_some(());
            eventually(SOON, "buyers are served", reached).await;
            match victim {
                0 | 1 => serving[victim].kill_and_start().await,
                2 => consuming.kill_and_start().await,
                _ => reconciling.kill_and_start().await,
            }
        }
        done.load(Ordering::Relaxed)
    };
    let (answers, done_at_the_last_kill) = tokio::join!(buying, killing);
    assert!(
        done_at_the_last_kill < u64::from(UNITS) * 3,
        "the last kill came when all was over"
    );

    // Whatever the killed ones left is met by any reconciler, this one too.
    let stock = Stock::new(
        Conn::cluster(cluster.urls()).await.unwrap(),
        cluster.prefix(),
        sale.clone(),
    );
    let publisher = Publisher::new(kafka.brokers(), &topic, sale.id(), SOON).unwrap();
    let reconciler = Reconciler::new(stock.clone(), ledger.clone(), publisher, PATIENCE);
    let report = reconciler.pass(now()).await.unwrap();
    assert_eq!(
        (report.cancelled, report.refused, report.malformed),
        (0, 0, 0),
        "{report:?}"
    );

    assert!(
        answers
            .iter()
            .all(|(_, (status, _))| matches!(status, 202 | 409)),
        "{answers:?}"
    );
    // A unit that a killed instance had taken may have come back when everybody had asked: for one who comes later.
    let mut late = 1_000_000;
    let sold = async || {
        if ledger.sold(sale.id()).await.unwrap() == UNITS {
            return Some(());
        }
        late += 1;
        let _answer = post_order(doors[0], late).await;
        None
    };
    eventually(SOON, "every unit sold", sold).await;
    let active = ledger.all_active(sale.id()).await.unwrap();
    assert_eq!(active.len(), UNITS as usize);
    for (buyer, (status, body)) in &answers {
        let order = active.iter().find(|order| order.buyer == BuyerId(*buyer));
        match order {
            Some(order) if *status == 202 => {
                assert!(
                    body.contains(&order.order.to_string()),
                    "{buyer} was told {body}, and has {order:?}"
                );
            }
            None if *status == 202 => panic!("{buyer} was told {body}, and has no order"),
            // Told "sold out" by an instance while a killed one had made the claim: the reconciler made it an order.
            Some(_) | None => {}
        }
    }
    let audit = stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (0, UNITS as usize, i64::from(UNITS))
    );
}

/// One reconciler reads that an order is active; before it writes the forgotten claim, another has cancelled the order and
/// returned its unit. The claim of the dead does not stay.
#[tokio::test]
async fn inv2_a_claim_restored_after_its_order_died_is_given_back() {
    let shop = Shop::open(4, 2).await;
    let held = reservations(&rush(std::slice::from_ref(&shop.stock), 0..4).await);
    let orders: Vec<Order> = held.iter().map(Order::of).collect();
    let _placed = shop
        .ledger
        .record(shop.stock.sale(), &orders)
        .await
        .unwrap();
    let read_before = shop
        .ledger
        .all_active(shop.stock.sale().id())
        .await
        .unwrap();
    let reconciler = shop.reconciler();
    let report = reconciler.pass(after_the_time_to_pay()).await.unwrap();
    assert_eq!(report.returned, 4, "{report:?}");

    for order in &read_before {
        assert!(shop.stock.restore(order).await.unwrap());
    }
    assert_eq!(
        on_shelf(&shop.stock.audit().await.unwrap()),
        0,
        "four claims of dead orders"
    );
    for _ in 0..2 {
        let _report = reconciler.pass(after_the_time_to_pay()).await.unwrap();
    }
    let audit = shop.stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (4, 0, 4),
        "{audit:?}"
    );
}

/// The power goes after a unit came back, and Redis forgets that it did; the ledger has it down as returned.
#[tokio::test]
async fn inv2_a_return_that_redis_forgot_is_made_again() {
    let mut redis = testbed::redis()
        .own()
        .appendfsync(AppendFsync::Everysec)
        .await
        .unwrap();
    let mysql = testbed::mysql().await.unwrap();
    let sale = sale(3, 1);
    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    stock.warm_up(&[]).await.unwrap();
    let ledger = open_ledger(mysql.url(), &sale).await;
    let held = reservations(&rush(std::slice::from_ref(&stock), 0..3).await);
    let orders: Vec<Order> = held.iter().map(Order::of).collect();
    let _placed = ledger.record(&sale, &orders).await.unwrap();
    let nowhere = || Publisher::new("127.0.0.1:1", "nowhere", sale.id(), SOON).unwrap();
    let reconciler = Reconciler::new(stock.clone(), ledger.clone(), nowhere(), PATIENCE);
    let settled = reconciler.pass(later()).await.unwrap();
    assert_eq!(settled.settled, 3, "{settled:?}");

    let before = redis.mark().await.unwrap();
    let report = reconciler.pass(after_the_time_to_pay()).await.unwrap();
    assert_eq!(report.returned, 3, "{report:?}");
    assert!(redis.power_cut(before).await.unwrap().lost_bytes > 0);
    redis.restart().await.unwrap();

    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    assert_eq!(
        claims(&stock.audit().await.unwrap()),
        3,
        "the claims of dead orders stand again"
    );
    let reconciler = Reconciler::new(stock.clone(), ledger, nowhere(), PATIENCE);
    assert_eq!(reconciler.repair().await.unwrap(), 3);
    let audit = stock.audit().await.unwrap();
    assert_eq!(
        (on_shelf(&audit), claims(&audit), balance(&audit)),
        (3, 0, 3),
        "{audit:?}"
    );
}

/// The reconciler meets an empty Redis before any instance has laid the stock out again.
#[tokio::test]
async fn inv1_a_repair_of_an_empty_redis_lays_out_what_the_ledger_has_left() {
    let mut redis = testbed::redis().own().rdb_only().await.unwrap();
    let mysql = testbed::mysql().await.unwrap();
    let sale = sale(10, 2);
    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    stock.warm_up(&[]).await.unwrap();
    let ledger = open_ledger(mysql.url(), &sale).await;
    let held = reservations(&rush(std::slice::from_ref(&stock), 0..7).await);
    let orders: Vec<Order> = held.iter().map(Order::of).collect();
    let _placed = ledger.record(&sale, &orders).await.unwrap();
    redis.kill().await.unwrap();
    redis.restart().await.unwrap();

    let stock = Stock::new(Conn::single(redis.url()).await.unwrap(), "", sale.clone());
    let active = ledger.all_active(sale.id()).await.unwrap();
    assert!(
        !stock.restore(&active[0]).await.unwrap(),
        "nothing is written into a bucket that is not there"
    );
    let nowhere = Publisher::new("127.0.0.1:1", "nowhere", sale.id(), SOON).unwrap();
    let reconciler = Reconciler::new(stock.clone(), ledger, nowhere, PATIENCE);
    for _ in 0..2 {
        let _mended = reconciler.repair().await.unwrap();
        let audit = stock.audit().await.unwrap();
        assert_eq!(
            (on_shelf(&audit), claims(&audit), balance(&audit)),
            (3, 7, 10),
            "{audit:?}"
        );
    }
}

/// Texts that no script wrote stay as they are, are counted, and keep nobody else from being finished.
#[tokio::test]
async fn inv4_what_cannot_be_read_is_left_and_the_rest_is_finished() {
    let shop = Shop::open(6, 2).await;
    let _held = rush(std::slice::from_ref(&shop.stock), 0..4).await;
    let mut redis = raw(&shop.redis).await;
    let key = |name: &str| format!("{}{{phone:0}}:{name}", shop.redis.prefix());
    let order = OrderId(77);
    let stray = (1000..)
        .find(|&buyer| home(BuyerId(buyer), 2) == Bucket(0))
        .unwrap();
    let _: () = redis::pipe()
        .hset(key("claims"), stray, "nonsense")
        .hset(key("claims"), stray + 1, format!("{order}|held|999|5"))
        .zadd_multiple(key("unsettled"), &[(5, stray), (5, stray + 1)])
        .hset(key("loans"), order.to_string(), "1|999|5")
        .hset(key("loans"), "no order", "1|0|5")
        .hset(
            key("loans"),
            OrderId(78).to_string(),
            format!("{stray}|0|5"),
        )
        .query_async(&mut redis)
        .await
        .unwrap();

    let reconciler = shop.reconciler();
    let report = reconciler.pass(later()).await.unwrap();
    // Two claims, and a loan each for a bucket that is none, an order that is none, and a claim that is none.
    assert_eq!((report.published, report.malformed), (4, 5), "{report:?}");
}
