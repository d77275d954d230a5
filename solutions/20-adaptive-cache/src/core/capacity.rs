//! The estimate: what a cache saves, what it costs, and what a cold key, a scan or a warm-up does.
//!
//! Why in code: an estimate in prose is never wrong, because nobody runs it. Each step below is a doctest, and where it speaks of
//! the sketch or of the cache it asks this crate's own.
//!
//! All figures are assumptions, round on purpose and named where they are used. What must stay true: nothing here is measured, and
//! nothing that answers a request reads it.

use std::time::Duration;

use super::cache::ENTRY_BYTES;
use super::climber::{MIN_SHADOW, STEP};
use super::list::LINK_BYTES;
use super::shadow::Shadow;
use super::sketch::Sketch;

/// Requests a second that Redis hears, and loads a second that the source does, of `requests` a second.
///
/// `local` is the share that the local cache answers, `shared` the share of the rest that Redis does.
///
// ANCHOR: saved
/// ```
/// use adaptive_cache::core::capacity::heard;
///
/// // Assumed: 100,000 requests a second. Nothing local, Redis has 90 %:
/// assert_eq!(heard(100_000, 0.0, 0.9), (100_000, 10_000));
/// // The hottest keys kept locally answer half of them. Redis hears half
/// // as much; the source hears what it did, as long as what is local is
/// // in Redis too: what is left is colder, and Redis has 80 % of it.
/// assert_eq!(heard(100_000, 0.5, 0.8), (50_000, 10_000));
/// // A local hit ratio of 60 % instead of 50 %: a fifth less for Redis.
/// assert_eq!(heard(100_000, 0.6, 0.75), (40_000, 10_000));
/// ```
// ANCHOR_END: saved
#[must_use]
pub fn heard(requests: u64, local: f64, shared: f64) -> (u64, u64) {
    let redis = requests as f64 * (1.0 - local);
    let source = redis * (1.0 - shared);
    (redis.round() as u64, source.round() as u64)
}

/// How long a request takes on average, if `local`, `redis` and `source` answer in these times.
///
// ANCHOR: latency
/// ```
/// # use std::time::Duration;
/// use adaptive_cache::core::capacity::mean_latency;
///
/// // Assumed: 200 ns here, 500 µs in Redis, 20 ms at the source.
/// let ns = Duration::from_nanos;
/// let mean = |local, shared| {
///     mean_latency((local, ns(200)), (shared, ns(500_000)), ns(20_000_000))
/// };
/// assert_eq!(mean(0.0, 0.9), ns(2_500_200)); // 2.5 ms
/// // Half of them local: the source is nearly all of what is left.
/// assert_eq!(mean(0.5, 0.8), ns(2_250_200));
/// // Half of all calls to Redis were 250 µs. One request in a hundred less
/// // for the source is 200 µs: how fast a hit is matters less than how
/// // many there are.
/// assert_eq!(mean(0.5, 0.82), ns(2_050_200));
/// ```
// ANCHOR_END: latency
#[must_use]
pub fn mean_latency(local: (f64, Duration), redis: (f64, Duration), source: Duration) -> Duration {
    let (asked_redis, asked_source) = (1.0 - local.0, (1.0 - local.0) * (1.0 - redis.0));
    local.1 + redis.1.mul_f64(asked_redis) + source.mul_f64(asked_source)
}

/// Bits of the sketch for each expected entry.
///
// ANCHOR: sketch
/// ```
/// use adaptive_cache::core::capacity::sketch_bits;
///
/// // 16 counters of 4 bits, if the number is a power of two: each key has
/// // four of them, and shares each with three others.
/// assert_eq!(sketch_bits(1 << 20), 64.0);
/// // Else up to the next one: the least fortunate has twice as many.
/// assert_eq!(sketch_bits(1_000_000).round(), 67.0);
/// assert!(sketch_bits((1 << 20) + 1) < 128.0);
/// // Exact counts of all keys that come by, say 100 million of them, at 16
/// // bytes each: 1.6 GB, and 8.4 MB of counters do.
/// assert_eq!(sketch_bits(1_000_000) * 1e6 / 8.0, 8_388_608.0);
/// ```
// ANCHOR_END: sketch
#[must_use]
pub fn sketch_bits(expected_entries: u32) -> f64 {
    Sketch::new(expected_entries).bytes() as f64 * 8.0 / f64::from(expected_entries)
}

