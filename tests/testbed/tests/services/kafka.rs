//! Kafka, shared and own.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::Message;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use testbed::{Error, Kafka, eventually};

fn producer(kafka: &Kafka) -> FutureProducer {
    ClientConfig::new()
        .set("bootstrap.servers", kafka.brokers())
        .set("acks", "all")
        .set("message.timeout.ms", "20000")
        .create()
        .unwrap()
}

async fn send(producer: &FutureProducer, topic: &str, payload: &str) -> Result<(), String> {
    let record = FutureRecord::<str, str>::to(topic).payload(payload);
    let sent = producer.send(record, Duration::from_secs(20)).await;
    sent.map(|_| ()).map_err(|(error, _)| error.to_string())
}

/// Reads so many records from the beginning, in a group of its own.
async fn read(kafka: &Kafka, topic: &str, group: &str, wanted: usize) -> Vec<String> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", kafka.brokers())
        .set("group.id", kafka.group(group))
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let mut payloads = Vec::new();
    while payloads.len() < wanted {
        let next = tokio::time::timeout(Duration::from_secs(20), consumer.recv()).await;
        let record = next.unwrap_or_else(|_| panic!("only {payloads:?} of {wanted}"));
        if let Ok(record) = record {
            payloads.push(String::from_utf8_lossy(record.payload().unwrap()).into_owned());
        }
    }
    payloads
}

#[tokio::test]
async fn two_handles_share_a_broker_and_no_topic() -> Result<(), Error> {
    let (one, other) = (testbed::kafka().await?, testbed::kafka().await?);
    assert_eq!(one.brokers(), other.brokers());
    for (kafka, payload) in [(&one, "one"), (&other, "other")] {
        let topic = kafka.create_topic("orders", 2).await?;
        assert_eq!(topic, kafka.topic("orders"));
        send(&producer(kafka), &topic, payload).await.unwrap();
    }
    assert_eq!(
        read(&one, &one.topic("orders"), "readers", 1).await,
        ["one"]
    );
    assert_eq!(
        read(&other, &other.topic("orders"), "readers", 1).await,
        ["other"]
    );
    Ok(())
}

#[tokio::test]
async fn attaching_is_quick() -> Result<(), Error> {
    testbed::kafka().await?;
    let begun = Instant::now();
    testbed::kafka().await?;
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    Ok(())
}

#[tokio::test]
async fn a_topic_that_is_there_is_an_error() -> Result<(), Error> {
    let kafka = testbed::kafka().await?;
    kafka.create_topic("orders", 1).await?;
    let again = kafka
        .create_topic("orders", 1)
        .await
        .unwrap_err()
        .to_string();
    assert!(again.contains("already exists"), "{again}");
    Ok(())
}

#[tokio::test]
async fn topics_of_a_dead_process_are_swept() -> Result<(), Error> {
    let kafka = testbed::kafka().await?;
    let machine: String = kafka.topic("").split_inclusive('_').take(2).collect();
    // Process 4194305 is beyond Linux's highest number; this test may run several times at once.
    let me = std::process::id();
    let orphan = format!("{machine}4194305_{me}_1_orders");
    let config = ClientConfig::new()
        .set("bootstrap.servers", kafka.brokers())
        .clone();
    let admin: rdkafka::admin::AdminClient<_> = config.create().unwrap();
    let new = rdkafka::admin::NewTopic::new(&orphan, 1, rdkafka::admin::TopicReplication::Fixed(1));
    admin
        .create_topics([&new], &Default::default())
        .await
        .unwrap();
    testbed::sweep().await?;
    let gone = async || {
        let metadata = admin
            .inner()
            .fetch_metadata(None, Duration::from_secs(5))
            .ok()?;
        (!metadata.topics().iter().any(|topic| topic.name() == orphan)).then_some(())
    };
    eventually(Duration::from_secs(5), "the topic is deleted", gone).await;
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() -> Result<(), Error> {
    let mut kafka = testbed::kafka().own().await?;
    let topic = kafka.create_topic("orders", 1).await?;
    let producer = producer(&kafka);
    for n in 0..10 {
        send(&producer, &topic, &n.to_string()).await.unwrap();
    }
    kafka.kill().await?;
    kafka.restart().await?;
    send(&producer, &topic, "after").await.unwrap();
    let records = read(&kafka, &topic, "readers", 11).await;
    assert_eq!((records[0].as_str(), records[10].as_str()), ("0", "after"));
    Ok(())
}

#[tokio::test]
async fn a_paused_broker_acknowledges_nothing_until_it_is_resumed() -> Result<(), Error> {
    let kafka = testbed::kafka()
        .own()
        .arg("message.max.bytes", "100000")
        .await?;
    let topic = kafka.create_topic("orders", 1).await?;
    let producer = producer(&kafka);
    send(&producer, &topic, "before").await.unwrap();
    kafka.pause().await?;
    let mut sent = std::pin::pin!(send(&producer, &topic, "meanwhile"));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut sent).await;
    assert!(early.is_err(), "a stopped process answered");
    kafka.resume().await?;
    sent.await.unwrap();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_behind_a_proxy_is_reached_through_it_alone() -> Result<(), Error> {
    let kafka = testbed::kafka().own().through_proxy(7).await?;
    assert_eq!(kafka.brokers(), kafka.proxy().addr().to_string());
    let topic = kafka.create_topic("orders", 1).await?;
    let producer = producer(&kafka);
    send(&producer, &topic, "before").await.unwrap();
    kafka.proxy().cut();
    let mut sent = std::pin::pin!(send(&producer, &topic, "meanwhile"));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut sent).await;
    assert!(early.is_err(), "there is a way around the proxy");
    kafka.proxy().heal();
    sent.await.unwrap();
    assert_eq!(
        read(&kafka, &topic, "readers", 2).await,
        ["before", "meanwhile"]
    );
    Ok(())
}
