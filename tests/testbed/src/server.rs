//! One small interface over the two hosts that run servers for us: Docker and this machine itself.
//!
//! A [`ServerSpec`] says what is wanted in the server's own words (`appendonly yes`, `log.retention.ms=..`); a
//! host knows the rest: binary or image, where the data lies, which address to bind. What the services do with
//! their servers (form a cluster, follow a primary, cut the power) is written once, above this interface.
//!
//! An enum and not a trait object: two hosts, known here, and async functions without boxing.
//!
//! What must stay true of every host:
//! - an instance that is returned answers by its own protocol ([`crate::ready::wait`]), after a restart as well;
//! - its address is fixed for its life, 127.0.0.1, on a port that was chosen before it started;
//! - an own instance goes with its handle, and with its process even by `kill -9`; a shared one outlives both.

use std::fmt;
use std::net::SocketAddr;

use crate::error::Error;
use crate::{docker, native};

/// A service that the testbed can start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Redis 7 or 8, alone or as a node of a cluster.
    Redis,
    /// MySQL 8.4 or 9, or MariaDB 10.11 or newer.
    Mysql,
    /// Apache Kafka 4, broker and controller in one.
    Kafka,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "Redis",
            Self::Mysql => "MySQL or MariaDB",
            Self::Kafka => "Kafka",
        })
    }
}

/// A server as the services describe it to a host.
#[derive(Debug, Clone)]
pub(crate) struct ServerSpec {
    pub(crate) service: Service,
    /// Options by the server's own names, without dashes, in order: `("appendonly", "yes")`. The host renders
    /// them: `--name value` for Redis, `--name=value` for MySQL, properties or their `KAFKA_` variables.
    /// A value may hold several words for Redis (`("save", "60 1")`) and may be empty (`("save", "")`).
    pub(crate) settings: Vec<(String, String)>,
    /// Redis as a node of a cluster: the host adds `cluster-enabled` and whatever it needs to be found by clients
    /// on 127.0.0.1 and by the other nodes.
    pub(crate) cluster: bool,
    /// Kafka: the address that the broker tells its clients, when it is not its own (a proxy in this process).
    pub(crate) advertised: Option<SocketAddr>,
    /// The port on 127.0.0.1, when it had to be known before the start; otherwise the host chooses.
    pub(crate) port: Option<u16>,
}

impl ServerSpec {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            service,
            settings: Vec::new(),
            cluster: false,
            advertised: None,
            port: None,
        }
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Who runs the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Docker,
    Native,
}

impl Host {
    /// The shared server called `name` (`redis`, `redis-cluster-1`, `mysql`, `kafka`): the one that runs
    /// already if it answers, else a new one. Any number of processes may ask at once and get the same server.
    pub(crate) async fn shared(self, name: &str, spec: &ServerSpec) -> Result<Instance, Error> {
        Ok(match self {
            Self::Docker => Instance::Docker(docker::shared(name, spec).await?),
            Self::Native => Instance::Native(native::shared(name, spec).await?),
        })
    }

    /// The shared server of this name if it runs and answers; starts nothing. For the sweep.
    pub(crate) async fn running(
        self,
        name: &str,
        spec: &ServerSpec,
    ) -> Result<Option<Instance>, Error> {
        Ok(match self {
            Self::Docker => docker::running(name, spec).await?.map(Instance::Docker),
            Self::Native => native::running(name, spec).await?.map(Instance::Native),
        })
    }

    /// A new server for this handle alone.
    pub(crate) async fn own(self, spec: &ServerSpec) -> Result<Instance, Error> {
        Ok(match self {
            Self::Docker => Instance::Docker(docker::own(spec).await?),
            Self::Native => Instance::Native(native::own(spec).await?),
        })
    }
}

/// A server that runs, or did until it was killed. Dropping an own one removes it with its data.
#[derive(Debug)]
pub(crate) enum Instance {
    Docker(docker::Instance),
    Native(native::Instance),
}

macro_rules! on_either {
    ($self:ident, $instance:ident => $call:expr) => {
        match $self {
            Instance::Docker($instance) => $call,
            Instance::Native($instance) => $call,
        }
    };
}

impl Instance {
    /// Where this process reaches it: 127.0.0.1 and a port that stays the same over restarts.
    pub(crate) fn addr(&self) -> SocketAddr {
        on_either!(self, i => i.addr())
    }

    /// Where another server of the same host reaches it, over restarts as well. Under Docker both have to be asked:
    /// it is what brings a container into the network in which they see each other.
    pub(crate) async fn peer_addr(&self) -> Result<SocketAddr, Error> {
        on_either!(self, i => i.peer_addr().await)
    }

    /// Where this server reaches a listener of this process that is bound to `local` (a proxy on 127.0.0.1).
    pub(crate) async fn way_back(&self, local: SocketAddr) -> Result<SocketAddr, Error> {
        on_either!(self, i => i.way_back(local).await)
    }

    /// SIGKILL; returns when the process is gone.
    pub(crate) async fn kill(&mut self) -> Result<(), Error> {
        on_either!(self, i => i.kill().await)
    }

    /// SIGSTOP: it keeps its connections and answers nothing.
    pub(crate) async fn pause(&self) -> Result<(), Error> {
        on_either!(self, i => i.pause().await)
    }

    /// SIGCONT.
    pub(crate) async fn resume(&self) -> Result<(), Error> {
        on_either!(self, i => i.resume().await)
    }

    /// Starts a killed server on its data and its port; kills it first if it runs. Returns when it answers.
    pub(crate) async fn start_again(&mut self) -> Result<(), Error> {
        on_either!(self, i => i.start_again().await)
    }

    /// Names and sizes of the files in `dir`, relative to the data directory. Only while it is killed.
    pub(crate) async fn file_sizes(&self, dir: &str) -> Result<Vec<(String, u64)>, Error> {
        on_either!(self, i => i.file_sizes(dir).await)
    }

    /// Cuts a file (relative to the data directory) down to its first `keep` bytes. Only while it is killed.
    pub(crate) async fn truncate(&self, file: &str, keep: u64) -> Result<(), Error> {
        on_either!(self, i => i.truncate(file, keep).await)
    }
}
