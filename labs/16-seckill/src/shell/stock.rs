//! The stock in Redis: laid out once, and taken a unit at a time by a script.
//!
//! Why a script and not a lock around DECR: Redis runs one command at a time, so a script is already alone; a lock adds two
//! round trips, a way to be refused for nothing ("busy"), and a lease to outlive. Why not DECR and a correction when
//! it went below zero: whoever dies between the two leaves the correction undone.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{AsyncCommands, Script};

use super::conn::Conn;
use super::error::Error;
use super::keys::Keys;
use super::ledger::Order;
use crate::core::claim::{Claim, ClaimState};
use crate::core::gate::Gates;
use crate::core::ids::{Bucket, BuyerId, OrderId};
use crate::core::sale::Sale;
use crate::core::segments;

/// A sale's stock.
#[derive(Clone)]
pub struct Stock {
    pub(super) conn: Conn,
    pub(super) keys: Keys,
    pub(super) sale: Sale,
    replicas: Option<Replicas>,
}

/// A claim is acknowledged only when this many replicas have it: the window in which a fail-over forgets it narrows, for one
/// WAIT a claim. It does not close: a replica that has the claim need not be the one that is promoted.
#[derive(Clone, Copy, Debug)]
pub struct Replicas {
    /// How many.
    pub count: usize,
    /// How long to wait for them.
    pub within: Duration,
}

/// What became of a wish to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Reserve {
    /// The buyer has a unit.
    Reserved(Reservation),
    /// There was none left. Carries the epoch of each bucket that said so.
    SoldOut(Vec<(Bucket, u64)>),
    /// The sale has not begun, by Redis's clock.
    NotYet {
        /// How long until it does.
        opens_in: Duration,
    },
    /// The sale is over, by Redis's clock.
    Closed,
    /// A bucket is not laid out: the sale was never warmed up, or Redis lost it. Not "sold out": nobody knows.
    Cold,
    /// Two requests of one buyer crossed while both looked for a unit; nothing was kept, and asking again is safe.
    Crossed,
}

/// One unit, for one buyer, until it is paid for or returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Whose.
    pub buyer: BuyerId,
    /// The claim as it stands in Redis.
    pub claim: Claim,
    /// The bucket that the unit came from.
    pub unit: Bucket,
    /// Whether the buyer had it before this request.
    pub replayed: bool,
}

/// What the home bucket says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Home {
    /// That settles it.
    Decided(Reserve),
    /// A claim without a unit: look elsewhere. Carries home's epoch, if home said just now that it is empty.
    Seek(Claim, Option<u64>),
}

impl Stock {
    /// The stock of `sale`, under `prefix` in the Redis that `conn` leads to.
    #[must_use]
    pub fn new(conn: Conn, prefix: &str, sale: Sale) -> Self {
        let keys = Keys::new(prefix, sale.id(), sale.buckets());
        Self {
            conn,
            keys,
            sale,
            replicas: None,
        }
    }

    /// The same, acknowledging a claim only when `replicas` have it (one Redis with replicas; not a cluster).
    #[must_use]
    pub fn with_replicas(self, replicas: Replicas) -> Self {
        Self {
            replicas: Some(replicas),
            ..self
        }
    }

    /// What is sold.
    #[must_use]
    pub fn sale(&self) -> &Sale {
        &self.sale
    }

    /// Lays out every bucket that is not there, gives the orders that the ledger already has their claims, and opens them.
    ///
    /// Safe in mid-sale, from any number of instances, and after half of it: a bucket that is open is left alone.
    ///
    /// # Errors
    /// Redis failed; calling again goes on where this stopped.
    pub async fn warm_up(&self, active: &[Order]) -> Result<(), Error> {
        let mut cold = Vec::new();
        for bucket in self.buckets() {
            if self.lay_out(bucket).await? != "open" {
                cold.push(bucket);
            }
        }
        for order in active {
            if cold.contains(&order.unit)
                || cold.contains(&segments::home(order.buyer, self.sale.buckets()))
            {
                self.restore(order).await?;
            }
        }
        let open = Script::new(include_str!("scripts/open.lua"));
        for bucket in cold {
            let _laid_out: i64 = open
                .key(&self.keys.of(bucket).bucket)
                .invoke_async(&mut self.conn.clone())
                .await?;
        }
        Ok(())
    }

