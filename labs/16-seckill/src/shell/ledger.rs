//! The ledger in MySQL: what is sold, for good.
//!
//! An order id gets one row, once; whoever inserts it first has decided what the order is, and everyone later reads that. Three
//! rules are the table's own, so that no mistake of Redis's can break them: one row an order (primary key), one active order a
//! buyer (unique key over a column that is NULL once the order is dead), and never more sold than there is (the bound in
//! the UPDATE). Redis may forget claims in a fail-over and hand their units out again: then it is this bound that refuses.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::mysql::{MySqlPoolOptions, MySqlRow};
use sqlx::{MySql, MySqlConnection, MySqlPool, QueryBuilder, Row};

use super::error::Error;
use crate::core::ids::{Bucket, BuyerId, OrderId, SaleId, UnixMillis};
use crate::core::reconcile::Standing;
use crate::core::sale::{Phase, Sale};

/// The ledger of all sales.
#[derive(Clone, Debug)]
pub struct Ledger {
    pool: MySqlPool,
}

/// An order as it asks to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
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

/// An order whose unit is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveOrder {
    /// The order.
    pub order: OrderId,
    /// Whose.
    pub buyer: BuyerId,
    /// The bucket that its unit came from.
    pub unit: Bucket,
    /// When the unit was reserved.
    pub reserved_at: UnixMillis,
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
        sqlx::raw_sql(include_str!("sql/schema.sql"))
            .execute(&self.pool)
            .await?;
        sqlx::query("INSERT IGNORE INTO sales (sale_id, stock, opens_at_ms, closes_at_ms) VALUES (?, ?, ?, ?)")
            .bind(sale.id().as_str())
            .bind(sale.stock())
            .bind(sale.opens_at().0)
            .bind(sale.closes_at().0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes `orders` in one transaction and says of each, in their order, what became of it.
    ///
    /// # Errors
    /// The server failed: then either all of them are written or none is, and writing them again is safe.
    pub async fn record(&self, sale: &Sale, orders: &[NewOrder]) -> Result<Vec<Recorded>, Error> {
        // ANCHOR: stage4_record
        todo!("stage 4: record")
        // ANCHOR_END: stage4_record
    }

    /// Decides that `order` will never be one, unless the ledger has decided already. Answers where it stands now.
    ///
    /// # Errors
    /// The server failed; saying it again is safe.
    pub async fn refuse(&self, sale: &Sale, order: &NewOrder) -> Result<Status, Error> {
        // ANCHOR: stage5_refuse
        todo!("stage 5: refuse")
        // ANCHOR_END: stage5_refuse
    }

    /// The buyer paid. Answers where the order stands now, `None` if there is no such order.
    ///
    /// # Errors
    /// The server failed; saying it again is safe.
    pub async fn pay(&self, order: OrderId) -> Result<Option<Status>, Error> {
        sqlx::query("UPDATE orders SET status = 'paid' WHERE order_id = ? AND status = 'placed'")
            .bind(order.to_string())
            .execute(&self.pool)
            .await?;
        self.status(order).await
    }

    /// Where an order stands.
    ///
    /// # Errors
    /// The server failed.
    pub async fn status(&self, order: OrderId) -> Result<Option<Status>, Error> {
        let row = sqlx::query("SELECT status FROM orders WHERE order_id = ?")
            .bind(order.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(Status::of).transpose()
    }

    /// Where orders stand, in the reconciler's words; an order that is not in the map is [`Standing::Unknown`].
    ///
    /// # Errors
    /// The server failed.
    pub async fn standings(&self, orders: &[OrderId]) -> Result<HashMap<OrderId, Standing>, Error> {
        if orders.is_empty() {
            return Ok(HashMap::new());
        }
        let mut query =
            QueryBuilder::<MySql>::new("SELECT order_id, status FROM orders WHERE order_id IN (");
        let mut ids = query.separated(", ");
        for order in orders {
            ids.push_bind(order.to_string());
        }
        query.push(")");
        let rows = query.build().fetch_all(&self.pool).await?;
        let standing = |row: &MySqlRow| {
            let standing = match Status::of(row)? {
                Status::Placed | Status::Paid => Standing::Active,
                Status::Cancelled | Status::Refused => Standing::Dead,
            };
            Ok((order_id(row)?, standing))
        };
        rows.iter().map(standing).collect()
    }

    /// Cancels at most `limit` orders whose time to pay was over at `now`; their units are no longer sold. Answers how many.
    ///
    /// # Errors
    /// The server failed; calling again goes on where this stopped.
    pub async fn cancel_unpaid(
        &self,
        sale: &Sale,
        now: UnixMillis,
        limit: u32,
    ) -> Result<u64, Error> {
        // ANCHOR: stage5_cancel_unpaid
        todo!("stage 5: cancel unpaid")
        // ANCHOR_END: stage5_cancel_unpaid
    }

    /// At most `limit` dead orders whose claims may still be in Redis.
    ///
    /// # Errors
    /// The server failed.
    pub async fn unreturned(&self, sale: &SaleId, limit: u32) -> Result<Vec<ActiveOrder>, Error> {
        let rows = sqlx::query(
            "SELECT order_id, buyer_id, unit, reserved_at_ms FROM orders \
             WHERE sale_id = ? AND unit_returned = 0 AND status IN ('cancelled', 'refused') LIMIT ?",
        )
        .bind(sale.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(order_of).collect()
    }

    /// The claim of the dead `order` is gone from Redis.
    ///
    /// # Errors
    /// The server failed; saying it again is safe.
    pub async fn mark_returned(&self, order: OrderId) -> Result<(), Error> {
        sqlx::query("UPDATE orders SET unit_returned = 1 WHERE order_id = ?")
            .bind(order.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// At most `limit` active orders whose ids come after `after` (`None`: from the first), by id: page by page, all of them.
    ///
    /// # Errors
    /// The server failed.
    pub async fn active(
        &self,
        sale: &SaleId,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<ActiveOrder>, Error> {
        let rows = sqlx::query(
            "SELECT order_id, buyer_id, unit, reserved_at_ms FROM orders \
             WHERE sale_id = ? AND order_id > ? AND active_buyer IS NOT NULL ORDER BY order_id LIMIT ?",
        )
        .bind(sale.as_str())
        .bind(after.map_or_else(String::new, |order| order.to_string()))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(order_of).collect()
    }

    /// All active orders.
    ///
    /// # Errors
    /// The server failed.
    pub async fn all_active(&self, sale: &SaleId) -> Result<Vec<ActiveOrder>, Error> {
        let mut all: Vec<ActiveOrder> = Vec::new();
        loop {
            let after = all.last().map(|order| order.order);
            let page = self.active(sale, after, 10_000).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Units sold, by the sale's own count.
    ///
    /// # Errors
    /// The server failed.
    pub async fn sold(&self, sale: &SaleId) -> Result<u32, Error> {
        let row = sqlx::query("SELECT sold FROM sales WHERE sale_id = ?")
            .bind(sale.as_str())
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get(0)?)
    }
}

#[derive(PartialEq, Eq)]
enum Inserted {
    Yes,
    /// The order id or the buyer stood in the way.
    No,
}

/// Whoever changes a sale's orders takes the sale's row first: so they wait for each other here, and never in a circle.
async fn lock_sale(connection: &mut MySqlConnection, sale: &Sale) -> Result<(), Error> {
    sqlx::query("SELECT sold FROM sales WHERE sale_id = ? FOR UPDATE")
        .bind(sale.id().as_str())
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// One order, inside a transaction.
async fn record_one(
    connection: &mut MySqlConnection,
    sale: &Sale,
    order: &NewOrder,
) -> Result<Recorded, Error> {
    // ANCHOR: stage4_record_one
    todo!("stage 4: record one")
    // ANCHOR_END: stage4_record_one
}

/// Counts one more unit as sold, if there is one: the bound that holds whatever Redis says.
async fn take_from_stock(connection: &mut MySqlConnection, sale: &Sale) -> Result<bool, Error> {
    // ANCHOR: stage4_take_from_stock
    todo!("stage 4: take from stock")
    // ANCHOR_END: stage4_take_from_stock
}

/// Writes the order down as refused for `why`, unless the ledger had decided about it before.
async fn refused(
    connection: &mut MySqlConnection,
    sale: &Sale,
    order: &NewOrder,
    why: Recorded,
) -> Result<Recorded, Error> {
    if insert(connection, sale, order, Status::Refused).await? == Inserted::Yes {
        return Ok(why);
    }
    // A locking read: a plain one sees the transaction's snapshot, and the row may be newer than that.
    let row = sqlx::query("SELECT status FROM orders WHERE order_id = ? LOCK IN SHARE MODE")
        .bind(order.order.to_string())
        .fetch_one(connection)
        .await?;
    Ok(Recorded::Before(Status::of(&row)?))
}

/// Inserts the order's row if nothing stands in its way.
async fn insert(
    connection: &mut MySqlConnection,
    sale: &Sale,
    order: &NewOrder,
    status: Status,
) -> Result<Inserted, Error> {
    let active = matches!(status, Status::Placed | Status::Paid).then_some(order.buyer.0);
    let result = sqlx::query(
        "INSERT IGNORE INTO orders \
         (order_id, sale_id, buyer_id, unit, reserved_at_ms, pay_by_ms, status, active_buyer) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(order.order.to_string())
    .bind(sale.id().as_str())
    .bind(order.buyer.0)
    .bind(order.unit.0)
    .bind(order.reserved_at.0)
    .bind(order.reserved_at.plus(sale.pay_within()).0)
    .bind(status.as_str())
    .bind(active)
    .execute(connection)
    .await?;
    Ok(if result.rows_affected() == 1 {
        Inserted::Yes
    } else {
        Inserted::No
    })
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

fn order_of(row: &MySqlRow) -> Result<ActiveOrder, Error> {
    Ok(ActiveOrder {
        order: order_id(row)?,
        buyer: BuyerId(row.try_get("buyer_id")?),
        unit: Bucket(row.try_get("unit")?),
        reserved_at: UnixMillis(row.try_get("reserved_at_ms")?),
    })
}
