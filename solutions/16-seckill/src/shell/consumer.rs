//! From Kafka to the ledger: the order consumer.
//!
//! A batch is read, written in one transaction, and only then is the offset committed. Whoever dies before the commit leaves
//! the batch to be read again, and the ledger takes an order once: so at-least-once delivery becomes exactly one
//! order. A message that is no order goes to the topic of the dead before its offset is passed: it is neither lost nor in the way.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use tokio::sync::Mutex;

use super::error::Error;
use super::ledger::{Ledger, Order, Recorded};
use super::orders::Publisher;
use crate::core::sale::Sale;

/// Orders in one transaction: enough to share its commit, few enough to be redone quickly.
const BATCH: usize = 256;
/// Between two tries of a ledger that does not answer.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Where a consumer reads.
#[derive(Clone, Debug)]
pub struct Source {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// The topic of the orders.
    pub topic: String,
    /// The consumer group.
    pub group: String,
    /// A name that outlives a restart: the broker then hands the partitions back at once instead of waiting for the
    /// session of the dead to time out.
    pub instance: Option<String>,
}

/// Writes the orders of one topic into the ledger.
pub struct OrderConsumer {
    /// There until this is dropped.
    consumer: Option<StreamConsumer>,
    publisher: Publisher,
    ledger: Ledger,
    sale: Sale,
    topic: String,
    /// What was read and not yet committed. It outlives a dropped [`Self::step`], which would else pass it over.
    pending: Mutex<Batch>,
}

#[derive(Default)]
struct Batch {
    orders: Vec<Order>,
    dead: Vec<(Vec<u8>, String)>,
    /// By partition, the offset after the last message of the batch.
    next: HashMap<i32, i64>,
}

/// librdkafka may wait for ever when a consumer is closed while it joins its group (librdkafka issue 4884), so it is closed
/// on a thread of its own. Nothing rests on it: the offsets are committed, and the broker notices that the member is gone.
impl Drop for OrderConsumer {
    fn drop(&mut self) {
        let consumer = self.consumer.take();
        std::thread::spawn(move || drop(consumer));
    }
}

impl OrderConsumer {
    /// Subscribes to the source's topic.
    ///
    /// # Errors
    /// librdkafka refuses the configuration.
    pub fn new(
        source: &Source,
        sale: Sale,
        ledger: Ledger,
        publisher: Publisher,
    ) -> Result<Self, Error> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &source.brokers)
            .set("group.id", &source.group)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", "6000");
        if let Some(instance) = &source.instance {
            config.set("group.instance.id", instance);
        }
        let consumer: StreamConsumer = config.create()?;
        consumer.subscribe(&[&source.topic])?;
        let topic = source.topic.clone();
        Ok(Self {
            consumer: Some(consumer),
            publisher,
            ledger,
            sale,
            topic,
            pending: Mutex::default(),
        })
    }

    /// One batch: reads it (waiting for a first message), writes it, commits its offset. Answers what became of each order.
    ///
    /// May be dropped at any await: the next step goes on with the same batch.
    ///
    /// # Errors
    /// Kafka failed, or the ledger in a way that trying again does not mend. The batch is kept.
    pub async fn step(&self) -> Result<Vec<(Order, Recorded)>, Error> {
        // ANCHOR: stage4_step
        let mut batch = self.pending.lock().await;
        if batch.next.is_empty() {
            self.read(&mut batch).await?;
        }
        let outcomes = loop {
            match self.ledger.record(&self.sale, &batch.orders).await {
                Ok(outcomes) => break outcomes,
                Err(error) if error.retryable() => {
                    tracing::warn!(%error, orders = batch.orders.len(), "ledger unavailable; the batch waits");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
                Err(error) => return Err(error),
            }
        };
        for (payload, reason) in &batch.dead {
            self.publisher.bury(payload, reason).await?;
        }
        self.commit(&batch)?;
        let done = std::mem::take(&mut *batch);
        Ok(done.orders.into_iter().zip(outcomes).collect())
        // ANCHOR_END: stage4_step
    }

    /// Steps until `stop` completes.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn run(&self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return Ok(()),
                stepped = self.step() => {
                    for (order, recorded) in stepped? {
                        tracing::info!(order = %order.order, buyer = %order.buyer, ?recorded, "order");
                    }
                }
            }
        }
    }

    /// Waits for one message, then takes what else has arrived.
    async fn read(&self, batch: &mut Batch) -> Result<(), Error> {
        let mut message = self.receive().await?;
        loop {
            batch.next.insert(message.partition(), message.offset() + 1);
            let payload = message.payload().unwrap_or_default();
            match Order::decode(payload, self.sale.id(), self.sale.buckets()) {
                Ok(order) => batch.orders.push(order),
                Err(reason) => {
                    tracing::error!(%reason, offset = message.offset(), "a message that is no order");
                    batch.dead.push((payload.to_owned(), reason.to_string()));
                }
            }
            if batch.orders.len() + batch.dead.len() >= BATCH {
                return Ok(());
            }
            match tokio::time::timeout(Duration::ZERO, self.receive()).await {
                Ok(next) => message = next?,
                Err(_nothing_there) => return Ok(()),
            }
        }
    }

    /// The next message. librdkafka reconnects by itself and reports what went wrong on the way; only a fatal error ends it.
    async fn receive(&self) -> Result<BorrowedMessage<'_>, Error> {
        loop {
            match self.consumer().recv().await {
                Ok(message) => return Ok(message),
                Err(KafkaError::MessageConsumptionFatal(code)) => {
                    return Err(KafkaError::MessageConsumptionFatal(code).into());
                }
                Err(error) => tracing::warn!(%error, "kafka"),
            }
        }
    }

    fn consumer(&self) -> &StreamConsumer {
        self.consumer
            .as_ref()
            .expect("it is taken when this is dropped")
    }

    fn commit(&self, batch: &Batch) -> Result<(), Error> {
        let mut offsets = TopicPartitionList::new();
        for (&partition, &next) in &batch.next {
            offsets.add_partition_offset(&self.topic, partition, Offset::Offset(next))?;
        }
        Ok(self.consumer().commit(&offsets, CommitMode::Async)?)
    }
}
