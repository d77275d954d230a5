//! Stage 4: the order's way through Kafka into the ledger.

use std::process::Stdio;
use std::time::Duration;

use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Message};
use seckill::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use seckill::core::limiter::Limiter;
use seckill::core::sale::Sale;
use seckill::core::window::Limit;
use seckill::shell::conn::Conn;
use seckill::shell::consumer::{OrderConsumer, Source};
use seckill::shell::ledger::{Ledger, Order, Recorded, Status};
use seckill::shell::limiter::Admission;
use seckill::shell::orders::{Published, Publisher, dead_letters};
use seckill::shell::service::Seckill;
use seckill::shell::stock::Stock;
use testbed::{Direction, Kind, eventually};

use crate::process::program;
use crate::world::*;

/// An order of `buyer`, reserved just now from bucket 0.
fn order(id: u128, buyer: u64) -> Order {
    Order {
        order: OrderId(id),
        buyer: BuyerId(buyer),
        unit: Bucket(0),
        reserved_at: now(),
    }
}

async fn ledger(units: u32) -> (testbed::Mysql, Ledger, Sale) {
    let mysql = testbed::mysql().await.unwrap();
    let sale = sale(units, 1);
    let ledger = open_ledger(mysql.url(), &sale).await;
    (mysql, ledger, sale)
}

#[tokio::test]
async fn inv6_the_id_the_buyer_gets_is_the_orders() {
    let shop = Shop::open(10, 1).await;
    let (instance, consumer) = (shop.instance(), shop.consumer());

    let order = bought(&instance, 7).await;
    let done = consume(&consumer, 1).await;

    assert_eq!(done[0].1, Recorded::Placed);
    assert_eq!(
        shop.ledger.status(order).await.unwrap(),
        Some(Status::Placed),
        "the ledger has no order {order}"
    );
    assert_eq!(
        bought(&instance, 7).await,
        order,
        "asked again, the answer is the same order"
    );
}

#[tokio::test]
async fn inv4_an_order_that_arrives_twice_is_one_order() {
    let (_mysql, ledger, sale) = ledger(10).await;
    let order = order(1, 7);
    let outcomes = ledger.record(&sale, &[order, order]).await.unwrap();
    assert_eq!(
        outcomes,
        [Recorded::Placed, Recorded::Before(Status::Placed)]
    );
    assert_eq!(
        ledger.record(&sale, &[order]).await.unwrap(),
        [Recorded::Before(Status::Placed)]
    );
    assert_eq!(ledger.pay(order.order).await.unwrap(), Some(Status::Paid));
    assert_eq!(
        ledger.record(&sale, &[order]).await.unwrap(),
        [Recorded::Before(Status::Paid)]
    );
    assert_eq!(ledger.sold(sale.id()).await.unwrap(), 1);
}

#[tokio::test]
async fn inv3_the_ledger_takes_one_order_a_buyer() {
    let (_mysql, ledger, sale) = ledger(10).await;
    let outcomes = ledger
        .record(&sale, &[order(1, 7), order(2, 7), order(3, 8)])
        .await
        .unwrap();
    assert_eq!(
        outcomes,
        [Recorded::Placed, Recorded::SecondForBuyer, Recorded::Placed]
    );
    assert_eq!(ledger.sold(sale.id()).await.unwrap(), 2);
}

/// Four consumers write at once, more orders than there are units, half of them twice.
#[tokio::test]
async fn inv1_the_ledger_sells_the_stock_and_no_more() {
    let (_mysql, ledger, sale) = ledger(20).await;
    let batches: Vec<Vec<Order>> = (0_u32..8)
        .map(|b| {
            (0..10)
                .map(|i| order((b / 2 * 10 + i).into(), (b / 2 * 10 + i) as u64))
                .collect()
        })
        .collect();
    let writing = batches.iter().map(|batch| async {
        eventually(SOON, "the batch is written", async || {
            ledger.record(&sale, batch).await.ok()
        })
        .await
    });
    let outcomes: Vec<Recorded> = futures_util::future::join_all(writing).await.concat();
    let placed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Recorded::Placed))
        .count();
    assert_eq!((placed, ledger.sold(sale.id()).await.unwrap()), (20, 20));
    assert_eq!(ledger.all_active(sale.id()).await.unwrap().len(), 20);
}

