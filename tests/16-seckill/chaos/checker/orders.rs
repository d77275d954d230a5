//! Orders: one a buyer, under the id that was told, ended once, within the hours.

use std::collections::{BTreeMap, BTreeSet};

use chaos::Violation;

use super::{SHOWN, count, may_be_forgotten, may_be_sold_twice, short, violation};
use crate::facts::{Answer, Asked, Facts, Row, Status};

/// Clocks of one machine, read in two places.
const CLOCKS_MS: u64 = 50;

/// INV-3: nobody is given a second order while the first one stands.
pub(super) fn one_a_buyer(facts: &Facts) -> Option<Violation> {
    let mut told: BTreeMap<u64, Vec<(&Asked, &str)>> = BTreeMap::new();
    for (asked, order) in facts.accepted() {
        told.entry(asked.buyer).or_default().push((asked, order));
    }
    let mut doubles: Vec<(&Asked, &Asked, &Row)> = Vec::new();
    for requests in told.values() {
        for (index, &(first, order)) in requests.iter().enumerate() {
            let Some(row) = facts
                .row(order)
                .filter(|row| !reservation_forgotten(facts, row))
            else {
                continue;
            };
            let later = requests[index + 1..]
                .iter()
                .filter(|(_, other)| *other != order);
            let stands = |asked: &Asked| {
                row.status.is_active()
                    || (row.status == Status::Cancelled && asked.ended_us < facts.us(row.pay_by_ms))
            };
            // Both answers may have been on their way at once, so the order that stands is looked for on either side.
            let earlier = requests[..index].iter().filter(|(asked, other)| {
                *other != order && asked.ended_us >= facts.us(row.reserved_at_ms)
            });
            let second = later
                .chain(earlier)
                .map(|&(asked, _)| asked)
                .find(|asked| stands(asked) && asked.ended_us >= facts.us(row.reserved_at_ms));
            if let Some(second) = second {
                doubles.push((first, second, row));
                break;
            }
        }
    }
    let &(first, second, row) = doubles
        .iter()
        .min_by_key(|(first, second, _)| first.ended_us.max(second.ended_us))?;
    violation(
        3,
        first.ended_us.max(second.ended_us),
        format!(
            "buyer {} is given a second order while the first one stands",
            first.buyer
        ),
        doubles
            .iter()
            .take(SHOWN / 2)
            .flat_map(|(first, second, _)| [first.op, second.op])
            .collect(),
        vec![
            format!(
                "order ..{} is {:?} in the ledger",
                short(&row.order),
                row.status
            )
            .to_lowercase(),
            format!("{} in all", count(doubles.len() as i64, "buyer")),
        ],
    )
}

/// INV-4: whoever is told "accepted" has an order that is sold or was cancelled when its time was up. Refused is neither.
pub(super) fn accepted_is_ordered(facts: &Facts) -> Option<Violation> {
    facts.last.as_ref()?;
    let told: BTreeSet<String> = facts
        .accepted()
        .map(|(_, order)| order.to_owned())
        .collect();
    let mut once = BTreeSet::new();
    let mut ended_badly: Vec<(&Asked, &str, &str)> = Vec::new();
    for (asked, order) in facts.accepted().filter(|(_, order)| once.insert(*order)) {
        let status = match facts
            .row(order)
            .map(|row| (row.status, facts.us(row.reserved_at_ms)))
        {
            Some((Status::Refused, at)) if may_be_sold_twice(facts, at) => continue,
            Some((Status::Refused, _)) => "refused by the ledger",
            // Under which id a buyer's order stands is INV-6's to say.
            None if has_other_order(facts, asked, &told) => continue,
            None if may_be_forgotten(facts, asked.began_us, asked.ended_us) => continue,
            None => "not in the ledger",
            Some((Status::Placed | Status::Paid | Status::Cancelled, _)) => continue,
        };
        ended_badly.push((asked, order, status));
    }
    let &(first, order, status) = ended_badly.first()?;
    let mut evidence = vec![format!(
        "order ..{} was accepted at {} and is {status}",
        short(order),
        chaos::verdict::seconds(first.ended_us)
    )];
    evidence.push(format!(
        "{} of {} accepted orders ended so",
        ended_badly.len(),
        told.len()
    ));
    violation(
        4,
        first.ended_us,
        format!(
            "buyer {} is told \"accepted\", and the order is {status}",
            first.buyer
        ),
        ended_badly
            .iter()
            .map(|(asked, ..)| asked.op)
            .take(SHOWN)
            .collect(),
        evidence,
    )
}

