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
