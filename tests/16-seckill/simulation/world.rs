//! The sale as it runs: buyers, instances and the reconciler, in virtual time.
//!
//! What an instance decides is decided by the reference's own core: the phase, the gates, the limiter, where a claim lives and
//! where a unit is looked for. What is repeated here is the shell's order of calls (`service.rs`, `spill.rs`), because a
//! simulation has no awaits. Left out: the instances' own processors, Kafka and MySQL behind the reservation, failures.

use std::collections::VecDeque;
use std::time::Duration;

use seckill::core::gate::Gates;
use seckill::core::ids::{Bucket, BuyerId};
use seckill::core::limiter::Limiter;
use seckill::core::sale::{Phase, Sale};
use seckill::core::window::Verdict;

use crate::buyers::{self, instance_of};
use crate::queue::{Nanos, Queue};
use crate::redis::{Order, Reply, Servers, Shelves};
use crate::rng::Rng;
use crate::scenario;
use crate::tally::{Outcome, Tally};

#[path = "journey.rs"]
mod journey;

use journey::{Call, Request, Script};

/// What is built, or left out to see what it buys.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    pub name: &'static str,
    pub gate: bool,
    /// A gate closes at its bucket's answer, not when the request that asked it has ended.
    pub early: bool,
    pub limiter: bool,
    pub buckets: u16,
    /// Ends here, or when the stock has drained.
    pub until: Option<Nanos>,
}

/// A run.
pub struct World {
    variant: Variant,
    sale: Sale,
    queue: Queue<Event>,
    rng: Rng,
    instances: Vec<Instance>,
    servers: Servers,
    shelves: Shelves,
    requests: Vec<Request>,
    spare: Vec<u32>,
    orders: Order,
    /// Orders that nobody will pay, by the moment when the reconciler learns it.
    unpaid: VecDeque<(Nanos, u32, Order)>,
    tally: Tally,
}

struct Instance {
    gates: Gates,
    limiter: Limiter,
    /// When it began to look into the buckets, or was to.
    looks_at: Nanos,
}

enum Event {
    /// A buyer asks.
    Ask(u32),
    /// A server runs a script, for a request that may have been given up meanwhile.
    Run(Call, Option<u32>),
    /// Its answer reaches the instance.
    Answer(u32, Call, Reply),
    /// No answer came in time.
    TimedOut(u32),
    /// An instance looks into a bucket for its gate; the server answers; the answer arrives.
    Look(u16, Bucket),
    LookRun(u16, Bucket),
    Seen(u16, Bucket, Reply),
    /// The reconciler goes on.
    Pass,
    /// Redis gives back a dead order's unit.
    GiveBack(u32, Order),
}

impl World {
    pub fn new(variant: Variant, seed: u64) -> Self {
        let sale = scenario::sale(scenario::STOCK, variant.buckets);
        let instance = || Instance {
            gates: Gates::open(variant.buckets),
            limiter: Limiter::new(scenario::limit()),
            looks_at: 0,
        };
        let mut world = Self {
            variant,
            queue: Queue::new(),
            rng: Rng::new(seed),
            instances: (0..scenario::INSTANCES).map(|_| instance()).collect(),
            servers: Servers::new(scenario::SERVERS.min(variant.buckets.into())),
            shelves: Shelves::warm(&sale),
            requests: Vec::new(),
            spare: Vec::new(),
            orders: 0,
            unpaid: VecDeque::new(),
            tally: Tally::default(),
            sale,
        };
        for buyer in 0..scenario::BUYERS {
            let first = buyers::first_ask(&mut world.rng, buyer);
            world.queue.at(first, Event::Ask(buyer));
        }
        if variant.gate {
            for instance in 0..scenario::INSTANCES {
                let first = world.rng.below(scenario::REFRESH);
                world.instances[usize::from(instance)].looks_at = first;
                world.queue.at(first, Event::Look(instance, Bucket(0)));
            }
        }
        world.queue.at(scenario::RECONCILE, Event::Pass);
        world
    }

    /// Runs until the stock has drained (every unit is with a buyer who pays), or until the variant's end.
    ///
    /// # Panics
    /// If a unit is made, lost or sold twice, at any event; or if the sale never drains.
    pub fn run(mut self) -> Tally {
        while let Some((now, event)) = self.queue.next() {
            if self.variant.until.is_some_and(|until| now >= until) {
                break;
            }
            self.tally.see(now, self.shelves.on_shelf());
            self.happen(now, event);
            if self.drained() {
                self.tally.drained_at = Some(now);
                assert_eq!(self.shelves.held(), self.sale.stock(), "sold at drain");
                break;
            }
        }
        let drained = self.tally.drained_at.is_some();
        assert!(
            drained || self.variant.until.is_some(),
            "the stock never drained"
        );
        self.tally.sold = self.shelves.held();
        self.tally.events = self.queue.scheduled();
        let peak = self.tally.peak(|row| row.requests);
        let whole = self.variant.until.is_none();
        assert!(
            peak >= scenario::PEAK || !whole,
            "{peak} requests a second are not the scenario"
        );
        self.tally
    }

    fn drained(&self) -> bool {
        self.shelves.held() == self.sale.stock() && self.unpaid.is_empty()
    }

