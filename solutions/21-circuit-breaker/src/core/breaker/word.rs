//! What a caller must know to be admitted or rejected, in one word: so that most calls take no lock.
//!
//! Why not read the machine: that takes its lock, and an open circuit is asked by everybody at once. The word is written under the lock,
//! after each decision, and says what that was. Whoever reads an old one decides as if they had come a little earlier.

use super::super::machine::{Machine, State};

/// What the machine last said, packed: the generation, and three bits for what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

/// What to do with a call, without asking the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Glance {
    /// Closed: admit it.
    Closed,
    /// Closed, and one more quick success changes nothing: admit it, and such a result needs no lock.
    AllWell,
    /// Open: reject it, unless its time has come.
    Open,
    /// Half-open: the machine must say.
    HalfOpen,
    /// Forced open: reject it.
    ForcedOpen,
    /// Forced closed: admit it, and no result needs the lock.
    ForcedClosed,
}

impl Word {
    /// What the machine says now.
    pub(super) fn of(machine: &Machine) -> Self {
        let bits = match machine.state() {
            State::Closed if machine.is_all_well() => 1,
            State::Closed => 0,
            State::Open { .. } => 2,
            State::HalfOpen => 3,
            State::ForcedOpen => 4,
            State::ForcedClosed => 5,
        };
        Self(machine.generation() << 3 | bits)
    }

    /// Which generation that was.
    pub(super) fn generation(self) -> u64 {
        self.0 >> 3
    }

    /// What to do.
    pub(super) fn glance(self) -> Glance {
        match self.0 & 7 {
            0 => Glance::Closed,
            1 => Glance::AllWell,
            2 => Glance::Open,
            4 => Glance::ForcedOpen,
            5 => Glance::ForcedClosed,
            // Only 3 is written; whatever it is, the machine knows.
            _ => Glance::HalfOpen,
        }
    }
}