/// INV-4: at the end every claim in Redis is an order in the ledger, and every order has its claim.
pub(super) fn claims_and_orders_agree(facts: &Facts) -> Option<Violation> {
    let last = facts.last.as_ref()?;
    let active: BTreeMap<&str, &Row> = last
        .value
        .orders
        .iter()
        .filter(|row| row.status.is_active())
        .map(|row| (row.order.as_str(), row))
        .collect();
    let unordered: Vec<&String> = last
        .value
        .claims
        .keys()
        .filter(|order| !active.contains_key(order.as_str()))
        .collect();
    let unclaimed: Vec<&&str> = active
        .keys()
        .filter(|order| !last.value.claims.contains_key(**order))
        .collect();
    let (sentence, evidence) = match (unordered.first(), unclaimed.first()) {
        (Some(order), _) => (
            format!(
                "{} in Redis that the ledger will never sell",
                count(unordered.len() as i64, "claim")
            ),
            format!(
                "the claim of order ..{} ended neither as an order nor as a return",
                short(order)
            ),
        ),
        (None, Some(order)) => (
            format!(
                "{} whose unit Redis has put on sale again",
                count(unclaimed.len() as i64, "order")
            ),
            format!("order ..{} is sold and has no claim", short(order)),
        ),
        (None, None) => return None,
    };
    let concerned: BTreeSet<&str> = unordered
        .iter()
        .map(|order| order.as_str())
        .chain(unclaimed.iter().map(|order| **order))
        .collect();
    let ops: Vec<u64> = facts
        .accepted()
        .filter(|(_, order)| concerned.contains(order))
        .map(|(asked, _)| asked.op)
        .take(SHOWN)
        .collect();
    violation(4, last.ended_us, sentence, ops, vec![evidence])
}

/// INV-6: an id that was told is an order's.
pub(super) fn the_id_is_the_orders(facts: &Facts) -> Option<Violation> {
    let told: BTreeSet<String> = facts
        .accepted()
        .map(|(_, order)| order.to_owned())
        .collect();
    let strangers: Vec<(&Asked, &str)> = facts
        .accepted()
        .filter(|(asked, order)| facts.row(order).is_none() && has_other_order(facts, asked, &told))
        .collect();
    let &(first, order) = strangers.first()?;
    let own = other_order(facts, first, &told)?;
    violation(
        6,
        first.ended_us,
        format!(
            "buyer {} is told an order id that no order has",
            first.buyer
        ),
        strangers
            .iter()
            .map(|(asked, _)| asked.op)
            .take(SHOWN)
            .collect(),
        vec![
            format!(
                "told ..{}; the ledger has ..{} for buyer {}",
                short(order),
                short(&own.order),
                first.buyer
            ),
            format!("{} in all", count(strangers.len() as i64, "answer")),
        ],
    )
}

/// INV-7: nothing before the hour and nothing after it; and nobody is sent away within it.
pub(super) fn within_the_hours(facts: &Facts) -> Option<Violation> {
    let (opens, closes) = (facts.terms.opens_at_ms, facts.terms.closes_at_ms);
    let wrong = facts.asked.iter().find_map(|asked| {
        let (began_ms, ended_ms) = (
            facts.began_unix_ms + asked.began_us / 1000,
            facts.began_unix_ms + asked.ended_us / 1000,
        );
        let what = match &asked.answer {
            Some(Answer::Accepted { .. }) if ended_ms + CLOCKS_MS < opens => {
                "is accepted before the hour"
            }
            Some(Answer::Accepted { .. }) if began_ms > closes + CLOCKS_MS => {
                "is accepted after the hour"
            }
            Some(Answer::NotYet {}) if began_ms > opens + CLOCKS_MS => {
                "is told \"not yet\" within the hours"
            }
            Some(Answer::Closed) if ended_ms + CLOCKS_MS < closes => {
                "is told \"closed\" within the hours"
            }
            _ => return None,
        };
        Some((asked, what))
    });
    if let Some((asked, what)) = wrong {
        return violation(
            7,
            asked.ended_us,
            format!("buyer {} {what}", asked.buyer),
            vec![asked.op],
            Vec::new(),
        );
    }
    let last = facts.last.as_ref()?;
    let outside =
        |row: &&Row| row.status.is_active() && !(opens..closes).contains(&row.reserved_at_ms);
    let row = last.value.orders.iter().find(outside)?;
    let ops = facts
        .accepted()
        .filter(|(_, order)| *order == row.order)
        .map(|(asked, _)| asked.op)
        .collect();
    violation(
        7,
        last.ended_us,
        format!(
            "order ..{} is sold and was reserved outside the hours",
            short(&row.order)
        ),
        ops,
        vec![format!(
            "reserved {} ms after the opening",
            i128::from(row.reserved_at_ms) - i128::from(opens)
        )],
    )
}

fn reservation_forgotten(facts: &Facts, row: &Row) -> bool {
    let at = facts.us(row.reserved_at_ms);
    may_be_forgotten(facts, at, at)
}

fn has_other_order(facts: &Facts, asked: &Asked, told: &BTreeSet<String>) -> bool {
    other_order(facts, asked, told).is_some()
}

/// An order of the same buyer under an id that nobody was told, reserved while the request was under way or before.
fn other_order<'f>(facts: &'f Facts, asked: &Asked, told: &BTreeSet<String>) -> Option<&'f Row> {
    let rows = facts.last.as_ref()?.value.orders.iter();
    let mut of_buyer = rows.filter(|row| row.buyer == asked.buyer && !told.contains(&row.order));
    of_buyer.rfind(|row| facts.us(row.reserved_at_ms) <= asked.ended_us)
}
