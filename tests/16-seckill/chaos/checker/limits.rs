//! How often a buyer may ask: never more than N in W at an instance with its own window, and never refused for nothing.

use std::collections::BTreeMap;

use chaos::Violation;

use super::{redis_disturbed, violation};
use crate::facts::{Answer, Asked, Facts};

/// A request that a fault kept on its way may arrive so long after the fault.
const LATE_US: u64 = 500_000;

/// INV-5: a window that holds more than N requests which were surely admitted. Only an accepted one surely was ("sold out" is said
/// before the limiter is asked), and only at an instance with its own memory, between two of its lives.
pub(super) fn at_most_n_in_a_window(facts: &Facts) -> Option<Violation> {
    let window_us = facts.terms.window_ms * 1000;
    let mut admitted: BTreeMap<(u64, &str), Vec<&Asked>> = BTreeMap::new();
    for (asked, _) in facts
        .accepted()
        .filter(|(asked, _)| facts.terms.own_window.contains(&asked.door))
    {
        admitted
            .entry((asked.buyer, &asked.door))
            .or_default()
            .push(asked);
    }
    let restarted = |door: &str, from, to| {
        facts.faults.iter().any(|fault| {
            fault.what == "kill -9" && fault.target == door && fault.overlaps(from, to)
        })
    };
    admitted.into_iter().find_map(|((buyer, door), requests)| {
        requests.iter().find_map(|first| {
            // Decided after the first began and before the last was answered: within the window for certain. (t-W, t] excludes its start.
            let until = first.began_us + window_us;
            let inside: Vec<&&Asked> = requests
                .iter()
                .filter(|r| r.began_us >= first.began_us && r.ended_us < until)
                .collect();
            if inside.len() <= facts.terms.limit || restarted(door, first.began_us, until) {
                return None;
            }
            violation(
                5,
                inside.iter().map(|r| r.ended_us).max()?,
                format!(
                    "{} requests of buyer {buyer} are admitted at {door} within {} ms",
                    inside.len(),
                    facts.terms.window_ms
                ),
                inside.iter().map(|r| r.op).collect(),
                vec![format!("at most {} may be", facts.terms.limit)],
            )
        })
    })
}

/// INV-5, and INV-8 while Redis is away: "too many" is said only if N others may have been admitted in the window before.
pub(super) fn refused_only_after_n(facts: &Facts) -> Option<Violation> {
    let window_us = facts.terms.window_ms * 1000;
    let mut by_buyer: BTreeMap<u64, Vec<&Asked>> = BTreeMap::new();
    for asked in &facts.asked {
        by_buyer.entry(asked.buyer).or_default().push(asked);
    }
    let found = facts.asked.iter().find_map(|asked| {
        if asked.answer != Some(Answer::TooManyRequests {}) {
            return None;
        }
        let from = asked.began_us.saturating_sub(window_us);
        let others = by_buyer
            .get(&asked.buyer)?
            .iter()
            .filter(|other| other.op != asked.op);
        let may_count = others
            .filter(|other| may_have_been_admitted(facts, other, from, asked.ended_us))
            .count();
        (may_count < facts.terms.limit).then_some((asked, may_count))
    });
    let (asked, may_count) = found?;
    let away = redis_disturbed(facts, asked.began_us, asked.ended_us);
    let why = if away { "; its Redis was away" } else { "" };
    violation(
        if away { 8 } else { 5 },
        asked.ended_us,
        format!(
            "buyer {} is refused as asking too often by {}, who was not{why}",
            asked.buyer, asked.door
        ),
        vec![asked.op],
        vec![format!(
            "{may_count} of their requests may have been admitted in the {} ms before; {} are allowed",
            facts.terms.window_ms, facts.terms.limit
        )],
    )
}

fn may_have_been_admitted(facts: &Facts, other: &Asked, from: u64, to: u64) -> bool {
    // Nobody heard what became of it, or a fault held up what it sent: then it may have been logged long after.
    let delayed = facts
        .faults
        .iter()
        .filter(|fault| {
            (fault.target == "redis" || fault.what.starts_with("redis"))
                && fault.overlaps(other.began_us, other.ended_us)
        })
        .map(|fault| fault.ended_us + LATE_US)
        .max();
    let until =
        other.ended_us.max(delayed.unwrap_or(0)) + if other.answer.is_none() { LATE_US } else { 0 };
    let refused = matches!(
        other.answer,
        Some(Answer::TooManyRequests {} | Answer::NotYet {} | Answer::Closed | Answer::NoDoor)
    );
    (!refused || delayed.is_some()) && other.began_us <= to && until >= from
}
