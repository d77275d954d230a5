//! What readers are given: something that was written, of its type, and not older than was promised.
//!
//! A value is known again by comparing it with all that the source has had under the key. Some versions look alike (nothing, yes and no):
//! then the newest of them counts, and an excuse for any of them.

use chaos::Violation;

use super::{Case, first, forgot, kept_back_us, ms};
use crate::facts::{Facts, LoadEnd, Read, ReadEnd, Told, Version, Write, WriteEnd};
use crate::plan::How;

/// INV-11: a value that the source has never had, or had with another type.
pub(super) fn nothing_comes_from_nowhere(facts: &Facts) -> Option<Violation> {
    let given = facts
        .reads
        .iter()
        .filter_map(|read| given(read).map(|told| (read, told)));
    let cases = given.filter_map(|(read, told)| {
        if newest(facts, read).is_some() {
            return None;
        }
        let had = versions(facts, read);
        let looks_alike = had.iter().find(|version| version.value.text == told.text);
        let why = match looks_alike {
            Some(version) => format!("{} was written", version.value.words()),
            None => "the source has never had it".to_owned(),
        };
        Some(case(read, &why, Vec::new(), Vec::new()))
    });
    first(11, cases.collect())
}

/// INV-5: a value that the source has not had for longer than any copy of it may live.
pub(super) fn nothing_outlives_its_time(facts: &Facts) -> Option<Violation> {
    let terms = &facts.terms;
    let lives = terms.load_timeout_us + lasts_us(facts);
    let cases = facts.reads.iter().filter_map(|read| {
        let next = versions(facts, read).get(newest(facts, read)? + 1)?;
        let age = read.began_us.saturating_sub(next.since_us);
        let late = facts.slack_us(next.since_us, read.ended_us);
        (age > lives + late).then(|| {
            let why = format!(
                "the source has had something else for {}, and what is read may be {} old",
                ms(age),
                ms(lives)
            );
            let evidence = vec![format!(
                "{} in Redis, {} in an instance, and on its way before that",
                ms(terms.redis_ttl_us),
                ms(terms.local_ttl_us)
            )];
            case(read, &why, Vec::new(), evidence)
        })
    });
    first(5, cases.collect())
}

/// INV-11: an instance gives back what is older than a write that it was told of before, be it taken or refused.
pub(super) fn nobody_reads_older_than_was_written_there(facts: &Facts) -> Option<Violation> {
    let cases = facts.reads.iter().filter_map(|read| {
        let newest = newest(facts, read)?;
        let write = facts.writes.iter().find(|write| {
            write.record.key == read.record.key
                && write.record.at == read.record.at
                && write.record.version > newest
                && write.ended_us <= read.began_us
                && !excused(facts, read, write)
        })?;
        Some(older(facts, read, write, newest))
    });
    first(11, cases.collect())
}

/// INV-11: anybody reads what is older than a write that Redis has taken, and than a copy may be.
pub(super) fn nobody_reads_older_than_was_taken(facts: &Facts) -> Option<Violation> {
    let terms = &facts.terms;
    let copies_live = terms.local_ttl_us + terms.load_timeout_us + 3 * terms.redis_timeout_us;
    let cases = facts.reads.iter().filter_map(|read| {
        let newest = newest(facts, read)?;
        let write = facts.writes.iter().find(|write| {
            write.record.key == read.record.key
                && write.record.end == WriteEnd::Taken
                && write.record.version > newest
                && write.ended_us + copies_live + facts.slack_us(write.ended_us, read.began_us)
                    <= read.began_us
                && !excused(facts, read, write)
        })?;
        Some(older(facts, read, write, newest))
    });
    first(11, cases.collect())
}

/// INV-11: a value is not the source's, though nobody has written for as long as a value lives.
pub(super) fn in_the_end_all_is_as_the_source_has_it(facts: &Facts) -> Option<Violation> {
    let settled = facts
        .reads
        .iter()
        .filter(|read| read.began_us >= facts.settled_us);
    let cases = settled.filter_map(|read| {
        let newest = newest(facts, read)?;
        let last = versions(facts, read).last()?;
        let is_last = newest + 1 == versions(facts, read).len();
        (!is_last).then(|| {
            let why = format!(
                "the source has {} since {}",
                last.value.words(),
                ms(last.since_us)
            );
            case(read, &why, Vec::new(), Vec::new())
        })
    });
    first(11, cases.collect())
}