    fn happen(&mut self, now: Nanos, event: Event) {
        match event {
            Event::Ask(buyer) => self.ask(now, buyer),
            Event::Run(call, request) => {
                let reply = self.execute(now, call);
                if let Some(request) = request {
                    let answer = Event::Answer(request, call, reply);
                    self.queue.after(scenario::NETWORK, answer);
                }
            }
            Event::Answer(request, call, reply) => self.answered(now, request, call, reply),
            Event::TimedOut(request) => self.end(now, request, Outcome::TryAgain),
            Event::Look(instance, bucket) => {
                self.tally.redis_call(now);
                let arrives = now + scenario::NETWORK;
                let done = self.servers.run(bucket, arrives, scenario::COMMAND);
                self.queue.at(done, Event::LookRun(instance, bucket));
            }
            Event::LookRun(instance, bucket) => {
                let seen = self.shelves.look(bucket);
                self.queue
                    .after(scenario::NETWORK, Event::Seen(instance, bucket, seen));
            }
            Event::Seen(instance, bucket, seen) => self.seen(now, instance, bucket, seen),
            Event::Pass => self.pass(now),
            Event::GiveBack(buyer, order) => {
                if let Some(unit) = self.shelves.give_back(now, buyer, order) {
                    let release = Call {
                        buyer,
                        order,
                        script: Script::Release(unit, false),
                    };
                    self.send(now, release, None);
                }
                self.queue.after(scenario::NETWORK, Event::Pass);
            }
        }
    }

    /// A request at its instance's door: `Seckill::buy`.
    fn ask(&mut self, now: Nanos, buyer: u32) {
        self.tally.request(now);
        if let Some(pause) = buyers::asks_anyway(now, buyer) {
            self.queue.after(pause, Event::Ask(buyer));
        }
        match self.admit(now, buyer) {
            Some(refusal) => self.tell(now, buyer, refusal),
            None => {
                self.orders += 1;
                let number = self.spare.pop().unwrap_or_else(|| {
                    self.requests.push(Request::default());
                    self.requests.len() as u32 - 1
                });
                let order = self.orders;
                let request = &mut self.requests[number as usize];
                (request.buyer, request.order, request.since) = (buyer, order, now);
                let script = Script::Reserve;
                self.send(
                    now,
                    Call {
                        buyer,
                        order,
                        script,
                    },
                    Some(number),
                );
            }
        }
    }

    /// What the instance says by itself: `Seckill::admit`.
    fn admit(&self, now: Nanos, buyer: u32) -> Option<Outcome> {
        match self.sale.phase(scenario::wall(now)) {
            Phase::Open => {}
            Phase::NotYet { opens_in } => return Some(Outcome::NotYet(nanos(opens_in))),
            Phase::Closed => return Some(Outcome::Closed),
        }
        let instance = &self.instances[instance_of(buyer)];
        if instance.gates.all_closed() {
            return Some(Outcome::SoldOutByGate);
        }
        if !self.variant.limiter {
            return None;
        }
        match instance
            .limiter
            .check(BuyerId(buyer.into()), Duration::from_nanos(now))
        {
            Verdict::Admit => None,
            Verdict::Refuse { retry_after } => Some(Outcome::TooMany(nanos(retry_after))),
        }
    }

    /// What a buyer makes of an answer: ask again, or go.
    fn tell(&mut self, now: Nanos, buyer: u32, outcome: Outcome) {
        let sold_out = matches!(outcome, Outcome::SoldOutByGate | Outcome::SoldOutByRedis);
        let stale = self.shelves.longest_on_shelf(now).filter(|_| sold_out);
        self.tally.answer(now, outcome, stale);
        if buyers::asks_anyway(now, buyer).is_some() {
            return;
        }
        if let Some(pause) = buyers::asks_again(&mut self.rng, buyer, outcome) {
            self.queue.after(pause, Event::Ask(buyer));
        }
    }

    /// One bucket after the other, and again after the interval: `Stock::observe`, called as `main.rs` does.
    fn seen(&mut self, now: Nanos, number: u16, bucket: Bucket, seen: Reply) {
        let instance = &mut self.instances[usize::from(number)];
        if let Reply::Seen { stock, epoch } = seen {
            instance.gates.of(bucket).observe(stock, epoch);
        }
        if bucket.0 + 1 < self.sale.buckets() {
            self.queue
                .after(0, Event::Look(number, Bucket(bucket.0 + 1)));
        } else {
            // A tick that was missed is made up for at once, as tokio's interval does.
            instance.looks_at += scenario::REFRESH;
            let next = instance.looks_at.max(now);
            self.queue.at(next, Event::Look(number, Bucket(0)));
        }
    }

    /// Returns the next unit that nobody paid for, or waits for the next pass.
    fn pass(&mut self, now: Nanos) {
        match self.unpaid.front() {
            Some(&(due, buyer, order)) if due <= now => {
                self.unpaid.pop_front();
                self.tally.returned += 1;
                self.tally.redis_call(now);
                let bucket = self.shelves.home(buyer);
                let arrives = now + scenario::NETWORK;
                let done = self.servers.run(bucket, arrives, scenario::SCRIPT);
                self.queue.at(done, Event::GiveBack(buyer, order));
            }
            Some(_) | None => self.queue.after(scenario::RECONCILE, Event::Pass),
        }
    }
}

fn nanos(duration: Duration) -> Nanos {
    duration.as_nanos() as Nanos
}
