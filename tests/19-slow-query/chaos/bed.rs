//! The two servers of one run, the log of the first, and the way to the second.
//!
//! Servers are started and stopped on another thread: that takes a process, which on a busy machine takes seconds, and the crowd's
//! thread would stand still for as long.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, MySqlConnection};
use testbed::{OwnMysql, Proxy};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify, watch};

use crate::facts::{ANALYST, CROWD};
use crate::run::Result;
use crate::shapes::{FIRST, ORDERS, TEXT};

/// How many analyses there may be: each has a schema of its own name on the scratch server.
pub const ANALYSES: u64 = 60;

/// Everything that runs.
pub struct Bed {
    analysed: Arc<Mutex<OwnMysql>>,
    scratch: Arc<Mutex<OwnMysql>>,
    elsewhere: Handle,
    /// The servers, past every proxy, as root.
    urls: [String; 2],
    /// What is used, in a line.
    pub services: String,
    /// To the scratch server.
    pub way: Proxy,
    /// The logs' directory.
    dir: tempfile::TempDir,
    /// The number of the analysis that is under way; 0: none is.
    pub under_way: watch::Sender<u64>,
    /// Whoever asked for the analysis goes away.
    pub gone: Notify,
    /// Clients die in mid-statement as long as it is set.
    pub dying: AtomicBool,
    /// Clients that died so.
    pub died: AtomicU64,
    /// Connections of clients that were lost or could not be made.
    pub lost: AtomicU64,
    /// No fault is to come: the crowd goes, and no other analysis begins.
    pub over: AtomicBool,
}

/// Which server.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// The one whose log is read.
    Analysed,
    /// The one on which advice is tried.
    Scratch,
}

/// What is done to a server.
#[derive(Clone, Copy, Debug)]
pub enum Handling {
    /// SIGKILL.
    Kill,
    /// Started again; waits until it answers.
    Restart,
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
}

