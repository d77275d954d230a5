//! The lane's promises: same seed, same decisions; pieces add up; ranges are kept.

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// All that a lane decides while chunks of these sizes pass: (delay, pieces) of each.
fn decisions(
    seed: u64,
    connection: u64,
    direction: Direction,
    faults: &Faults,
    chunks: &[u64],
) -> Vec<(Duration, Vec<u64>)> {
    let rules = faults.toward(direction);
    let mut lane = Lane::new(seed, connection, direction);
    let mut all = Vec::new();
    for &len in chunks {
        let (delay, mut left, mut pieces) = (lane.delay(rules), len, Vec::new());
        while left > 0 {
            let piece = lane.slice(rules, left);
            lane.wrote(piece);
            pieces.push(piece);
            left -= piece;
        }
        lane.next_chunk();
        all.push((delay, pieces));
    }
    all
}

fn rough() -> Faults {
    Faults::none()
        .delay(MS..=100 * MS)
        .slice(9)
        .drop_after(0..=1_000_000)
}

proptest! {
    #[test]
    fn same_seed_same_decisions(seed: u64, connection: u64, chunks in prop::collection::vec(0u64..500, 0..20)) {
        for direction in Direction::BOTH {
            let run = || decisions(seed, connection, direction, &rough(), &chunks);
            prop_assert_eq!(run(), run());
        }
    }

    #[test]
    fn pieces_add_up_to_the_chunk(seed: u64, max in 1u64..2_000, chunks in prop::collection::vec(0u64..5_000, 1..8)) {
        let faults = Faults::none().slice(max);
        for (len, (_, pieces)) in chunks.iter().zip(decisions(seed, 1, Direction::ToClient, &faults, &chunks)) {
            prop_assert_eq!(pieces.iter().sum::<u64>(), *len);
            prop_assert!(pieces.iter().all(|piece| (1..=max).contains(piece)));
        }
    }

    #[test]
    fn a_delay_stays_in_its_range(seed: u64, connection: u64, a in 0u32..10_000, b in 0u32..10_000) {
        let (min, max) = (a.min(b) * MS, a.max(b) * MS);
        let faults = Faults::none().delay(min..=max);
        for (delay, _) in decisions(seed, connection, Direction::ToServer, &faults, &[1; 50]) {
            prop_assert!((min..=max).contains(&delay));
        }
    }

    #[test]
    fn a_new_fault_does_not_move_the_old_ones(seed: u64, chunks in prop::collection::vec(1u64..500, 1..20)) {
        let delays = |faults: &Faults| -> Vec<Duration> {
            decisions(seed, 3, Direction::ToServer, faults, &chunks).into_iter().map(|(delay, _)| delay).collect()
        };
        prop_assert_eq!(delays(&Faults::none().delay(MS..=100 * MS)), delays(&rough()));
    }

    #[test]
    fn asking_again_changes_nothing(seed: u64, plan in 1u64..100, left in 1u64..5_000) {
        let faults = rough();
        let rules = faults.toward(Direction::ToServer);
        let mut lane = Lane::new(seed, 0, Direction::ToServer);
        let mut ask = || (lane.delay(rules), lane.slice(rules, left), lane.before_drop(plan, rules));
        prop_assert_eq!(ask(), ask());
    }

    #[test]
    fn a_drop_comes_after_its_bytes_of_the_plan(seed: u64, min in 0u64..1_000, more in 0u64..1_000, moved in 0u64..3_000) {
        let faults = Faults::none().drop_after(min..=min + more);
        let rules = faults.toward(Direction::ToServer);
        let mut lane = Lane::new(seed, 0, Direction::ToServer);
        lane.wrote(12_345); // before the plan: not counted
        let at = lane.before_drop(1, rules).expect("this plan drops");
        prop_assert!((min..=min + more).contains(&at));
        lane.wrote(moved);
        prop_assert_eq!(lane.before_drop(1, rules), Some(at.saturating_sub(moved)));
    }
}

#[test]
fn other_coordinates_give_other_decisions() {
    let all =
        |seed, connection, direction| decisions(seed, connection, direction, &rough(), &[500; 20]);
    let here = all(1, 1, Direction::ToServer);
    assert_ne!(here, all(2, 1, Direction::ToServer), "the seed");
    assert_ne!(here, all(1, 2, Direction::ToServer), "the connection");
    assert_ne!(here, all(1, 1, Direction::ToClient), "the direction");
    let (first, others) = here.split_first().expect("20 chunks");
    assert!(
        others.iter().any(|other| other.0 != first.0),
        "the chunk's number, of its delay"
    );
    let (_, inner) = first.1.split_last().expect("pieces"); // the last is what is left
    assert!(
        inner.iter().any(|piece| *piece != inner[0]),
        "the piece's number, of its size"
    );
}

#[test]
fn only_and_and_combine_sets() {
    let to_client = Faults::none().slice(7).only(Direction::ToClient);
    assert_eq!(*to_client.toward(Direction::ToServer), Rules::default());
    let both = Faults::none()
        .slice(100)
        .bandwidth(10)
        .and(to_client)
        .and(Faults::none().partition());
    assert_eq!(both.toward(Direction::ToServer).slice, Some(100));
    assert_eq!(
        both.toward(Direction::ToClient).slice,
        Some(7),
        "the later word is right"
    );
    assert_eq!(both.toward(Direction::ToClient).bandwidth, Some(10));
    assert!(both.toward(Direction::ToServer).partition);
}

#[test]
#[should_panic(expected = "0 bytes a second is a partition")]
fn a_bandwidth_of_zero_is_refused() {
    let _ = Faults::none().bandwidth(0);
}

#[test]
#[should_panic(expected = "is empty")]
fn an_empty_range_is_refused() {
    let _ = Faults::none().delay(2 * MS..=MS);
}
