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
        let home = segments::home(buyer, self.sale.buckets());
        let mut empty = Vec::new();
        // A gate closes at the bucket's own answer: until this request ends, hundreds more would set out for the same buckets.
        let mut is_empty = |bucket: Bucket, epoch| {
            gates.of(bucket).sold_out(epoch);
            empty.push((bucket, epoch));
        };
        if let Some(epoch) = home_epoch {
            is_empty(home, epoch);
        }
        for bucket in segments::spill_order(buyer, self.sale.buckets()) {
            // A claim that is met again may have its unit behind a gate that closed since.
            if home_epoch.is_some() && !gates.of(bucket).is_open() {
                continue;
            }
            match self.take(bucket, claim.order, buyer, home).await? {
                Take::SoldOut(epoch) => is_empty(bucket, epoch),
                Take::Cold => return Ok(Reserve::Cold),
                Take::Taken => {
                    return match self.settle(home, buyer, claim.order, bucket).await? {
                        Settle::Held(claim) => Ok(reserved(buyer, claim, bucket)),
                        Settle::Extra(claim) => {
                            self.release(bucket, claim.order).await?;
                            let ClaimState::Held(unit) = claim.state else {
                                return Ok(Reserve::Crossed);
                            };
                            Ok(reserved(buyer, claim, unit))
                        }
                        Settle::Gone => {
                            self.release(bucket, claim.order).await?;
                            Ok(Reserve::Crossed)
                        }
                    };
                }
            }
        }
        match self.drop_claim(home, buyer, claim.order).await? {
            Some(claim) => match claim.state {
                ClaimState::Held(unit) => Ok(reserved(buyer, claim, unit)),
                ClaimState::Seeking => Ok(Reserve::Crossed),
            },
            None => Ok(Reserve::SoldOut(empty)),
        }
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
        static TAKE: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!("scripts/take.lua")));
        let keys = self.keys.of(bucket);
        let reply: Vec<String> = TAKE
            .key(&keys.bucket)
            .key(&keys.loans)
            .arg(order.to_string())
            .arg(buyer.0)
            .arg(home.0)
            .invoke_async(&mut self.conn.clone())
            .await?;
        match reply.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["taken"] => Ok(Take::Taken),
            ["cold"] => Ok(Take::Cold),
            ["sold_out", epoch] if epoch.parse::<u64>().is_ok() => {
                Ok(Take::SoldOut(epoch.parse().unwrap_or(0)))
            }
            _ => Err(Error::Reply {
                script: "take",
                reply,
            }),
        }
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
        static SETTLE: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!("scripts/settle.lua")));
        let reply: Vec<String> = SETTLE
            .key(&self.keys.of(home).claims)
            .arg(buyer.0)
            .arg(order.to_string())
            .arg(unit.0)
            .invoke_async(&mut self.conn.clone())
            .await?;
        match reply.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["held", claim] => Ok(Settle::Held(claim.parse()?)),
            ["extra", claim] => Ok(Settle::Extra(claim.parse()?)),
            ["gone"] => Ok(Settle::Gone),
            _ => Err(Error::Reply {
                script: "settle",
                reply,
            }),
        }
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
        static DROP: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!("scripts/drop.lua")));
        let keys = self.keys.of(home);
        let reply: Vec<String> = DROP
            .key(&keys.claims)
            .key(&keys.unsettled)
            .arg(buyer.0)
            .arg(order.to_string())
            .invoke_async(&mut self.conn.clone())
            .await?;
        match reply.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["dropped"] | ["gone"] => Ok(None),
            ["kept", claim] => Ok(Some(claim.parse()?)),
            _ => Err(Error::Reply {
                script: "drop",
                reply,
            }),
        }
        // ANCHOR_END: stage3_drop
    }

    /// Ends the loan that `bucket` made to `order`, if there is one: its unit is on sale there again. Answers whether it did.
    ///
    /// # Errors
    /// As [`Stock::reserve`].
    pub async fn release(&self, bucket: Bucket, order: OrderId) -> Result<bool, Error> {
        // ANCHOR: stage3_release
        static RELEASE: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!("scripts/release.lua")));
        let keys = self.keys.of(bucket);
        let reply: Vec<String> = RELEASE
            .key(&keys.bucket)
            .key(&keys.loans)
            .arg(order.to_string())
            .invoke_async(&mut self.conn.clone())
            .await?;
        match reply.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["released"] => Ok(true),
            ["gone"] => Ok(false),
            _ => Err(Error::Reply {
                script: "release",
                reply,
            }),
        }
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
