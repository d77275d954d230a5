//! A Redis of one test's own: what it keeps over a crash is the test's choice and the test's subject.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::power::{PowerCut, Sampler};
use super::{ask, base_spec, field};
use crate::backend;
use crate::error::Error;
use crate::server::{Host, Instance, ServerSpec, Service};
use crate::services::awaitable;

/// When Redis forces its append-only file to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendFsync {
    /// Before it answers: an acknowledged write survives a power cut.
    Always,
    /// Once a second: a power cut loses one second, two at worst. A kill may lose as much, too: while an fsync runs,
    /// Redis answers before it has handed the write to the kernel.
    Everysec,
    /// When the kernel likes: a power cut loses up to half a minute.
    No,
}

impl AppendFsync {
    fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Everysec => "everysec",
            Self::No => "no",
        }
    }
}

/// While an fsync is late, Redis holds its writes back for two seconds and no longer (`flushAppendOnlyFile`).
const EVERYSEC_AT_WORST: Duration = Duration::from_secs(2);

/// A request for a Redis of one's own. Without further words it persists as Redis does by default: snapshots
/// only, so that a kill loses what was written since the last one.
#[derive(Debug)]
pub struct OwnRedisRequest {
    fsync: Option<AppendFsync>,
    args: Vec<(String, String)>,
}

awaitable!(OwnRedisRequest => OwnRedis, start);

impl OwnRedisRequest {
    pub(super) fn new() -> Self {
        Self {
            fsync: None,
            args: Vec::new(),
        }
    }

    /// With an append-only file, forced to the disk as said.
    pub fn appendfsync(mut self, fsync: AppendFsync) -> Self {
        self.fsync = Some(fsync);
        self
    }

    /// Snapshots only, at Redis's own intervals; takes [`Self::appendfsync`] back.
    pub fn rdb_only(mut self) -> Self {
        self.fsync = None;
        self
    }

    /// An option of redis-server: `.arg("--maxmemory", "10mb")`.
    pub fn arg(mut self, name: &str, value: &str) -> Self {
        self.args
            .push((name.trim_start_matches('-').to_owned(), value.to_owned()));
        self
    }

    async fn start(self) -> Result<OwnRedis, Error> {
        let host = backend::host_of_own(Service::Redis)?;
        OwnRedis::start(host, self.spec(), self.fsync).await
    }

    fn spec(&self) -> ServerSpec {
        let mut spec = base_spec();
        match self.fsync {
            // No rewrites by themselves: the file only grows, and a power cut is a shorter file.
            Some(fsync) => {
                spec = spec
                    .set("appendonly", "yes")
                    .set("appendfsync", fsync.word())
                    .set("auto-aof-rewrite-percentage", "0")
                    .set("save", "");
            }
            None => {
                spec = spec
                    .set("appendonly", "no")
                    .set("save", "3600 1 300 100 60 10000")
            }
        }
        spec.settings.extend(self.args.iter().cloned());
        spec
    }
}

/// A Redis of this test's own. It goes with this handle, and with this process however that ends.
#[derive(Debug)]
pub struct OwnRedis {
    instance: Instance,
    host: Host,
    spec: ServerSpec,
    fsync: Option<AppendFsync>,
    url: String,
    /// Watches the size of the append-only file; none without one.
    sampler: Option<Sampler>,
    /// The primary that it follows, as this server reaches it.
    follows: Mutex<Option<SocketAddr>>,
}

impl OwnRedis {
    async fn start(
        host: Host,
        spec: ServerSpec,
        fsync: Option<AppendFsync>,
    ) -> Result<Self, Error> {
        let instance = host.own(&spec).await?;
        let sampler = fsync.map(|_| Sampler::start(instance.addr())).transpose()?;
        Ok(Self {
            url: format!("redis://{}/", instance.addr()),
            instance,
            host,
            spec,
            fsync,
            sampler,
            follows: Mutex::new(None),
        })
    }

    /// `redis://..`, for a client; the same over restarts.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, for a proxy; the same over restarts.
    pub fn addr(&self) -> SocketAddr {
        self.instance.addr()
    }

    /// Empty: nobody else uses this server. Here so that a test can take either kind.
    pub fn prefix(&self) -> &str {
        ""
    }

    /// SIGKILL; returns when the process is gone. What the kernel has taken is not lost: see [`Self::power_cut`].
    ///
    /// # Errors
    /// When the host refuses.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.sampler = None;
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

