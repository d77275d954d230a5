//! The link's promises, with time as a number: bandwidth, drops, partitions and holds are exact.

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// One lane's chunks, in the order of arrival.
struct Flow {
    lane: Lane,
    parcels: Vec<Parcel>,
    sent: Vec<u64>,
}

struct Sim {
    link: Link,
    now: Duration,
    flows: Vec<Flow>,
    /// (time, direction, bytes) of every piece.
    written: Vec<(Duration, Direction, u64)>,
}

impl Sim {
    fn new(seed: u64, faults: Faults, flows: &[(Direction, Vec<u64>)]) -> Self {
        let mut link = Link::new(([127, 0, 0, 1], 1).into());
        link.plan(|_| faults);
        let flows = flows
            .iter()
            .map(|(direction, chunks)| {
                let ticket = link.open().expect("the link is not cut");
                let parcels = chunks
                    .iter()
                    .rev()
                    .map(|&len| Parcel::new(ticket, Duration::ZERO, len))
                    .collect();
                Flow {
                    lane: Lane::new(seed, ticket.connection, *direction),
                    parcels,
                    sent: Vec::new(),
                }
            })
            .collect();
        Self {
            link,
            now: Duration::ZERO,
            flows,
            written: Vec::new(),
        }
    }

    /// Runs until nothing more can happen by itself.
    fn run(&mut self) {
        loop {
            let mut wake: Option<Duration> = None;
            let mut moved = false;
            for flow in &mut self.flows {
                let Some(parcel) = flow.parcels.last_mut() else {
                    continue;
                };
                match self.link.step(self.now, &mut flow.lane, parcel) {
                    Step::Wait => {}
                    Step::At(time) => wake = Some(wake.map_or(time, |w| w.min(time))),
                    Step::End(_) => flow.parcels.clear(),
                    Step::Write(bytes) => {
                        moved = true;
                        self.written.push((self.now, flow.lane.direction, bytes));
                        flow.sent.push(bytes);
                        match self.link.wrote(&mut flow.lane, parcel, bytes) {
                            Progress::More => {}
                            Progress::Through => drop(flow.parcels.pop()),
                            Progress::End(_) => flow.parcels.clear(),
                        }
                    }
                }
            }
            match (moved, wake) {
                (true, _) => {}
                (false, Some(time)) => self.now = time,
                (false, None) => return,
            }
        }
    }

    fn out(&self, direction: Direction) -> u64 {
        self.link.stats.toward(direction).chunks_out
    }
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::ToServer), Just(Direction::ToClient)]
}

fn flows() -> impl Strategy<Value = Vec<(Direction, Vec<u64>)>> {
    prop::collection::vec(
        (direction(), prop::collection::vec(1u64..3_000, 0..6)),
        1..6,
    )
}

