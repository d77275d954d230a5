//! The reconciler: finishes what others left half done, and returns what nobody paid for.
//!
//! It is the only one that cleans up. A request that dies, a consumer that dies, a Redis that forgets: none of them is trusted
//! to tidy up after itself. Any number of reconcilers may run; each step counts once however often it is done. What must stay
//! true: a unit comes back only after the ledger has said, for good, that its order is dead.

use std::time::Duration;

use redis::AsyncCommands;

use super::error::Error;
use super::ledger::{Ledger, Order};
use super::orders::Publisher;
use super::stock::Stock;
use crate::core::claim::{Claim, ClaimState, Loan};
use crate::core::ids::{Bucket, BuyerId, OrderId, UnixMillis};
use crate::core::reconcile::{
    ClaimRepair, LoanRepair, Patience, Standing, claim_repair, loan_repair,
};
use crate::core::segments;

/// What is looked at in one go.
const PAGE: usize = 1000;

/// Reconciles one sale.
pub struct Reconciler {
    stock: Stock,
    ledger: Ledger,
    publisher: Publisher,
    patience: Patience,
}

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Unpaid orders cancelled.
    pub cancelled: u64,
    /// Dead orders whose units came back (or were back already).
    pub returned: u64,
    /// Claims whose order was sent again.
    pub published: u64,
    /// Claims found to be orders.
    pub settled: u64,
    /// Claims without a unit that were ended, or given one.
    pub unfinished: u64,
    /// Claims given up: refused in the ledger.
    pub refused: u64,
    /// Loans that nobody had: ended.
    pub released: u64,
    /// Claims written again from the ledger.
    pub restored: u64,
    /// Claims and loans that could not be read. They stay, and are in the log.
    pub malformed: u64,
}

impl Reconciler {
    /// A reconciler of `stock`'s sale.
    #[must_use]
    pub fn new(stock: Stock, ledger: Ledger, publisher: Publisher, patience: Patience) -> Self {
        Self {
            stock,
            ledger,
            publisher,
            patience,
        }
    }

    /// Looks once at everything that may be unfinished at `now`, by the wall clock.
    ///
    /// # Errors
    /// A server failed; the next pass goes on where this one stopped.
    pub async fn pass(&self, now: UnixMillis) -> Result<Report, Error> {
        // ANCHOR: stage5_pass
        todo!("stage 5: pass")
        // ANCHOR_END: stage5_pass
    }

    /// Makes Redis agree with the ledger where it has forgotten something: after a power cut, a fail-over, a restore. Lays out the
    /// buckets that are gone, writes the claims of active orders again, and ends the claims of dead ones that stand again.
    /// Answers how many it mended. Reads every active order and every claim.
    ///
    /// # Errors
    /// A server failed; calling again is safe.
    pub async fn repair(&self) -> Result<u64, Error> {
        // ANCHOR: stage5_repair
        todo!("stage 5: repair")
        // ANCHOR_END: stage5_repair
    }

    /// Gives back what Redis forgot that it had given back: every claim in `bucket` whose order is dead.
    async fn end_dead_claims(&self, bucket: Bucket) -> Result<u64, Error> {
        // ANCHOR: stage5_end_dead_claims
        todo!("stage 5: end dead claims")
        // ANCHOR_END: stage5_end_dead_claims
    }

    /// Lets the units of dead orders come back, a page at a time until none is left.
    async fn return_dead(&self, report: &mut Report) -> Result<(), Error> {
        // ANCHOR: stage5_return_dead
        todo!("stage 5: return dead")
        // ANCHOR_END: stage5_return_dead
    }

    /// Goes through the unsettled claims of `bucket`.
    async fn claims(
        &self,
        bucket: Bucket,
        now: UnixMillis,
        report: &mut Report,
    ) -> Result<(), Error> {
        let keys = self.stock.keys.of(bucket);
        let mut conn = self.stock.conn.clone();
        let newest = now.0.saturating_sub(millis(self.patience.grace));
        let buyers: Vec<u64> = conn.zrangebyscore(&keys.unsettled, "-inf", newest).await?;
        for page in buyers.chunks(PAGE) {
            let texts: Vec<Option<String>> = redis::cmd("HMGET")
                .arg(&keys.claims)
                .arg(page)
                .query_async(&mut conn)
                .await?;
            let mut claims = Vec::new();
            for (&buyer, text) in page.iter().zip(texts) {
                match text.as_deref().map(str::parse::<Claim>) {
                    Some(Ok(claim)) if self.has_unit_of_a_bucket(&claim) => {
                        claims.push((BuyerId(buyer), claim));
                    }
                    Some(Ok(claim)) => malformed(report, &format!("no such bucket: {claim:?}")),
                    Some(Err(error)) => malformed(report, &error),
                    None => self.stock.settled(BuyerId(buyer), None).await?,
                }
            }
            self.repair_claims(&claims, now, report).await?;
        }
        Ok(())
    }

    /// Does to each claim what the core decides.
    async fn repair_claims(
        &self,
        claims: &[(BuyerId, Claim)],
        now: UnixMillis,
        report: &mut Report,
    ) -> Result<(), Error> {
        // ANCHOR: stage5_repair_claims
        todo!("stage 5: repair claims")
        // ANCHOR_END: stage5_repair_claims
    }

    /// Goes through the loans that `bucket` has made.
    async fn loans(
        &self,
        bucket: Bucket,
        now: UnixMillis,
        report: &mut Report,
    ) -> Result<(), Error> {
        let texts: Vec<(String, String)> = self
            .stock
            .conn
            .clone()
            .hgetall(&self.stock.keys.of(bucket).loans)
            .await?;
        let mut loans = Vec::new();
        for (order, text) in texts {
            match (order.parse::<OrderId>(), text.parse::<Loan>()) {
                (Ok(order), Ok(loan)) if self.knows(loan.home) => loans.push((order, loan)),
                (Ok(_), Ok(loan)) => malformed(report, &format!("no such bucket: {loan:?}")),
                (Ok(_), Err(error)) => malformed(report, &error),
                (Err(error), _) => malformed(report, &error),
            }
        }
        for page in loans.chunks(PAGE) {
            self.repair_loans(bucket, page, now, report).await?;
        }
        Ok(())
    }

    /// Does to each loan what the core decides.
    async fn repair_loans(
        &self,
        unit: Bucket,
        loans: &[(OrderId, Loan)],
        now: UnixMillis,
        report: &mut Report,
    ) -> Result<(), Error> {
        // ANCHOR: stage5_repair_loans
        todo!("stage 5: repair loans")
        // ANCHOR_END: stage5_repair_loans
    }

    fn knows(&self, bucket: Bucket) -> bool {
        bucket.0 < self.stock.sale().buckets()
    }

    fn has_unit_of_a_bucket(&self, claim: &Claim) -> bool {
        match claim.state {
            ClaimState::Held(unit) => self.knows(unit),
            ClaimState::Seeking => true,
        }
    }
}

fn malformed(report: &mut Report, error: &dyn std::fmt::Display) {
    tracing::error!(%error, "left as it is");
    report.malformed += 1;
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
