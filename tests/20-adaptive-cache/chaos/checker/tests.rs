//! Histories by hand: for every rule one in which it holds and one in which it is broken, and what is excused.
//!
//! Times are in milliseconds. A load may take 600, Redis 100 for an answer; a value lives for 3,000 in Redis and 800 in an instance, and may be 1,000 on its way.

#[path = "tests/bounds.rs"]
mod bounds;
#[path = "tests/loads.rs"]
mod loads;
#[path = "tests/values.rs"]
mod values;
#[path = "tests/warm.rs"]
mod warm;

use std::collections::BTreeMap;

use chaos::Struck;

use super::*;
use crate::facts::{
    Held, Kept, Load, LoadRecord, Read, ReadRecord, Reported, Told, Version, WarmEnd, WarmRecord,
    WarmUp, Write, WriteRecord,
};
use crate::plan::How;
use Instance::{A, B};

const MS: u64 = 1_000;
const NOTHING: [u32; 0] = [];

/// A history in which nothing has happened; nothing is settled in it.
fn facts() -> Facts {
    Facts {
        terms: Terms {
            capacity: 900,
            max_tracked: 70,
            dwell_us: 900 * MS,
            redis_ttl_us: 3_000 * MS,
            local_ttl_us: 800 * MS,
            redis_timeout_us: 100 * MS,
            load_timeout_us: 600 * MS,
            late_at_most_us: 1_000 * MS,
            warm_up_rate: 40,
            warm_up_batch: 4,
            warm_up_fits: 8,
        },
        versions: BTreeMap::new(),
        loads: Vec::new(),
        writes: Vec::new(),
        reads: Vec::new(),
        warm_ups: Vec::new(),
        held: Vec::new(),
        settled_us: u64::MAX,
        late: Vec::new(),
        faults: Vec::new(),
    }
}

fn told(kind: &str, text: &str) -> Told {
    Told {
        kind: kind.to_owned(),
        text: text.to_owned(),
        hash: u64::from(kind == "text"),
    }
}

fn given(text: &str) -> ReadEnd {
    ReadEnd::Given(told("text", text))
}

/// The next operation's id.
fn next(facts: &Facts) -> u64 {
    (facts.loads.len() + facts.writes.len() + facts.reads.len() + facts.warm_ups.len()) as u64
}

/// The source has this for k1 from then on.
fn had(facts: &mut Facts, since: u64, text: &str) {
    let value = told("text", text);
    let since_us = since * MS;
    let versions = facts.versions.entry(1).or_default();
    versions.push(Version { since_us, value });
}

fn load(facts: &mut Facts, by: Instance, key: u32, (began, ended): (u64, u64), end: LoadEnd) {
    let op = next(facts);
    facts.loads.push(Load {
        op,
        began_us: began * MS,
        ended_us: ended * MS,
        record: LoadRecord {
            by,
            key,
            number: op,
            end,
        },
    });
}

/// Changes k1 and tells the cache.
fn write(
    facts: &mut Facts,
    at: Instance,
    how: How,
    (began, ended): (u64, u64),
    text: &str,
    end: WriteEnd,
) {
    had(facts, began, text);
    let version = facts.versions[&1].len() - 1;
    let op = next(facts);
    facts.writes.push(Write {
        op,
        began_us: began * MS,
        ended_us: ended * MS,
        record: WriteRecord {
            at,
            key: 1,
            how,
            version,
            end,
        },
    });
}

fn refused() -> WriteEnd {
    WriteEnd::Refused("timed out".to_owned())
}

/// A read of k1, which is warm.
fn read(facts: &mut Facts, at: Instance, (began, ended): (u64, u64), end: ReadEnd) {
    let op = next(facts);
    facts.reads.push(Read {
        op,
        began_us: began * MS,
        ended_us: ended * MS,
        record: ReadRecord {
            at,
            key: 1,
            was: Kept::Warm,
            place: Kept::Warm,
            changed: false,
            decided_us: began * MS,
            end,
        },
    });
}

fn fault(facts: &mut Facts, what: &str, target: &str, began: u64, ended: u64) {
    facts.faults.push(Struck {
        what: what.into(),
        target: target.into(),
        began_us: began * MS,
        ended_us: ended * MS,
        fired: 1,
        counted: String::new(),
    });
}

fn broken(facts: &Facts) -> Vec<u32> {
    check(facts)
        .iter()
        .map(|violation| violation.invariant)
        .collect()
}

