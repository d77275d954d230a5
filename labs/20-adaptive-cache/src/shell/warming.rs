//! Warm-up: fills Redis before the crowd comes, by priority, at a pace, and says what failed.
//!
//! Why not load as fast as it goes: after a restart the source has to answer everybody whose key is not there yet, and the warm-up comes on top.
//! Why not warm up this process's copies: which keys are hot is for the traffic to say. Keys that Redis has already, from another instance, cost no load and
//! no time. What must stay true: loads never begin faster than the rate and one batch; each key is in the report.

use std::sync::{Arc, PoisonError};

use tokio::task::JoinSet;

use super::cache::{AdaptiveCache, Inner, Kept};
use super::error::Error;
use super::loader::Loader;
use super::store::Seen;
use crate::core::class::Place;
use crate::core::pacer::Pace;
use crate::core::warm::{Report, Wanted, Warmed};

impl<L: Loader> AdaptiveCache<L> {
    /// Loads into Redis what of `wanted` is not there, the highest priority first, until the capacity of the warm-up is full.
    ///
    /// If the caller leaves, no further batch begins.
    pub async fn warm_up(&self, wanted: Vec<Wanted>) -> Report<Error> {
        // ANCHOR: stage5_warm_up
        todo!("stage 5: warm up")
        // ANCHOR_END: stage5_warm_up
    }
}

/// The keys of `batch` that are not there; the others are reported.
fn missing(batch: Vec<String>, have: &[bool], report: &mut Report<Error>) -> Vec<String> {
    let mut missing = Vec::new();
    for (key, &there) in batch.into_iter().zip(have) {
        if there {
            report.add(key, Warmed::There);
        } else {
            missing.push(key);
        }
    }
    missing
}

impl<L: Loader> Inner<L> {
    /// Waits until `loads` loads may begin.
    async fn pace(&self, loads: usize) {
        let loads = u32::try_from(loads).unwrap_or(u32::MAX);
        loop {
            let pace = {
                let mut pacer = self.pacer.lock().unwrap_or_else(PoisonError::into_inner);
                pacer.take(loads, self.clock.now())
            };
            match pace {
                Pace::Go => return,
                Pace::Wait { until } => self.clock.wait_until(until).await,
            }
        }
    }

    /// Warms up `keys` at the same time; what became of each, in the order of the keys.
    async fn warm(self: &Arc<Self>, keys: Vec<String>) -> Vec<(String, Warmed<Error>)> {
        let mut warming = JoinSet::new();
        for (place, key) in keys.iter().cloned().enumerate() {
            let cache = Arc::clone(self);
            warming.spawn(async move { (place, cache.warm_one(&key).await) });
        }
        let mut warmed = warming.join_all().await;
        warmed.sort_by_key(|(place, _)| *place);
        let became = warmed.into_iter().map(|(_, warmed)| warmed);
        keys.into_iter().zip(became).collect()
    }

    async fn warm_one(self: &Arc<Self>, key: &str) -> Warmed<Error> {
        let fetch = Arc::clone(self).fetch(key.to_owned(), Place::Redis);
        let fetched = match self.join(key, fetch).await {
            Ok(fetched) => fetched,
            Err(error) => return Warmed::Failed(error),
        };
        let kept = match fetched.kept {
            // Joined a read of a cold key, which keeps nothing.
            Kept::Nowhere => match self.redis_ttl(&fetched.value) {
                Some(ttl) => self.fill(key, &fetched.value, Seen::Nothing, ttl).await,
                None => Kept::Nowhere,
            },
            kept @ (Kept::There | Kept::Filled | Kept::Refused | Kept::Failed(_)) => kept,
        };
        match kept {
            Kept::Filled => Warmed::Loaded,
            Kept::There | Kept::Refused | Kept::Nowhere => Warmed::There,
            Kept::Failed(error) => Warmed::Failed(error),
        }
    }
}