#[tokio::test]
async fn inv7_the_ledger_refuses_what_was_reserved_outside_the_hours() {
    let mysql = testbed::mysql().await.unwrap();
    let sale = sale_between(5, 1, (UnixMillis(1000), UnixMillis(2000)));
    let ledger = open_ledger(mysql.url(), &sale).await;
    let at = |id, ms| Order {
        reserved_at: UnixMillis(ms),
        ..order(id, id as u64)
    };
    let outcomes = ledger
        .record(&sale, &[at(1, 999), at(2, 1000), at(3, 1999), at(4, 2000)])
        .await
        .unwrap();
    assert_eq!(
        outcomes,
        [
            Recorded::OutsideSale,
            Recorded::Placed,
            Recorded::Placed,
            Recorded::OutsideSale
        ]
    );
    assert_eq!(ledger.sold(sale.id()).await.unwrap(), 2);
}

/// The broker has the message and its acknowledgement is lost: from here that looks like a failure. (Two threads: librdkafka
/// blocks one when it is closed, and the proxy must go on meanwhile.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_a_publish_whose_outcome_is_unknown_is_not_taken_back() {
    let redis = testbed::redis().await.unwrap();
    let kafka = testbed::kafka().own().through_proxy(44).await.unwrap();
    let topic = kafka.create_topic("orders", 1).await.unwrap();
    let (_mysql, ledger, sale) = ledger(10).await;
    let stock = open_stock(&redis, &sale).await;
    let publisher = Publisher::new(
        kafka.brokers(),
        &topic,
        sale.id(),
        Duration::from_millis(1500),
    )
    .unwrap();
    let limiter = Limiter::new(Limit::new(5, Duration::from_secs(1)).unwrap());
    let instance = Seckill::new(
        stock.clone(),
        Admission::PerInstance(limiter),
        publisher.clone(),
    );
    // The first one goes through, so the producer knows its way.
    let _first = bought(&instance, 1).await;

    kafka.proxy().partition(Direction::ToClient);
    let unknown = bought(&instance, 2).await;
    assert!(
        kafka.proxy().stats().fired(Kind::Partition) > 0,
        "no acknowledgement was lost"
    );
    kafka.proxy().heal();

    let source = Source {
        brokers: kafka.brokers().to_owned(),
        topic,
        group: kafka.group("ledger"),
        instance: None,
    };
    let consumer = OrderConsumer::new(&source, sale.clone(), ledger.clone(), publisher).unwrap();
    let done = consume(&consumer, 2).await;
    assert!(
        done.iter().any(|(order, _)| order.order == unknown),
        "the broker never had it: {done:?}"
    );

    let audit = stock.audit().await.unwrap();
    let sold = i64::from(ledger.sold(sale.id()).await.unwrap());
    assert_eq!(
        (on_shelf(&audit), sold),
        (8, 2),
        "units on the shelf and sold, of 10"
    );
    assert_eq!(ledger.status(unknown).await.unwrap(), Some(Status::Placed));
}

#[tokio::test]
async fn inv4_a_publisher_knows_what_it_does_not_know() {
    let kafka = testbed::kafka().await.unwrap();
    let topic = kafka.create_topic("orders", 1).await.unwrap();
    let sale = "phone".parse().unwrap();
    let publisher = Publisher::new(kafka.brokers(), &topic, &sale, SOON).unwrap();
    assert_eq!(publisher.publish(&order(1, 1)).await, Published::Delivered);
    let nobody = Publisher::new("127.0.0.1:1", &topic, &sale, Duration::from_millis(300)).unwrap();
    assert_eq!(nobody.publish(&order(2, 2)).await, Published::Unknown);
}