/// A run that shows everything.
fn whole() -> Facts {
    let mut facts = facts();
    had(&mut facts, 0, "one");
    load(
        &mut facts,
        A,
        1,
        (100, 110),
        LoadEnd::Brought { version: 0 },
    );
    read(&mut facts, A, (99, 111), given("one"));
    load(&mut facts, A, 1, (200, 210), LoadEnd::Failed);
    let number = facts.loads[1].record.number;
    read(&mut facts, A, (199, 211), ReadEnd::LoadFailed { number });
    load(&mut facts, A, 1, (300, 310), LoadEnd::Panicked);
    read(&mut facts, A, (299, 311), ReadEnd::LoadLost);
    load(&mut facts, A, 1, (400, 1_001), LoadEnd::Dropped);
    read(&mut facts, A, (399, 1_002), ReadEnd::LoadTimedOut);
    read(&mut facts, B, (400, 500), ReadEnd::Left);
    fault(&mut facts, "cut from", "a", 1_100, 2_000);
    write(&mut facts, A, How::Put, (1_200, 1_300), "two", refused());
    write(
        &mut facts,
        A,
        How::Put,
        (2_200, 2_201),
        "three",
        WriteEnd::Taken,
    );
    write(
        &mut facts,
        B,
        How::Delete,
        (2_300, 2_301),
        "four",
        WriteEnd::Taken,
    );
    read(&mut facts, A, (2_302, 2_303), given("three"));
    load(
        &mut facts,
        B,
        1,
        (2_303, 2_304),
        LoadEnd::Brought { version: 3 },
    );
    read(&mut facts, B, (2_302, 2_305), given("four"));
    warm::up(&mut facts, 3_000, &[0, 1]);
    for by in Instance::ALL {
        let held = Held {
            by,
            weight: 900,
            tracked: 70,
            dirty: 1,
            local_hits: 1,
            redis_hits: 1,
            shielded: 1,
        };
        facts.held.push((3_000 * MS, held));
    }
    facts.settled_us = 10_000 * MS;
    read(&mut facts, A, (10_000, 10_001), given("four"));
    read(&mut facts, B, (10_000, 10_001), given("four"));
    for by in Instance::ALL {
        for (at, place) in [(11_000, Kept::Hot), (12_000, Kept::Warm)] {
            read(&mut facts, by, (at, at + 1), given("four"));
            facts.reads.last_mut().unwrap().record.place = place;
        }
    }
    facts
}

#[test]
fn a_run_as_it_should_be_breaks_nothing() {
    let facts = whole();
    assert_eq!(broken(&facts), NOTHING);
    assert_eq!(untested(&facts), None);
}

#[test]
fn a_run_that_shows_less_says_nothing() {
    let without = |take: fn(&mut Facts)| {
        let mut facts = whole();
        take(&mut facts);
        untested(&facts)
    };
    let all = [
        without(|facts| {
            facts
                .loads
                .retain(|load| load.record.end != LoadEnd::Failed)
        }),
        without(|facts| {
            facts
                .loads
                .retain(|load| load.record.end != LoadEnd::Panicked)
        }),
        without(|facts| {
            facts
                .loads
                .retain(|load| load.record.end != LoadEnd::Dropped)
        }),
        without(|facts| {
            facts
                .writes
                .retain(|write| write.record.end == WriteEnd::Taken)
        }),
        without(|facts| facts.writes.retain(|write| write.record.at == A)),
        without(|facts| facts.reads.retain(|read| read.record.at == A)),
        without(|facts| facts.warm_ups.clear()),
        without(|facts| facts.held.clear()),
        without(|facts| {
            facts
                .held
                .iter_mut()
                .for_each(|(_, held)| held.tracked -= 1)
        }),
        without(|facts| facts.held.iter_mut().for_each(|(_, held)| held.weight /= 2)),
        without(|facts| facts.reads.retain(|read| read.record.place == Kept::Warm)),
        without(|facts| fault(facts, "slow for", "b", 2_250, 2_400)),
    ];
    let mut reasons: Vec<String> = all.into_iter().flatten().collect();
    assert_eq!(reasons.len(), 12, "{reasons:?}");
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons.len(), 12, "{reasons:?}");
}

#[test]
fn the_first_of_many_is_told_and_all_are_counted() {
    let mut facts = facts();
    had(&mut facts, 0, "one");
    for began in [500, 100, 900] {
        read(&mut facts, A, (began, began + 1), given("two"));
    }
    let violations = check(&facts);
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].at_us, 101 * MS);
    assert_eq!(violations[0].evidence, ["3 of them in all"]);
}
