//! Who calls what, when, and for how long they wait: all by seed.
//!
//! Calls come whether the servers are well or not (an open loop): callers that wait politely for a dead server would hide what its
//! death does. Their number is bounded, and so is the run.

use std::ops::RangeInclusive;

use chaos::Dice;
use retry::core::class::Safety;
use serde::{Deserialize, Serialize};

/// The crowd comes in this time; the last calls find every server well.
pub const COMES_FOR_MS: u64 = 21_000;
/// Between two calls.
const EVERY_MS: RangeInclusive<u64> = 10..=30;
/// A caller who goes away does so after this.
const LEAVES_AFTER_MS: RangeInclusive<u64> = 20..=700;

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// By the function `retry`, with a small budget.
    Redis,
    /// Through the tower layer, with a budget that pays for a retry of every call.
    Mysql,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A value: may happen any number of times.
    Read,
    /// Plus one, under a key that the server remembers: may be asked again.
    Keyed,
    /// Plus one, each time that it arrives.
    Plain,
    /// What the server will never do.
    Wrong,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its number, and what its effect is counted under.
    pub id: u64,
    /// When.
    pub comes_ms: u64,
    /// Whom.
    pub server: Server,
    /// What.
    pub kind: Kind,
    /// The caller goes away after so long, and the call is dropped.
    pub leaves_after_ms: Option<u64>,
}

impl Server {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Redis, Self::Mysql];

    /// Its lane in the history.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Mysql => "mysql",
        }
    }
}

impl Kind {
    /// Whether it may happen twice.
    #[must_use]
    pub fn safety(self) -> Safety {
        match self {
            Self::Read | Self::Wrong => Safety::Idempotent,
            Self::Keyed => Safety::Keyed,
            Self::Plain => Safety::Unsafe,
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Keyed => "write with a key",
            Self::Plain => "plain write",
            Self::Wrong => "wrong request",
        }
    }
}

/// The calls of `seed`, in order.
#[must_use]
pub fn calls(seed: u64) -> Vec<Plan> {
    let mut dice = Dice::of(seed, "calls");
    let mut all = Vec::new();
    let (mut id, mut comes_ms) = (1, 200);
    while comes_ms < COMES_FOR_MS {
        let server = Server::ALL[dice.below(2) as usize];
        let kind = match dice.below(100) {
            0..40 => Kind::Read,
            40..65 => Kind::Keyed,
            65..90 => Kind::Plain,
            _ => Kind::Wrong,
        };
        let leaves = dice.percent(30);
        let after = dice.within(&LEAVES_AFTER_MS);
        all.push(Plan {
            id,
            comes_ms,
            server,
            kind,
            leaves_after_ms: leaves.then_some(after),
        });
        comes_ms += dice.within(&EVERY_MS);
        id += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_crowd() {
        assert_eq!(calls(3), calls(3));
        assert_ne!(calls(3), calls(4));
        let crowd = calls(3);
        assert!((800..1_200).contains(&crowd.len()), "{} calls", crowd.len());
        for server in Server::ALL {
            for kind in [Kind::Read, Kind::Keyed, Kind::Plain, Kind::Wrong] {
                let many = crowd
                    .iter()
                    .filter(|call| call.server == server && call.kind == kind)
                    .count();
                assert!(many > 20, "{many} times {kind:?} at {server:?}");
            }
        }
        assert!(crowd.iter().any(|call| call.leaves_after_ms.is_some()));
    }
}
