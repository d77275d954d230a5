//! All that a proxy decides, as one state machine: what may pass now, what waits, what ends.
//!
//! Pure: time comes in as an argument (since the proxy began), and nothing here knows a socket. The shell brings
//! every chunk that it has read as a [`Parcel`] and does what [`Link::step`] says, again and again, until the parcel is
//! through. Why not a chain of filters, one for each fault, as in toxiproxy: a hold must freeze both directions of all
//! connections at one chunk exactly, so one place must know them all.
//!
//! What must stay true: nothing of a connection passes after the [`cut`](Link::cut) or [`reset`](Link::reset) that
//! ended it; a hold lets exactly its number of chunks through; bytes are never more than the bandwidth allows.

use std::net::SocketAddr;
use std::time::Duration;

use super::hold::{Hold, Pass};
use super::plan::{Direction, Faults, Lane, Rules};
use super::stats::{Kind, Stats};

/// Pieces a second under a bandwidth limit: small enough that a slow link trickles, and does not stall and gush.
const PIECES_PER_SECOND: u64 = 50;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// In order: both sides see the end of the stream.
    Close,
    /// By RST: both sides see `ConnectionReset`.
    Reset,
}

/// A connection's right to pass, until the next cut or reset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub(super) connection: u64,
    epoch: u64,
}

/// A chunk on its way, or (with no bytes) the end of a stream.
#[derive(Debug)]
pub(super) struct Parcel {
    ticket: Ticket,
    arrived: Duration,
    len: u64,
    pub(super) sent: u64,
    /// The hold that counts this chunk.
    hold: Option<u64>,
    next: Option<Piece>,
    fired: [bool; Kind::ALL.len()],
}

impl Parcel {
    pub(super) fn new(ticket: Ticket, arrived: Duration, len: u64) -> Self {
        Self {
            ticket,
            arrived,
            len,
            sent: 0,
            hold: None,
            next: None,
            fired: Default::default(),
        }
    }
}

/// The next bytes of a parcel, and when the link has carried them.
#[derive(Debug, Clone, Copy)]
struct Piece {
    plan: u64,
    bytes: u64,
    due: Duration,
}

/// What to do next for a parcel.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask again when the link has changed.
    Wait,
    /// Ask again at this time, or when the link has changed.
    At(Duration),
    /// Write so many bytes and tell [`Link::wrote`]; 0 for the end of a stream.
    Write(u64),
    /// The connection has ended.
    End(Ending),
}

/// What is left of a parcel after a piece.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// There are more bytes.
    More,
    /// It is through.
    Through,
    /// The connection has ended, at this byte.
    End(Ending),
}

/// The state that all connections of a proxy share.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) upstream: SocketAddr,
    faults: Faults,
    plan: u64,
    free_at: [Duration; 2],
    hold: Option<Hold>,
    holds: u64,
    is_cut: bool,
    epoch: u64,
    ending: Ending,
    /// Open connections that no cut or reset has ended.
    alive: u64,
    pub(super) stats: Stats,
    /// Moves whenever somebody who waits should ask again.
    pub(super) changes: u64,
}

impl Link {
    pub(super) fn new(upstream: SocketAddr) -> Self {
        Self {
            upstream,
            faults: Faults::none(),
            plan: 0,
            free_at: [Duration::ZERO; 2],
            hold: None,
            holds: 0,
            is_cut: false,
            epoch: 0,
            ending: Ending::Close,
            alive: 0,
            stats: Stats::default(),
            changes: 0,
        }
    }

    pub(super) fn plan(&mut self, change: impl FnOnce(Faults) -> Faults) {
        self.faults = change(self.faults);
        self.plan += 1;
        self.free_at = [Duration::ZERO; 2];
        self.changes += 1;
    }

    pub(super) fn hold_after(&mut self, direction: Direction, chunks: u64) {
        self.holds += 1;
        self.hold = Some(Hold::new(self.holds, direction, chunks));
        self.stats.count(Kind::Hold, u64::from(chunks == 0));
        self.changes += 1;
    }

    pub(super) fn cut(&mut self) {
        self.is_cut = true;
        self.end_all(Ending::Close, Kind::Cut);
    }

    pub(super) fn reset(&mut self) {
        self.end_all(Ending::Reset, Kind::Reset);
    }

    pub(super) fn heal(&mut self) {
        self.hold = None;
        self.is_cut = false;
        self.plan(|_| Faults::none());
    }

    fn end_all(&mut self, ending: Ending, kind: Kind) {
        self.stats.count(kind, self.alive);
        self.alive = 0;
        self.epoch += 1;
        self.ending = ending;
        self.changes += 1;
    }

    /// Whether a hold has taken effect.
    pub(super) fn is_held(&self) -> bool {
        self.hold.as_ref().is_some_and(Hold::is_closed)
    }

    /// Whether a new connection gets through to the server: a handshake needs both directions.
    pub(super) fn may_connect(&self) -> bool {
        !self.is_held()
            && !Direction::BOTH
                .iter()
                .any(|&d| self.faults.toward(d).partition)
    }

    /// A connection was accepted; none while the link is cut.
    pub(super) fn open(&mut self) -> Option<Ticket> {
        if self.is_cut {
            return None;
        }
        let ticket = Ticket {
            connection: self.stats.connections,
            epoch: self.epoch,
        };
        self.stats.connections += 1;
        self.stats.open += 1;
        self.alive += 1;
        Some(ticket)
    }

