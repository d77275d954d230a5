//! Warm-ups: no faster than their rate, by priority, and nothing is missing from the report.
//!
//! Nobody but warm-ups asks for their keys, so every load of one is theirs.

use std::collections::BTreeSet;

use chaos::Violation;

use super::{Case, first, ms};
use crate::facts::{Facts, Load, LoadEnd, WarmEnd, WarmUp};
use crate::plan::{Instance, WARMED};

/// INV-10: more loads begin within a time than the rate allows in it, and one batch.
///
/// Between the moment in which a batch may begin and its loads lie up to two commands to Redis, by which the first of them may be late and the last not.
pub(super) fn loads_keep_their_rate(facts: &Facts) -> Option<Violation> {
    let terms = &facts.terms;
    let mut cases = Vec::new();
    for at in Instance::ALL {
        let loads: Vec<&Load> = facts
            .loads
            .iter()
            .filter(|load| load.record.by == at && load.record.key >= WARMED)
            .collect();
        let intervals =
            (0..loads.len()).flat_map(|from| (from..loads.len()).map(move |to| (from, to)));
        let too_many = intervals.filter_map(|(from, to)| {
            let (begin, end) = (loads[from].began_us, loads[to].began_us);
            let since = begin.saturating_sub(terms.redis_timeout_us);
            let late = 2 * terms.redis_timeout_us + facts.slack_us(since, end);
            let allowed =
                terms.warm_up_batch + terms.warm_up_rate * (end - begin + late) / 1_000_000;
            let many = (to - from) as u64 + 1;
            (many > allowed).then(|| (many - allowed, from, to))
        });
        // The one that goes furthest beyond tells most.
        let Some((over, from, to)) = too_many.max_by_key(|(over, _, _)| *over) else {
            continue;
        };
        let many = (to - from) as u64 + 1;
        cases.push(Case {
            at_us: loads[to].began_us,
            sentence: format!(
                "warm-ups of {} begin {many} loads within {}, and {} is the most",
                at.name(),
                ms(loads[to].began_us - loads[from].began_us),
                many - over
            ),
            ops: loads[from..=to].iter().map(|load| load.op).collect(),
            evidence: vec![format!(
                "{} loads a second, and {} at once",
                terms.warm_up_rate, terms.warm_up_batch
            )],
        });
    }
    first(10, cases)
}

/// INV-10: a key is loaded before one of a batch that matters more, or though there is no room for it.
pub(super) fn loads_keep_their_order(facts: &Facts) -> Option<Violation> {
    let mut cases = Vec::new();
    for warm in facts.warm_ups.iter().filter(|warm| is_alone(facts, warm)) {
        let place = |load: &Load| {
            warm.record
                .wanted
                .iter()
                .position(|&key| key == load.record.key)
        };
        let mut latest: Option<(usize, &Load)> = None;
        for load in loads_of(facts, warm) {
            let Some(place) = place(load) else { continue };
            let batch = place / facts.terms.warm_up_batch as usize;
            let why = if place as u64 >= facts.terms.warm_up_fits {
                format!(
                    "there is room for {} keys before it",
                    facts.terms.warm_up_fits
                )
            } else if let Some((_, other)) = latest.filter(|(other, _)| *other > batch) {
                format!("after k{}, which matters less", other.record.key)
            } else {
                latest = Some((batch, load));
                continue;
            };
            cases.push(Case {
                at_us: load.began_us,
                sentence: format!(
                    "k{}, the {}th of a warm-up of {}, is loaded: {why}",
                    load.record.key,
                    place + 1,
                    warm.record.at.name()
                ),
                ops: vec![warm.op, load.op],
                evidence: Vec::new(),
            });
        }
    }
    first(10, cases)
}

