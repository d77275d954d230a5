//! Stage 5: what becomes of what nobody finished.

use std::time::Duration;

use seckill::core::claim::{Claim, ClaimState};
use seckill::core::ids::{Bucket, OrderId, UnixMillis};
use seckill::core::reconcile::{
    ClaimRepair, LoanRepair, Patience, Standing, claim_repair, loan_repair,
};

const PATIENCE: Patience = Patience {
    grace: Duration::from_secs(5),
    give_up: Duration::from_secs(60),
};
const YOUNG: Duration = Duration::from_secs(4);
const OLD: Duration = Duration::from_secs(5);
const ANCIENT: Duration = Duration::from_secs(60);
const HOME: Bucket = Bucket(0);
const LENDER: Bucket = Bucket(1);

fn claim(order: u128, state: ClaimState) -> Claim {
    Claim {
        order: OrderId(order),
        state,
        at: UnixMillis(0),
    }
}

/// The ledger's word is final whatever the claim looks like, and however young it is.
#[test]
fn inv4_the_ledger_decides_about_a_claim() {
    for state in [
        ClaimState::Held(HOME),
        ClaimState::Held(LENDER),
        ClaimState::Seeking,
    ] {
        for age in [YOUNG, OLD, ANCIENT] {
            let claim = claim(1, state);
            assert_eq!(
                claim_repair(&claim, Standing::Active, age, PATIENCE),
                ClaimRepair::Settled
            );
            assert_eq!(
                claim_repair(&claim, Standing::Dead, age, PATIENCE),
                ClaimRepair::GiveBack
            );
        }
    }
}

/// A unit never comes back because time passed: its order is refused in the ledger first, and may be placed until then.
#[test]
fn inv4_a_held_claim_is_sent_again_and_at_last_refused() {
    let held = claim(1, ClaimState::Held(HOME));
    assert_eq!(
        claim_repair(&held, Standing::Unknown, YOUNG, PATIENCE),
        ClaimRepair::Leave
    );
    assert_eq!(
        claim_repair(&held, Standing::Unknown, OLD, PATIENCE),
        ClaimRepair::Publish
    );
    assert_eq!(
        claim_repair(&held, Standing::Unknown, ANCIENT, PATIENCE),
        ClaimRepair::Refuse
    );
}

#[test]
fn inv4_a_seeking_claim_is_dropped_once_it_is_old() {
    let seeking = claim(1, ClaimState::Seeking);
    assert_eq!(
        claim_repair(&seeking, Standing::Unknown, YOUNG, PATIENCE),
        ClaimRepair::Leave
    );
    assert_eq!(
        claim_repair(&seeking, Standing::Unknown, OLD, PATIENCE),
        ClaimRepair::Drop
    );
    assert_eq!(
        claim_repair(&seeking, Standing::Unknown, ANCIENT, PATIENCE),
        ClaimRepair::Drop
    );
}

fn loan(claim: Option<Claim>, standing: Standing, age: Duration) -> LoanRepair {
    loan_repair(
        (OrderId(1), LENDER),
        claim.as_ref(),
        standing,
        age,
        PATIENCE,
    )
}

/// The claim has this very unit: that is a loan in good order, whatever the ledger knows of it yet.
#[test]
fn inv2_a_loan_that_its_claim_holds_is_left() {
    for age in [YOUNG, OLD, ANCIENT] {
        for standing in [Standing::Active, Standing::Unknown] {
            assert_eq!(
                loan(Some(claim(1, ClaimState::Held(LENDER))), standing, age),
                LoanRepair::Leave
            );
        }
    }
}

#[test]
fn inv2_a_loan_whose_claim_still_seeks_finishes_it() {
    let seeking = Some(claim(1, ClaimState::Seeking));
    assert_eq!(loan(seeking, Standing::Unknown, YOUNG), LoanRepair::Leave);
    assert_eq!(loan(seeking, Standing::Unknown, OLD), LoanRepair::Settle);
    assert_eq!(loan(seeking, Standing::Active, YOUNG), LoanRepair::Settle);
}

/// No claim, another order's claim, or a claim with another unit: nobody has this one.
#[test]
fn inv2_a_loan_that_nobody_has_is_released_once_it_is_old() {
    let others = [
        None,
        Some(claim(2, ClaimState::Held(LENDER))),
        Some(claim(1, ClaimState::Held(HOME))),
    ];
    for claim in others {
        assert_eq!(
            loan(claim, Standing::Unknown, YOUNG),
            LoanRepair::Leave,
            "{claim:?}"
        );
        assert_eq!(
            loan(claim, Standing::Unknown, OLD),
            LoanRepair::Release,
            "{claim:?}"
        );
    }
    for claim in [
        None,
        Some(claim(2, ClaimState::Held(LENDER))),
        Some(claim(1, ClaimState::Seeking)),
    ] {
        assert_eq!(
            loan(claim, Standing::Dead, YOUNG),
            LoanRepair::Release,
            "{claim:?}"
        );
    }
}

/// Home forgot the claim (a fail-over), the lender did not: the order is real, so the claim is written again.
#[test]
fn inv3_an_order_whose_claim_was_forgotten_gets_it_back() {
    assert_eq!(loan(None, Standing::Active, YOUNG), LoanRepair::Restore);
    assert_eq!(
        loan(
            Some(claim(2, ClaimState::Held(HOME))),
            Standing::Active,
            OLD
        ),
        LoanRepair::Restore
    );
}

/// One unit an order: if its claim has another, this one goes back even though the order is real.
#[test]
fn inv1_an_order_keeps_one_unit() {
    assert_eq!(
        loan(
            Some(claim(1, ClaimState::Held(HOME))),
            Standing::Active,
            OLD
        ),
        LoanRepair::Release
    );
}
