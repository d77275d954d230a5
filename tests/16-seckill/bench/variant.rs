//! What is measured of a variant of the lab, in the variant's own types. `bench.rs` mounts this file once for each, with
//! `seckill` naming that variant's crate; to the rest of the bench they are all [`Reserving`], [`Deciding`], or a router.
//!
//! All share one connection. A slice is one call, so what is virtual about it costs a request nothing.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use redis::aio::ConnectionManager;

use super::seckill::core::gate::Gates;
use super::seckill::core::ids::{BuyerId, OrderId, UnixMillis};
use super::seckill::core::limiter::Limiter;
use super::seckill::core::sale::Sale;
use super::seckill::core::window::Limit;
use super::seckill::shell::clock::Clock;
use super::seckill::shell::conn::Conn;
use super::seckill::shell::http::{App, router};
use super::seckill::shell::keys::Keys;
use super::seckill::shell::ledger::Ledger;
use super::seckill::shell::limiter::Admission;
use super::seckill::shell::orders::Publisher;
use super::seckill::shell::service::Seckill;
use super::seckill::shell::stock::{Reserve, Stock};
use crate::Error;
use crate::crowd::Crowd;
use crate::limiters::Deciding;
use crate::stock::{Reserving, Sold};

/// A sale that opened an hour ago and closes in an hour.
fn sale(stock: u32, buckets: u16) -> Sale {
    let now = Clock::start().wall().0;
    let hours = (UnixMillis(now - 3_600_000), UnixMillis(now + 3_600_000));
    let pay_within = Duration::from_secs(900);
    Sale::new(
        "bench".parse().expect("a name"),
        stock,
        buckets,
        hours,
        pay_within,
    )
    .expect("terms that make sense")
}

fn five_a_second() -> Limit {
    Limit::new(5, Duration::from_secs(1)).expect("5 in a second is in range")
}

/// A stock that is laid out in Redis, and gates that know nothing yet.
pub struct Shop {
    conn: ConnectionManager,
    prefix: String,
    stock: Stock,
    gates: Gates,
}

impl Shop {
    /// Lays out `units` in `buckets` under a prefix of its own.
    pub async fn open(
        conn: &ConnectionManager,
        prefix: &str,
        units: u32,
        buckets: u16,
    ) -> Result<Self, Error> {
        let stock = Stock::new(Conn::over(conn.clone()), prefix, sale(units, buckets));
        stock.warm_up(&[]).await?;
        Ok(Self {
            conn: conn.clone(),
            prefix: prefix.to_owned(),
            stock,
            gates: Gates::open(buckets),
        })
    }
}

impl Reserving for Shop {
    fn reserve(
        &self,
        buyers: Range<u64>,
        in_flight: usize,
    ) -> LocalBoxFuture<'_, Result<Sold, Error>> {
        Box::pin(async move {
            let asking = buyers.map(|buyer| async move {
                let order = OrderId(buyer.into());
                let outcome = self.stock.reserve(BuyerId(buyer), order, &self.gates).await;
                // As the service's `learn`.
                if let Ok(Reserve::SoldOut(empty)) = &outcome {
                    for &(bucket, epoch) in empty {
                        self.gates.of(bucket).sold_out(epoch);
                    }
                }
                outcome
            });
            let mut sold = Sold::default();
            let mut outcomes = futures_util::stream::iter(asking).buffer_unordered(in_flight);
            while let Some(outcome) = outcomes.next().await {
                match outcome? {
                    Reserve::Reserved(held) if !held.replayed => sold.reserved += 1,
                    Reserve::SoldOut(_) => sold.refused += 1,
                    other @ (Reserve::Reserved(_)
                    | Reserve::NotYet { .. }
                    | Reserve::Closed
                    | Reserve::Cold
                    | Reserve::Crossed) => {
                        return Err(format!("not an answer here: {other:?}").into());
                    }
                }
            }
            Ok(sold)
        })
    }

    fn forget(&self) -> LocalBoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            let sale = self.stock.sale();
            let keys = Keys::new(&self.prefix, sale.id(), sale.buckets());
            let mut del = redis::cmd("DEL");
            for bucket in self.stock.buckets() {
                let keys = keys.of(bucket);
                del.arg(&keys.claims).arg(&keys.unsettled);
            }
            let _keys: i64 = del.query_async(&mut self.conn.clone()).await?;
            Ok(())
        })
    }
}

/// What a request meets before it goes to Redis: the gates, then the limiter.
pub struct Door {
    gates: Gates,
    limiter: Limiter,
}

impl Door {
    /// All gates open: a closed one spares the limiter, and `benches/gate.rs` has what is between.
    pub fn new(buckets: u16) -> Self {
        Self {
            gates: Gates::open(buckets),
            limiter: Limiter::new(five_a_second()),
        }
    }
}

impl Deciding for Door {
    fn decide(&mut self, crowd: &mut Crowd, decisions: usize) {
        for (buyer, now) in crowd.take(decisions) {
            if !std::hint::black_box(&self.gates).all_closed() {
                let _verdict = std::hint::black_box(self.limiter.check(BuyerId(buyer), now));
            }
        }
    }
}

/// The instance's own router, of a sale whose every gate is closed.
pub async fn sold_out(conn: &ConnectionManager, ledger: &str) -> Result<Router, Error> {
    let stock = Stock::new(Conn::over(conn.clone()), "http:", sale(100, 16));
    let id = stock.sale().id();
    let nowhere = Publisher::new("127.0.0.1:1", "nowhere", id, Duration::from_secs(1))?;
    let buckets = stock.buckets();
    let own = Admission::PerInstance(Limiter::new(five_a_second()));
    let seckill = Arc::new(Seckill::new(stock, own, nowhere));
    for bucket in buckets {
        seckill.gates().of(bucket).sold_out(0);
    }
    let ledger = Ledger::connect(ledger, 1).await?;
    Ok(router(App { seckill, ledger }))
}
