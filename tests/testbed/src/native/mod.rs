//! Servers as processes of this machine, found on the `PATH` (Kafka: as jars), state below `target/lab/native/`.
//!
//! A shared server runs in a session of its own and outlives its test; `<name>/server.pid` says which process it
//! is (number and start time, so that a stale file is seen as stale) and `<name>/server.addr`, written once it
//! answered, where it listens and how it was started. An own server hangs on a keeper that kills it when its test
//! is gone, see [`process`].

mod data;
mod instance;
mod kafka;
mod mysql;
mod process;
mod recipe;
mod redis;
mod shared;
mod template;

pub(crate) use instance::Instance;
pub(crate) use shared::{running, shared};

use std::path::PathBuf;

use crate::error::Error;
use crate::server::ServerSpec;
use crate::{names, root};

/// Where all native servers keep their state.
fn home() -> PathBuf {
    root::state().join("native")
}

/// A new server for one handle.
pub(crate) async fn own(spec: &ServerSpec) -> Result<Instance, Error> {
    Instance::own(home().join("own").join(names::fresh()), spec).await
}

/// Removes what own servers left behind whose process is dead (their keepers do it, unless they were killed too), and
/// servers whose directory is gone.
pub(crate) fn sweep() -> Result<(), Error> {
    process::kill_homeless(&home());
    let own = home().join("own");
    let Ok(entries) = std::fs::read_dir(&own) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        if names::is_orphan(&entry.file_name().to_string_lossy()) {
            process::kill_recorded(&entry.path());
            data::remove(&entry.path())?;
        }
    }
    Ok(())
}
