//! Orders on their way through Kafka: the message, and the one who sends it.
//!
//! A produce that timed out is not a produce that failed: the broker may have the record. So there are three outcomes, and only
//! one of them is certain. The order's id travels in the message, and the ledger takes an id once; sending twice is
//! the cure for not knowing, never taking back.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::ledger::Order;
use super::stock::Reservation;
use crate::core::ids::{Bucket, BuyerId, OrderId, SaleId, UnixMillis};

/// The message, as JSON. A field that is not known is refused: it would be lost in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    sale: String,
    order: String,
    buyer: u64,
    unit: u16,
    reserved_at_ms: u64,
}

/// A message that is not an order of this sale.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// Not the JSON that is sent here.
    #[error("not an order message: {0}")]
    Json(#[from] serde_json::Error),
    /// The order's id is none.
    #[error(transparent)]
    Id(#[from] crate::core::ids::IdError),
    /// Another sale's order.
    #[error("an order of sale {found:?} in the topic of {expected:?}")]
    OtherSale {
        /// What the message says.
        found: String,
        /// Whose topic it is.
        expected: String,
    },
    /// No such bucket.
    #[error("unit {unit} of a sale with {buckets} buckets")]
    Unit {
        /// What the message says.
        unit: u16,
        /// How many there are.
        buckets: u16,
    },
}

/// How a produce ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Published {
    /// The broker has it, on as many replicas as it was told to.
    Delivered,
    /// Time ran out, or the connection broke: the broker may have it.
    Unknown,
    /// It never left this process.
    NotSent,
}

/// Sends orders to one topic.
#[derive(Clone)]
pub struct Publisher {
    producer: FutureProducer,
    topic: String,
    sale: SaleId,
}

impl Order {
    /// The order that a reservation becomes.
    #[must_use]
    pub fn of(reservation: &Reservation) -> Self {
        Self {
            order: reservation.claim.order,
            buyer: reservation.buyer,
            unit: reservation.unit,
            reserved_at: reservation.claim.at,
        }
    }

    /// The message that carries it.
    #[must_use]
    pub fn encode(&self, sale: &SaleId) -> Vec<u8> {
        let wire = Wire {
            sale: sale.to_string(),
            order: self.order.to_string(),
            buyer: self.buyer.0,
            unit: self.unit.0,
            reserved_at_ms: self.reserved_at.0,
        };
        serde_json::to_vec(&wire).expect("strings and numbers are JSON")
    }

    /// The order in a message.
    ///
    /// # Errors
    /// [`BadMessage`] says what is wrong with it.
    pub fn decode(payload: &[u8], sale: &SaleId, buckets: u16) -> Result<Self, BadMessage> {
        let wire: Wire = serde_json::from_slice(payload)?;
        if wire.sale != sale.as_str() {
            return Err(BadMessage::OtherSale {
                found: wire.sale,
                expected: sale.to_string(),
            });
        }
        if wire.unit >= buckets {
            return Err(BadMessage::Unit {
                unit: wire.unit,
                buckets,
            });
        }
        Ok(Self {
            order: wire.order.parse::<OrderId>()?,
            buyer: BuyerId(wire.buyer),
            unit: Bucket(wire.unit),
            reserved_at: UnixMillis(wire.reserved_at_ms),
        })
    }
}

impl Publisher {
    /// A publisher that answers [`Published::Unknown`] when the broker has not acknowledged within `give_up`.
    ///
    /// # Errors
    /// librdkafka refuses the configuration.
    pub fn new(
        brokers: &str,
        topic: &str,
        sale: &SaleId,
        give_up: Duration,
    ) -> Result<Self, Error> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("acks", "all")
            // The broker drops what the client's own retries send twice; what *we* send twice, the ledger drops.
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", give_up.as_millis().to_string())
            // What a broker takes is the broker's to say; the client's own limit is below its default.
            .set("message.max.bytes", "10000000")
            .set("linger.ms", "2")
            .create()?;
        Ok(Self {
            producer,
            topic: topic.to_owned(),
            sale: sale.clone(),
        })
    }

    /// Sends one order.
    pub async fn publish(&self, order: &Order) -> Published {
        // ANCHOR: stage4_publish
        todo!("stage 4: publish")
        // ANCHOR_END: stage4_publish
    }

    /// Sends many orders, all at once, and says how many the broker has for certain.
    pub async fn publish_all(&self, orders: &[Order]) -> usize {
        let mut sent = Vec::with_capacity(orders.len());
        for order in orders {
            let (key, payload) = (order.buyer.to_string(), order.encode(&self.sale));
            let record = FutureRecord::to(&self.topic).key(&key).payload(&payload);
            // A full queue ends it: the rest is met again in the next pass.
            let Ok(delivery) = self.producer.send_result(record) else {
                break;
            };
            sent.push(delivery);
        }
        let mut delivered = 0;
        for delivery in sent {
            delivered += usize::from(matches!(delivery.await, Ok(Ok(_))));
        }
        delivered
    }

    /// Sends a message that is no order to the topic of the dead, as it came, with the reason beside it (if both fit).
    ///
    /// # Errors
    /// The broker did not take it in time: it must not be passed over.
    pub async fn bury(&self, payload: &[u8], reason: &str) -> Result<(), Error> {
        let topic = dead_letters(&self.topic);
        let bare = || FutureRecord::<(), [u8]>::to(&topic).payload(payload);
        let header = Header {
            key: "reason",
            value: Some(reason),
        };
        let with_reason = bare().headers(OwnedHeaders::new().insert(header));
        match self.producer.send(with_reason, Duration::ZERO).await {
            Ok(_) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge), _)) => {}
            Err((error, _)) => return Err(error.into()),
        }
        // The topic took the message before, so alone it fits.
        let sent = self.producer.send(bare(), Duration::ZERO).await;
        sent.map_err(|(error, _)| error)?;
        Ok(())
    }
}

/// The topic for messages of `topic` that are no orders.
#[must_use]
pub fn dead_letters(topic: &str) -> String {
    format!("{topic}.dead")
}