impl Bed {
    /// Starts it, and makes the tables.
    ///
    /// # Errors
    /// A server is missing.
    pub async fn start(seed: u64, elsewhere: Handle) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let file = |name: &str| dir.path().join(name).display().to_string();
        let analysed = testbed::mysql()
            .own()
            .arg("--slow-query-log", "ON")
            .arg("--long-query-time", "0")
            .arg("--slow-query-log-file", &file(LOG))
            .arg("--general-log", "ON")
            .arg("--general-log-file", &file(GENERAL))
            .arg("--log-output", "FILE");
        let (analysed, scratch) = tokio::join!(
            elsewhere.spawn(analysed.into_future()),
            elsewhere.spawn(testbed::mysql().own().into_future())
        );
        let (analysed, scratch) = (analysed??, scratch??);
        let place = testbed::backend()?;
        let services = format!("two MySQL {} of its own: {place}", analysed.version());
        let way = testbed::proxy(scratch.addr(), seed).await?;
        let bed = Self {
            urls: [analysed.url().to_owned(), scratch.url().to_owned()],
            analysed: Arc::new(Mutex::new(analysed)),
            scratch: Arc::new(Mutex::new(scratch)),
            elsewhere,
            services,
            way,
            dir,
            under_way: watch::channel(0).0,
            gone: Notify::new(),
            dying: AtomicBool::new(false),
            died: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            over: AtomicBool::new(false),
        };
        bed.fill().await?;
        Ok(bed)
    }

    async fn fill(&self) -> Result<()> {
        let mut root = self.root(Of::Analysed).await?;
        for table in TABLES {
            root.execute(table).await?;
        }
        for user in [CROWD, ANALYST] {
            // Of the analyst too: that it only reads must be the code's own doing.
            let create = format!("CREATE USER '{user}'@'%'");
            root.execute(AssertSqlSafe(create)).await?;
            let grant = format!("GRANT ALL PRIVILEGES ON *.* TO '{user}'@'%'");
            root.execute(AssertSqlSafe(grant)).await?;
        }
        let rows: Vec<u64> = (0..ORDERS).collect();
        for some in rows.chunks(1_000) {
            let orders = some.iter().map(|n| {
                let day = format!("2031-{:02}-{:02} 10:00:00", 1 + n % 12, 1 + n % 28);
                format!("({}, '{TEXT} {n}', {}, '{day}')", FIRST + n, FIRST + n)
            });
            insert(&mut root, "orders", orders.collect()).await?;
            let items = some
                .iter()
                .flat_map(|n| [1, 2].map(|line| format!("({}, {line}, '{TEXT}{n}')", FIRST + n)));
            insert(&mut root, "items", items.collect()).await?;
        }
        root.execute("ANALYZE TABLE orders, items, ledger").await?;
        root.close().await?;
        let mut scratch = self.root(Of::Scratch).await?;
        for number in 1..=ANALYSES {
            let create = format!("CREATE DATABASE a{number}");
            scratch.execute(AssertSqlSafe(create)).await?;
        }
        Ok(scratch.close().await?)
    }

    /// A connection that is none of the crowd's and none of an analysis.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn root(&self, of: Of) -> Result<MySqlConnection> {
        let url = &self.urls[of as usize];
        let connected =
            tokio::time::timeout(Duration::from_secs(10), MySqlConnection::connect(url));
        Ok(connected.await??)
    }

    /// A connection of the crowd's, on which nothing is sent by itself.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn crowd(&self) -> std::result::Result<MySqlConnection, sqlx::Error> {
        let options: MySqlConnectOptions = self.urls[0].parse()?;
        options
            .username(CROWD)
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .timezone(None)
            .set_names(false)
            .connect()
            .await
    }

    /// The addresses of the analysed server and of the scratch server, for the analysis of that number.
    #[must_use]
    pub fn addresses(&self, number: u64) -> [String; 2] {
        [
            self.urls[0].replace("root@", &format!("{ANALYST}@")),
            format!("mysql://root@{}/a{number}", self.way.addr()),
        ]
    }

    /// Does that to a server, on the other thread.
    ///
    /// # Errors
    /// It does not start, or the host refuses.
    pub async fn handle(&self, of: Of, what: Handling) -> Result<()> {
        let server = match of {
            Of::Analysed => Arc::clone(&self.analysed),
            Of::Scratch => Arc::clone(&self.scratch),
        };
        let done = self.elsewhere.spawn(async move {
            let mut server = server.lock().await;
            match what {
                Handling::Kill => server.kill().await,
                Handling::Restart => server.restart().await,
                Handling::Pause => server.pause().await,
                Handling::Resume => server.resume().await,
            }
        });
        Ok(done.await??)
    }

    /// The scratch schemas that are there, of one analysis or of all.
    ///
    /// # Errors
    /// The scratch server does not answer.
    pub async fn scratch_schemas(&self, number: Option<u64>) -> Result<Vec<String>> {
        let mut root = self.root(Of::Scratch).await?;
        let of = number.map_or("a%".to_owned(), |number| format!("a{number}"));
        let sql = format!(
            "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata WHERE schema_name LIKE '{of}\\_scratch\\_%'"
        );
        let found = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut root)
            .await?;
        root.close().await?;
        Ok(found)
    }

    /// The files of the log, in no order that helps: the newest in the middle.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn logs(&self) -> Result<Vec<PathBuf>> {
        let mut files: Vec<PathBuf> = (std::fs::read_dir(self.dir.path())?)
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<_>>()?;
        files.retain(|path| name(path).starts_with(LOG));
        files.sort();
        let half = files.len() / 2;
        files.rotate_left(half);
        Ok(files)
    }

    /// What the server's general log says.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn general_log(&self) -> Result<String> {
        let bytes = std::fs::read(self.dir.path().join(GENERAL))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Rotates the log as logrotate does with `delaycompress`: each file gets the next number, the one before the last is packed. The server still writes to
    /// what is now `slow.log.1`, until it is told.
    ///
    /// # Errors
    /// A file cannot be moved.
    pub fn rotate(&self) -> Result<u64> {
        let at = |number: u64| self.dir.path().join(format!("{LOG}.{number}"));
        let packed = |number: u64| self.dir.path().join(format!("{LOG}.{number}.gz"));
        let mut number = 1;
        while at(number).exists() || packed(number).exists() {
            number += 1;
        }
        for number in (2..number).rev() {
            std::fs::rename(packed(number), packed(number + 1))?;
        }
        if at(1).exists() {
            let mut gzip = GzEncoder::new(std::fs::File::create(packed(2))?, Compression::fast());
            std::io::copy(&mut std::fs::File::open(at(1))?, &mut gzip)?;
            gzip.finish()?;
            std::fs::remove_file(at(1))?;
        }
        let log = self.dir.path().join(LOG);
        let bytes = std::fs::metadata(&log)?.len();
        std::fs::rename(&log, at(1))?;
        Ok(bytes)
    }
}

const LOG: &str = "slow.log";
const GENERAL: &str = "general.log";

const TABLES: [&str; 3] = [
    "CREATE TABLE orders (id INT NOT NULL PRIMARY KEY, note VARCHAR(40) NOT NULL, total INT NOT NULL, placed DATETIME NOT NULL, \
     KEY by_placed (placed))",
    "CREATE TABLE items (order_id INT NOT NULL, line INT NOT NULL, sku VARCHAR(20) NOT NULL, PRIMARY KEY (order_id, line))",
    "CREATE TABLE ledger (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, mark INT NOT NULL, words VARCHAR(200) NOT NULL)",
];

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

async fn insert(root: &mut MySqlConnection, table: &str, rows: Vec<String>) -> Result<()> {
    let sql = format!("INSERT INTO {table} VALUES {}", rows.join(", "));
    root.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    Ok(())
}