/// Bytes that the cache itself needs for so many entries, without their keys and values.
///
/// Vectors double, and so does the index, which is at most seven eighths full: both are counted as they are, not as they are used.
///
// ANCHOR: memory
/// ```
/// use adaptive_cache::core::capacity::bookkeeping;
///
/// // A million entries: 56 bytes for each, whatever it holds.
/// let bytes = bookkeeping(1_000_000);
/// assert_eq!(bytes / 1_000_000, 56);
/// // With keys of 16 and values of 200 bytes a fifth is bookkeeping.
/// let all = bytes + 1_000_000 * (16 + 200);
/// assert_eq!((100.0 * bytes as f64 / all as f64).round(), 21.0);
/// ```
// ANCHOR_END: memory
#[must_use]
pub fn bookkeeping(entries: u32) -> u64 {
    let vectors = u64::from(entries).next_power_of_two() * (ENTRY_BYTES + LINK_BYTES) as u64;
    // A slot and a byte of the hash.
    let index = (u64::from(entries) * 8 / 7).next_power_of_two() * 5;
    let shadow = Shadow::new((entries / STEP as u32).max(MIN_SHADOW)).bytes() as u64;
    vectors + index + Sketch::new(entries).bytes() as u64 + 2 * shadow
}

/// How many of the entries of an LRU cache of `capacity` are there after a scan of `scanned` keys.
///
// ANCHOR: scan
/// ```
/// # use std::time::Duration;
/// use adaptive_cache::core::cache::Cache;
/// use adaptive_cache::core::capacity::left_by_scan;
/// use adaptive_cache::core::limits::Limits;
///
/// // A report reads 100,000 keys, once each. LRU keeps 10,000 entries:
/// assert_eq!(left_by_scan(10_000, 100_000), 0);
///
/// // This crate's own, with 9,000 keys that were asked for ten times each:
/// let mut cache = Cache::new(Limits::new(10_000, 10_000, 7))?;
/// let now = Duration::ZERO;
/// let mut ask = |key: u32| {
///     if cache.get(&key, now).is_none() {
///         let _kept_or_not = cache.insert(key, (), 1, None, now);
///     }
/// };
/// (0..10).for_each(|_| (0..9_000).for_each(&mut ask));
/// (1_000_000..1_100_000).for_each(&mut ask);
/// let left = (0..9_000).filter(|key| cache.space(key).is_some()).count();
/// assert!(left > 8_900, "{left}");
/// # Ok::<(), adaptive_cache::core::limits::LimitsError>(())
/// ```
// ANCHOR_END: scan
#[must_use]
pub fn left_by_scan(capacity: u64, scanned: u64) -> u64 {
    capacity.saturating_sub(scanned)
}

/// How many requests it takes at least until a key that is asked for no more counts for `newer` or less; it had been asked for `count` times.
///
/// It is halved at each ageing. What is left of a sample then counts for the next one, so that later ageings come after half as many requests.
///
// ANCHOR: ageing
/// ```
/// use adaptive_cache::core::capacity::forgotten_after;
///
/// // Yesterday's hottest, 15, and a newcomer with 2, in a cache for 10,000:
/// // after three ageings it has 1, and goes.
/// assert_eq!(forgotten_after(10_000, 15, 1), 200_000);
/// // At 1,000 requests a second that is little more than three minutes.
/// ```
// ANCHOR_END: ageing
#[must_use]
pub fn forgotten_after(expected_entries: u32, count: u8, newer: u8) -> u64 {
    let sample = Sketch::new(expected_entries).sample();
    let (mut count, mut requests) = (count, 0);
    while count > newer {
        count /= 2;
        requests += if requests == 0 { sample } else { sample / 2 };
    }
    requests
}

/// By how much a count of a summary of the `k` heaviest keys is too high at most, after `requests`: by Space-Saving's bound.
///
// ANCHOR: heavy
/// ```
/// use adaptive_cache::core::capacity::over_by;
///
/// // 1,000 counters, a million requests: whoever has more than 1,000 of
/// // them is in it, and no count is over by more than that.
/// assert_eq!(over_by(1_000_000, 1_000), 1_000);
/// // A key is hot from one request in a hundred on, that is 10,000: an
/// // error of a tenth. With 100 counters anybody could be hot.
/// assert_eq!(over_by(1_000_000, 100), 10_000);
/// ```
// ANCHOR_END: heavy
#[must_use]
pub fn over_by(requests: u64, k: u64) -> u64 {
    requests / k
}

