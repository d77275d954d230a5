//! Kafka: one shared broker with topics and groups of one's own, or brokers to kill, pause and cut off.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;

use crate::backend::{self, Place};
use crate::error::Error;
use crate::proxy::{Proxy, proxy};
use crate::server::{Instance, ServerSpec, Service};
use crate::services::awaitable;
use crate::services::sweep::{self, Target};
use crate::{names, ports};

/// How long one request of an administrator may take, a broker's election included.
const PATIENCE: Duration = Duration::from_secs(15);

/// Asks for Kafka; await it for the shared broker, or make it [`KafkaRequest::own`].
#[must_use = "await it"]
pub fn kafka() -> KafkaRequest {
    KafkaRequest(())
}

/// A request for Kafka.
#[derive(Debug)]
pub struct KafkaRequest(());

awaitable!(KafkaRequest => Kafka, start);

impl KafkaRequest {
    /// A broker of this test's own, to kill, pause, restart and cut off.
    #[must_use = "await it"]
    pub fn own(self) -> OwnKafkaRequest {
        OwnKafkaRequest {
            settings: Vec::new(),
            seed: None,
        }
    }

    async fn start(self) -> Result<Kafka, Error> {
        let brokers = shared_brokers().await?;
        sweep::once(Target::Kafka(brokers.clone()));
        Ok(Kafka {
            brokers,
            name: format!("{}_", names::fresh()),
        })
    }
}

/// Where the shared broker is; starts it if it does not run.
pub(crate) async fn shared_brokers() -> Result<String, Error> {
    match backend::place(Service::Kafka)? {
        Place::Given(brokers) => {
            let asked = brokers.clone();
            let answers = tokio::task::spawn_blocking(move || {
                let consumer: BaseConsumer = config(&asked).create()?;
                consumer.fetch_metadata(None, PATIENCE).map(|_| ())
            });
            let answers = answers
                .await
                .map_err(|panicked| Error::State(panicked.to_string()))?;
            answers.map_err(|error: KafkaError| Error::Given {
                variable: backend::variable(Service::Kafka),
                value: brokers.clone(),
                reason: error.to_string(),
            })?;
            Ok(brokers)
        }
        Place::Hosted(host) => Ok(host.shared("kafka", &base_spec()).await?.addr().to_string()),
    }
}

/// One broker, so one replica of everything; and nothing that a test would wait for.
pub(crate) fn base_spec() -> ServerSpec {
    ServerSpec::new(Service::Kafka)
        .set("auto.create.topics.enable", "false")
        .set("num.partitions", "1")
        .set("offsets.topic.replication.factor", "1")
        .set("offsets.topic.num.partitions", "1")
        .set("transaction.state.log.replication.factor", "1")
        .set("transaction.state.log.min.isr", "1")
        .set("transaction.state.log.num.partitions", "1")
        .set("share.coordinator.state.topic.replication.factor", "1")
        .set("share.coordinator.state.topic.min.isr", "1")
        // The first consumer of a group gets its partitions at once and not after three seconds.
        .set("group.initial.rebalance.delay.ms", "0")
        // The log cleaner takes 128 MB by default: half of the heap, and brokers died of it.
        .set("log.cleaner.dedupe.buffer.size", "4194304")
        .set("log.index.size.max.bytes", "1048576")
        .set("log.segment.delete.delay.ms", "1000")
}

/// A broker, with names of one's own on it.
#[derive(Debug, Clone)]
pub struct Kafka {
    brokers: String,
    /// What this handle's topics and groups begin with; empty on a broker of one's own.
    name: String,
}

impl Kafka {
    /// `bootstrap.servers`, for a client.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The full name of this handle's topic `orders`; nothing is created.
    pub fn topic(&self, short: &str) -> String {
        format!("{}{short}", self.name)
    }

    /// The full name of this handle's consumer group `orders`.
    pub fn group(&self, short: &str) -> String {
        format!("{}{short}", self.name)
    }

    /// Creates this handle's topic, and returns its full name once the broker leads every partition.
    ///
    /// # Errors
    /// When the broker refuses or does not answer.
    pub async fn create_topic(&self, short: &str, partitions: i32) -> Result<String, Error> {
        let topic = self.topic(short);
        let admin = admin(&self.brokers)?;
        let new = NewTopic::new(&topic, partitions, TopicReplication::Fixed(1));
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        let results = admin.create_topics([&new], &options).await?;
        for result in results {
            result.map_err(|(_, code)| KafkaError::AdminOp(code))?;
        }
        until_led(admin, topic.clone()).await?;
        Ok(topic)
    }
}

/// A request for a broker of one's own.
#[derive(Debug)]
pub struct OwnKafkaRequest {
    settings: Vec<(String, String)>,
    seed: Option<u64>,
}

awaitable!(OwnKafkaRequest => OwnKafka, start);

impl OwnKafkaRequest {
    /// A property of the broker: `.arg("message.max.bytes", "1000")`.
    pub fn arg(mut self, name: &str, value: &str) -> Self {
        self.settings
            .push((name.trim_start_matches('-').to_owned(), value.to_owned()));
        self
    }

