//! What becomes of a claim or a loan that nobody finished.
//!
//! A process may die between any two steps, a request's future may be dropped at any await, and a produce may time out
//! after it arrived. None of them cleans up behind itself, since a clean-up dies with its request. Instead the
//! reconciler meets what they left, asks the ledger, and decides. The ledger's word is final and is given once: an order id is
//! placed or it is not, and whoever writes first (the consumer an order, the reconciler a refusal) wins by the primary key.
//! So it is safe for two reconcilers to meet the same claim, and to be wrong about a process that is merely slow.

use std::time::Duration;

use super::claim::{Claim, ClaimState};
use super::ids::{Bucket, OrderId};

/// What the ledger says of an order id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Standing {
    /// It is an order, paid or not: the unit is sold.
    Active,
    /// It will never be one: refused, or cancelled because nobody paid.
    Dead,
    /// The ledger has not heard of it.
    Unknown,
}

/// How patient the reconciler is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Younger than this, a claim is still somebody's work in progress.
    pub grace: Duration,
    /// Older than this without having become an order, a claim is refused in the ledger and its unit comes back.
    pub give_up: Duration,
}

/// What to do about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum ClaimRepair {
    /// Nothing yet.
    Leave,
    /// Publish its order again: the first time was lost, or is late; the ledger takes an order once.
    Publish,
    /// It is an order: strike it from the list of the unsettled.
    Settled,
    /// Its order is dead: the claim goes, the unit returns.
    GiveBack,
    /// It never got a unit: the claim goes.
    Drop,
    /// Have the ledger refuse it, so that an order that still arrives finds the door shut; the next pass gives it back.
    Refuse,
}

/// What to do about a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum LoanRepair {
    /// Nothing: it is accounted for, or too young to tell.
    Leave,
    /// Its claim still seeks: tell it that it has this unit.
    Settle,
    /// Nobody has it: the unit returns to this bucket.
    Release,
    /// It is an order whose claim was lost: write the claim again.
    Restore,
}

/// Decides about `claim`, made `age` ago.
pub fn claim_repair(
    claim: &Claim,
    standing: Standing,
    age: Duration,
    patience: Patience,
) -> ClaimRepair {
    // ANCHOR: stage5_claim_repair
    todo!("stage 5: claim repair")
    // ANCHOR_END: stage5_claim_repair
}

/// Decides about a loan that `unit` made to `order`, `age` ago; `claim` is what its buyer's home holds now.
pub fn loan_repair(
    (order, unit): (OrderId, Bucket),
    claim: Option<&Claim>,
    standing: Standing,
    age: Duration,
    patience: Patience,
) -> LoanRepair {
    // ANCHOR: stage5_loan_repair
    todo!("stage 5: loan repair")
    // ANCHOR_END: stage5_loan_repair
}
