//! The sketch's reservation: DECR, look at what came back, and put it back if it is below zero. Three commands, and the request
//! may end after each of them.
// ANCHOR: stage2_reserve
let home = segments::home(buyer, self.sale.buckets());
let keys = self.keys.of(home);
let mut conn = self.conn.clone();
let left: i64 = redis::cmd("HINCRBY").arg(&keys.bucket).arg("stock").arg(-1).query_async(&mut conn).await?;
if left < 0 {
    let _back: i64 = redis::cmd("HINCRBY").arg(&keys.bucket).arg("stock").arg(1).query_async(&mut conn).await?;
    return Ok(Home::Decided(Reserve::SoldOut(vec![(home, 0)])));
}
let claim = Claim { order, state: ClaimState::Held(home), at: self.sale.opens_at() };
let text = format!("{order}|held|{home}|{}", claim.at.0);
let _new: i64 = redis::cmd("HSET").arg(&keys.claims).arg(buyer.0).arg(text).query_async(&mut conn).await?;
held_or_seeking(buyer, claim, false, None)
// ANCHOR_END: stage2_reserve
