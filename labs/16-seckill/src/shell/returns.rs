//! Units that come back, and claims that are written again: what the reconciler does to Redis.
//!
//! Every call here may be said twice, by two reconcilers at once, and after a crash in its middle: the claim (or the loan) and
//! the stock change in one script, and a claim is only touched while it is still the order that was meant.

use std::sync::LazyLock;

use redis::Script;

use super::error::Error;
use super::ledger::Order;
use super::stock::Stock;
use crate::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use crate::core::segments;

impl Stock {
    /// Ends the claim of a dead order; its unit, taken from `unit`, is on sale again.
    ///
    /// # Errors
    /// Redis failed; saying it again is safe, and needed.
    pub async fn give_back(
        &self,
        buyer: BuyerId,
        order: OrderId,
        unit: Bucket,
    ) -> Result<(), Error> {
        // ANCHOR: stage5_give_back
        todo!("stage 5: give back")
        // ANCHOR_END: stage5_give_back
    }

    /// Strikes `buyer` off the unsettled, if their claim is still `order` (or, `None`, if they still have none).
    ///
    /// # Errors
    /// Redis failed; saying it again is safe.
    pub async fn settled(&self, buyer: BuyerId, order: Option<OrderId>) -> Result<(), Error> {
        // ANCHOR: stage5_settled
        todo!("stage 5: settled")
        // ANCHOR_END: stage5_settled
    }

    /// Lets the claims of these orders be looked at again only when a grace has passed since `now`.
    ///
    /// # Errors
    /// Redis failed; they are looked at sooner.
    pub async fn postpone(&self, orders: &[Order], now: UnixMillis) -> Result<(), Error> {
        for order in orders {
            let keys = self
                .keys
                .of(segments::home(order.buyer, self.sale.buckets()));
            let _changed: i64 = redis::cmd("ZADD")
                .arg(&keys.unsettled)
                .arg("XX")
                .arg(now.0)
                .arg(order.buyer.0)
                .query_async(&mut self.conn.clone())
                .await?;
        }
        Ok(())
    }

    /// Writes the claim of an active order again, and its loan, where Redis has forgotten them. Answers whether it had.
    /// Does nothing in a bucket that is not laid out: [`Stock::warm_up`] is what that one needs.
    ///
    /// # Errors
    /// Redis failed; saying it again is safe.
    pub async fn restore(&self, order: &Order) -> Result<bool, Error> {
        // ANCHOR: stage5_restore
        todo!("stage 5: restore")
        // ANCHOR_END: stage5_restore
    }
}
