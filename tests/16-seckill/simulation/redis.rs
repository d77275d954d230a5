//! Redis as the simulation has it: servers that run one script at a time, and what the scripts do.
//!
//! A server is a queue: a command waits until the ones before it are done, then takes its time. Each function of [`Shelves`]
//! is one of `solutions/16-seckill/src/shell/scripts`, without what no failure of this run needs (warming, debts). Whatever
//! runs here is checked at once: no unit is made or lost, and none is a buyer's second.

use std::collections::{HashSet, VecDeque};

use seckill::core::ids::{Bucket, BuyerId};
use seckill::core::sale::{Phase, Sale};
use seckill::core::segments;

use crate::queue::Nanos;
use crate::scenario;

/// An order's number.
pub type Order = u32;

/// The servers' queues. Bucket b lies on server b modulo their number.
#[derive(Debug)]
pub struct Servers {
    free_at: Vec<Nanos>,
}

/// What lies in Redis.
#[derive(Debug)]
pub struct Shelves {
    sale: Sale,
    shelves: Vec<Shelf>,
    claims: Vec<Claim>,
    on_shelf: u32,
    held: u32,
    out: u32,
}

#[derive(Debug)]
struct Shelf {
    stock: u32,
    epoch: u64,
    loans: HashSet<Order>,
    /// Since when each unit that came back lies here, oldest first.
    came_back: VecDeque<Nanos>,
}

/// One buyer's claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    None,
    Seeking(Order),
    Held(Order, Bucket),
}

/// What a bucket answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `reserve` or `settle`: the buyer has a unit; `replayed` if an earlier request got it.
    Held { replayed: bool },
    /// `reserve`: home is empty, look elsewhere under this order. The epoch, if home said so just now.
    Seek { order: Order, epoch: Option<u64> },
    /// `reserve`, `take`: none left.
    SoldOut(u64),
    /// `reserve`: not on sale by this server's clock.
    NotOnSale,
    /// `take`.
    Taken,
    /// `settle`: the claim has another unit, or is gone; `drop`: the claim had got a unit after all, or was struck.
    Elsewhere { held: bool },
    /// `release`.
    Released,
    /// A look for the gates.
    Seen { stock: u64, epoch: u64 },
}

impl Servers {
    pub fn new(count: usize) -> Self {
        Self {
            free_at: vec![0; count],
        }
    }

    /// Queues a command that reaches the server of `bucket` at `arrives` and takes `service`; when it is done.
    pub fn run(&mut self, bucket: Bucket, arrives: Nanos, service: Nanos) -> Nanos {
        let server = usize::from(bucket.0) % self.free_at.len();
        let done = self.free_at[server].max(arrives) + service;
        self.free_at[server] = done;
        done
    }
}

impl Shelves {
    pub fn warm(sale: &Sale) -> Self {
        let shelf = |bucket| Shelf {
            stock: segments::share(sale.stock(), sale.buckets(), Bucket(bucket)),
            epoch: 0,
            loans: HashSet::new(),
            came_back: VecDeque::new(),
        };
        Self {
            sale: sale.clone(),
            shelves: (0..sale.buckets()).map(shelf).collect(),
            claims: vec![Claim::None; scenario::BUYERS as usize],
            on_shelf: sale.stock(),
            held: 0,
            out: 0,
        }
    }

    /// Units on all shelves.
    pub fn on_shelf(&self) -> u32 {
        self.on_shelf
    }

    /// Buyers who have a unit.
    pub fn held(&self) -> u32 {
        self.held
    }

    /// `reserve.lua`.
    pub fn reserve(&mut self, now: Nanos, buyer: u32, order: Order) -> Reply {
        let home = self.home(buyer);
        match self.claims[buyer as usize] {
            Claim::Held(..) => return Reply::Held { replayed: true },
            Claim::Seeking(order) => return Reply::Seek { order, epoch: None },
            Claim::None => {}
        }
        match self.sale.phase(scenario::wall(now)) {
            Phase::Open => {}
            Phase::NotYet { .. } | Phase::Closed => return Reply::NotOnSale,
        }
        if self.shelf(home).stock > 0 {
            self.take_unit(home);
            self.hold(buyer, order, home);
            return Reply::Held { replayed: false };
        }
        let epoch = self.shelf(home).epoch;
        if self.shelves.len() == 1 {
            return Reply::SoldOut(epoch);
        }
        self.claims[buyer as usize] = Claim::Seeking(order);
        Reply::Seek {
            order,
            epoch: Some(epoch),
        }
    }

    /// `take.lua`.
    pub fn take(&mut self, bucket: Bucket, order: Order) -> Reply {
        if self.shelf(bucket).loans.contains(&order) {
            return Reply::Taken;
        }
        if self.shelf(bucket).stock == 0 {
            return Reply::SoldOut(self.shelf(bucket).epoch);
        }
        self.take_unit(bucket);
        self.shelf(bucket).loans.insert(order);
        Reply::Taken
    }

    /// `settle.lua`.
    pub fn settle(&mut self, buyer: u32, order: Order, unit: Bucket) -> Reply {
        match self.claims[buyer as usize] {
            Claim::Seeking(own) if own == order => {
                self.hold(buyer, order, unit);
                Reply::Held { replayed: false }
            }
            Claim::Held(own, held) if own == order && held == unit => {
                Reply::Held { replayed: true }
            }
            Claim::Held(own, _) => Reply::Elsewhere { held: own == order },
            Claim::Seeking(_) | Claim::None => Reply::Elsewhere { held: false },
        }
    }

