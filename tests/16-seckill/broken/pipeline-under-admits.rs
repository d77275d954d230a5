//! The sketch's limiter: a pipeline of ZADD and ZCARD. A pipeline saves round trips; it is not a transaction.
// ANCHOR: stage2_limit
let key = self.keys.limit(buyer);
let id = uuid::Uuid::now_v7();
let now = id.get_timestamp().map_or(0, |moment| moment.to_unix().0 * 1000 + u64::from(moment.to_unix().1) / 1_000_000);
let window = u64::try_from(self.limit.window().as_millis()).unwrap_or(u64::MAX);
let (admitted,): (usize,) = redis::pipe()
    .zrembyscore(&key, 0, now.saturating_sub(window)).ignore()
    .zadd(&key, id.to_string(), now).ignore()
    .zcard(&key)
    .pexpire(&key, i64::try_from(2 * window).unwrap_or(i64::MAX)).ignore()
    .query_async(&mut self.conn.clone())
    .await?;
if admitted > self.limit.requests() {
    return Ok(Verdict::Refuse { retry_after: self.limit.window() });
}
Ok(Verdict::Admit)
// ANCHOR_END: stage2_limit
