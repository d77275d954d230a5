//! What the ledger says when it is asked, and the one thing a buyer tells it: that they paid.

use std::collections::HashMap;

use sqlx::mysql::MySqlRow;
use sqlx::{MySql, QueryBuilder, Row};

use super::{Ledger, Order, Status, finish, order_id, order_of};
use crate::core::ids::{OrderId, SaleId};
use crate::core::reconcile::Standing;
use crate::shell::error::Error;

/// Orders in one page of a long answer.
const PAGE: u32 = 10_000;
/// MySQL's SQLSTATE for "deadlock found; try restarting transaction".
const DEADLOCK: &str = "40001";

impl Ledger {
    /// The buyer paid. Answers where the order stands now, `None` if there is no such order.
    ///
    /// # Errors
    /// The server failed; saying it again is safe.
    pub async fn pay(&self, order: OrderId) -> Result<Option<Status>, Error> {
        let pool = self.pool.clone();
        finish(async move {
            let paid = || {
                let update =
                    "UPDATE orders SET status = 'paid' WHERE order_id = ? AND status = 'placed'";
                sqlx::query(update).bind(order.to_string()).execute(&pool)
            };
            // It takes the row before the index, and `cancel_unpaid` the index before the row: MySQL ends one of the two.
            for _ in 0..3 {
                match paid().await {
                    Err(sqlx::Error::Database(error))
                        if error.code().as_deref() == Some(DEADLOCK) => {}
                    done => return Ok(done.map(|_| ())?),
                }
            }
            Ok(paid().await.map(|_| ())?)
        })
        .await?;
        self.status(order).await
    }

    /// Where an order stands.
    ///
    /// # Errors
    /// The server failed.
    pub async fn status(&self, order: OrderId) -> Result<Option<Status>, Error> {
        let pool = self.pool.clone();
        finish(async move {
            let row = sqlx::query("SELECT status FROM orders WHERE order_id = ?")
                .bind(order.to_string())
                .fetch_optional(&pool)
                .await?;
            row.as_ref().map(Status::of).transpose()
        })
        .await
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
        let pool = self.pool.clone();
        finish(async move {
            let rows = query.build().fetch_all(&pool).await?;
            rows.iter().map(standing_of).collect()
        })
        .await
    }

    /// At most `limit` active orders whose ids come after `after` (`None`: from the first), by id.
    ///
    /// # Errors
    /// The server failed.
    pub async fn active(
        &self,
        sale: &SaleId,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, Error> {
        let (pool, sale) = (self.pool.clone(), sale.clone());
        finish(async move {
            let rows = sqlx::query(
                "SELECT order_id, buyer_id, unit, reserved_at_ms FROM orders \
                 WHERE sale_id = ? AND order_id > ? AND active_buyer IS NOT NULL \
                 ORDER BY order_id LIMIT ?",
            )
            .bind(sale.as_str())
            .bind(after.map_or_else(String::new, |order| order.to_string()))
            .bind(limit)
            .fetch_all(&pool)
            .await?;
            rows.iter().map(order_of).collect()
        })
        .await
    }

    /// All active orders, read a page at a time.
    ///
    /// # Errors
    /// The server failed.
    pub async fn all_active(&self, sale: &SaleId) -> Result<Vec<Order>, Error> {
        let mut all: Vec<Order> = Vec::new();
        loop {
            let page = self
                .active(sale, all.last().map(|order| order.order), PAGE)
                .await?;
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
        let (pool, sale) = (self.pool.clone(), sale.clone());
        finish(async move {
            let row = sqlx::query("SELECT sold FROM sales WHERE sale_id = ?")
                .bind(sale.as_str())
                .fetch_one(&pool)
                .await?;
            Ok(row.try_get(0)?)
        })
        .await
    }
}

fn standing_of(row: &MySqlRow) -> Result<(OrderId, Standing), Error> {
    let standing = match Status::of(row)? {
        Status::Placed | Status::Paid => Standing::Active,
        Status::Cancelled | Status::Refused => Standing::Dead,
    };
    Ok((order_id(row)?, standing))
}
