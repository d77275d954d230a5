//! Servers in containers, by testcontainers and a thin layer of our own.
//!
//! What is ours, and why testcontainers does not do it: one creates while others wait ([`mod@shared`]); kill, pause and
//! restart ([`container`], [`instance`]); readiness by protocol, after a restart as well (its wait strategies read
//! logs, and run once); ports that stay ([`container`]); addresses that stay, and a way back to this process
//! ([`network`]); MySQL's data without its first start ([`template`]); removal without a runtime ([`daemon`]), and of
//! what killed processes left ([`mod@sweep`]).
//!
//! What must stay true: nothing is published but on 127.0.0.1; whatever is created has the label
//! `org.load-bearing.testbed`, by which `cargo lab down` finds it; nothing is asked of an image but what the official
//! entrypoints promise ([`recipe`], [`images`]).

mod container;
mod daemon;
mod images;
mod instance;
mod network;
mod recipe;
mod shared;
mod sweep;
mod template;

pub(crate) use daemon::answers;
pub(crate) use instance::Instance;
pub(crate) use shared::{running, shared};
pub(crate) use sweep::sweep;

use crate::error::Error;
use crate::server::ServerSpec;

/// A new server for one handle.
pub(crate) async fn own(spec: &ServerSpec) -> Result<Instance, Error> {
    daemon::ensure_image(spec.service, &images::image(spec.service)).await?;
    sweep::once().await?;
    Instance::own(spec).await
}
