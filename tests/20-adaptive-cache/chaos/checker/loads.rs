//! Loads: one at a time for a key at an instance, each to its end; and nobody waits for ever.

use std::collections::BTreeMap;

use chaos::Violation;

use super::{Case, first, ms};
use crate::facts::{Facts, Load, LoadEnd, Read, ReadEnd, WriteEnd};

/// INV-9: a load begins while another of the same key runs at the same instance.
pub(super) fn one_load_at_a_time(facts: &Facts) -> Option<Violation> {
    let mut running: BTreeMap<_, &Load> = BTreeMap::new();
    let mut cases = Vec::new();
    for load in &facts.loads {
        let key = (load.record.by, load.record.key);
        let before = running.get(&key);
        if let Some(before) = before.filter(|before| load.began_us < before.ended_us) {
            cases.push(Case {
                at_us: load.began_us,
                sentence: format!(
                    "{} is loaded while {} loads it already, for {}",
                    name(load),
                    load.record.by.name(),
                    ms(load.began_us - before.began_us)
                ),
                ops: vec![before.op, load.op],
                evidence: vec![format!(
                    "loads {} and {}",
                    before.record.number, load.record.number
                )],
            });
        }
        if before.is_none_or(|before| before.ended_us < load.ended_us) {
            running.insert(key, load);
        }
    }
    first(9, cases)
}

/// Whether a load has had its time. Its timer was set before it was recorded: if the run stood still in between, the record is
/// short by as much.
fn had_its_time(facts: &Facts, load: &Load) -> bool {
    let took = load.ended_us - load.began_us;
    took + facts.slack_us(load.began_us, load.began_us) >= facts.terms.load_timeout_us
}

/// INV-9: a load was dropped before it had taken as long as it may: whoever left took it along.
pub(super) fn no_load_is_dropped_early(facts: &Facts) -> Option<Violation> {
    let may_take = facts.terms.load_timeout_us;
    let cases = facts.loads.iter().filter_map(|load| {
        let took = load.ended_us - load.began_us;
        (load.record.end == LoadEnd::Dropped && !had_its_time(facts, load)).then(|| Case {
            at_us: load.ended_us,
            sentence: format!(
                "a load of {} is dropped after {}, and may take {}",
                name(load),
                ms(took),
                ms(may_take)
            ),
            ops: std::iter::once(load.op)
                .chain(waited(facts, load).map(|read| read.op))
                .collect(),
            evidence: vec![format!(
                "{} readers waited for it or came then",
                waited(facts, load).count()
            )],
        })
    });
    first(9, cases.collect())
}

/// INV-9: a reader got an error that no load had for which it waited.
pub(super) fn an_error_is_that_of_a_load(facts: &Facts) -> Option<Violation> {
    let cases = facts.reads.iter().filter_map(|read| {
        let told = match &read.record.end {
            ReadEnd::Given(_) | ReadEnd::Other(_) | ReadEnd::Left | ReadEnd::Hung => return None,
            ReadEnd::LoadFailed { number } => format!("that load {number} failed"),
            ReadEnd::LoadLost => "that the load was lost".to_owned(),
            ReadEnd::LoadTimedOut => "that the load took too long".to_owned(),
            ReadEnd::Panicked => "nothing, and gets the loader's panic".to_owned(),
        };
        let mut ended = facts.loads.iter().filter(|load| {
            same(load, read) && load.ended_us >= read.began_us && load.ended_us <= read.ended_us
        });
        let its = ended.any(|load| is_outcome(facts, load, &read.record.end));
        (!its).then(|| Case {
            at_us: read.ended_us,
            sentence: format!(
                "a reader of k{} at {} is told {told}: no load that it waited for ended so",
                read.record.key,
                read.record.at.name()
            ),
            ops: std::iter::once(read.op)
                .chain(beside(facts, read).map(|load| load.op))
                .collect(),
            evidence: vec![format!(
                "{} loads of its key ran while it waited",
                beside(facts, read).count()
            )],
        })
    });
    first(9, cases.collect())
}

