//! The ledger counts what it is sent, and trusts Redis to have counted before.
// ANCHOR: stage4_take_from_stock
sqlx::query("UPDATE sales SET sold = sold + 1 WHERE sale_id = ?")
    .bind(sale.id().as_str())
    .execute(connection)
    .await?;
Ok(true)
// ANCHOR_END: stage4_take_from_stock
