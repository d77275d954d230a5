//! The sketch's lock: SET NX, then DECR (atomic already), then DEL. Right when nobody dies and the lease is never outlived; three
//! to five round trips instead of one, one buyer at a time.
// ANCHOR: stage2_reserve
let home = segments::home(buyer, self.sale.buckets());
let keys = self.keys.of(home);
let lock = format!("{}:lock", keys.bucket);
let mut conn = self.conn.clone();
loop {
    // The source's lease: one second.
    let taken: Option<String> = redis::cmd("SET").arg(&lock).arg(order.to_string()).arg("NX").arg("PX").arg(1000)
        .query_async(&mut conn).await?;
    if taken.is_some() {
        break;
    }
    tokio::task::yield_now().await;
}
let left: i64 = redis::cmd("HINCRBY").arg(&keys.bucket).arg("stock").arg(-1).query_async(&mut conn).await?;
let mut decided = Home::Decided(Reserve::SoldOut(vec![(home, 0)]));
if left < 0 {
    let _back: i64 = redis::cmd("HINCRBY").arg(&keys.bucket).arg("stock").arg(1).query_async(&mut conn).await?;
} else {
    let claim = Claim { order, state: ClaimState::Held(home), at: self.sale.opens_at() };
    let text = format!("{order}|held|{home}|{}", claim.at.0);
    let _new: i64 = redis::cmd("HSET").arg(&keys.claims).arg(buyer.0).arg(text).query_async(&mut conn).await?;
    decided = held_or_seeking(buyer, claim, false, None)?;
}
let _released: i64 = redis::cmd("DEL").arg(&lock).query_async(&mut conn).await?;
Ok(decided)
// ANCHOR_END: stage2_reserve