    /// `drop.lua`.
    pub fn drop_claim(&mut self, buyer: u32, order: Order) -> Reply {
        match self.claims[buyer as usize] {
            Claim::Held(own, _) if own == order => return Reply::Elsewhere { held: true },
            Claim::Seeking(own) if own == order => self.claims[buyer as usize] = Claim::None,
            Claim::Held(..) | Claim::Seeking(_) | Claim::None => {}
        }
        Reply::Elsewhere { held: false }
    }

    /// `release.lua`.
    pub fn release(&mut self, now: Nanos, bucket: Bucket, order: Order) -> Reply {
        if self.shelf(bucket).loans.remove(&order) {
            self.put_back(now, bucket);
        }
        Reply::Released
    }

    /// `give_back.lua`: the order is dead. The bucket that lent the unit, if it was not home, is released next.
    pub fn give_back(&mut self, now: Nanos, buyer: u32, order: Order) -> Option<Bucket> {
        let Claim::Held(own, unit) = self.claims[buyer as usize] else {
            return None;
        };
        if own != order {
            return None;
        }
        self.claims[buyer as usize] = Claim::None;
        self.held -= 1;
        if unit != self.home(buyer) {
            return Some(unit);
        }
        self.put_back(now, unit);
        None
    }

    /// What an instance sees of a bucket when it looks whether a unit came back.
    pub fn look(&mut self, bucket: Bucket) -> Reply {
        let shelf = self.shelf(bucket);
        Reply::Seen {
            stock: shelf.stock.into(),
            epoch: shelf.epoch,
        }
    }

    /// How long a unit that came back has been lying on a shelf by `now`: the age of the news that says otherwise.
    pub fn longest_on_shelf(&self, now: Nanos) -> Option<Nanos> {
        if self.on_shelf == 0 {
            return None;
        }
        let since = self
            .shelves
            .iter()
            .filter_map(|shelf| shelf.came_back.front());
        since.min().map(|since| now - since)
    }

    pub fn home(&self, buyer: u32) -> Bucket {
        segments::home(BuyerId(buyer.into()), self.sale.buckets())
    }

    fn shelf(&mut self, bucket: Bucket) -> &mut Shelf {
        &mut self.shelves[usize::from(bucket.0)]
    }

    /// The order becomes the buyer's, and they have no other.
    fn hold(&mut self, buyer: u32, order: Order, unit: Bucket) {
        let claim = &mut self.claims[buyer as usize];
        assert!(
            !matches!(claim, Claim::Held(..)),
            "buyer {buyer} gets a second unit"
        );
        *claim = Claim::Held(order, unit);
        self.held += 1;
        assert!(self.held <= self.sale.stock(), "more buyers than units");
    }

    fn take_unit(&mut self, bucket: Bucket) {
        let shelf = self.shelf(bucket);
        shelf.stock -= 1;
        // Units are alike: the one that goes is the one that came back first.
        shelf.came_back.pop_front();
        self.on_shelf -= 1;
        self.out += 1;
        self.conserved();
    }

    fn put_back(&mut self, now: Nanos, bucket: Bucket) {
        let shelf = self.shelf(bucket);
        shelf.stock += 1;
        shelf.epoch += 1;
        shelf.came_back.push_back(now);
        self.on_shelf += 1;
        self.out -= 1;
        self.conserved();
    }

    fn conserved(&self) {
        assert_eq!(
            self.on_shelf + self.out,
            self.sale.stock(),
            "a unit was made or lost"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warm(stock: u32, buckets: u16) -> Shelves {
        Shelves::warm(&scenario::sale(stock, buckets))
    }

    #[test]
    fn a_server_runs_one_command_at_a_time() {
        let mut servers = Servers::new(2);
        assert_eq!(servers.run(Bucket(0), 100, 10), 110);
        assert_eq!(
            servers.run(Bucket(2), 105, 10),
            120,
            "the same server, behind the first"
        );
        assert_eq!(servers.run(Bucket(1), 105, 10), 115, "another server");
        assert_eq!(servers.run(Bucket(0), 500, 10), 510, "idle since");
    }

    #[test]
    fn a_buyer_who_asks_again_has_the_same_unit() {
        let mut shelves = warm(2, 1);
        let open = scenario::OPENS;
        assert_eq!(shelves.reserve(open, 7, 1), Reply::Held { replayed: false });
        assert_eq!(shelves.reserve(open, 7, 2), Reply::Held { replayed: true });
        assert_eq!((shelves.on_shelf(), shelves.held()), (1, 1));
        assert_eq!(shelves.reserve(open - 1_000_000, 8, 3), Reply::NotOnSale);
    }

    #[test]
    fn a_unit_from_elsewhere_comes_back_to_where_it_was_taken() {
        let mut shelves = warm(2, 2);
        let home = shelves.home(7);
        let other = Bucket(1 - home.0);
        let neighbour = (0..)
            .find(|&buyer| shelves.home(buyer) == home && buyer != 7)
            .unwrap();
        let open = scenario::OPENS;
        assert_eq!(
            shelves.reserve(open, neighbour, 1),
            Reply::Held { replayed: false }
        );
        let seek = Reply::Seek {
            order: 2,
            epoch: Some(0),
        };
        assert_eq!(shelves.reserve(open, 7, 2), seek);
        assert_eq!(shelves.take(other, 2), Reply::Taken);
        assert_eq!(shelves.settle(7, 2, other), Reply::Held { replayed: false });
        assert_eq!(shelves.on_shelf(), 0);

        assert_eq!(shelves.give_back(open, 7, 2), Some(other));
        assert_eq!(shelves.release(open, other, 2), Reply::Released);
        assert_eq!(shelves.look(other), Reply::Seen { stock: 1, epoch: 1 });
        assert_eq!(shelves.longest_on_shelf(open + 5), Some(5));
        assert_eq!(shelves.give_back(open, 7, 2), None, "it is returned once");
    }
}