    /// Starts it again on the same data and port, killing it first if it runs; returns when it answers. A replica
    /// follows its primary again, see [`Self::in_sync`].
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.sampler = None;
        self.instance.start_again().await?;
        self.sampler = self
            .fsync
            .map(|_| Sampler::start(self.addr()))
            .transpose()?;
        if let Some(primary) = self.followed() {
            self.replicaof(primary).await?;
        }
        Ok(())
    }

    /// Now, as a moment to which [`Self::power_cut`] can go back exactly: all that was acknowledged before is kept,
    /// all that comes after is lost.
    ///
    /// # Errors
    /// When the server does not answer, or has no append-only file.
    pub async fn mark(&self) -> Result<Instant, Error> {
        let info: String = ask(&self.url, &["INFO", "persistence"]).await?;
        match &self.sampler {
            Some(sampler) => sampler.mark(&info),
            None => Err(Error::State(
                "a Redis without an append-only file has nothing to mark".to_owned(),
            )),
        }
    }

    /// SIGKILL, and then the append-only file loses what was written after `since`, as far as it was not on the
    /// disk: with [`AppendFsync::Always`] everything was, with [`AppendFsync::Everysec`] all but the last two seconds
    /// (so long Redis waits for a slow fsync). [`Self::restart`] shows what is left.
    ///
    /// The file's length is noted every 50 ms and by [`Self::mark`]; the cut is made at the last note before that
    /// moment.
    ///
    /// # Errors
    /// When the file cannot be cut.
    pub async fn power_cut(&mut self, since: Instant) -> Result<PowerCut, Error> {
        let sampler = self.sampler.take();
        self.instance.kill().await?;
        let died = Instant::now();
        let (Some(fsync), Some(sampler)) = (self.fsync, sampler) else {
            return Ok(PowerCut::nothing());
        };
        let synced = match fsync {
            AppendFsync::Always => return Ok(PowerCut::nothing()),
            AppendFsync::Everysec => since.max(died - EVERYSEC_AT_WORST),
            AppendFsync::No => since,
        };
        super::power::cut(&self.instance, &sampler, synced, died).await
    }

    /// A second server that follows this one; returns when it is in sync.
    ///
    /// # Errors
    /// When it does not start, or is not in sync after 20 s.
    pub async fn replica(&self) -> Result<Self, Error> {
        self.follower(self.instance.peer_addr().await?).await
    }

    /// The same through `addr`, a listener of this process that leads to this server: a proxy that can lag and cut.
    ///
    /// # Errors
    /// When it does not start, or is not in sync after 20 s.
    pub async fn replica_of(&self, addr: SocketAddr) -> Result<Self, Error> {
        let seen_from_there = self.instance.way_back(addr).await?;
        self.follower(seen_from_there).await
    }

    /// Makes this server a primary: `REPLICAOF NO ONE`. What had not arrived is lost.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn promote(&self) -> Result<(), Error> {
        self.set_followed(None);
        ask(&self.url, &["REPLICAOF", "NO", "ONE"]).await
    }

    /// Waits until this replica has taken its primary's data over and follows it: after [`Self::restart`], before
    /// the primary is killed. One that is promoted in the middle has lost what it had.
    ///
    /// # Errors
    /// When it is not in sync after 20 s.
    pub async fn in_sync(&self) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            let info: String = ask(&self.url, &["INFO", "replication"]).await?;
            if field(&info, "master_link_status") == Some("up") {
                return Ok(());
            }
            if begun.elapsed() > Duration::from_secs(20) {
                return Err(Error::State(format!(
                    "the replica is not in sync after 20 s: {info}"
                )));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn followed(&self) -> Option<SocketAddr> {
        *self.follows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_followed(&self, primary: Option<SocketAddr>) {
        *self.follows.lock().unwrap_or_else(PoisonError::into_inner) = primary;
    }

    async fn follower(&self, primary: SocketAddr) -> Result<Self, Error> {
        let replica = Self::start(self.host, self.spec.clone(), self.fsync).await?;
        replica.set_followed(Some(primary));
        replica.instance.peer_addr().await?;
        replica.replicaof(primary).await?;
        replica.in_sync().await?;
        Ok(replica)
    }

    async fn replicaof(&self, primary: SocketAddr) -> Result<(), Error> {
        let (host, port) = (primary.ip().to_string(), primary.port().to_string());
        ask(&self.url, &["REPLICAOF", &host, &port]).await
    }
}
