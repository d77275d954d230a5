//! A look at all that a sale has in Redis: for the gates, the reconciler, and anyone who asks where a unit went.
//!
//! Every unit is in one of two places: on a shelf (`stock`), or out (a held claim whose unit is its home's, or a loan). A *debt* is a
//! unit that is out twice. So `stock - debt + out` is what the bucket began with, always; [`BucketAudit::balance`] says it.

use std::collections::BTreeMap;

use redis::AsyncCommands;

use super::error::Error;
use super::stock::Stock;
use crate::core::claim::{Claim, ClaimState, Loan};
use crate::core::gate::Gates;
use crate::core::ids::{Bucket, BuyerId, OrderId};

/// One bucket as it lies in Redis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketAudit {
    /// Which.
    pub bucket: u16,
    /// `warming` or `open`; `None`: it is not laid out.
    pub state: Option<String>,
    /// Units on the shelf.
    pub stock: i64,
    /// Units that are out twice.
    pub debt: i64,
    /// How often a unit came back.
    pub epoch: u64,
    /// Claims by buyer.
    pub claims: BTreeMap<BuyerId, Claim>,
    /// Loans by order.
    pub loans: BTreeMap<OrderId, Loan>,
}

impl BucketAudit {
    /// `stock - debt + out`: what the bucket began with, if nothing was lost or made.
    #[must_use]
    pub fn balance(&self) -> i64 {
        let own = ClaimState::Held(Bucket(self.bucket));
        let held = self
            .claims
            .values()
            .filter(|claim| claim.state == own)
            .count();
        self.stock - self.debt + (held + self.loans.len()) as i64
    }
}

impl Stock {
    /// Tells `gates` how much each bucket has. One round trip a bucket; call it a few times a second.
    ///
    /// # Errors
    /// Redis failed; the gates of the buckets that did not answer stay as they are.
    pub async fn observe(&self, gates: &Gates) -> Result<(), Error> {
        // ANCHOR: stage3_refresh
        let mut failed = Ok(());
        for bucket in self.buckets() {
            let looked: redis::RedisResult<(Option<u64>, Option<u64>)> = self
                .conn
                .clone()
                .hmget(&self.keys.of(bucket).bucket, &["stock", "epoch"])
                .await;
            match looked {
                Ok((Some(stock), Some(epoch))) => gates.of(bucket).observe(stock, epoch),
                // Not laid out: nobody knows whether it is empty, so nothing may say that it is.
                Ok((None, _) | (_, None)) => gates.of(bucket).observe(1, 0),
                // The others are looked into all the same.
                Err(error) => failed = Err(error.into()),
            }
        }
        failed
        // ANCHOR_END: stage3_refresh
    }

    /// A page of the claims in `bucket`, and the cursor of the next one; 0 begins, and 0 ends. A claim may come twice (it is a
    /// HSCAN); one that cannot be read is left out, and is in the log.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn claims_page(
        &self,
        bucket: Bucket,
        cursor: u64,
    ) -> Result<(u64, Vec<(BuyerId, Claim)>), Error> {
        let (next, texts): (u64, Vec<(u64, String)>) = redis::cmd("HSCAN")
            .arg(&self.keys.of(bucket).claims)
            .arg(cursor)
            .arg("COUNT")
            .arg(1000)
            .query_async(&mut self.conn.clone())
            .await?;
        let mut claims = Vec::with_capacity(texts.len());
        for (buyer, text) in texts {
            match text.parse() {
                Ok(claim) => claims.push((BuyerId(buyer), claim)),
                Err(error) => tracing::error!(%error, buyer, "left as it is"),
            }
        }
        Ok((next, claims))
    }

    /// Reads everything. Not one moment's picture: bucket after bucket, and each in a transaction of its own.
    ///
    /// # Errors
    /// Redis failed, or holds a claim or loan that is not understood.
    pub async fn audit(&self) -> Result<Vec<BucketAudit>, Error> {
        let mut all = Vec::new();
        for bucket in self.buckets() {
            all.push(self.audit_bucket(bucket).await?);
        }
        Ok(all)
    }

    async fn audit_bucket(&self, bucket: Bucket) -> Result<BucketAudit, Error> {
        type Fields = (Option<String>, Option<i64>, Option<i64>, Option<u64>);
        let keys = self.keys.of(bucket);
        let (fields, claims, loans): (Fields, BTreeMap<u64, String>, BTreeMap<String, String>) =
            redis::pipe()
                .atomic()
                .hmget(&keys.bucket, &["state", "stock", "debt", "epoch"])
                .hgetall(&keys.claims)
                .hgetall(&keys.loans)
                .query_async(&mut self.conn.clone())
                .await?;
        let (state, stock, debt, epoch) = fields;
        let mut audit = BucketAudit {
            bucket: bucket.0,
            state,
            stock: stock.unwrap_or(0),
            debt: debt.unwrap_or(0),
            epoch: epoch.unwrap_or(0),
            ..BucketAudit::default()
        };
        for (buyer, claim) in claims {
            audit.claims.insert(BuyerId(buyer), claim.parse()?);
        }
        for (order, loan) in loans {
            let malformed = |_| crate::core::claim::Malformed {
                what: "loan",
                text: order.clone(),
            };
            audit
                .loans
                .insert(order.parse().map_err(malformed)?, loan.parse()?);
        }
        Ok(audit)
    }
}
