//! What the learner is given of the core and does not write.

use std::time::Duration;

use adaptive_cache::core::cache::{Cache, Inserted};
use adaptive_cache::core::limits::Limits;

#[test]
fn smoke() {
    let mut cache = Cache::new(Limits::new(100, 100, 7)).unwrap();
    let now = Duration::ZERO;
    let mut hits = 0;
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..100_000 {
        let key = (rng.f64().powi(3) * 1000.0) as u64;
        if cache.get(&key, now).is_some() {
            hits += 1;
        } else {
            let weight = rng.u32(1..4);
            let _: Inserted = cache.insert(key, key, weight, None, now);
        }
        assert!(cache.weight() <= 100);
    }
    assert_eq!(hits, cache.stats().hits);
}
