//! INV-10: what the metrics said at some moment, against what the record says of the same moment.

use std::collections::BTreeMap;

use chaos::Violation;

use crate::facts::{Call, Ending, Event, Facts, Says, State, What};

/// Every counter of every reading is the record's.
pub(super) fn tell_the_truth(facts: &Facts) -> Option<Violation> {
    facts.events.iter().find_map(|event| {
        let What::Metrics(text) = &event.what else {
            return None;
        };
        let told = parse(text);
        let wrong: Vec<String> = counted(facts, event)
            .into_iter()
            .filter_map(|(sample, truth)| match told.get(&sample) {
                Some(told) if *told == truth => None,
                Some(told) => Some(format!("{sample} is {told}, and was {truth}")),
                None => Some(format!("{sample} is missing")),
            })
            .collect();
        (!wrong.is_empty()).then(|| Violation {
            invariant: 10,
            sentence: "the metrics do not say what happened".to_owned(),
            at_us: event.at_us,
            ops: Vec::new(),
            evidence: wrong.into_iter().take(6).collect(),
        })
    })
}

/// Every change of state is heard of, in order: each begins where the one before it ended, and has the next number.
pub(super) fn changes_follow_each_other(facts: &Facts) -> Option<Violation> {
    let mut before = (0, State::Closed);
    facts.changes.iter().find_map(|(_, changes)| {
        changes.iter().find_map(|change| {
            let follows = change.generation == before.0 + 1 && change.from == before.1;
            let evidence = format!(
                "change {} from {:?}, after change {} to {:?}",
                change.generation, change.from, before.0, before.1
            );
            before = (change.generation, change.to);
            (!follows).then(|| Violation {
                invariant: 10,
                sentence: "a change of state is not heard of, or out of order".to_owned(),
                at_us: moment(facts, change.step),
                ops: Vec::new(),
                evidence: vec![evidence],
            })
        })
    })
}

fn moment(facts: &Facts, step: u64) -> u64 {
    let event = facts.events.iter().find(|event| event.step == step);
    event.map_or(facts.lasted_us, |event| event.at_us)
}

/// The samples by their names without the breaker's: `calls_total success`.
fn parse(text: &str) -> BTreeMap<String, u64> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (sample, value) = line.rsplit_once(' ')?;
            let (name, labels) = sample.strip_suffix('}')?.split_once('{')?;
            let second = labels.split_once(',').map(|(_, second)| second);
            let label = second.and_then(|second| second.split('"').nth(1));
            let name = name.strip_prefix("circuit_breaker_")?;
            let key = [Some(name), label]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
            Some((key.join(" "), value.parse().ok()?))
        })
        .collect()
}

/// The same by the record, before that moment.
fn counted(facts: &Facts, event: &Event) -> Vec<(String, u64)> {
    let over = || facts.calls.values().filter(|call| call.ended < event.step);
    let ended = |endings: &[Ending]| {
        let so = over().filter(|call| endings.contains(&call.ending));
        so.count() as u64
    };
    let entered = |state: State| {
        let before = facts.changes.range(..event.step);
        let to = before.flat_map(|(_, changes)| changes);
        to.filter(|change| change.to == state).count() as u64
    };
    let slow =
        |call: &&Call| call.made && call.says() != Says::Nothing && call.is_slow(&facts.terms);
    let late = |call: &&Call| {
        let of = facts.generation_before(call.asked + 1);
        let lost = |change: &crate::facts::Change| change.cause == "lease_ended";
        call.made
            && (of != facts.generation_before(call.ended)
                || facts.changes_in(call.ended).iter().any(lost))
    };
    let samples = [
        ("calls_total success", ended(&[Ending::Answered])),
        (
            "calls_total failure",
            ended(&[Ending::Failed, Ending::NoConnection]),
        ),
        ("calls_total ignored", ended(&[Ending::NotFound])),
        ("calls_total timed_out", ended(&[Ending::TimedOut])),
        ("calls_total panicked", ended(&[Ending::Panicked])),
        ("calls_total cancelled", ended(&[Ending::GaveUp])),
        ("rejected_total open", ended(&[Ending::Open])),
        ("rejected_total half_open", ended(&[Ending::HalfOpen])),
        ("rejected_total forced_open", ended(&[Ending::ForcedOpen])),
        ("transitions_total closed", entered(State::Closed)),
        ("transitions_total open", entered(State::Open)),
        ("transitions_total half_open", entered(State::HalfOpen)),
        ("transitions_total forced_open", entered(State::ForcedOpen)),
        (
            "transitions_total forced_closed",
            entered(State::ForcedClosed),
        ),
        ("slow_calls_total", over().filter(slow).count() as u64),
        ("late_results_total", over().filter(late).count() as u64),
        (
            "fallbacks_total",
            over().filter(|call| call.fallback).count() as u64,
        ),
    ];
    samples
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