/// Loads that a burst on one key causes, which is kept nowhere: `requests` a second, a load takes `load`. Without a shield, and with one.
///
// ANCHOR: burst
/// ```
/// # use std::time::Duration;
/// use adaptive_cache::core::capacity::loads_of_burst;
///
/// // Assumed: a cold key is linked on a front page, 5,000 requests a second,
/// // and the source takes 200 ms. Nobody has it until the first load ends:
/// let load = Duration::from_millis(200);
/// assert_eq!(loads_of_burst(5_000, load), (1_000, 1));
/// // Ten connections to the source do 50 such loads a second: the thousand
/// // take 20 s, and whoever needs another key waits behind them.
/// ```
// ANCHOR_END: burst
#[must_use]
pub fn loads_of_burst(requests: u64, load: Duration) -> (u64, u64) {
    let together = (requests as f64 * load.as_secs_f64()).round() as u64;
    (together.max(1), 1)
}

/// How long a warm-up of `keys` takes at `rate` keys a second.
///
// ANCHOR: warm_up
/// ```
/// # use std::time::Duration;
/// use adaptive_cache::core::capacity::warm_up;
///
/// // Assumed: the source can do 5,000 queries a second, its users need
/// // 4,000 of them, and a million keys are to be warmed. What is left:
/// assert_eq!(warm_up(1_000_000, 1_000), Duration::from_secs(1_000));
/// // Without a pace it takes all that the source can do, and users get
/// // nothing for 200 s. So warm what is worth it, by priority. By Zipf's law 10,000
/// // of a million keys have two thirds of the requests (below):
/// assert_eq!(warm_up(1_000_000, 5_000), Duration::from_secs(200));
/// assert_eq!(warm_up(10_000, 1_000), Duration::from_secs(10));
/// ```
// ANCHOR_END: warm_up
#[must_use]
pub fn warm_up(keys: u64, rate: u32) -> Duration {
    Duration::from_secs_f64(keys as f64 / f64::from(rate))
}

/// The share of all requests that the `kept` most popular of `keys` have, if the nth is asked for 1/n^`skew` times as often as the first.
///
// ANCHOR: zipf
/// ```
/// use adaptive_cache::core::capacity::zipf_share;
///
/// // The best that any cache can do on such a load: 1 % of the keys.
/// let percent = |skew| (100.0 * zipf_share(10_000, 1_000_000, skew)).round();
/// assert_eq!([0.7, 1.0, 1.2].map(percent), [24.0, 68.0, 91.0]);
/// ```
// ANCHOR_END: zipf
#[must_use]
pub fn zipf_share(kept: u32, keys: u32, skew: f64) -> f64 {
    let sum = |keys: u32| (1..=keys).map(|n| f64::from(n).powf(-skew)).sum::<f64>();
    sum(kept) / sum(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The doctests use round numbers, which hide a swapped operator; these do not.
    #[test]
    fn sums_of_numbers_that_are_not_round() {
        let ns = Duration::from_nanos;
        assert_eq!(heard(1000, 0.3, 0.6), (700, 280));
        assert_eq!(
            mean_latency((0.25, ns(7)), (0.5, ns(100)), ns(1000)),
            ns(7 + 75 + 375)
        );
        assert_eq!((left_by_scan(10, 3), left_by_scan(3, 10)), (7, 0));
        assert_eq!(sketch_bits(3), 64.0 * 8.0 / 3.0);
        assert_eq!((over_by(1007, 10), loads_of_burst(7, ns(0))), (100, (1, 1)));
        assert_eq!(loads_of_burst(7, Duration::from_millis(1500)), (11, 1));
        assert_eq!(warm_up(3, 2), Duration::from_millis(1500));
        assert!((zipf_share(2, 3, 1.0) - 9.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_forgotten_after_how_many_ageings() {
        let after = |count, newer| forgotten_after(7, count, newer);
        assert_eq!(
            [after(3, 3), after(4, 3), after(15, 1), after(15, 0)],
            [0, 70, 140, 175]
        );
    }

    /// 1000 entries: 1024 of 24 and 8 bytes, 2048 of 5, 8192 of the sketch, and two shadows of 62 keys with 256 slots of 8.
    #[test]
    fn bookkeeping_is_counted_by_hand() {
        assert_eq!(bookkeeping(1000), 1024 * 32 + 2048 * 5 + 8192 + 2 * 256 * 8);
        assert_eq!(bookkeeping(16), 16 * 32 + 32 * 5 + 128 + 2 * 64 * 8);
    }
}
