//! A request's way through Redis: what `Stock::reserve` and `Stock::spill` do, call by call.

use seckill::core::ids::{Bucket, BuyerId};
use seckill::core::segments;

use super::{Event, World};
use crate::buyers::instance_of;
use crate::queue::Nanos;
use crate::redis::{Order, Reply};
use crate::scenario;
use crate::tally::Outcome;

/// A buyer's request on its way through an instance and Redis.
#[derive(Default)]
pub struct Request {
    pub(super) buyer: u32,
    pub(super) order: Order,
    pub(super) since: Nanos,
    /// Buckets to look into, next one last.
    pub(super) spill: Vec<Bucket>,
    /// The claim was there before: its unit may lie behind a gate that closed since, so no gate spares a look.
    pub(super) met_again: bool,
    pub(super) empty: Vec<(Bucket, u64)>,
}

#[derive(Clone, Copy)]
pub struct Call {
    pub(super) buyer: u32,
    pub(super) order: Order,
    pub(super) script: Script,
}

#[derive(Clone, Copy)]
pub enum Script {
    Reserve,
    Take(Bucket),
    Settle(Bucket),
    Drop,
    /// The claim wanted the unit no more; whether it has another.
    Release(Bucket, bool),
}

impl World {
    /// Sends a script to its server. What is not answered in time happens all the same.
    pub(super) fn send(&mut self, now: Nanos, call: Call, request: Option<u32>) {
        self.tally.redis_call(now);
        let bucket = match call.script {
            Script::Reserve | Script::Settle(_) | Script::Drop => self.shelves.home(call.buyer),
            Script::Take(bucket) | Script::Release(bucket, _) => bucket,
        };
        let arrives = now + scenario::NETWORK;
        let done = self.servers.run(bucket, arrives, scenario::SCRIPT);
        let in_time = done + scenario::NETWORK <= now + scenario::ANSWER_WITHIN;
        self.queue
            .at(done, Event::Run(call, request.filter(|_| in_time)));
        if let (Some(request), false) = (request, in_time) {
            self.queue
                .after(scenario::ANSWER_WITHIN, Event::TimedOut(request));
        }
    }

    pub(super) fn execute(&mut self, now: Nanos, call: Call) -> Reply {
        let Call {
            buyer,
            order,
            script,
        } = call;
        let reply = match script {
            Script::Reserve => self.shelves.reserve(now, buyer, order),
            Script::Take(bucket) => self.shelves.take(bucket, order),
            Script::Settle(unit) => self.shelves.settle(buyer, order, unit),
            Script::Drop => self.shelves.drop_claim(buyer, order),
            Script::Release(bucket, _) => self.shelves.release(now, bucket, order),
        };
        if reply == (Reply::Held { replayed: false }) && self.rng.chance(scenario::UNPAID) {
            self.unpaid
                .push_back((now + scenario::PAY_WITHIN, buyer, order));
        }
        reply
    }

    /// A script's answer at the instance: what `Stock::reserve` and `Stock::spill` do next.
    pub(super) fn answered(&mut self, now: Nanos, number: u32, call: Call, reply: Reply) {
        let next = |script| Call { script, ..call };
        match (call.script, reply) {
            (Script::Reserve | Script::Settle(_), Reply::Held { replayed }) => {
                self.end(now, number, Outcome::Accepted { replayed });
            }
            (Script::Reserve, Reply::Seek { order, epoch }) => {
                let home = self.shelves.home(call.buyer);
                let mut spill =
                    segments::spill_order(BuyerId(call.buyer.into()), self.sale.buckets());
                spill.reverse();
                let request = &mut self.requests[number as usize];
                request.order = order;
                request.spill = spill;
                request.met_again = epoch.is_none();
                if let Some(epoch) = epoch {
                    self.empty(number, home, epoch);
                }
                self.look_elsewhere(now, number);
            }
            (Script::Reserve, Reply::SoldOut(epoch)) => {
                let home = self.shelves.home(call.buyer);
                self.empty(number, home, epoch);
                self.end(now, number, Outcome::SoldOutByRedis);
            }
            (Script::Take(bucket), Reply::SoldOut(epoch)) => {
                self.empty(number, bucket, epoch);
                self.look_elsewhere(now, number);
            }
            (Script::Take(bucket), Reply::Taken) => {
                self.send(now, next(Script::Settle(bucket)), Some(number));
            }
            (Script::Settle(unit), Reply::Elsewhere { held }) => {
                self.send(now, next(Script::Release(unit, held)), Some(number));
            }
            (Script::Release(_, true), Reply::Released)
            | (Script::Drop, Reply::Elsewhere { held: true }) => {
                self.end(now, number, Outcome::Accepted { replayed: true });
            }
            (Script::Drop, Reply::Elsewhere { held: false }) => {
                self.end(now, number, Outcome::SoldOutByRedis);
            }
            (Script::Release(_, false), Reply::Released) | (Script::Reserve, Reply::NotOnSale) => {
                self.end(now, number, Outcome::TryAgain);
            }
            (_, _) => unreachable!("{reply:?} is no answer to that script"),
        }
    }

    /// A bucket said that it is empty.
    pub(super) fn empty(&mut self, number: u32, bucket: Bucket, epoch: u64) {
        let request = &mut self.requests[number as usize];
        request.empty.push((bucket, epoch));
        if self.variant.gate && self.variant.early {
            let gates = &self.instances[instance_of(request.buyer)].gates;
            gates.of(bucket).sold_out(epoch);
        }
    }

    /// The next bucket whose gate is open; when there is none, the claim is dropped.
    pub(super) fn look_elsewhere(&mut self, now: Nanos, number: u32) {
        let request = &mut self.requests[number as usize];
        let gates = &self.instances[instance_of(request.buyer)].gates;
        let open = loop {
            match request.spill.pop() {
                Some(bucket) if request.met_again || gates.of(bucket).is_open() => {
                    break Some(bucket);
                }
                Some(_) => {}
                None => break None,
            }
        };
        let call = Call {
            buyer: request.buyer,
            order: request.order,
            script: open.map_or(Script::Drop, Script::Take),
        };
        self.send(now, call, Some(number));
    }

    /// The buyer is told, and the instance learns: `Seckill::learn`.
    pub(super) fn end(&mut self, now: Nanos, number: u32, outcome: Outcome) {
        let request = &mut self.requests[number as usize];
        let (buyer, since) = (request.buyer, request.since);
        if self.variant.gate && outcome == Outcome::SoldOutByRedis {
            let gates = &self.instances[instance_of(buyer)].gates;
            for &(bucket, epoch) in &request.empty {
                gates.of(bucket).sold_out(epoch);
            }
        }
        request.empty.clear();
        request.spill.clear();
        self.spare.push(number);
        self.tally.latency(now - since);
        self.tell(now, buyer, outcome);
    }
}