/// Whether a reader who waited for `load` is told that.
fn is_outcome(facts: &Facts, load: &Load, told: &ReadEnd) -> bool {
    let record = &load.record;
    match told {
        ReadEnd::LoadFailed { number } => record.end == LoadEnd::Failed && record.number == *number,
        ReadEnd::LoadLost => record.end == LoadEnd::Panicked,
        ReadEnd::LoadTimedOut => record.end == LoadEnd::Dropped && had_its_time(facts, load),
        ReadEnd::Given(_)
        | ReadEnd::Other(_)
        | ReadEnd::Panicked
        | ReadEnd::Left
        | ReadEnd::Hung => false,
    }
}

/// INV-11: a reader got an error that is none of a load, as if Redis were the source.
pub(super) fn redis_is_no_reason_to_fail(facts: &Facts) -> Option<Violation> {
    let cases = facts.reads.iter().filter_map(|read| {
        let ReadEnd::Other(words) = &read.record.end else {
            return None;
        };
        Some(Case {
            at_us: read.ended_us,
            sentence: format!(
                "a reader of k{} at {} gets an error of Redis and not the source's value",
                read.record.key,
                read.record.at.name()
            ),
            ops: vec![read.op],
            evidence: vec![words.clone()],
        })
    });
    first(11, cases.collect())
}

/// INV-9: a caller waits for longer than what it can have waited for.
///
/// A fetch asks Redis, which is up to two commands if what it has is not believed, loads, and writes what was loaded. A reader that comes after a write waits for the fetch
/// under way and for its own. A write is up to two commands.
pub(super) fn nobody_waits_too_long(facts: &Facts) -> Option<Violation> {
    let fetch = facts.terms.load_timeout_us + 3 * facts.terms.redis_timeout_us;
    let reads = facts.reads.iter().map(|read| {
        let left = read.record.end == ReadEnd::Left;
        let what = format!(
            "a reader of k{} at {}",
            read.record.key,
            read.record.at.name()
        );
        (read.op, read.began_us, read.ended_us, left, what, 2 * fetch)
    });
    let writes = facts.writes.iter().map(|write| {
        let left = write.record.end == WriteEnd::Left;
        let what = format!(
            "a writer of k{} at {}",
            write.record.key,
            write.record.at.name()
        );
        let most = 2 * facts.terms.redis_timeout_us;
        (write.op, write.began_us, write.ended_us, left, what, most)
    });
    let cases = reads.chain(writes);
    let cases = cases.filter_map(|(op, began, ended, left, what, most)| {
        let late = facts.slack_us(began, ended);
        (!left && ended - began > most + late).then(|| Case {
            at_us: ended,
            sentence: format!(
                "{what} waits for {}, and {} is the most",
                ms(ended - began),
                ms(most)
            ),
            ops: vec![op],
            evidence: vec![format!(
                "the run itself was late by no more than {}",
                ms(late)
            )],
        })
    });
    first(9, cases.collect())
}

fn name(load: &Load) -> String {
    format!("k{} at {}", load.record.key, load.record.by.name())
}

fn same(load: &Load, read: &Read) -> bool {
    load.record.by == read.record.at && load.record.key == read.record.key
}

/// Those who read its key at its end.
fn waited<'a>(facts: &'a Facts, load: &'a Load) -> impl Iterator<Item = &'a Read> {
    facts.reads.iter().filter(|read| {
        same(load, read) && read.began_us <= load.ended_us && read.ended_us >= load.ended_us
    })
}

/// Loads of its key that ran while it waited.
fn beside<'a>(facts: &'a Facts, read: &'a Read) -> impl Iterator<Item = &'a Load> {
    facts.loads.iter().filter(|load| {
        same(load, read) && load.ended_us >= read.began_us && load.began_us <= read.ended_us
    })
}
