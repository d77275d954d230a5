//! What can go wrong between a test and its servers.
//!
//! Every message is one sentence that a reader can act on: what is missing and which command brings it, or
//! which file holds the server's own words. A missing service is an error and never a skipped test: a skipped
//! test looks green.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::server::Service;

/// Why a server could not be had, or could not do what the test asked of it.
#[derive(thiserror::Error)]
pub enum Error {
    /// Neither Docker answers nor is the server installed.
    #[error("no {service}: start Docker, or run `cargo lab up --install` ({looked_for})")]
    Missing {
        /// The service that the test asked for.
        service: Service,
        /// What was looked for and not found.
        looked_for: String,
    },
    /// `LAB_BACKEND` holds something else than url, docker or native.
    #[error("LAB_BACKEND={0} is no backend: say url, docker or native, or leave it out")]
    UnknownBackend(String),
    /// `LAB_BACKEND=url` without the address of the service.
    #[error("LAB_BACKEND=url asks for given servers: set {variable} to the address of {service}")]
    NotGiven {
        /// The service that the test asked for.
        service: Service,
        /// The environment variable that would name it.
        variable: &'static str,
    },
    /// The address that was given cannot be used.
    #[error("{variable}={value} cannot be used: {reason}")]
    Given {
        /// The environment variable.
        variable: &'static str,
        /// What it holds.
        value: String,
        /// What is wrong with it, or with the server behind it.
        reason: String,
    },
    /// A test wants to kill a server that somebody else runs.
    #[error(
        "this test kills and pauses its own {service}, and one given by {variable} is not ours to kill: \
         unset it, and start Docker or run `cargo lab up --install`"
    )]
    GivenIsNotOwn {
        /// The service that the test asked for.
        service: Service,
        /// The environment variable to unset.
        variable: &'static str,
    },
    /// The server runs, or should, and does not answer by its own protocol.
    #[error(
        "{service} did not answer at {addr} within {waited:?}; its log is {log}:\n{last_lines}"
    )]
    NotReady {
        /// The service that was started.
        service: Service,
        /// Where it was expected.
        addr: std::net::SocketAddr,
        /// How long was waited.
        waited: Duration,
        /// Where the server's log is: a path, or the command that shows it.
        log: String,
        /// The last lines of that log.
        last_lines: String,
    },
    /// The server's process ended while it was starting.
    #[error("{service} ended while it started; its log is {log}:\n{last_lines}")]
    Ended {
        /// The service that was started.
        service: Service,
        /// Where the server's log is: a path, or the command that shows it.
        log: String,
        /// The last lines of that log.
        last_lines: String,
    },
    /// A restart wants the port that its clients know, and somebody else has it now.
    #[error("{service} cannot start on port {port}: another process listens there")]
    PortTaken {
        /// The service that was to start.
        service: Service,
        /// The port that it needs.
        port: u16,
    },
    /// The disk below a server's data is full.
    #[error("{service} cannot write its data: the disk of {} is full", path.display())]
    DiskFull {
        /// The service that was to start.
        service: Service,
        /// Its data directory.
        path: PathBuf,
    },
    /// Another process has held a lock of ours for too long.
    #[error("waited {waited:?} for {}: another test run holds it; if there is none, run `cargo lab down`", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// The fault proxy cannot have its port.
    #[error("the proxy cannot listen on {addr}: {source}")]
    ProxyListen {
        /// Where it was to listen; port 0 is any free one.
        addr: std::net::SocketAddr,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A command that prepares a server failed.
    #[error("`{command}` failed: {reason}")]
    Command {
        /// The command line.
        command: String,
        /// Its last words.
        reason: String,
    },
    /// Docker answered, and refused.
    #[error("docker cannot {doing}: {reason}")]
    Docker {
        /// What it was asked to do.
        doing: String,
        /// Its answer.
        reason: String,
    },
    /// The servers came up, but not to the state that the test needs.
    #[error("{0}")]
    State(String),
    /// A file operation failed.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was attempted, as a verb.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Redis answered with an error.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// MySQL answered with an error.
    #[error("mysql: {0}")]
    Mysql(#[from] sqlx::Error),
    /// Kafka answered with an error.
    #[error("kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
}

/// As it displays: a test unwraps, and what it panics with should be the sentence.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// For `map_err` on file operations: `fs::write(&p, ..).map_err(Error::file("write", &p))`.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }
}
