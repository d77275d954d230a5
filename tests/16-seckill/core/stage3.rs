//! Stage 3: the sold-out gate, and where to look when home is empty.

use proptest::prelude::*;
use seckill::core::gate::{Gate, Gates};
use seckill::core::ids::{Bucket, BuyerId};
use seckill::core::segments::{home, spill_order};

#[test]
fn inv8_sold_out_closes_the_gate() {
    let gate = Gate::default();
    gate.sold_out(0);
    assert!(!gate.is_open());
}

#[test]
fn inv8_a_unit_that_comes_back_opens_the_gate() {
    let gate = Gate::default();
    gate.sold_out(3);
    assert!(!gate.is_open());
    gate.observe(1, 4);
    assert!(
        gate.is_open(),
        "an unpaid unit came back, and the gate still says sold out"
    );
}

/// A "sold out" that was read before a unit came back, and arrives after.
#[test]
fn inv8_old_news_does_not_close_the_gate() {
    let gate = Gate::default();
    gate.observe(1, 4);
    gate.sold_out(3);
    assert!(
        gate.is_open(),
        "closed at epoch 3 although a unit came back at epoch 4"
    );
    gate.sold_out(4);
    assert!(!gate.is_open());
    assert_eq!(gate.epoch(), 4);
}

#[test]
fn inv8_looking_at_an_empty_bucket_closes_its_gate() {
    let gate = Gate::default();
    gate.observe(0, 2);
    assert!(!gate.is_open());
}

/// After a fail-over the bucket may have been rebuilt, and its epochs begin again.
#[test]
fn inv8_a_rebuilt_bucket_is_believed() {
    let gate = Gate::default();
    gate.sold_out(9);
    gate.observe(5, 0);
    assert!(gate.is_open());
    gate.sold_out(0);
    assert!(!gate.is_open(), "the rebuilt bucket sold out at epoch 0");
}

/// A node that has just started knows nothing, and must ask rather than say "sold out".
#[test]
fn inv8_a_cold_node_asks() {
    let gates = Gates::open(4);
    assert!(!gates.all_closed());
}

#[test]
fn inv8_one_open_gate_is_enough_to_ask() {
    let gates = Gates::open(3);
    gates.of(Bucket(0)).sold_out(0);
    gates.of(Bucket(2)).sold_out(0);
    assert!(!gates.all_closed());
    gates.of(Bucket(1)).sold_out(0);
    assert!(gates.all_closed());
}

/// News arrives in any order from many requests; whatever the order, the newest epoch wins.
#[test]
fn inv8_threads_leave_the_gate_at_the_newest_news() {
    for round in 0..200_u64 {
        let gate = Gate::default();
        std::thread::scope(|scope| {
            scope.spawn(|| (0..=round).for_each(|epoch| gate.sold_out(epoch)));
            scope.spawn(|| (0..=round).rev().for_each(|epoch| gate.sold_out(epoch)));
        });
        assert_eq!((gate.is_open(), gate.epoch()), (false, round));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inv2_every_other_bucket_is_looked_into_once(buyer: u64, buckets in 1_u16..=64) {
        let buyer = BuyerId(buyer);
        let mut seen = spill_order(buyer, buckets);
        prop_assert!(!seen.contains(&home(buyer, buckets)));
        seen.sort();
        seen.dedup();
        prop_assert_eq!(seen.len(), usize::from(buckets) - 1);
    }
}

/// If all buyers of a home went to its neighbour first, one bucket after the other would take the whole rush.
#[test]
fn inv2_buyers_of_one_home_start_at_different_buckets() {
    let mut first = std::collections::BTreeMap::<Bucket, u32>::new();
    for buyer in (0..)
        .map(BuyerId)
        .filter(|&buyer| home(buyer, 8) == Bucket(0))
        .take(7000)
    {
        *first.entry(spill_order(buyer, 8)[0]).or_default() += 1;
    }
    assert_eq!(first.len(), 7, "{first:?}");
    assert!(first.values().all(|&count| count < 2500), "{first:?}");
}
