//! What the tests share: a sale that is open, buyers in a crowd, and a caller who vanishes.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use seckill::core::gate::Gates;
use seckill::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use seckill::core::limiter::Limiter;
use seckill::core::reconcile::Patience;
use seckill::core::sale::Sale;
use seckill::core::segments::home;
use seckill::core::window::Limit;
use seckill::shell::audit::BucketAudit;
use seckill::shell::conn::Conn;
use seckill::shell::consumer::{OrderConsumer, Source};
use seckill::shell::error::Error;
use seckill::shell::keys::Keys;
use seckill::shell::ledger::{Ledger, Order, Recorded};
use seckill::shell::limiter::Admission;
use seckill::shell::orders::Publisher;
use seckill::shell::reconciler::Reconciler;
use seckill::shell::service::{Answer, Seckill};
use seckill::shell::stock::{Reservation, Reserve, Stock};

pub const HOUR: Duration = Duration::from_secs(3600);
/// A deadline that only a failure reaches, also on a machine that is busy with other things.
pub const SOON: Duration = Duration::from_secs(60);
/// How long buyers have to pay in these tests; the tests move the clock instead of waiting.
pub const PAY_WITHIN: Duration = Duration::from_secs(900);

/// Small, since the tests move the clock by hours.
pub const PATIENCE: Patience = Patience {
    grace: Duration::from_secs(60),
    give_up: Duration::from_secs(600),
};

/// The wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "a sale's hours lie around the real now"
)]
pub fn now() -> UnixMillis {
    UnixMillis(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis() as u64,
    )
}

/// A sale that opened an hour ago and closes in an hour.
pub fn sale(stock: u32, buckets: u16) -> Sale {
    let now = now().0;
    sale_between(
        stock,
        buckets,
        (UnixMillis(now - 3_600_000), UnixMillis(now + 3_600_000)),
    )
}

pub fn sale_between(stock: u32, buckets: u16, hours: (UnixMillis, UnixMillis)) -> Sale {
    Sale::new("phone".parse().unwrap(), stock, buckets, hours, PAY_WITHIN).unwrap()
}

/// The stock of `sale`, laid out and open, in this test's part of a Redis.
pub async fn open_stock(redis: &testbed::Redis, sale: &Sale) -> Stock {
    let stock = Stock::new(
        Conn::single(redis.url()).await.unwrap(),
        redis.prefix(),
        sale.clone(),
    );
    stock.warm_up(&[]).await.unwrap();
    stock
}

/// Past the sale's own code: for what it keeps in Redis, and for the tests to put there.
pub async fn raw(redis: &testbed::Redis) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(redis.url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

/// Where `sale` lies in this test's part of a Redis.
pub fn keys(redis: &testbed::Redis, sale: &Sale) -> Keys {
    Keys::new(redis.prefix(), sale.id(), sale.buckets())
}

/// Buyers whose home is `bucket`, of `buckets`.
pub fn at_home(bucket: u16, buckets: u16) -> impl Iterator<Item = u64> {
    (0..).filter(move |&buyer| home(BuyerId(buyer), buckets) == Bucket(bucket))
}

/// For [`testbed::eventually`]: `None` for a failure that asking again may cure. Any other would only be waited for.
pub fn unless_for_good<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(error.retryable(), "it will never pass: {error}");
            None
        }
    }
}

/// An instance whose limiter never refuses and whose Kafka is nowhere: for what is decided before the order leaves.
pub fn instance(stock: &Stock) -> Seckill {
    let limit = Limit::new(Limit::MAX_REQUESTS, Duration::from_millis(1)).unwrap();
    instance_with(stock, limit)
}

pub fn instance_with(stock: &Stock, limit: Limit) -> Seckill {
    let nowhere = Publisher::new(
        "127.0.0.1:1",
        "nowhere",
        stock.sale().id(),
        Duration::from_secs(1),
    )
    .unwrap();
    Seckill::new(
        stock.clone(),
        Admission::PerInstance(Limiter::new(limit)),
        nowhere,
    )
}

/// Each of `buyers` asks once, 64 of them at a time, spread over `stocks`; each gets the order id of its own number.
pub async fn rush(stocks: &[Stock], buyers: impl Iterator<Item = u64>) -> Vec<Reserve> {
    let gates: Vec<Gates> = stocks
        .iter()
        .map(|stock| Gates::open(stock.sale().buckets()))
        .collect();
    let asking = buyers.enumerate().map(|(i, buyer)| {
        let instance = i % stocks.len();
        let (stock, gates) = (&stocks[instance], &gates[instance]);
        async move {
            stock
                .reserve(BuyerId(buyer), OrderId(buyer.into()), gates)
                .await
                .unwrap()
        }
    });
    futures_util::stream::iter(asking)
        .buffer_unordered(64)
        .collect()
        .await
}