    /// A connection's sockets are about to be closed.
    pub(super) fn close(&mut self, ticket: Ticket) {
        self.stats.open -= 1;
        self.alive -= u64::from(ticket.epoch == self.epoch);
    }

    /// How a connection was ended, if it was.
    pub(super) fn ending(&self, ticket: Ticket) -> Option<Ending> {
        (ticket.epoch != self.epoch).then_some(self.ending)
    }

    /// A chunk was read.
    pub(super) fn read(&mut self, direction: Direction, bytes: u64) {
        let traffic = &mut self.stats.traffic[direction.index()];
        traffic.chunks_in += 1;
        traffic.bytes_in += bytes;
    }

    /// What to do next for a parcel.
    pub(super) fn step(&mut self, now: Duration, lane: &mut Lane, parcel: &mut Parcel) -> Step {
        if let Some(ending) = self.ending(parcel.ticket) {
            return Step::End(ending);
        }
        let rules = *self.faults.toward(lane.direction);
        let arrives = parcel.arrived + lane.delay(&rules);
        if parcel.sent == 0 && arrives > now {
            self.fire(Kind::Delay, parcel);
            return Step::At(arrives);
        }
        if rules.partition {
            self.fire(Kind::Partition, parcel);
            return Step::Wait;
        }
        if !self.hold_lets(lane.direction, parcel) {
            return Step::Wait;
        }
        if parcel.len == 0 {
            return Step::Write(0);
        }
        if lane.before_drop(self.plan, &rules) == Some(0) {
            return Step::End(self.drop_connection(parcel));
        }
        let piece = match parcel.next {
            Some(piece) if piece.plan == self.plan => piece,
            Some(_) | None => self.next_piece(now, lane, &rules, parcel),
        };
        if piece.due > now {
            self.fire(Kind::Bandwidth, parcel);
            return Step::At(piece.due);
        }
        Step::Write(piece.bytes)
    }

    /// The bytes of a [`Step::Write`] have gone.
    pub(super) fn wrote(&mut self, lane: &mut Lane, parcel: &mut Parcel, bytes: u64) -> Progress {
        lane.wrote(bytes);
        parcel.next = None;
        parcel.sent += bytes;
        let traffic = &mut self.stats.traffic[lane.direction.index()];
        traffic.bytes_out += bytes;
        if parcel.sent == parcel.len {
            traffic.chunks_out += 1;
            lane.next_chunk();
            self.leave_hold(parcel, Hold::passed);
        }
        let rules = self.faults.toward(lane.direction);
        if lane.before_drop(self.plan, rules) == Some(0) {
            return Progress::End(self.drop_connection(parcel));
        }
        if parcel.sent == parcel.len {
            Progress::Through
        } else {
            Progress::More
        }
    }

    /// A parcel will not be asked about again, whether it is through or went down with its connection.
    pub(super) fn forget(&mut self, parcel: &mut Parcel) {
        self.leave_hold(parcel, Hold::failed);
    }

    fn next_piece(
        &mut self,
        now: Duration,
        lane: &mut Lane,
        rules: &Rules,
        parcel: &mut Parcel,
    ) -> Piece {
        let left = parcel.len - parcel.sent;
        let mut bytes = lane.slice(rules, left);
        if bytes < left {
            self.fire(Kind::Slice, parcel);
        }
        if let Some(before_drop) = lane.before_drop(self.plan, rules) {
            bytes = bytes.min(before_drop);
        }
        let mut due = now;
        if let Some(rate) = rules.bandwidth {
            bytes = bytes.min((rate / PIECES_PER_SECOND).max(1));
            let free_at = &mut self.free_at[lane.direction.index()];
            due = now.max(*free_at) + time_to_carry(bytes, rate);
            *free_at = due;
        }
        let piece = Piece {
            plan: self.plan,
            bytes,
            due,
        };
        parcel.next = Some(piece);
        piece
    }

    fn hold_lets(&mut self, direction: Direction, parcel: &mut Parcel) -> bool {
        let Some(hold) = &mut self.hold else {
            return true;
        };
        if parcel.hold == Some(hold.number) {
            return true;
        }
        match hold.ask(direction, parcel.len > 0 && parcel.sent == 0) {
            Pass::Counted => {
                parcel.hold = Some(hold.number);
                true
            }
            Pass::Free => true,
            Pass::No => false,
        }
    }

    fn leave_hold(&mut self, parcel: &mut Parcel, leave: impl FnOnce(&mut Hold)) {
        let counted_by = parcel.hold.take();
        if let Some(hold) = self
            .hold
            .as_mut()
            .filter(|hold| Some(hold.number) == counted_by)
        {
            leave(hold);
            self.stats.count(Kind::Hold, u64::from(hold.is_closed()));
            self.changes += 1;
        }
    }

    fn drop_connection(&mut self, parcel: &mut Parcel) -> Ending {
        self.fire(Kind::Drop, parcel);
        Ending::Close
    }

    /// Counts a fault, once for a parcel.
    fn fire(&mut self, kind: Kind, parcel: &mut Parcel) {
        if !std::mem::replace(&mut parcel.fired[kind as usize], true) {
            self.stats.count(kind, 1);
        }
    }
}

/// How long a link of `rate` bytes a second takes for `bytes`, rounded up.
fn time_to_carry(bytes: u64, rate: u64) -> Duration {
    let nanos = (u128::from(bytes) * 1_000_000_000).div_ceil(u128::from(rate));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
