//! Orders that die: refused before they were any, or cancelled because nobody paid. Their units are no longer sold, and come
//! back to Redis once the ledger has said so.

use super::record::{Inserted, insert, lock_sale};
use super::{Ledger, Order, Status, finish, order_of};
use crate::core::ids::{OrderId, SaleId, UnixMillis};
use crate::core::sale::Sale;
use crate::shell::error::Error;

impl Ledger {
    /// Decides that `order` will never be one, unless the ledger has decided already. Answers where it stands now.
    ///
    /// # Errors
    /// The server failed; saying it again is safe.
    pub async fn refuse(&self, sale: &Sale, order: &Order) -> Result<Status, Error> {
        // ANCHOR: stage5_refuse
        todo!("stage 5: refuse")
        // ANCHOR_END: stage5_refuse
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
    pub async fn unreturned(&self, sale: &SaleId, limit: u32) -> Result<Vec<Order>, Error> {
        let (pool, sale) = (self.pool.clone(), sale.clone());
        finish(async move {
            let rows = sqlx::query(
                "SELECT order_id, buyer_id, unit, reserved_at_ms FROM orders \
                 WHERE sale_id = ? AND unit_returned = 0 \
                 AND status IN ('cancelled', 'refused') LIMIT ?",
            )
            .bind(sale.as_str())
            .bind(limit)
            .fetch_all(&pool)
            .await?;
            rows.iter().map(order_of).collect()
        })
        .await
    }

    /// The claim of the dead `order` is gone from Redis.
    ///
    /// # Errors
    /// The server failed; saying it again is safe.
    pub async fn mark_returned(&self, order: OrderId) -> Result<(), Error> {
        let pool = self.pool.clone();
        finish(async move {
            sqlx::query("UPDATE orders SET unit_returned = 1 WHERE order_id = ?")
                .bind(order.to_string())
                .execute(&pool)
                .await?;
            Ok(())
        })
        .await
    }
}
