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
        let mut report = Report::default();
        loop {
            let cancelled = self
                .ledger
                .cancel_unpaid(self.stock.sale(), now, PAGE as u32)
                .await?;
            report.cancelled += cancelled;
            if cancelled < PAGE as u64 {
                break;
            }
        }
        // Loans before claims: a claim whose unit was taken gets it, instead of being dropped beside it. A bucket that fails
        // does not keep the others waiting.
        let mut failed = Ok(());
        for bucket in self.stock.buckets() {
            failed = failed.and(self.loans(bucket, now, &mut report).await);
        }
        for bucket in self.stock.buckets() {
            failed = failed.and(self.claims(bucket, now, &mut report).await);
        }
        self.return_dead(&mut report).await?;
        failed.map(|()| report)
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
        let active = self.ledger.all_active(self.stock.sale().id()).await?;
        self.stock.warm_up(&active).await?;
        let mut mended = 0;
        for order in &active {
            mended += u64::from(self.stock.restore(order).await?);
        }
        for bucket in self.stock.buckets() {
            mended += self.end_dead_claims(bucket).await?;
        }
        Ok(mended)
        // ANCHOR_END: stage5_repair
    }

    /// Gives back what Redis forgot that it had given back: every claim in `bucket` whose order is dead.
    async fn end_dead_claims(&self, bucket: Bucket) -> Result<u64, Error> {
        // ANCHOR: stage5_end_dead_claims
        let mut ended = 0;
        let mut cursor = 0_u64;
        loop {
            let (next, page) = self.stock.claims_page(bucket, cursor).await?;
            let ids: Vec<OrderId> = page.iter().map(|(_, claim)| claim.order).collect();
            let standings = self.ledger.standings(&ids).await?;
            for (buyer, claim) in page {
                if standings.get(&claim.order) == Some(&Standing::Dead) {
                    let unit = match claim.state {
                        ClaimState::Held(unit) => unit,
                        ClaimState::Seeking => bucket,
                    };
                    self.stock.give_back(buyer, claim.order, unit).await?;
                    ended += 1;
                }
            }
            if next == 0 {
                return Ok(ended);
            }
            cursor = next;
        }
        // ANCHOR_END: stage5_end_dead_claims
    }

    /// Lets the units of dead orders come back, a page at a time until none is left.
    async fn return_dead(&self, report: &mut Report) -> Result<(), Error> {
        // ANCHOR: stage5_return_dead
        loop {
            let dead = self
                .ledger
                .unreturned(self.stock.sale().id(), PAGE as u32)
                .await?;
            if dead.is_empty() {
                return Ok(());
            }
            for order in dead {
                self.stock
                    .give_back(order.buyer, order.order, order.unit)
                    .await?;
                self.ledger.mark_returned(order.order).await?;
                report.returned += 1;
            }
        }
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
        let ids: Vec<OrderId> = claims.iter().map(|(_, claim)| claim.order).collect();
        let standings = self.ledger.standings(&ids).await?;
        let mut lost = Vec::new();
        for &(buyer, claim) in claims {
            let standing = standings
                .get(&claim.order)
                .copied()
                .unwrap_or(Standing::Unknown);
            let home = segments::home(buyer, self.stock.sale().buckets());
            let unit = match claim.state {
                ClaimState::Held(unit) => unit,
                ClaimState::Seeking => home,
            };
            let order = Order {
                order: claim.order,
                buyer,
                unit,
                reserved_at: claim.at,
            };
            match claim_repair(&claim, standing, now.since(claim.at), self.patience) {
                ClaimRepair::Leave => {}
                ClaimRepair::Publish => lost.push(order),
                ClaimRepair::Settled => {
                    self.stock.settled(buyer, Some(claim.order)).await?;
                    report.settled += 1;
                }
                ClaimRepair::GiveBack => self.stock.give_back(buyer, claim.order, unit).await?,
                ClaimRepair::Drop => {
                    let _kept = self.stock.drop_claim(home, buyer, claim.order).await?;
                    report.unfinished += 1;
                }
                ClaimRepair::Refuse => {
                    let _status = self.ledger.refuse(self.stock.sale(), &order).await?;
                    report.refused += 1;
                }
            }
        }
        report.published += self.publisher.publish_all(&lost).await as u64;
        // Not again in every pass: a ledger that is behind would be buried under repetitions.
        self.stock.postpone(&lost, now).await
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
        let ids: Vec<OrderId> = loans.iter().map(|&(order, _)| order).collect();
        let standings = self.ledger.standings(&ids).await?;
        for &(order, loan) in loans {
            let standing = standings.get(&order).copied().unwrap_or(Standing::Unknown);
            let claim = match self.stock.claim_of(loan.buyer).await {
                Ok(claim) => claim,
                Err(Error::Malformed(error)) => {
                    malformed(report, &error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match loan_repair(
                (order, unit),
                claim.as_ref(),
                standing,
                now.since(loan.at),
                self.patience,
            ) {
                LoanRepair::Leave => {}
                LoanRepair::Settle => {
                    let _settled = self
                        .stock
                        .settle(loan.home, loan.buyer, order, unit)
                        .await?;
                    report.unfinished += 1;
                }
                LoanRepair::Release => {
                    report.released += u64::from(self.stock.release(unit, order).await?);
                }
                LoanRepair::Restore => {
                    let order = Order {
                        order,
                        buyer: loan.buyer,
                        unit,
                        reserved_at: loan.at,
                    };
                    report.restored += u64::from(self.stock.restore(&order).await?);
                }
            }
        }
        Ok(())
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
