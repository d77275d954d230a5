//! Orders come in: each is written once, and never more of them than there are units.

use sqlx::MySqlConnection;

use super::{Ledger, Order, Recorded, Status, finish};
use crate::core::sale::{Phase, Sale};
use crate::shell::error::Error;

#[derive(PartialEq, Eq)]
pub(super) enum Inserted {
    Yes,
    /// The order id or the buyer stood in the way.
    No,
}

impl Ledger {
    /// Writes `orders` in one transaction and says of each, in their order, what became of it.
    ///
    /// # Errors
    /// The server failed: then either all of them are written or none is, and writing them again is safe.
    pub async fn record(&self, sale: &Sale, orders: &[Order]) -> Result<Vec<Recorded>, Error> {
        // ANCHOR: stage4_record
        todo!("stage 4: record")
        // ANCHOR_END: stage4_record
    }
}

/// Whoever changes how much is sold takes the sale's row first: so they wait for each other here, and never in a circle.
pub(super) async fn lock_sale(connection: &mut MySqlConnection, sale: &Sale) -> Result<(), Error> {
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
    order: &Order,
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
    order: &Order,
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
pub(super) async fn insert(
    connection: &mut MySqlConnection,
    sale: &Sale,
    order: &Order,
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
