//! The sale on the back of an envelope: what the scenario asks of each part, before anything is built.
//!
//! Why in code: an estimate in prose is never wrong, because nobody runs it. Each step below is a doctest, so the sum is done
//! again with every build, and what it says of this crate (a claim's bytes, an entry of the limiter) comes from the crate itself.
//!
//! Four figures are the source's: [`STOCK`], [`BUYERS`], [`PEAK`] and [`EACH`] a second for a buyer. All others are assumptions,
//! round on purpose and named where they are used; the bench and the simulation say how far off they are. What must stay
//! true: nothing here is measured, and nothing that runs a sale reads it.

use std::time::Duration;

use super::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use super::window::Window;

/// Units on sale.
pub const STOCK: u64 = 100_000;
/// People who want one.
pub const BUYERS: u64 = 1_000_000;
/// Requests a second at the peak.
pub const PEAK: u64 = 500_000;
/// Requests a second that one buyer may make.
pub const EACH: u64 = 5;

/// How long `count` things take at `a_second`, one server or many.
///
// ANCHOR: demand
/// ```
/// # use std::time::Duration;
/// use seckill::core::capacity::{BUYERS, EACH, PEAK, STOCK, lasts};
///
/// // Nine buyers in ten get nothing: the cheap answer must be "no".
/// assert_eq!(BUYERS / STOCK, 10);
/// // If each request of the peak took a unit, the sale would last:
/// assert_eq!(lasts(STOCK, PEAK), Duration::from_millis(200));
/// // Of the peak's first second, four requests in five find nothing.
/// assert_eq!((PEAK - STOCK) * 100 / PEAK, 80);
/// // The limiter allows the crowd ten times the peak.
/// assert_eq!(BUYERS * EACH / PEAK, 10);
/// ```
// ANCHOR_END: demand
#[must_use]
pub fn lasts(count: u64, a_second: u64) -> Duration {
    Duration::from_nanos(count * 1_000_000_000 / a_second)
}

/// How many servers answer `a_second` requests, if each takes `service` of one thread and a server is to be busy for at
/// most `busy` in a hundred: what lies above that is the queue.
///
// ANCHOR: redis
/// ```
/// # use std::time::Duration;
/// use seckill::core::capacity::{PEAK, STOCK, lasts, servers};
///
/// // Assumed: a reservation keeps Redis's one thread for 10 us.
/// // So a server runs 100,000 a second.
/// let script = Duration::from_micros(10);
/// // If the whole peak asks Redis, nine servers are six tenths busy,
/// // most of the time with saying "sold out".
/// assert_eq!(servers(PEAK, script, 60), 9);
/// // If only the units ask: one bucket is one thread's work, however
/// // many servers there are.
/// assert_eq!(lasts(STOCK, 100_000), Duration::from_secs(1));
/// // Four servers, each with a share of the buckets:
/// assert_eq!(lasts(STOCK, 4 * 100_000), Duration::from_millis(250));
/// ```
// ANCHOR_END: redis
///
/// The same sum for the front, which is a matter of cores:
///
// ANCHOR: front
/// ```
/// # use std::time::Duration;
/// use seckill::core::capacity::{PEAK, servers};
///
/// // Assumed: a core refuses 100,000 requests a second over HTTP. It
/// // should be half busy, since a peak is the average of its second.
/// assert_eq!(servers(PEAK, Duration::from_micros(10), 50), 10);
/// ```
// ANCHOR_END: front
#[must_use]
pub fn servers(a_second: u64, service: Duration, busy: u64) -> u64 {
    let needed = u128::from(a_second) * service.as_nanos() * 100;
    let needed = needed.div_ceil(1_000_000_000 * u128::from(busy));
    u64::try_from(needed).unwrap_or(u64::MAX)
}

