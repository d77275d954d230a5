//! INV-3 and INV-7.

use super::*;

fn held(weight: u64, tracked: u64) -> Vec<u32> {
    let mut facts = facts();
    let held = Held {
        by: A,
        weight,
        tracked,
        dirty: 0,
        local_hits: 0,
        redis_hits: 0,
        shielded: 0,
    };
    facts.held.push((MS, held));
    broken(&facts)
}

#[test]
fn inv3_copies_weigh_no_more_than_the_capacity() {
    assert_eq!(held(900, 0), NOTHING);
    assert_eq!(held(901, 0), [3]);
}

#[test]
fn inv7_no_more_keys_are_tracked_than_may_be() {
    assert_eq!(held(0, 70), NOTHING);
    assert_eq!(held(0, 71), [7]);
}

/// Reads of k1, each with its class.
fn classes(reads: &[(u64, Kept)]) -> Facts {
    let mut facts = facts();
    for &(began, place) in reads {
        read(&mut facts, A, (began, began + 1), ReadEnd::Left);
        if let Some(read) = facts.reads.last_mut() {
            read.record.place = place;
        }
    }
    facts
}

#[test]
fn inv7_a_class_dwells() {
    use Kept::{Cold, Hot, Warm};
    let steady = classes(&[(0, Warm), (10, Warm), (20, Hot), (30, Hot), (910, Warm)]);
    assert_eq!(
        broken(&steady),
        NOTHING,
        "the change lies after the read at 10"
    );
    let flaps = classes(&[(0, Warm), (10, Warm), (20, Hot), (909, Warm)]);
    assert_eq!(broken(&flaps), [7]);
    let falls = classes(&[(0, Hot), (10, Warm), (20, Cold)]);
    assert_eq!(broken(&falls), [7]);
}

#[test]
fn inv7_the_class_of_another_instance_is_another() {
    let mut facts = classes(&[(0, Kept::Warm), (10, Kept::Hot), (20, Kept::Warm)]);
    facts.reads[1].record.at = B;
    assert_eq!(broken(&facts), NOTHING);
}

#[test]
fn inv7_a_change_is_not_taken_back() {
    let mut facts = classes(&[(0, Kept::Warm)]);
    facts.reads[0].record.changed = true;
    assert_eq!(broken(&facts), [7]);
    facts.reads[0].record.was = Kept::Cold;
    assert_eq!(broken(&facts), NOTHING);
}
