//! INV-10. A warm-up names up to nine keys, of which eight fit; four at a time, 40 a second.

use super::*;
use crate::plan::WARMED;

/// A warm-up at A from `began` on that takes 500, and loads the keys of these places, all at its beginning; all are kept.
pub(super) fn up(facts: &mut Facts, began: u64, loads: &[u32]) {
    for &place in loads {
        let end = LoadEnd::Brought { version: 0 };
        load(facts, A, WARMED + place, (began + 1, began + 2), end);
    }
    let kept = loads.len() as u64;
    let wanted = (WARMED..).take(loads.len()).collect();
    push(facts, began, wanted, Some(report(kept, 0)));
}

fn report(loaded: u64, there: u64) -> Reported {
    Reported {
        loaded,
        there,
        failed: Vec::new(),
        left_out: Vec::new(),
    }
}

fn push(facts: &mut Facts, began: u64, wanted: Vec<u32>, report: Option<Reported>) {
    let op = next(facts);
    facts.warm_ups.push(WarmUp {
        op,
        began_us: began * MS,
        ended_us: (began + 500) * MS,
        record: WarmRecord {
            at: A,
            wanted,
            end: report.map_or(WarmEnd::Left, WarmEnd::Reported),
        },
    });
}

/// A warm-up of nine keys from 0 to 500 with this report; each load is of a place, and begins then.
fn nine(loads: &[(u32, u64)], report: Option<Reported>) -> Facts {
    let mut facts = facts();
    for &(place, began) in loads {
        let end = LoadEnd::Brought { version: 0 };
        load(&mut facts, A, WARMED + place, (began, began + 1), end);
    }
    push(&mut facts, 0, (WARMED..WARMED + 9).collect(), report);
    facts
}

/// All eight that fit, the second four after the time of the first.
const PACED: [(u32, u64); 8] = [
    (0, 1),
    (1, 1),
    (2, 2),
    (3, 2),
    (4, 105),
    (5, 105),
    (6, 106),
    (7, 106),
];

fn eight() -> Option<Reported> {
    let left_out = vec![WARMED + 8];
    Some(Reported {
        left_out,
        ..report(8, 0)
    })
}

#[test]
fn inv10_a_warm_up_as_it_should_be() {
    assert_eq!(broken(&nine(&PACED, eight())), NOTHING);
}

#[test]
fn inv10_loads_keep_their_rate() {
    // At once: a batch, and what 242 ms are good for: 4 + 9.
    let at_once = |many: u32| {
        let mut facts = facts();
        for place in 0..many {
            load(&mut facts, A, WARMED + place, (10, 11), LoadEnd::Failed);
        }
        broken(&facts)
    };
    assert_eq!(at_once(13), NOTHING);
    assert_eq!(at_once(14), [10]);
    let steady = |every: u64| {
        let mut facts = facts();
        for place in 0..60 {
            let began = u64::from(place) * every;
            load(
                &mut facts,
                A,
                WARMED + place,
                (began, began + 1),
                LoadEnd::Failed,
            );
        }
        broken(&facts)
    };
    assert_eq!(steady(25), NOTHING, "40 a second");
    assert_eq!(steady(19), [10], "52 a second");
}

#[test]
fn inv10_loads_keep_their_order() {
    let mut loads = PACED;
    loads.swap(3, 4);
    let swapped: Vec<(u32, u64)> = (0..8).map(|at| (loads[at].0, PACED[at].1)).collect();
    assert_eq!(broken(&nine(&swapped, eight())), [10]);
    let within: Vec<(u32, u64)> = [3, 2, 1, 0, 4, 5, 6, 7]
        .into_iter()
        .zip(PACED.map(|(_, began)| began))
        .collect();
    assert_eq!(
        broken(&nine(&within, eight())),
        NOTHING,
        "a batch is at once"
    );
    let and_more: Vec<(u32, u64)> = PACED.into_iter().chain([(8, 210)]).collect();
    assert_eq!(broken(&nine(&and_more, eight())), [10], "there was no room");
}

#[test]
fn inv10_warm_ups_that_share_keys_have_no_order() {
    let mut facts = nine(&[(4, 1), (0, 2)], None);
    assert_eq!(broken(&facts), [10]);
    push(&mut facts, 100, vec![WARMED], None);
    assert_eq!(broken(&facts), NOTHING);
}

#[test]
fn inv10_nobody_loads_after_the_caller_left() {
    // It leaves at 500; a batch that had begun asks Redis twice.
    assert_eq!(broken(&nine(&[(0, 1), (1, 742)], None)), NOTHING);
    assert_eq!(broken(&nine(&[(0, 1), (1, 743)], None)), [10]);
}

#[test]
fn inv10_every_key_is_in_the_report() {
    let with = |change: fn(&mut Reported)| {
        let mut report = eight();
        report.iter_mut().for_each(change);
        broken(&nine(&PACED, report))
    };
    assert_eq!(with(|report| report.loaded = 4), [10], "four are lost");
    assert_eq!(with(|report| report.left_out = vec![WARMED + 7]), [10]);
    let failed = |report: &mut Reported| {
        report.loaded = 7;
        report.failed = vec![WARMED];
    };
    assert_eq!(with(failed), NOTHING, "brought, and not kept");
    let mut unbrought = nine(&PACED, eight());
    unbrought.loads[3].record.end = LoadEnd::Failed;
    assert_eq!(broken(&unbrought), [10]);
    let by_another = LoadEnd::Brought { version: 0 };
    load(&mut unbrought, B, WARMED + 3, (3, 4), by_another);
    assert_eq!(
        broken(&unbrought),
        NOTHING,
        "the other instance has loaded it"
    );
}

#[test]
fn inv10_a_warm_up_ends_with_a_report() {
    for end in [WarmEnd::Panicked, WarmEnd::Hung] {
        let mut facts = nine(&PACED, eight());
        facts.warm_ups[0].record.end = end;
        assert_eq!(broken(&facts), [10]);
    }
}