/// `seckill consume`, a process of its own.
fn worker(shop: &Shop, sale: &Sale, mysql: &str, topic: &str) -> tokio::process::Child {
    tokio::process::Command::new(program())
        .arg("consume")
        .env("SECKILL_SALE", sale.id().as_str())
        .env("SECKILL_STOCK", sale.stock().to_string())
        .env("SECKILL_OPENS_AT_MS", sale.opens_at().0.to_string())
        .env("SECKILL_CLOSES_AT_MS", sale.closes_at().0.to_string())
        .env("SECKILL_REDIS_URLS", shop.redis.url())
        .env("SECKILL_MYSQL_URL", mysql)
        .env("SECKILL_KAFKA_BROKERS", shop.kafka.brokers())
        .env("SECKILL_TOPIC", topic)
        .env("SECKILL_GROUP", shop.kafka.group(sale.id().as_str()))
        .env("SECKILL_INSTANCE", "one")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// kill -9 of the consumer after each of its messages to MySQL, from the first of the handshake to the COMMIT and beyond. The
/// next one starts where it stopped, and there is one order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv4_a_consumer_killed_at_any_step_leaves_one_order() {
    let shop = Shop::open(1, 1).await;
    let killed = |step: u64| {
        let shop = &shop;
        async move {
            let hours = (shop.stock.sale().opens_at(), shop.stock.sale().closes_at());
            let sale = Sale::new(
                format!("step-{step}").parse().unwrap(),
                5,
                1,
                hours,
                PAY_WITHIN,
            )
            .unwrap();
            let ledger = open_ledger(shop.mysql.url(), &sale).await;
            let topic = shop
                .kafka
                .create_topic(&format!("step-{step}"), 1)
                .await
                .unwrap();
            let publisher = Publisher::new(shop.kafka.brokers(), &topic, sale.id(), SOON).unwrap();
            let order = order((u128::from(step) << 64) + 1, 7);
            assert_eq!(publisher.publish(&order).await, Published::Delivered);

            let proxy = testbed::proxy(shop.mysql.addr(), step).await.unwrap();
            proxy.hold_after(Direction::ToServer, step);
            let behind = shop
                .mysql
                .url()
                .replace(&shop.mysql.addr().to_string(), &proxy.addr().to_string());
            let mut first = worker(shop, &sale, &behind, &topic);
            let placed = async || ledger.status(order.order).await.unwrap();
            let died_at_step = tokio::select! {
                held = proxy.held(SOON) => held,
                // The step lies behind its last message: it has done its work.
                _ = eventually(SOON, "an order", placed), if step > 4 => proxy.held(Duration::from_secs(2)).await,
            };
            first.kill().await.unwrap();
            proxy.cut();

            let mut second = worker(shop, &sale, shop.mysql.url(), &topic);
            let what = format!("killed at message {step}, the order is placed by the next one");
            let status = eventually(SOON, &what, placed).await;
            assert_eq!(status, Status::Placed, "killed at message {step}");
            // One more order passes behind it: the second consumer has dealt with all before.
            let next = Order {
                order: OrderId(order.order.0 + 1),
                buyer: BuyerId(8),
                ..order
            };
            assert_eq!(publisher.publish(&next).await, Published::Delivered);
            let _status = eventually(SOON, "the next order", async || {
                ledger.status(next.order).await.unwrap()
            })
            .await;
            second.kill().await.unwrap();
            assert_eq!(
                ledger.sold(sale.id()).await.unwrap(),
                2,
                "killed at message {step}"
            );
            assert_eq!(
                ledger.all_active(sale.id()).await.unwrap().len(),
                2,
                "killed at message {step}"
            );
            died_at_step
        }
    };
    let died = futures_util::future::join_all((1..=24).map(killed)).await;
    // Handshake, BEGIN, the sale's row, the order's, the count, COMMIT: at least these were hit, and the last was behind them all.
    assert!(
        died.iter().filter(|&&died| died).count() >= 8,
        "killed in mid-work at these messages: {died:?}"
    );
    assert!(!died[23], "24 messages are not enough to pass the COMMIT");
}