proptest! {
    #[test]
    fn everything_arrives_whatever_delays_slices_and_slows_it(seed: u64, flows in flows(), rate in 1_000u64..1_000_000) {
        let mut sim = Sim::new(seed, Faults::none().delay(MS..=50 * MS).slice(100).bandwidth(rate), &flows);
        sim.run();
        for (flow, (_, chunks)) in sim.flows.iter().zip(&flows) {
            prop_assert_eq!(flow.sent.iter().sum::<u64>(), chunks.iter().sum::<u64>());
        }
    }

    #[test]
    fn bandwidth_is_never_exceeded(seed: u64, flows in flows(), rate in 1u64..1_000_000) {
        let mut sim = Sim::new(seed, Faults::none().bandwidth(rate), &flows);
        sim.run();
        for direction in Direction::BOTH {
            let written: Vec<_> = sim.written.iter().filter(|(_, d, _)| *d == direction).collect();
            for (i, (begin, ..)) in written.iter().enumerate() {
                let mut bytes = 0;
                for (end, _, more) in &written[i + 1..] {
                    bytes += more;
                    prop_assert!(time_to_carry(bytes, rate) <= *end - *begin, "{bytes} bytes from {begin:?} to {end:?}");
                }
            }
            let all = written.iter().map(|(_, _, bytes)| bytes).sum();
            prop_assert!(time_to_carry(all, rate) <= sim.now);
        }
    }

    #[test]
    fn a_hold_lets_exactly_its_chunks_through(
        seed: u64, flows in flows(), counted in direction(), chunks in 0u64..12, slice in 1u64..5_000, rate in 1_000u64..100_000,
    ) {
        let total: u64 = flows.iter().filter(|(d, _)| *d == counted).map(|(_, c)| c.len() as u64).sum();
        let mut sim = Sim::new(seed, Faults::none().slice(slice).bandwidth(rate), &flows);
        sim.link.hold_after(counted, chunks);
        sim.run();
        prop_assert_eq!(sim.out(counted), chunks.min(total));
        prop_assert_eq!(sim.link.is_held(), chunks <= total);
        prop_assert_eq!(sim.link.stats.fired(Kind::Hold), u64::from(chunks <= total));

        let before = sim.written.len();
        sim.run();
        prop_assert_eq!(sim.written.len(), before, "nothing moves in a closed hold");
        sim.link.heal();
        sim.run();
        let all: u64 = flows.iter().map(|(_, c)| c.len() as u64).sum();
        prop_assert_eq!(Direction::BOTH.map(|d| sim.out(d)).iter().sum::<u64>(), all, "healed, all of it arrives");
    }

    #[test]
    fn a_connection_drops_at_its_byte(seed: u64, at in 0u64..5_000, chunks in prop::collection::vec(1u64..3_000, 0..6)) {
        let flows = [(Direction::ToServer, chunks.clone())];
        let mut sim = Sim::new(seed, Faults::none().drop_after(at..=at).slice(700), &flows);
        sim.run();
        let total: u64 = chunks.iter().sum();
        prop_assert_eq!(sim.flows[0].sent.iter().sum::<u64>(), at.min(total));
        let dropped = !chunks.is_empty() && at <= total;
        prop_assert_eq!(sim.link.stats.fired(Kind::Drop), u64::from(dropped));
    }

    #[test]
    fn a_partition_is_one_way(seed: u64, flows in flows(), closed in direction()) {
        let mut sim = Sim::new(seed, Faults::none().partition().only(closed), &flows);
        sim.run();
        for flow in &sim.flows {
            prop_assert_eq!(flow.parcels.is_empty() || flow.lane.direction == closed, true);
            prop_assert!(flow.sent.is_empty() || flow.lane.direction != closed);
        }
        let kept = sim.flows.iter().filter(|flow| !flow.parcels.is_empty()).count() as u64;
        prop_assert_eq!(sim.link.stats.fired(Kind::Partition), kept, "one chunk of each lane met it");
    }

    #[test]
    fn same_seed_same_run(seed: u64, flows in flows()) {
        let run = || {
            let mut sim = Sim::new(seed, Faults::none().delay(MS..=9 * MS).slice(50).drop_after(0..=9_000), &flows);
            sim.run();
            (sim.written, sim.link.stats)
        };
        prop_assert_eq!(run(), run());
    }
}

/// A link with one open connection, and a parcel of 10 bytes in it.
fn one() -> (Link, Lane, Parcel) {
    let mut link = Link::new(([127, 0, 0, 1], 1).into());
    let ticket = link.open().expect("the link is not cut");
    (
        link,
        Lane::new(0, 0, Direction::ToServer),
        Parcel::new(ticket, Duration::ZERO, 10),
    )
}

#[test]
fn chunks_that_arrive_together_are_late_together() {
    let flows = [(Direction::ToServer, vec![1; 100])];
    let mut sim = Sim::new(1, Faults::none().delay(50 * MS..=50 * MS), &flows);
    sim.run();
    assert_eq!(
        sim.now,
        50 * MS,
        "a delay is a longer way and not a slower one"
    );
    assert_eq!(
        sim.link.stats.fired(Kind::Delay),
        1,
        "the others waited for the first"
    );
}

#[test]
fn a_chunk_that_went_down_with_its_connection_is_not_counted() {
    let (mut link, mut lane, mut lost) = one();
    link.hold_after(Direction::ToServer, 1);
    assert_eq!(link.step(MS, &mut lane, &mut lost), Step::Write(10));
    let mut second = Parcel::new(lost.ticket, MS, 10);
    assert_eq!(
        link.step(MS, &mut lane, &mut second),
        Step::Wait,
        "the last one is on its way"
    );
    link.forget(&mut lost);
    assert!(!link.is_held());
    assert_eq!(
        link.step(MS, &mut lane, &mut second),
        Step::Write(10),
        "and this takes its place"
    );
    assert_eq!(link.wrote(&mut lane, &mut second, 10), Progress::Through);
    assert!(link.is_held());
}

