//! What an instance holds, and how long a key stays what it is.

use std::collections::BTreeMap;

use chaos::Violation;

use super::{Case, first, ms};
use crate::facts::{Facts, Read};
use crate::plan::Instance;

/// INV-3: copies weigh more than the capacity.
pub(super) fn copies_weigh_no_more_than_the_capacity(facts: &Facts) -> Option<Violation> {
    let capacity = facts.terms.capacity;
    let heavy = facts.held.iter().filter(|(_, held)| held.weight > capacity);
    let cases = heavy.map(|(at_us, held)| Case {
        at_us: *at_us,
        sentence: format!(
            "the copies in instance {} weigh {}, and its capacity is {capacity}",
            held.by.name(),
            held.weight
        ),
        ops: Vec::new(),
        evidence: Vec::new(),
    });
    first(3, cases.collect())
}

/// INV-7: the state kept for classes is bounded.
pub(super) fn no_more_keys_are_tracked_than_may_be(facts: &Facts) -> Option<Violation> {
    let most = facts.terms.max_tracked;
    let many = facts.held.iter().filter(|(_, held)| held.tracked > most);
    let cases = many.map(|(at_us, held)| Case {
        at_us: *at_us,
        sentence: format!(
            "instance {} keeps a class for {} keys, and {most} is the most",
            held.by.name(),
            held.tracked
        ),
        ops: Vec::new(),
        evidence: Vec::new(),
    });
    first(7, cases.collect())
}

/// Of each key at each instance that changed its class: the last read of each class that was found, and the first of the next.
fn changes(facts: &Facts) -> Vec<Vec<[&Read; 2]>> {
    let mut by_key: BTreeMap<_, Vec<&Read>> = BTreeMap::new();
    for read in &facts.reads {
        let key = (read.record.at, read.record.key);
        by_key.entry(key).or_default().push(read);
    }
    let mut all = Vec::new();
    for reads in by_key.values() {
        let pairs = reads.windows(2).map(|pair| [pair[0], pair[1]]);
        let changes = pairs.filter(|[was, is]| was.record.place != is.record.place);
        all.push(changes.collect());
    }
    all
}

/// Whether a key changed its class more than once at an instance: without that nobody knows whether a class dwells.
pub(super) fn changed_twice(facts: &Facts, at: Instance) -> bool {
    changes(facts)
        .iter()
        .any(|changes| changes.len() > 1 && changes[0][0].record.at == at)
}

/// INV-7: two changes of a key's class within a dwell time.
///
/// A change lies between the last read that found the old class and the first that found the new one. So two changes are no further apart than the
/// last read of the first class and the first of the third.
pub(super) fn a_class_dwells(facts: &Facts) -> Option<Violation> {
    let mut cases = Vec::new();
    for changes in changes(facts) {
        for two in changes.windows(2) {
            let (was, became, is) = (two[0][0], two[0][1], two[1][1]);
            let apart = is.record.decided_us.saturating_sub(was.began_us);
            if apart < facts.terms.dwell_us {
                cases.push(Case {
                    at_us: is.record.decided_us,
                    sentence: format!(
                        "k{} at {} changes from {:?} to {:?} and on to {:?} within {}, and a class lasts {}",
                        is.record.key,
                        is.record.at.name(),
                        was.record.place,
                        became.record.place,
                        is.record.place,
                        ms(apart),
                        ms(facts.terms.dwell_us)
                    ),
                    ops: vec![was.op, became.op, is.op],
                    evidence: Vec::new(),
                });
            }
        }
    }
    first(7, cases)
}

/// INV-7: a key changes its class and is in the old one again before anybody else was served: its entry is forgotten, and with it the dwell time.
pub(super) fn a_change_is_not_taken_back(facts: &Facts) -> Option<Violation> {
    let back = facts
        .reads
        .iter()
        .filter(|read| read.record.changed && read.record.was == read.record.place);
    let cases = back.map(|read| Case {
        at_us: read.record.decided_us,
        sentence: format!(
            "k{} at {} changes its class and is {:?} again at once, and a class lasts {}",
            read.record.key,
            read.record.at.name(),
            read.record.place,
            ms(facts.terms.dwell_us)
        ),
        ops: vec![read.op],
        evidence: Vec::new(),
    });
    first(7, cases.collect())
}