/// The step's future is dropped, as by a `select!` that chose another branch: the batch is not passed over.
#[tokio::test]
async fn inv4_a_step_dropped_at_any_await_passes_nothing_over() {
    let shop = Shop::open(100, 1).await;
    let (consumer, publisher) = (shop.consumer(), shop.publisher());
    assert_eq!(
        publisher.publish(&order(1000, 1000)).await,
        Published::Delivered
    );
    assert_eq!(
        consume(&consumer, 1).await.len(),
        1,
        "the consumer has its partitions"
    );
    let mut dropped = 0;
    for i in 0..30 {
        assert_eq!(
            publisher.publish(&order(i, i as u64)).await,
            Published::Delivered
        );
        let step = drop_after(i as usize % 4, consumer.step());
        let step = tokio::time::timeout(SOON, step).await.expect("a step");
        dropped += usize::from(step.is_none());
    }
    assert!(dropped >= 5, "only {dropped} of 30 steps were dropped");
    let placed = async || {
        let _more = tokio::time::timeout(Duration::from_millis(200), consumer.step()).await;
        (shop.sold().await == 31).then_some(())
    };
    eventually(SOON, "all 31 orders in the ledger", placed).await;
}

/// The ledger goes away while an order is on its way: the batch waits, and nothing behind it overtakes.
#[tokio::test]
async fn inv4_a_ledger_that_is_down_delays_orders_and_loses_none() {
    let kafka = testbed::kafka().await.unwrap();
    let mut mysql = testbed::mysql().own().await.unwrap();
    let sale = sale(10, 1);
    let ledger = open_ledger(mysql.url(), &sale).await;
    let topic = kafka.create_topic("orders", 1).await.unwrap();
    let publisher = Publisher::new(kafka.brokers(), &topic, sale.id(), SOON).unwrap();
    let source = Source {
        brokers: kafka.brokers().to_owned(),
        topic,
        group: kafka.group("ledger"),
        instance: None,
    };
    let consumer =
        OrderConsumer::new(&source, sale.clone(), ledger.clone(), publisher.clone()).unwrap();
    assert_eq!(publisher.publish(&order(1, 1)).await, Published::Delivered);
    assert_eq!(consume(&consumer, 1).await[0].1, Recorded::Placed);

    mysql.kill().await.unwrap();
    for id in 2..=5 {
        assert_eq!(
            publisher.publish(&order(id, id as u64)).await,
            Published::Delivered
        );
    }
    let waiting = tokio::time::timeout(Duration::from_secs(1), consumer.step()).await;
    assert!(
        waiting.is_err(),
        "the ledger is dead, and the consumer has {waiting:?}"
    );
    mysql.restart().await.unwrap();

    let done = consume(&consumer, 4).await;
    assert!(
        done.iter()
            .all(|(_, recorded)| matches!(recorded, Recorded::Placed | Recorded::Before(_))),
        "{done:?}"
    );
    assert_eq!(ledger.sold(sale.id()).await.unwrap(), 5);
}