#[test]
fn a_chunk_of_an_older_hold_does_not_count_in_a_newer() {
    let (mut link, mut lane, mut parcel) = one();
    link.hold_after(Direction::ToServer, 1);
    assert_eq!(link.step(MS, &mut lane, &mut parcel), Step::Write(10));
    link.hold_after(Direction::ToServer, 1);
    assert_eq!(link.wrote(&mut lane, &mut parcel, 10), Progress::Through);
    assert!(!link.is_held());
}

#[test]
fn the_end_of_a_stream_waits_for_a_hold_and_a_partition_too() {
    let (mut link, mut lane, parcel) = one();
    let mut end = Parcel::new(parcel.ticket, Duration::ZERO, 0);
    link.hold_after(Direction::ToClient, 0);
    assert_eq!(link.step(MS, &mut lane, &mut end), Step::Wait);
    link.heal();
    link.plan(|_| Faults::none().partition());
    assert_eq!(link.step(MS, &mut lane, &mut end), Step::Wait);
    assert!(!link.may_connect());
    link.heal();
    assert_eq!(link.step(MS, &mut lane, &mut end), Step::Write(0));
    assert!(link.may_connect());
}

#[test]
fn nothing_passes_after_a_cut_or_a_reset() {
    let (mut link, mut lane, mut parcel) = one();
    let ticket = parcel.ticket;
    link.cut();
    assert_eq!(
        link.step(MS, &mut lane, &mut parcel),
        Step::End(Ending::Close)
    );
    assert!(link.open().is_none());
    link.reset();
    assert_eq!(
        link.stats.fired(Kind::Reset),
        0,
        "the cut had already ended it"
    );
    link.heal();
    assert_eq!(
        link.step(MS, &mut lane, &mut parcel),
        Step::End(Ending::Reset),
        "an old connection stays ended"
    );
    let new = link.open().expect("the link is healed");
    assert_eq!(
        link.stats.open, 2,
        "the old one has not closed its sockets yet"
    );
    link.close(ticket);
    link.reset();
    assert_eq!(
        (link.stats.fired(Kind::Cut), link.stats.fired(Kind::Reset)),
        (1, 1)
    );
    assert_eq!(link.ending(new), Some(Ending::Reset));
}

#[test]
fn a_change_of_plan_frees_what_waits_for_the_old_one() {
    let (mut link, mut lane, mut parcel) = one();
    link.plan(|_| Faults::none().delay(1_000 * MS..=1_000 * MS));
    assert_eq!(link.step(MS, &mut lane, &mut parcel), Step::At(1_000 * MS));
    link.plan(|_| Faults::none().bandwidth(1));
    assert_eq!(
        link.step(MS, &mut lane, &mut parcel),
        Step::At(1_001 * MS),
        "a byte a second"
    );
    link.plan(|_| Faults::none().bandwidth(1));
    let again = link.step(2 * MS, &mut lane, &mut parcel);
    assert_eq!(
        again,
        Step::At(1_002 * MS),
        "the link's backlog is forgotten"
    );
    link.heal();
    assert_eq!(link.step(2 * MS, &mut lane, &mut parcel), Step::Write(10));
}

#[test]
fn a_hold_counts_neither_what_was_under_way_nor_ends() {
    let (mut link, mut lane, mut under_way) = one();
    link.plan(|_| Faults::none().slice(1));
    assert_eq!(link.step(MS, &mut lane, &mut under_way), Step::Write(1));
    assert_eq!(link.wrote(&mut lane, &mut under_way, 1), Progress::More);
    link.hold_after(Direction::ToServer, 1);
    for left in (0..9).rev() {
        assert_eq!(link.step(MS, &mut lane, &mut under_way), Step::Write(1));
        let progress = link.wrote(&mut lane, &mut under_way, 1);
        assert_eq!(progress == Progress::Through, left == 0);
    }
    let mut end = Parcel::new(under_way.ticket, MS, 0);
    assert_eq!(link.step(MS, &mut lane, &mut end), Step::Write(0));
    assert!(!link.is_held());
    let mut counted = Parcel::new(under_way.ticket, MS, 1);
    assert_eq!(link.step(MS, &mut lane, &mut counted), Step::Write(1));
    assert_eq!(link.wrote(&mut lane, &mut counted, 1), Progress::Through);
    assert!(link.is_held());
}