/// INV-10: a warm-up begins a batch though its caller has left.
pub(super) fn nobody_loads_after_the_caller_left(facts: &Facts) -> Option<Violation> {
    let left = facts
        .warm_ups
        .iter()
        .filter(|warm| warm.record.end == WarmEnd::Left);
    let cases = left
        .filter(|warm| is_alone(facts, warm))
        .filter_map(|warm| {
            let ends = warm.ended_us + 2 * facts.terms.redis_timeout_us;
            let late = loads_of(facts, warm)
                .find(|load| load.began_us > ends + facts.slack_us(warm.ended_us, load.began_us))?;
            Some(Case {
                at_us: late.began_us,
                sentence: format!(
                    "a warm-up of {} loads k{} {} after its caller left",
                    warm.record.at.name(),
                    late.record.key,
                    ms(late.began_us - warm.ended_us)
                ),
                ops: vec![warm.op, late.op],
                evidence: Vec::new(),
            })
        });
    first(10, cases.collect())
}

/// INV-10: a key is missing from the report, or is called kept though no load has brought it.
pub(super) fn every_key_is_in_the_report(facts: &Facts) -> Option<Violation> {
    let cases = facts.warm_ups.iter().filter_map(|warm| {
        let report = warm.record.report()?;
        let wanted = &warm.record.wanted;
        let fits = wanted.len().min(facts.terms.warm_up_fits as usize);
        let told =
            report.loaded + report.there + (report.failed.len() + report.left_out.len()) as u64;
        let why = if told != wanted.len() as u64 {
            format!(
                "names {} keys, and its report tells of {told}",
                wanted.len()
            )
        } else if report.left_out != wanted[fits..] {
            format!(
                "leaves out {:?}, and there was no room for {:?}",
                report.left_out,
                &wanted[fits..]
            )
        } else {
            let key = never_brought(facts, warm)?;
            format!("does not say that k{key} failed, and no load has brought it")
        };
        Some(Case {
            at_us: warm.ended_us,
            sentence: format!("a warm-up of {} {why}", warm.record.at.name()),
            ops: std::iter::once(warm.op)
                .chain(
                    loads_of(facts, warm)
                        .filter(|load| !brought(load))
                        .map(|load| load.op),
                )
                .collect(),
            evidence: vec![format!(
                "{} loaded, {} there, {} failed, {} left out",
                report.loaded,
                report.there,
                report.failed.len(),
                report.left_out.len()
            )],
        })
    });
    let silent = facts.warm_ups.iter().filter_map(|warm| {
        let how = match warm.record.end {
            WarmEnd::Panicked => "ends by a loader's panic",
            WarmEnd::Hung => "does not end",
            WarmEnd::Reported(_) | WarmEnd::Left => return None,
        };
        Some(Case {
            at_us: warm.ended_us,
            sentence: format!(
                "a warm-up of {} {how}, and says of no key what became of it",
                warm.record.at.name()
            ),
            ops: vec![warm.op],
            evidence: Vec::new(),
        })
    });
    first(10, cases.chain(silent).collect())
}

/// A key that the report calls kept, and that no load of anybody has brought by then.
fn never_brought(facts: &Facts, warm: &WarmUp) -> Option<u32> {
    let report = warm.record.report()?;
    let loads = facts
        .loads
        .iter()
        .filter(|load| load.ended_us <= warm.ended_us);
    let there: BTreeSet<u32> = loads
        .filter(|load| brought(load))
        .map(|load| load.record.key)
        .collect();
    let kept = warm
        .record
        .wanted
        .iter()
        .filter(|key| !report.failed.contains(key) && !report.left_out.contains(key));
    kept.copied().find(|key| !there.contains(key))
}

fn brought(load: &Load) -> bool {
    matches!(load.record.end, LoadEnd::Brought { .. })
}

/// Loads of its keys at its instance, from its beginning on.
fn loads_of<'a>(facts: &'a Facts, warm: &'a WarmUp) -> impl Iterator<Item = &'a Load> {
    facts.loads.iter().filter(|load| {
        load.record.by == warm.record.at
            && load.began_us >= warm.began_us
            && warm.record.wanted.contains(&load.record.key)
    })
}

/// Whether no other warm-up of the same instance names a key of `warm`: then its loads from its beginning on are its own.
fn is_alone(facts: &Facts, warm: &WarmUp) -> bool {
    let shares = |other: &WarmUp| {
        other.op != warm.op
            && other.record.at == warm.record.at
            && other
                .record
                .wanted
                .iter()
                .any(|key| warm.record.wanted.contains(key))
    };
    !facts.warm_ups.iter().any(shares)
}