/// A message that is no order is put aside with its reason, and the order behind it is placed.
#[tokio::test]
async fn inv4_a_message_that_is_no_order_is_put_aside_and_not_lost() {
    let shop = Shop::open(10, 1).await;
    let topic = shop.kafka.create_topic("garbage", 1).await.unwrap();
    let _dead = shop
        .kafka
        .create_topic(&dead_letters("garbage"), 1)
        .await
        .unwrap();
    let brokers = shop.kafka.brokers();
    let sale = shop.stock.sale();
    let raw: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("message.max.bytes", "10000000")
        .create()
        .unwrap();
    let other_sale = order(1, 1).encode(&"other".parse().unwrap());
    let no_bucket = Order {
        unit: Bucket(1),
        ..order(2, 2)
    }
    .encode(sale.id());
    // As large as the broker takes: with its reason beside it, it would be too large.
    let large = vec![b'x'; 1_048_500];
    let bad: [&[u8]; 6] = [b"", b"\xff\xfe", b"{}", &other_sale, &no_bucket, &large];
    for payload in bad {
        raw.send(FutureRecord::<(), [u8]>::to(&topic).payload(payload), SOON)
            .await
            .unwrap();
    }
    let publisher = Publisher::new(brokers, &topic, sale.id(), SOON).unwrap();
    assert_eq!(publisher.publish(&order(3, 3)).await, Published::Delivered);

    let group = shop.kafka.group("garbage");
    let source = Source {
        brokers: brokers.to_owned(),
        topic: topic.clone(),
        group,
        instance: None,
    };
    let consumer =
        OrderConsumer::new(&source, sale.clone(), shop.ledger.clone(), publisher).unwrap();
    assert_eq!(consume(&consumer, 1).await[0].1, Recorded::Placed);

    let dead: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", shop.kafka.group("dead"))
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    dead.subscribe(&[&dead_letters(&topic)]).unwrap();
    let mut buried = Vec::new();
    while buried.len() < bad.len() {
        let message = tokio::time::timeout(SOON, dead.recv())
            .await
            .expect("six dead messages")
            .unwrap();
        let large = message.payload_len() > 1_000_000;
        assert!(
            large || message.headers().is_some(),
            "the reason is missing"
        );
        buried.push(message.payload().unwrap_or_default().to_vec());
    }
    assert_eq!(buried, bad.map(<[u8]>::to_vec));
}

/// A replica that lags is promoted. It hands out again what it does not know was claimed: the ledger's bound refuses that.
#[tokio::test]
async fn inv1_a_promoted_replica_that_forgot_claims_oversells_nothing() {
    let mut primary = testbed::redis().own().await.unwrap();
    let proxy = testbed::proxy(primary.addr(), 16).await.unwrap();
    let replica = primary.replica_of(proxy.addr()).await.unwrap();
    let (_mysql, ledger, sale) = ledger(10).await;
    let stock = Stock::new(Conn::single(primary.url()).await.unwrap(), "", sale.clone());
    stock.warm_up(&[]).await.unwrap();
    let on_replica = Stock::new(Conn::single(replica.url()).await.unwrap(), "", sale.clone());

    let mut orders: Vec<Order> = reservations(&rush(std::slice::from_ref(&stock), 0..4).await)
        .iter()
        .map(Order::of)
        .collect();
    let in_step = async || (claims(&on_replica.audit().await.unwrap()) == 4).then_some(());
    eventually(SOON, "the replica has four claims", in_step).await;
    proxy.partition(Direction::ToClient);
    orders.extend(
        reservations(&rush(std::slice::from_ref(&stock), 100..106).await)
            .iter()
            .map(Order::of),
    );
    assert_eq!(orders.len(), 10, "sold out on the primary");
    primary.kill().await.unwrap();
    replica.promote().await.unwrap();

    let again = reservations(&rush(std::slice::from_ref(&on_replica), 200..220).await);
    assert_eq!(
        again.len(),
        6,
        "the promoted replica hands out again what it has forgotten"
    );
    orders.extend(again.iter().map(Order::of));
    let outcomes = ledger.record(&sale, &orders).await.unwrap();

    assert_eq!(
        ledger.sold(sale.id()).await.unwrap(),
        10,
        "sold, of a stock of 10"
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Recorded::NoStock))
            .count(),
        6
    );
    assert_eq!(ledger.all_active(sale.id()).await.unwrap().len(), 10);
}