/// The bytes of one claim in Redis, field and value, without what Redis adds: the text that the scripts write.
///
// ANCHOR: memory
/// ```
/// use seckill::core::capacity::{BUYERS, PEAK, STOCK};
/// use seckill::core::capacity::{claim_text, limiter_bytes};
/// use seckill::core::claim::Claim;
/// use seckill::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
///
/// let (buyer, at) = (BuyerId(BUYERS - 1), UnixMillis(1_700_000_000_000));
/// let claim = claim_text(OrderId(1), Bucket(15), at);
/// assert!(claim.parse::<Claim>().is_ok(), "as the reference reads it");
/// let bytes = (buyer.to_string().len() + claim.len()) as u64;
/// assert_eq!(bytes, 60);
/// // All claims: 6 MB. Five times that, with what Redis adds, is little.
/// assert_eq!(STOCK * bytes, 6_000_000);
///
/// // The limiter remembers who asked within the last two windows: at
/// // worst a new buyer with each request.
/// let (least, most) = limiter_bytes(2 * PEAK);
/// assert_eq!((least / 1_000_000, most / 1_000_000), (65, 130));
/// ```
// ANCHOR_END: memory
#[must_use]
pub fn claim_text(order: OrderId, unit: Bucket, at: UnixMillis) -> String {
    format!("{order}|held|{unit}|{}", at.0)
}

/// The limiter's memory for `buyers`, over all instances: with its tables as full as they get, and just after they grew.
///
/// An entry is a buyer, a window and one byte of the table; a table is between 7/16 and 7/8 full.
#[must_use]
pub fn limiter_bytes(buyers: u64) -> (u64, u64) {
    let entry = size_of::<(BuyerId, Window)>() as u64 + 1;
    (buyers * entry * 8 / 7, buyers * entry * 16 / 7)
}

/// A ledger that writes one transaction at a time, because each takes the sale's row first.
#[derive(Clone, Copy, Debug)]
pub struct Ledger {
    /// Orders in a transaction.
    pub batch: u64,
    /// What an order costs in it.
    pub order: Duration,
    /// What its end costs: the log reaches the disk.
    pub commit: Duration,
}

impl Ledger {
    /// How long `orders` take.
    ///
    // ANCHOR: ledger
    /// ```
    /// # use std::time::Duration;
    /// use seckill::core::capacity::{Ledger, STOCK, sent_again};
    ///
    /// // Assumed: two statements of 250 us an order, 5 ms a commit. The
    /// // consumer's batch is 256.
    /// let (order, commit) = (Duration::from_micros(500), Duration::from_millis(5));
    /// let batched = Ledger { batch: 256, order, commit }.drain(STOCK);
    /// assert_eq!(batched.as_secs(), 51);
    /// // One order a transaction: nine minutes. After ten, the reconciler
    /// // gives a reservation up.
    /// let single = Ledger { batch: 1, order, commit }.drain(STOCK);
    /// assert_eq!(single.as_secs(), 550);
    ///
    /// // The reconciler sends an order again after each grace it has waited.
    /// assert_eq!(sent_again(batched, Duration::from_secs(5)), 10);
    /// assert_eq!(sent_again(batched, Duration::from_secs(60)), 0);
    /// ```
    // ANCHOR_END: ledger
    #[must_use]
    pub fn drain(&self, orders: u64) -> Duration {
        let nanos = u128::from(orders) * self.order.as_nanos()
            + u128::from(orders.div_ceil(self.batch)) * self.commit.as_nanos();
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// How often the reconciler sends the last order of a queue again, for nothing, while the queue drains.
///
/// A claim is looked at once a `grace`, and what the ledger has not heard of by then is published again.
#[must_use]
pub fn sent_again(drain: Duration, grace: Duration) -> u64 {
    (drain.as_nanos() / grace.as_nanos()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The doctests use round numbers, which hide a swapped operator; these do not.
    #[test]
    fn sums_of_numbers_that_are_not_round() {
        let (us, ms) = (Duration::from_micros, Duration::from_millis);
        assert_eq!(lasts(7, 4), ms(1_750));
        // 3,000 x 7 us = 21 ms of each second, at 3 in a hundred: 0.7 servers; at 2: 1.05.
        assert_eq!((servers(3_000, us(7), 3), servers(3_000, us(7), 2)), (1, 2));
        let text = claim_text(OrderId(0xabc), Bucket(3), UnixMillis(17));
        assert_eq!(text, "00000000000000000000000000000abc|held|3|17");
        assert_eq!(limiter_bytes(7), (8 * 57, 16 * 57));
        let ledger = Ledger {
            batch: 3,
            order: ms(2),
            commit: ms(11),
        };
        assert_eq!(ledger.drain(7), ms(7 * 2 + 3 * 11));
        assert_eq!(sent_again(ms(29), ms(10)), 2);
    }
}