/// Whether what is older than `write` may be given to `read` all the same.
fn excused(facts: &Facts, read: &Read, write: &Write) -> bool {
    same_as_given(facts, read)
        .any(|version| version < write.record.version && may_come_back(facts, read, write, version))
}

/// Whether `version` may still be read though `newer` was written: see "What is not promised".
fn may_come_back(facts: &Facts, read: &Read, newer: &Write, version: usize) -> bool {
    let key = read.record.key;
    let put = facts.writes.iter().find(|put| {
        put.record.key == key && put.record.version == version && put.record.how == How::Put
    });
    let put_late = put.is_some_and(|put| {
        let overtakes = put.record.end != WriteEnd::Taken || put.ended_us > newer.began_us;
        overtakes && read.began_us <= put.ended_us + lasts_us(facts)
    });
    let mut loads = facts
        .loads
        .iter()
        .filter(|load| load.record.key == key && load.record.end == LoadEnd::Brought { version });
    put_late
        || loads.any(|load| {
            let arrives = load.ended_us + facts.terms.redis_timeout_us + kept_back_us(facts);
            read.began_us <= load.ended_us + lasts_us(facts)
                && forgot(facts, newer.began_us, arrives).is_some()
        })
}

/// How long what was written, or loaded, may be read: it is on its way, in Redis, and in an instance.
fn lasts_us(facts: &Facts) -> u64 {
    let terms = &facts.terms;
    kept_back_us(facts) + terms.redis_ttl_us + terms.local_ttl_us + 4 * terms.redis_timeout_us
}

fn given(read: &Read) -> Option<&Told> {
    match &read.record.end {
        ReadEnd::Given(told) => Some(told),
        ReadEnd::LoadFailed { .. }
        | ReadEnd::LoadLost
        | ReadEnd::LoadTimedOut
        | ReadEnd::Other(_)
        | ReadEnd::Panicked
        | ReadEnd::Left
        | ReadEnd::Hung => None,
    }
}

fn versions<'a>(facts: &'a Facts, read: &Read) -> &'a [Version] {
    facts
        .versions
        .get(&read.record.key)
        .map_or(&[], Vec::as_slice)
}

/// The versions that look like what `read` was given, and were there when it ended.
fn same_as_given<'a>(facts: &'a Facts, read: &'a Read) -> impl Iterator<Item = usize> + 'a {
    let told = given(read);
    let had = versions(facts, read).iter().enumerate();
    had.filter(move |(_, version)| {
        version.since_us <= read.ended_us && Some(&version.value) == told
    })
    .map(|(number, _)| number)
}

fn newest(facts: &Facts, read: &Read) -> Option<usize> {
    same_as_given(facts, read).last()
}

fn case(read: &Read, why: &str, others: Vec<u64>, evidence: Vec<String>) -> Case {
    let told = given(read).map_or_else(String::new, Told::words);
    Case {
        at_us: read.ended_us,
        sentence: format!(
            "k{} at {} is {told}: {why}",
            read.record.key,
            read.record.at.name()
        ),
        ops: std::iter::once(read.op).chain(others).collect(),
        evidence,
    }
}

fn older(facts: &Facts, read: &Read, write: &Write, newest: usize) -> Case {
    let newer = &versions(facts, read)[write.record.version];
    let done = match &write.record.end {
        WriteEnd::Taken => "was taken",
        WriteEnd::Refused(_) => "was refused",
        WriteEnd::Left => "was left by its caller",
        WriteEnd::Hung => "had no answer",
    };
    let why = format!(
        "a write of {} at {} {done} {} before",
        newer.value.words(),
        write.record.at.name(),
        ms(read.began_us - write.ended_us)
    );
    let key = read.record.key;
    let origins = facts.loads.iter().filter(|load| {
        load.record.key == key && load.record.end == LoadEnd::Brought { version: newest }
    });
    let puts = facts
        .writes
        .iter()
        .filter(|put| put.record.key == key && put.record.version == newest);
    let mut others = vec![write.op];
    others.extend(puts.clone().map(|put| put.op));
    others.extend(origins.clone().map(|load| load.op));
    let evidence = vec![format!(
        "it is version {newest}, told to the cache by {} writes, and brought by {} loads; the write is version {}",
        puts.count(),
        origins.count(),
        write.record.version
    )];
    case(read, &why, others, evidence)
}
