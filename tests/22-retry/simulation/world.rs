//! One row, its contenders, and the messages between them: events in the order of their time.
//!
//! The row has a version. A contender reads it, then sends a write that counts only if the version is still the one that it read; so of all
//! writes that read the same version the first to arrive wins, and the others were for nothing. Somebody always wins, so every run ends. A read or a
//! write takes no time at the row; all time is travel and waiting.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use fastrand::Rng;

use crate::network::Network;
use crate::strategy::{Waiting, Waits};

/// The article's: 10 ms one way, with a deviation of 2 ms. An attempt is four of them: the read and the write, each there and back.
pub const NETWORK: Network = Network {
    mean: Duration::from_millis(10),
    deviation: Duration::from_millis(2),
};

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Conditional writes that reached the row.
    pub writes: u64,
    /// When the last contender heard that its write had counted.
    pub completed: Duration,
}

/// A message that is under way, or a wait and the message after it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    arrives: Duration,
    /// What arrives at the same moment comes in the order of sending.
    number: u64,
    contender: usize,
    what: What,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Read,
    ReadAnswer { version: u64 },
    Write { version: u64 },
    WriteAnswer { counted: bool },
}

/// A run under way.
pub struct World {
    waiting: Waiting,
    network: Network,
    rng: Rng,
    version: u64,
    contenders: Vec<Waits>,
    messages: BinaryHeap<Reverse<Message>>,
    sent: u64,
    tally: Tally,
}

impl World {
    /// So many contenders, all of which send their first read at 0.
    pub fn new(waiting: Waiting, contenders: usize, network: Network, seed: u64) -> Self {
        let mut world = Self {
            waiting,
            network,
            rng: Rng::with_seed(seed),
            version: 0,
            contenders: vec![Waits::default(); contenders],
            messages: BinaryHeap::new(),
            sent: 0,
            tally: Tally {
                writes: 0,
                completed: Duration::ZERO,
            },
        };
        for contender in 0..contenders {
            world.send(Duration::ZERO, contender, What::Read);
        }
        world
    }

    /// Runs until every contender's write has counted, once.
    ///
    /// # Panics
    /// If a contender's write counted twice, or never.
    pub fn run(mut self) -> Tally {
        while let Some(Reverse(message)) = self.messages.pop() {
            self.arrive(message);
        }
        assert_eq!(self.version, self.contenders.len() as u64, "each once");
        self.tally
    }

    fn arrive(&mut self, message: Message) {
        let (now, contender) = (message.arrives, message.contender);
        match message.what {
            What::Read => {
                let version = self.version;
                self.send(now, contender, What::ReadAnswer { version });
            }
            What::ReadAnswer { version } => self.send(now, contender, What::Write { version }),
            What::Write { version } => {
                self.tally.writes += 1;
                let counted = version == self.version;
                self.version += u64::from(counted);
                self.send(now, contender, What::WriteAnswer { counted });
            }
            What::WriteAnswer { counted: true } => self.tally.completed = now,
            What::WriteAnswer { counted: false } => {
                let waits = &mut self.contenders[contender];
                let wait = self.waiting.next(waits, &mut self.rng);
                self.send(now + wait, contender, What::Read);
            }
        }
    }

    fn send(&mut self, at: Duration, contender: usize, what: What) {
        self.messages.push(Reverse(Message {
            arrives: at + self.network.delay(&mut self.rng),
            number: self.sent,
            contender,
            what,
        }));
        self.sent += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    /// Every message takes 10 ms.
    const EVEN: Network = Network {
        deviation: Duration::ZERO,
        ..NETWORK
    };

    fn run(waiting: Waiting, contenders: usize, network: Network, seed: u64) -> Tally {
        World::new(waiting, contenders, network, seed).run()
    }

    #[test]
    fn alone_it_is_one_write_and_four_messages() {
        for waiting in Waiting::all() {
            let tally = run(waiting, 1, EVEN, 1);
            assert_eq!((tally.writes, tally.completed), (1, 40 * MS), "{waiting:?}");
            assert_eq!(run(waiting, 1, NETWORK, 1).writes, 1, "{waiting:?}");
        }
    }

    /// Two in lockstep: one write of the first two counts, at 30 ms; the loser hears it at 40, waits 5, and needs 40 more.
    #[test]
    fn two_without_jitter_collide_once() {
        let tally = run(Waiting::exponential(), 2, EVEN, 1);
        assert_eq!((tally.writes, tally.completed), (3, 85 * MS));
        let tally = run(Waiting::none(), 2, EVEN, 1);
        assert_eq!((tally.writes, tally.completed), (3, 80 * MS));
    }

    /// Whoever waits the same stays together: in each round one of those who are left counts, so n take n rounds and n (n + 1) / 2 writes.
    #[test]
    fn a_herd_in_lockstep_stays_one_to_the_end() {
        let waits = 5 + 10 + 20 + 40 + 80 + 160 + 320 + 640 + 1280;
        for (waiting, waits) in [(Waiting::none(), 0), (Waiting::exponential(), waits)] {
            let tally = run(waiting, 10, EVEN, 1);
            assert_eq!(tally.writes, 55, "{waiting:?}");
            assert_eq!(tally.completed, (10 * 40 + waits) * MS, "{waiting:?}");
        }
    }

    #[test]
    fn full_jitter_takes_a_herd_in_lockstep_apart() {
        let writes = (1..=20).map(|seed| run(Waiting::full(), 10, EVEN, seed).writes);
        assert!(writes.max() < Some(55));
    }

    #[test]
    fn the_same_seed_gives_the_same_run_and_another_another() {
        for waiting in Waiting::all() {
            let tally = run(waiting, 20, NETWORK, 7);
            assert_eq!(tally, run(waiting, 20, NETWORK, 7), "{waiting:?}");
            assert_ne!(tally, run(waiting, 20, NETWORK, 8), "{waiting:?}");
        }
    }
}
