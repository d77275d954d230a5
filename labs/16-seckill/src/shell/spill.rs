//! The spill: a unit for a buyer whose home bucket is empty.
//!
//! Home and the lending bucket may lie on different machines, so no script sees both, and the steps are three: *take* there
//! (a loan under the order's id), *settle* here (the claim gets the unit), or *drop* here (nobody had one). Whoever dies
//! in between leaves a seeking claim or a loan that no claim knows of, and the reconciler meets both. The claim decides: a
//! unit that was taken and cannot be settled is released again.

use std::sync::LazyLock;

use redis::Script;

use super::error::Error;
use super::stock::{Reservation, Reserve, Stock};
use crate::core::claim::{Claim, ClaimState};
use crate::core::gate::Gates;
use crate::core::ids::{Bucket, BuyerId, OrderId};
use crate::core::segments;

/// What a bucket says to a claim from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Take {
    /// The unit is lent to the claim.
    Taken,
    /// None left, at this epoch.
    SoldOut(u64),
    /// The bucket is not laid out.
    Cold,
}

/// What the claim says to a unit that was taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Settle {
    /// It is the claim's unit now.
    Held(Claim),
    /// The claim has another unit: this one must go back.
    Extra(Claim),
    /// There is no such claim any more: this unit must go back.
    Gone,
}

impl Stock {
    /// Looks for a unit in the other buckets, for a `claim` that seeks.
    ///
    /// # Errors
    /// As [`Stock::reserve`].
    pub(super) async fn spill(
        &self,
        buyer: BuyerId,
        claim: Claim,
        home_epoch: Option<u64>,
        gates: &Gates,
    ) -> Result<Reserve, Error> {
        // ANCHOR: stage3_spill
        todo!("stage 3: spill")
        // ANCHOR_END: stage3_spill
    }

    /// Takes a unit of `bucket` under `order`, for a claim in `home`. Taken twice, it is taken once.
    ///
    /// # Errors
    /// As [`Stock::reserve`].
    pub async fn take(
        &self,
        bucket: Bucket,
        order: OrderId,
        buyer: BuyerId,
        home: Bucket,
    ) -> Result<Take, Error> {
        // ANCHOR: stage3_take
        todo!("stage 3: take")
        // ANCHOR_END: stage3_take
    }

    /// Gives `buyer`'s seeking claim the unit that was taken from `unit`.
    ///
    /// # Errors
    /// As [`Stock::reserve`].
    pub async fn settle(
        &self,
        home: Bucket,
        buyer: BuyerId,
        order: OrderId,
        unit: Bucket,
    ) -> Result<Settle, Error> {
        // ANCHOR: stage3_settle
        todo!("stage 3: settle")
        // ANCHOR_END: stage3_settle
    }

    /// Ends `buyer`'s claim if it still seeks; a claim that got its unit meanwhile stays, and is the answer.
    ///
    /// # Errors
    /// As [`Stock::reserve`].
    pub async fn drop_claim(
        &self,
        home: Bucket,
        buyer: BuyerId,
        order: OrderId,
    ) -> Result<Option<Claim>, Error> {
        // ANCHOR: stage3_drop
        todo!("stage 3: drop")
        // ANCHOR_END: stage3_drop
    }

    /// Ends the loan that `bucket` made to `order`, if there is one: its unit is on sale there again. Answers whether it did.
    ///
    /// # Errors
    /// As [`Stock::reserve`].
    pub async fn release(&self, bucket: Bucket, order: OrderId) -> Result<bool, Error> {
        // ANCHOR: stage3_release
        todo!("stage 3: release")
        // ANCHOR_END: stage3_release
    }
}

fn reserved(buyer: BuyerId, claim: Claim, unit: Bucket) -> Reserve {
    Reserve::Reserved(Reservation {
        buyer,
        claim,
        unit,
        replayed: false,
    })
}
