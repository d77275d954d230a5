//! One instance of the sale: a request's way from the door to its answer.
//!
//! The cheapest refusal comes first: the hour (a comparison), the gate (a load), the limiter (a hash map), and only then Redis. The gate
//! stands before the limiter because after the last unit nine in ten requests end there, and "too many requests" would be
//! the wrong answer to them. Nothing is undone on the way out: a request may be dropped at any await, and what it had
//! reserved is the reconciler's to finish.

use uuid::Uuid;

use super::clock::Clock;
use super::error::Error;
use super::ledger::Order;
use super::limiter::Admission;
use super::orders::{Published, Publisher};
use super::stock::{Reservation, Reserve, Stock};
use crate::core::gate::Gates;
use crate::core::ids::{BuyerId, OrderId};
use crate::core::sale::Phase;
use crate::core::window::Verdict;

/// One instance.
pub struct Seckill {
    stock: Stock,
    gates: Gates,
    admission: Admission,
    publisher: Publisher,
    clock: Clock,
}

/// What a buyer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// The buyer has a unit, and this is the order that it becomes.
    Accepted {
        /// The id under which the ledger will have it.
        order: OrderId,
        /// Whether an earlier request had got it.
        replayed: bool,
    },
    /// No unit was free. One may come back.
    SoldOut,
    /// Too many requests of this buyer.
    TooMany {
        /// When to ask again.
        retry_after: std::time::Duration,
    },
    /// The sale has not begun.
    NotYet {
        /// How long until it does.
        opens_in: std::time::Duration,
    },
    /// The sale is over.
    Closed,
    /// Nobody knows yet: ask again.
    TryAgain,
}

impl Seckill {
    /// An instance that knows nothing yet: all gates open.
    #[must_use]
    pub fn new(stock: Stock, admission: Admission, publisher: Publisher) -> Self {
        let gates = Gates::open(stock.sale().buckets());
        Self {
            stock,
            gates,
            admission,
            publisher,
            clock: Clock::start(),
        }
    }

    /// `buyer` wants a unit.
    ///
    /// # Errors
    /// Redis failed. The buyer may have a unit all the same; asking again tells.
    // ANCHOR: buy
    pub async fn buy(&self, buyer: BuyerId) -> Result<Answer, Error> {
        if let Some(refusal) = self.admit(buyer).await {
            return Ok(refusal);
        }
        let order = OrderId(Uuid::now_v7().as_u128());
        let reserve = self.stock.reserve(buyer, order, &self.gates).await?;
        self.learn(&reserve);
        Ok(match reserve {
            Reserve::Reserved(reservation) => self.place(&reservation).await,
            Reserve::SoldOut(_) => Answer::SoldOut,
            Reserve::NotYet { opens_in } => Answer::NotYet { opens_in },
            Reserve::Closed => Answer::Closed,
            Reserve::Cold | Reserve::Crossed => Answer::TryAgain,
        })
    }
    // ANCHOR_END: buy

    /// What this instance can say by itself; `None` sends the request on to Redis.
    pub async fn admit(&self, buyer: BuyerId) -> Option<Answer> {
        // ANCHOR: stage3_admit
        match self.stock.sale().phase(self.clock.wall()) {
            Phase::NotYet { opens_in } => return Some(Answer::NotYet { opens_in }),
            Phase::Closed => return Some(Answer::Closed),
            Phase::Open => {}
        }
        if self.gates.all_closed() {
            return Some(Answer::SoldOut);
        }
        match self.admission.check(buyer, self.clock.elapsed()).await {
            Verdict::Admit => None,
            Verdict::Refuse { retry_after } => Some(Answer::TooMany { retry_after }),
        }
        // ANCHOR_END: stage3_admit
    }

    /// Closes the gates of the buckets that said they were empty.
    pub fn learn(&self, reserve: &Reserve) {
        // ANCHOR: stage3_learn
        if let Reserve::SoldOut(empty) = reserve {
            for &(bucket, epoch) in empty {
                self.gates.of(bucket).sold_out(epoch);
            }
        }
        // ANCHOR_END: stage3_learn
    }

    /// Looks into the buckets, so that a gate opens again when a unit has come back. Call it a few times a second.
    ///
    /// # Errors
    /// Redis failed; the gates stay as they are.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.stock.observe(&self.gates).await
    }

    /// Sends the order on its way and tells the buyer its id.
    async fn place(&self, reservation: &Reservation) -> Answer {
        // ANCHOR: stage4_place
        if !reservation.replayed {
            let published = self.publisher.publish(&Order::of(reservation)).await;
            self.after_publish(published, reservation).await;
        }
        Answer::Accepted {
            order: reservation.claim.order,
            replayed: reservation.replayed,
        }
        // ANCHOR_END: stage4_place
    }

    /// Whatever became of the message, the reservation stands: the reconciler sends it again if the ledger never hears of it.
    async fn after_publish(&self, published: Published, reservation: &Reservation) {
        // ANCHOR: stage4_after_publish
        match published {
            Published::Delivered => {}
            Published::Unknown | Published::NotSent => {
                tracing::warn!(order = %reservation.claim.order, ?published, "left to the reconciler");
            }
        }
        // ANCHOR_END: stage4_after_publish
    }

    /// The sale's stock.
    #[must_use]
    pub fn stock(&self) -> &Stock {
        &self.stock
    }

    /// This instance's gates.
    #[must_use]
    pub fn gates(&self) -> &Gates {
        &self.gates
    }
}
