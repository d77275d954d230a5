//! The ledger in MySQL: what is sold, for good.
//!
//! An order id gets one row, once; whoever inserts it first has decided what the order is, and everyone later reads that. Three
//! rules are the table's own, so that no mistake of Redis's can break them: one row an order (primary key), one active order a
//! buyer (unique key over a column that is NULL once the order is dead), and never more sold than there is (the bound in
//! the UPDATE). Redis may forget claims in a fail-over and hand their units out again: then it is this bound that refuses.

//!
//! Every call runs in a task of its own (`finish`): a request may be dropped while MySQL is answering, and a connection that is
//! dropped in mid-answer never comes back to its pool. Four such requests, and a pool of four is empty for good.

use std::panic::resume_unwind;
use std::time::Duration;

use sqlx::mysql::{MySqlPoolOptions, MySqlRow};
use sqlx::{MySqlPool, Row};

use super::error::Error;
use crate::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use crate::core::sale::Sale;

mod dead;
mod read;
mod record;

/// The ledger of all sales.
#[derive(Clone, Debug)]
pub struct Ledger {
    pool: MySqlPool,
}

/// An order: as it asks to be written, and as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id, the one the buyer was given.
    pub order: OrderId,
    /// Whose.
    pub buyer: BuyerId,
    /// The bucket its unit came from.
    pub unit: Bucket,
    /// When the unit was reserved, by Redis's clock.
    pub reserved_at: UnixMillis,
}

/// What the ledger made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Recorded {
    /// It is an order; to be paid.
    Placed,
    /// The ledger had decided before, and this is what it said.
    Before(Status),
    /// Refused: everything is sold. Redis had forgotten a claim.
    NoStock,
    /// Refused: the buyer has another active order.
    SecondForBuyer,
    /// Refused: reserved outside the sale's hours.
    OutsideSale,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Status {
    /// Waits for its payment.
    Placed,
    /// Paid.
    Paid,
    /// Nobody paid in time.
    Cancelled,
    /// Never became an order.
    Refused,
}

impl Ledger {
    /// Connects, with at most `connections` at a time.
    ///
    /// # Errors
    /// The URL is malformed, or the server cannot be reached within five seconds.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, Error> {
        let options = MySqlPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5));
        Ok(Self {
            pool: options.connect(url).await?,
        })
    }

    /// Creates the tables that are not there, and the sale's row if it is not there.
    ///
    /// # Errors
    /// The server failed.
    pub async fn prepare(&self, sale: &Sale) -> Result<(), Error> {
        let (pool, sale) = (self.pool.clone(), sale.clone());
        finish(async move {
            sqlx::raw_sql(include_str!("../sql/schema.sql"))
                .execute(&pool)
                .await?;
            sqlx::query(
                "INSERT IGNORE INTO sales (sale_id, stock, opens_at_ms, closes_at_ms) \
                 VALUES (?, ?, ?, ?)",
            )
            .bind(sale.id().as_str())
            .bind(sale.stock())
            .bind(sale.opens_at().0)
            .bind(sale.closes_at().0)
            .execute(&pool)
            .await?;
            Ok(())
        })
        .await
    }
}

/// Runs `work` to its end, also when whoever waits for it is dropped.
async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(died) if died.is_panic() => resume_unwind(died.into_panic()),
        Err(_the_runtime_ends) => Err(Error::Ledger(sqlx::Error::WorkerCrashed)),
    }
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
        }
    }

    fn of(row: &MySqlRow) -> Result<Self, Error> {
        match row.try_get::<String, _>("status")?.as_str() {
            "placed" => Ok(Self::Placed),
            "paid" => Ok(Self::Paid),
            "cancelled" => Ok(Self::Cancelled),
            "refused" => Ok(Self::Refused),
            other => Err(Error::LedgerValue {
                what: "orders.status",
                value: other.to_owned(),
            }),
        }
    }
}

fn order_id(row: &MySqlRow) -> Result<OrderId, Error> {
    let order: String = row.try_get("order_id")?;
    order.parse().map_err(|_| Error::LedgerValue {
        what: "orders.order_id",
        value: order,
    })
}

fn order_of(row: &MySqlRow) -> Result<Order, Error> {
    Ok(Order {
        order: order_id(row)?,
        buyer: BuyerId(row.try_get("buyer_id")?),
        unit: Bucket(row.try_get("unit")?),
        reserved_at: UnixMillis(row.try_get("reserved_at_ms")?),
    })
}
