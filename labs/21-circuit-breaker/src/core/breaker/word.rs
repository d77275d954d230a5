//! What a caller must know to be admitted or rejected, in one word: so that most calls take no lock.
//!
//! Why not read the machine: that takes its lock, and an open circuit is asked by everybody at once. The word is written under the lock,
//! after each decision, and says what that was. Whoever reads an old one decides as if they had come a little earlier.

use super::super::machine::{Machine, State};

/// What the machine last said, packed: the generation, and three bits for what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u64);

/// What to do with a call, as far as the word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Glance {
    /// Closed: admit it.
    Closed,
    /// Closed, and one more quick success changes nothing: admit it, and such a result needs no lock.
    AllWell,
    /// Forced closed: admit it, and no result changes anything.
    ForcedClosed,
    /// Open: reject it, unless its time has come.
    Open,
    /// Half-open: the machine must say.
    HalfOpen,
    /// Forced open: reject it.
    ForcedOpen,
}

impl Glance {
    #[inline]
    pub(super) fn admits(self) -> bool {
        match self {
            Self::Closed | Self::AllWell | Self::ForcedClosed => true,
            Self::Open | Self::HalfOpen | Self::ForcedOpen => false,
        }
    }

    /// Whether a quick success leaves the machine as it is.
    #[inline]
    pub(super) fn is_unmoved(self) -> bool {
        match self {
            Self::AllWell | Self::ForcedClosed => true,
            Self::Closed | Self::Open | Self::HalfOpen | Self::ForcedOpen => false,
        }
    }
}

impl Word {
    /// What the machine says now.
    #[inline]
    pub(super) fn of(machine: &Machine) -> Self {
        let glance = match machine.state() {
            State::Closed if machine.is_all_well() => Glance::AllWell,
            State::Closed => Glance::Closed,
            State::Open { .. } => Glance::Open,
            State::HalfOpen => Glance::HalfOpen,
            State::ForcedOpen => Glance::ForcedOpen,
            State::ForcedClosed => Glance::ForcedClosed,
        };
        Self(machine.generation() << 3 | glance as u64)
    }

    /// Which generation that was.
    #[inline]
    pub(super) fn generation(self) -> u64 {
        self.0 >> 3
    }

    /// What to do.
    #[inline]
    pub(super) fn glance(self) -> Glance {
        match self.0 & 7 {
            0 => Glance::Closed,
            1 => Glance::AllWell,
            2 => Glance::ForcedClosed,
            3 => Glance::Open,
            5 => Glance::ForcedOpen,
            // Only 4 is written; whatever it is, the machine knows.
            _ => Glance::HalfOpen,
        }
    }
}
