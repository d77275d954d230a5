//! Real Redis, MySQL and Kafka servers for tests.
//!
//! ```no_run
//! # async fn test() -> Result<(), testbed::Error> {
//! let redis = testbed::redis().await?;                 // shared server, this test's own key prefix
//! let mysql = testbed::mysql().await?;                 // shared server, this test's own schema
//! let kafka = testbed::kafka().await?;                 // shared broker, this test's own topics and groups
//! let mut mine = testbed::redis().own().await?;        // a server of its own, to kill, pause and restart
//! mine.kill().await?;
//! mine.restart().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Why real servers and not fakes: what a system design rests on (a script is atomic, a broker keeps what it has
//! acknowledged, a row lock holds) is true or not of the server, and a fake only repeats what its author believes.
//!
//! Three places they come from, see [`backend`]: given by URL, in Docker, or found on this machine. What must stay
//! true: a test never hangs on a service (every wait has a deadline), a missing service is an [`Error`] that says
//! what to run and never a skipped test, and what a test leaves behind is found and removed by a later run.
//!
//! | Service | ready when | on this machine | in Docker | another image |
//! |---|---|---|---|---|
//! | Redis 7, 8 | it answers PING | `redis-server` | `redis:8.6` | `LAB_REDIS_IMAGE` |
//! | Redis Cluster | three nodes see all slots served | the same | the same | the same |
//! | MySQL 8.4, 9 or MariaDB from 10.11 | it answers `SELECT 1` as root | `mysqld`, else `mariadbd` | `mysql:9.7` | `LAB_MYSQL_IMAGE` |
//! | Kafka 4 | it names itself in its metadata | `java` and the jars in `.lab/services/` | `apache/kafka:4.2.0` | `LAB_KAFKA_IMAGE` |
//!
//! `LAB_BACKEND` chooses the place, `LAB_REDIS_URL`, `LAB_MYSQL_URL` and `LAB_KAFKA_BROKERS` give a server that runs
//! already, `LAB_KAFKA_HOME` another Kafka, `LAB_START_DEADLINE` the seconds that a server may take to start (60),
//! `LAB_ROOT` another workspace below which `target/lab/` keeps the state.
// Real servers take real time: this crate waits by the clock so that no core has to.
#![allow(clippy::disallowed_methods)]

mod backend;
mod docker;
mod error;
mod lock;
mod names;
mod native;
mod ports;
mod proxy;
mod ready;
mod root;
mod server;
mod services;
mod sys;
mod wait;

pub use backend::{Backend, backend};
pub use error::Error;
pub use proxy::*;
pub use server::Service;
pub use services::*;
pub use wait::eventually;