pub fn reservations(outcomes: &[Reserve]) -> Vec<Reservation> {
    let held = |outcome: &Reserve| {
        if let Reserve::Reserved(held) = outcome {
            Some(*held)
        } else {
            None
        }
    };
    outcomes.iter().filter_map(held).collect()
}

/// Units of the whole sale, on shelves and out: what it began with, or something was lost or made.
pub fn balance(audit: &[BucketAudit]) -> i64 {
    audit.iter().map(BucketAudit::balance).sum()
}

/// Units on the shelves.
pub fn on_shelf(audit: &[BucketAudit]) -> i64 {
    audit.iter().map(|bucket| bucket.stock).sum()
}

/// Claims in all buckets.
pub fn claims(audit: &[BucketAudit]) -> usize {
    audit.iter().map(|bucket| bucket.claims.len()).sum()
}

/// Runs `future` until it has waited `awaits` times, and drops it there: a caller who vanished. `None` if it did not end.
pub async fn drop_after<T>(awaits: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut waited = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if waited == awaits => Poll::Ready(None),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

/// What a dropped future had sent may still be on its way: asks through the same connection, which answers in order.
pub async fn settle_connection(stock: &Stock) -> Vec<BucketAudit> {
    stock.audit().await.unwrap()
}

/// A sale with all its servers: shared ones, in this test's own part of each.
pub struct Shop {
    pub redis: testbed::Redis,
    pub mysql: testbed::Mysql,
    pub kafka: testbed::Kafka,
    pub stock: Stock,
    pub ledger: Ledger,
    pub topic: String,
}

impl Shop {
    pub async fn open(units: u32, buckets: u16) -> Self {
        let redis = testbed::redis().await.unwrap();
        let mysql = testbed::mysql().await.unwrap();
        let kafka = testbed::kafka().await.unwrap();
        let stock = open_stock(&redis, &sale(units, buckets)).await;
        let ledger = open_ledger(mysql.url(), stock.sale()).await;
        let topic = kafka.create_topic("orders", 2).await.unwrap();
        Self {
            redis,
            mysql,
            kafka,
            stock,
            ledger,
            topic,
        }
    }

    pub fn publisher(&self) -> Publisher {
        Publisher::new(
            self.kafka.brokers(),
            &self.topic,
            self.stock.sale().id(),
            SOON,
        )
        .unwrap()
    }

    /// An instance whose limiter never refuses.
    pub fn instance(&self) -> Seckill {
        let limit = Limit::new(Limit::MAX_REQUESTS, Duration::from_millis(1)).unwrap();
        Seckill::new(
            self.stock.clone(),
            Admission::PerInstance(Limiter::new(limit)),
            self.publisher(),
        )
    }

    pub fn consumer(&self) -> OrderConsumer {
        let source = Source {
            brokers: self.kafka.brokers().to_owned(),
            topic: self.topic.clone(),
            group: self.kafka.group("ledger"),
            instance: Some("one".to_owned()),
        };
        OrderConsumer::new(
            &source,
            self.stock.sale().clone(),
            self.ledger.clone(),
            self.publisher(),
        )
        .unwrap()
    }

    pub fn reconciler(&self) -> Reconciler {
        Reconciler::new(
            self.stock.clone(),
            self.ledger.clone(),
            self.publisher(),
            PATIENCE,
        )
    }

    pub async fn sold(&self) -> u32 {
        self.ledger.sold(self.stock.sale().id()).await.unwrap()
    }
}

pub async fn open_ledger(url: &str, sale: &Sale) -> Ledger {
    let ledger = Ledger::connect(url, 4).await.unwrap();
    ledger.prepare(sale).await.unwrap();
    ledger
}

/// Steps until `orders` of them have been dealt with; what became of each.
pub async fn consume(consumer: &OrderConsumer, orders: usize) -> Vec<(Order, Recorded)> {
    let mut done = Vec::new();
    while done.len() < orders {
        let step = tokio::time::timeout(SOON, consumer.step()).await;
        let Ok(step) = step else {
            panic!("{} of {orders} orders arrived: {done:?}", done.len())
        };
        done.extend(step.unwrap());
    }
    done
}

/// Buys, and gives back the order's id.
pub async fn bought(instance: &Seckill, buyer: u64) -> OrderId {
    match instance.buy(BuyerId(buyer)).await.unwrap() {
        Answer::Accepted { order, .. } => order,
        other => panic!("buyer {buyer}: {other:?}"),
    }
}
