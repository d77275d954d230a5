//! Who decides how often a buyer may ask: this instance, or all of them together through Redis.
//!
//! The shared store runs the same window as `core::window`, as one script: two requests cannot see each other half-done, which a
//! pipeline of ZADD and ZCARD lets them (each counts the other, and both are refused). It costs a round trip a request. When
//! its Redis does not answer, the sale goes on with this instance's own limit: a limiter protects the sale, and must
//! not be what ends it.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::conn::Conn;
use super::error::Error;
use super::keys::Keys;
use crate::core::ids::BuyerId;
use crate::core::limiter::Limiter;
use crate::core::window::{Limit, Verdict};

/// Windows in Redis, shared by every instance that uses the same keys.
#[derive(Clone)]
pub struct SharedLimiter {
    conn: Conn,
    keys: Keys,
    limit: Limit,
}

/// The limiter of an instance.
pub enum Admission {
    /// The limit holds for each instance by itself.
    PerInstance(Limiter),
    /// The limit holds across instances; `fallback` decides while Redis does not.
    Shared {
        /// The windows in Redis.
        store: SharedLimiter,
        /// This instance's own.
        fallback: Limiter,
    },
}

impl SharedLimiter {
    /// A limiter whose windows lie under `keys`.
    #[must_use]
    pub fn new(conn: Conn, keys: Keys, limit: Limit) -> Self {
        Self { conn, keys, limit }
    }

    /// Decides a request of `buyer` by Redis's clock.
    ///
    /// # Errors
    /// Redis failed; the request may have been logged all the same.
    pub async fn check(&self, buyer: BuyerId) -> Result<Verdict, Error> {
        // ANCHOR: stage2_limit
        todo!("stage 2: limit")
        // ANCHOR_END: stage2_limit
    }
}

impl Admission {
    /// Decides a request of `buyer` at `now` (from any fixed origin). Never fails: whoever cannot ask Redis decides alone.
    pub async fn check(&self, buyer: BuyerId, now: Duration) -> Verdict {
        // ANCHOR: stage2_check
        todo!("stage 2: check")
        // ANCHOR_END: stage2_check
    }
}