    /// Lays out one bucket if it is not there, and answers its state: `warming` or `open`.
    async fn lay_out(&self, bucket: Bucket) -> Result<String, Error> {
        // ANCHOR: stage2_warm_up
        todo!("stage 2: warm up")
        // ANCHOR_END: stage2_warm_up
    }

    /// The claim that `buyer` has, if any: also after the last unit, and after the sale.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn claim_of(&self, buyer: BuyerId) -> Result<Option<Claim>, Error> {
        let keys = self.keys.of(segments::home(buyer, self.sale.buckets()));
        let text: Option<String> = self.conn.clone().hget(&keys.claims, buyer.0).await?;
        Ok(text.as_deref().map(str::parse).transpose()?)
    }

    /// One unit for `buyer`, who gets `order` unless they have a claim already: then they get that claim's.
    ///
    /// `gates` spare a look into buckets that are known to be empty, and learn which ones are.
    ///
    /// # Errors
    /// Redis failed, or did not answer in time. The buyer may then have a claim all the same: asking again finds it, and if
    /// nobody asks, the reconciler does.
    pub async fn reserve(
        &self,
        buyer: BuyerId,
        order: OrderId,
        gates: &Gates,
    ) -> Result<Reserve, Error> {
        let outcome = match self.reserve_at_home(buyer, order).await? {
            Home::Decided(outcome) => outcome,
            Home::Seek(claim, epoch) => self.spill(buyer, claim, epoch, gates).await?,
        };
        if let (Reserve::Reserved(_), Some(replicas)) = (&outcome, self.replicas) {
            self.wait_for(buyer, replicas).await?;
        }
        Ok(outcome)
    }

    /// Asks the buyer's home bucket: one round trip, whatever the answer.
    ///
    /// # Errors
    /// As [`Self::reserve`].
    pub async fn reserve_at_home(&self, buyer: BuyerId, order: OrderId) -> Result<Home, Error> {
        // ANCHOR: stage2_reserve
        todo!("stage 2: reserve")
        // ANCHOR_END: stage2_reserve
    }

    /// The sale's buckets.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> + use<> {
        (0..self.sale.buckets()).map(Bucket)
    }

    async fn wait_for(&self, buyer: BuyerId, replicas: Replicas) -> Result<(), Error> {
        // WAIT asks about this connection's last write. A claim that was met again was another's: so write something after it.
        let home = self.keys.of(segments::home(buyer, self.sale.buckets()));
        let expires = self.sale.closes_at().plus(Sale::KEEP);
        let _written: i64 = redis::cmd("PEXPIREAT")
            .arg(&home.bucket)
            .arg(expires.0)
            .query_async(&mut self.conn.clone())
            .await?;
        let acked: usize = redis::cmd("WAIT")
            .arg(replicas.count)
            .arg(u64::try_from(replicas.within.as_millis()).unwrap_or(u64::MAX))
            .query_async(&mut self.conn.clone())
            .await?;
        if acked < replicas.count {
            return Err(Error::NotReplicated {
                wanted: replicas.count,
                acked,
            });
        }
        Ok(())
    }
}

/// A claim that has its unit is a reservation; one that has none goes on looking.
fn held_or_seeking(
    buyer: BuyerId,
    claim: Claim,
    replayed: bool,
    epoch: Option<u64>,
) -> Result<Home, Error> {
    Ok(match claim.state {
        ClaimState::Held(unit) => Home::Decided(Reserve::Reserved(Reservation {
            buyer,
            claim,
            unit,
            replayed,
        })),
        ClaimState::Seeking => Home::Seek(claim, epoch),
    })
}
