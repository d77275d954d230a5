//! Judges a recorded run by the invariants of the lab. It reads the history and nothing else, so it may be wrong about
//! nothing but the history.
//!
//! | | what is judged | and what is not held against the sale |
//! |---|---|---|
//! | INV-1 | no look shows more sold than there is; no bucket has more units than it began with | |
//! | INV-2 | when all is quiet every unit is on a shelf or with a buyer, and late buyers get what is left | in mid-sale a unit may be on its way |
//! | INV-3 | nobody holds two orders at once | a claim that Redis forgot (below) |
//! | INV-4 | an accepted order is in the ledger, and only time kills it; each claim ends as an order or a return | what was accepted until a forgetful Redis was repaired (below) |
//! | INV-5 | at most N admitted in W; one is refused only if N may have been admitted in the W before | requests that a fault may have delayed |
//! | INV-6 | the id that was told is the order's | |
//! | INV-7 | nothing is accepted or written outside the hours, and nobody is sent away within them | |
//! | INV-8 | "sold out" only while no unit was free, and no limiter that refuses because its Redis is away | a gate has a second to notice; one whose Redis is away may stay closed |
//!
//! **What Redis may forget.** It syncs its file once a second. A power cut takes back what was acknowledged in the two seconds before
//! (a kill can, too, if an fsync was under way). The ledger has those orders, Redis does not know them and hands their units out
//! again, and the ledger's bound refuses whoever gets one: again and again, until a repair has told Redis. So whoever is
//! accepted between such a fault and the end of the repair may end up refused, and is told otherwise at first. That is the price of
//! `everysec`, not held against the sale; more sold than there is would be.

#[path = "checker/limits.rs"]
mod limits;
#[path = "checker/orders.rs"]
mod orders;
#[path = "checker/units.rs"]
mod units;

#[cfg(test)]
#[path = "checker/tests.rs"]
mod tests;

use chaos::{Struck, Violation};

use crate::facts::Facts;

/// Two seconds that everysec may lose, and what the sampler of a power cut and a slow fsync may add.
const FORGETS_US: u64 = 2_600_000;

/// Everything that `facts` show to be broken; at most a few of each invariant.
#[must_use]
pub fn check(facts: &Facts) -> Vec<Violation> {
    let rules: [fn(&Facts) -> Option<Violation>; 12] = [
        units::sold_at_most_the_stock,
        units::no_unit_is_made,
        units::no_unit_is_lost,
        units::demand_meets_the_last_unit,
        units::sold_out_is_true,
        orders::one_a_buyer,
        orders::accepted_is_ordered,
        orders::claims_and_orders_agree,
        orders::the_id_is_the_orders,
        orders::within_the_hours,
        limits::at_most_n_in_a_window,
        limits::refused_only_after_n,
    ];
    rules.iter().filter_map(|rule| rule(facts)).collect()
}

/// A start of the reconciler, and its repair of a hundred orders, also on a machine that is busy.
const REPAIRS_US: u64 = 2_500_000;

/// The faults by which Redis may have forgotten what it had acknowledged.
fn forgetful(facts: &Facts) -> impl Iterator<Item = &Struck> {
    let forgets = |fault: &&Struck| {
        fault.target == "redis" && matches!(fault.what.as_str(), "power cut" | "kill -9")
    };
    facts.faults.iter().filter(forgets)
}

/// Whether Redis may have forgotten what was written at some moment of `[from, to]`.
fn may_be_forgotten(facts: &Facts, from: u64, to: u64) -> bool {
    forgetful(facts).any(|fault| from <= fault.ended_us && to + FORGETS_US >= fault.began_us)
}

/// Whether a unit that was reserved at that moment may be one that Redis did not know to be sold.
fn may_be_sold_twice(facts: &Facts, at: u64) -> bool {
    forgetful(facts).any(|fault| at + FORGETS_US >= fault.began_us && at <= repaired(facts, fault))
}

/// When a repair was certainly done, and had all to go by: the first after the fault such that from before the fault to its
/// own end no other fault kept an order on its way, or the repair from its work.
fn repaired(facts: &Facts, fault: &Struck) -> u64 {
    let in_the_way = |other: &&Struck| {
        *other != fault
            && matches!(
                other.target.as_str(),
                "redis" | "mysql" | "kafka" | "consume" | "reconcile"
            )
    };
    let undisturbed = |&&began: &&u64| {
        let from = if began <= fault.ended_us {
            fault.began_us.saturating_sub(1_000_000)
        } else {
            began.saturating_sub(1_000_000)
        };
        !facts
            .faults
            .iter()
            .filter(in_the_way)
            .any(|other| other.overlaps(from, began + REPAIRS_US))
    };
    let after = facts
        .repairs
        .iter()
        .filter(|&&began| began + 100_000 >= fault.ended_us);
    after
        .clone()
        .find(undisturbed)
        .map_or(u64::MAX, |began| began + REPAIRS_US)
}

/// Whether Redis, or the way to it, was disturbed at some moment of `[from, to]`.
fn redis_disturbed(facts: &Facts, from: u64, to: u64) -> bool {
    facts.faults.iter().any(|fault| {
        (fault.target == "redis" || fault.what.starts_with("redis")) && fault.overlaps(from, to)
    })
}

/// A violation that some operations show.
fn violation(
    invariant: u32,
    at_us: u64,
    sentence: String,
    ops: Vec<u64>,
    evidence: Vec<String>,
) -> Option<Violation> {
    Some(Violation {
        invariant,
        sentence,
        at_us,
        ops,
        evidence,
    })
}

/// As many lines as a person reads.
const SHOWN: usize = 8;

/// The end of an order's id: its beginning is a time, and alike for all.
fn short(order: &str) -> &str {
    order.get(order.len().saturating_sub(6)..).unwrap_or(order)
}

/// `1 unit`, `2 units`.
fn count(number: i64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
