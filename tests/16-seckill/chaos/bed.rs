//! The servers, the ways between them, and the processes of one run.
//!
//! Redis and Kafka are the run's own, since faults stop them; MySQL is the shared one, in a schema of this run, since faults only cut
//! the way to it. Redis syncs its file once a second, as it does by default: so a power cut forgets what was acknowledged, and the sale
//! has to live with that.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chaos::{Recorder, unix_ms};
use seckill::core::ids::UnixMillis;
use seckill::core::sale::Sale;
use seckill::shell::conn::Conn;
use seckill::shell::ledger::Ledger;
use seckill::shell::stock::Stock;
use testbed::{AppendFsync, Mysql, OwnKafka, OwnRedis, Proxy};

use crate::process::{Process, Spec};

/// Units on sale.
pub const UNITS: u32 = 120;
/// Two buckets: the end of the sale goes through the spill.
pub const BUCKETS: u16 = 2;
/// How long a buyer has to pay: short, so that units come back while the crowd is there.
pub const PAY_WITHIN: Duration = Duration::from_millis(3000);
/// Requests of a buyer in a window.
pub const LIMIT: u64 = 5;
/// The window.
pub const WINDOW_MS: u64 = 1000;
/// From the start of the processes to the opening: enough for all of them to be there.
const OPENS_IN_MS: u64 = 4000;
/// The sale outlives any run.
const LASTS_MS: u64 = 3_600_000;

/// Everything that runs.
pub struct Bed {
    /// Where the stock is.
    pub redis: OwnRedis,
    /// From when on that server has lived, as a power cut must know.
    pub redis_since: std::time::Instant,
    /// What carries the orders, behind a proxy of its own.
    pub kafka: OwnKafka,
    /// Where the ledger is.
    pub mysql: Mysql,
    /// From the processes to MySQL.
    pub to_mysql: Proxy,
    /// From each process to Redis: `serve-1`, `serve-2`, `reconcile`.
    pub to_redis: [Proxy; 3],
    /// `serve-1`, `serve-2`, `consume`, `reconcile`.
    pub processes: [Process; 4],
    /// Where the two instances serve.
    pub doors: [SocketAddr; 2],
    /// The terms.
    pub sale: Sale,
    /// The ledger, straight.
    pub ledger: Ledger,
}

/// The lanes of the history.
pub const LANES: [&str; 8] = [
    "serve-1",
    "serve-2",
    "consume",
    "reconcile",
    "redis",
    "kafka",
    "mysql",
    "ledger",
];

impl Bed {
    /// Starts all of it; returns when both doors are open.
    ///
    /// # Errors
    /// A server is missing, or the sale does not start.
    pub async fn start(program: PathBuf, seed: u64) -> crate::run::Result<Self> {
        let redis = testbed::redis().own().appendfsync(AppendFsync::Everysec);
        let kafka = testbed::kafka().own().through_proxy(seed);
        let (redis, kafka, mysql) = tokio::join!(
            redis.into_future(),
            kafka.into_future(),
            testbed::mysql().into_future()
        );
        let (redis, kafka, mysql) = (redis?, kafka?, mysql?);
        let topic = kafka.create_topic("orders", 2).await?;
        let to_mysql = testbed::proxy(mysql.addr(), seed).await?;
        let to_redis = [
            testbed::proxy(redis.addr(), seed).await?,
            testbed::proxy(redis.addr(), seed ^ 1).await?,
            testbed::proxy(redis.addr(), seed ^ 2).await?,
        ];
        let opens = unix_ms() + OPENS_IN_MS;
        let hours = (UnixMillis(opens), UnixMillis(opens + LASTS_MS));
        let sale = Sale::new("phone".parse()?, UNITS, BUCKETS, hours, PAY_WITHIN)?;
        let ledger = Ledger::connect(mysql.url(), 8).await?;
        ledger.prepare(&sale).await?;

        let mysql_url = mysql
            .url()
            .replace(&mysql.addr().to_string(), &to_mysql.addr().to_string());
        let doors = [free_port()?, free_port()?];
        let process = |name, role, redis: &Proxy, listen, shared: bool| {
            Process::start(Spec {
                name,
                role,
                program: program.clone(),
                env: vec![
                    ("SECKILL_SALE", sale.id().to_string()),
                    ("SECKILL_STOCK", UNITS.to_string()),
                    ("SECKILL_BUCKETS", BUCKETS.to_string()),
                    ("SECKILL_OPENS_AT_MS", hours.0.0.to_string()),
                    ("SECKILL_CLOSES_AT_MS", hours.1.0.to_string()),
                    ("SECKILL_PAY_WITHIN_MS", PAY_WITHIN.as_millis().to_string()),
                    ("SECKILL_REDIS_URLS", format!("redis://{}/", redis.addr())),
                    ("SECKILL_MYSQL_URL", mysql_url.clone()),
                    ("SECKILL_KAFKA_BROKERS", kafka.brokers().to_owned()),
                    ("SECKILL_TOPIC", topic.clone()),
                    ("SECKILL_GROUP", kafka.group("ledger")),
                    ("SECKILL_GRACE_MS", "700".to_owned()),
                    ("SECKILL_LIMIT_REQUESTS", LIMIT.to_string()),
                    ("SECKILL_LIMIT_WINDOW_MS", WINDOW_MS.to_string()),
                    ("SECKILL_LIMIT_SHARED", shared.to_string()),
                ],
                listen,
            })
        };
        // One instance keeps its buyers' windows in Redis, the other in its own memory: both kinds meet the faults.
        let processes = [
            process("serve-1", "serve", &to_redis[0], doors[0], true),
            process("serve-2", "serve", &to_redis[1], doors[1], false),
            process("consume", "consume", &to_redis[2], free_port()?, false),
            process("reconcile", "reconcile", &to_redis[2], free_port()?, false),
        ];
        for door in doors {
            let open = async || crate::http::is_open(door).await.then_some(());
            testbed::eventually(Duration::from_secs(30), "both instances serve", open).await;
        }
        let redis_since = redis.mark().await?;
        Ok(Self {
            redis,
            redis_since,
            kafka,
            mysql,
            to_mysql,
            to_redis,
            processes,
            doors,
            sale,
            ledger,
        })
    }

    /// The stock, straight: past every proxy.
    ///
    /// # Errors
    /// Redis does not answer.
    pub async fn stock(&self) -> crate::run::Result<Stock> {
        Ok(Stock::new(
            Conn::single(self.redis.url()).await?,
            "",
            self.sale.clone(),
        ))
    }

    /// Has Redis repaired from the ledger, as an operator would after a power cut: the reconciler is started again, and a repair is
    /// the first thing it does. By itself it would do one a minute.
    pub async fn repair(&mut self, recorder: &Recorder) {
        let _it_may_be_down = self.processes[3].kill().await;
        self.processes[3].revive();
        recorder.seen(recorder.now_us(), "repair", serde_json::Value::Null);
    }

    /// Every proxy that a fault may have left broken.
    pub fn proxies(&self) -> impl Iterator<Item = &Proxy> {
        self.to_redis
            .iter()
            .chain([&self.to_mysql, self.kafka.proxy()])
    }

    /// What is used, in a line.
    pub async fn services(&self) -> String {
        let place = testbed::backend()
            .map_or_else(|error| error.to_string(), |backend| backend.to_string());
        format!(
            "Redis and Kafka of its own, MySQL {}: {place}",
            self.mysql.version()
        )
    }
}

/// A port that was free a moment ago.
fn free_port() -> std::io::Result<SocketAddr> {
    std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
}