    /// With a [`Proxy`] between the broker and all of its clients. A broker tells its clients where to connect, so
    /// one that should be reached through a proxy has to know so before it starts.
    pub fn through_proxy(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    async fn start(self) -> Result<OwnKafka, Error> {
        let host = backend::host_of_own(Service::Kafka)?;
        let mut spec = base_spec()
            // After a SIGKILL the controller waits for the old broker's session to end before it lets the new one
            // in: nine seconds by default.
            .set("broker.session.timeout.ms", "1000")
            .set("broker.heartbeat.interval.ms", "200");
        spec.settings.extend(self.settings);
        let proxy = match self.seed {
            None => None,
            Some(seed) => {
                let port = ports::lease()?.port;
                let proxy = proxy(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), seed).await?;
                spec.port = Some(port);
                spec.advertised = Some(proxy.addr());
                Some(proxy)
            }
        };
        let instance = host.own(&spec).await?;
        let clients_connect_to = spec.advertised.unwrap_or_else(|| instance.addr());
        Ok(OwnKafka {
            broker: Kafka {
                brokers: clients_connect_to.to_string(),
                name: String::new(),
            },
            instance,
            proxy,
        })
    }
}

/// A broker of this test's own. It goes with this handle, and with this process however that ends.
#[derive(Debug)]
pub struct OwnKafka {
    broker: Kafka,
    instance: Instance,
    proxy: Option<Proxy>,
}

/// Topics and groups as on the shared broker; their names are the short ones.
impl std::ops::Deref for OwnKafka {
    type Target = Kafka;

    fn deref(&self) -> &Kafka {
        &self.broker
    }
}

impl OwnKafka {
    /// The proxy between the broker and its clients.
    ///
    /// # Panics
    /// Without [`OwnKafkaRequest::through_proxy`].
    pub fn proxy(&self) -> &Proxy {
        self.proxy
            .as_ref()
            .expect("this broker was not asked for with through_proxy(seed)")
    }

    /// SIGKILL; returns when the process is gone.
    ///
    /// # Errors
    /// When the host refuses.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.instance.kill().await
    }

    /// SIGSTOP: connections stay open and nothing is answered.
    ///
    /// # Errors
    /// When the host refuses.
    pub async fn pause(&self) -> Result<(), Error> {
        self.instance.pause().await
    }

    /// SIGCONT, after [`Self::pause`].
    ///
    /// # Errors
    /// When the host refuses.
    pub async fn resume(&self) -> Result<(), Error> {
        self.instance.resume().await
    }

    /// Starts it again on the same data and port, killing it first if it runs; returns when it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.instance.start_again().await
    }
}

/// The controller has answered before the broker knows; a consumer that is quicker gets an error. On a thread of
/// its own, which also drops the client: that waits for its last poll, 100 ms.
async fn until_led(admin: AdminClient<DefaultClientContext>, topic: String) -> Result<(), Error> {
    let (done, led) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let begun = Instant::now();
        let answer = loop {
            match is_led(&admin, &topic) {
                Ok(true) => break Ok(()),
                Err(error) => break Err(error.into()),
                Ok(false) if begun.elapsed() > PATIENCE => {
                    break Err(Error::State(format!(
                        "{topic} has no leader after {PATIENCE:?}"
                    )));
                }
                Ok(false) => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        // The test may have gone.
        let _ = done.send(answer);
    });
    led.await
        .unwrap_or_else(|_| Err(Error::State("the look at a new topic panicked".to_owned())))
}

fn is_led(admin: &AdminClient<DefaultClientContext>, topic: &str) -> Result<bool, KafkaError> {
    let metadata = admin.inner().fetch_metadata(Some(topic), PATIENCE)?;
    let partitions = metadata
        .topics()
        .first()
        .filter(|topic| topic.error().is_none())
        .map_or(&[][..], |topic| topic.partitions());
    let led = |partition: &rdkafka::metadata::MetadataPartition| partition.leader() >= 0;
    Ok(!partitions.is_empty() && partitions.iter().all(led))
}

fn admin(brokers: &str) -> Result<AdminClient<DefaultClientContext>, Error> {
    Ok(config(brokers).create()?)
}

fn config(brokers: &str) -> ClientConfig {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .clone()
}

/// Deletes the topics and the groups of dead processes.
pub(crate) async fn delete_orphans(brokers: &str) -> Result<(), Error> {
    let config = config(brokers);
    let look = move || -> Result<(Vec<String>, Vec<String>), KafkaError> {
        let consumer: BaseConsumer = config.create()?;
        let metadata = consumer.fetch_metadata(None, PATIENCE)?;
        let topics = metadata
            .topics()
            .iter()
            .map(|topic| topic.name().to_owned());
        let topics: Vec<String> = topics.filter(|name| names::is_orphan(name)).collect();
        let groups = consumer.fetch_group_list(None, PATIENCE)?;
        let groups = groups.groups().iter().map(|group| group.name().to_owned());
        Ok((
            topics,
            groups.filter(|name| names::is_orphan(name)).collect(),
        ))
    };
    let looked = tokio::task::spawn_blocking(look).await;
    let (topics, groups) = looked.map_err(|panicked| Error::State(panicked.to_string()))??;
    let admin = admin(brokers)?;
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    // What another process has swept at the same time is gone as well: single refusals are no failure.
    if !topics.is_empty() {
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        admin.delete_topics(&topics, &options).await?;
    }
    if !groups.is_empty() {
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        admin.delete_groups(&groups, &options).await?;
    }
    Ok(())
}
