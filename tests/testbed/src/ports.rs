//! Ports on 127.0.0.1 that a server keeps over its restarts.
//!
//! Not port 0: the kernel would give another one after each restart. Not above 32767 either, where the kernel
//! takes the local ends of outgoing connections from, so that a port can be lost while its server is down.
//! A lease is a lock on a file, so two test processes never choose the same port, and a killed one frees its own.

use std::fs;
use std::net::TcpListener;
use std::ops::Range;
use std::path::PathBuf;

use crate::error::Error;
use crate::lock::{FileLock, try_lock};
use crate::{names, root};

/// Above what services have by default, and low enough for a server's other two ports, see [`bus`] and [`inner`].
const PORTS: Range<u16> = 12_000..17_000;

/// Where a server talks to others of its kind; leased with its port. A Redis Cluster's bus is there by default.
pub(crate) fn bus(port: u16) -> u16 {
    port + 10_000
}

/// A second port for a server's own affairs; leased with its port.
pub(crate) fn inner(port: u16) -> u16 {
    port + 5_000
}

/// A port that no other process of the testbed chooses while this lives.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) port: u16,
    _lock: FileLock,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = fs::remove_file(file(self.port));
    }
}

fn file(port: u16) -> PathBuf {
    root::state().join(format!("ports/{port}"))
}

/// Leases a port on which nobody listens.
pub(crate) fn lease() -> Result<Lease, Error> {
    let width = PORTS.end - PORTS.start;
    for _ in 0..1_000 {
        let port = PORTS.start + (names::scatter() % u64::from(width)) as u16;
        if let Some(lease) = try_lease(port)? {
            return Ok(lease);
        }
    }
    Err(Error::State(format!(
        "no free port between {} and {}",
        PORTS.start, PORTS.end
    )))
}

/// Leases this port, unless another process has leased it or somebody listens there.
pub(crate) fn try_lease(port: u16) -> Result<Option<Lease>, Error> {
    let Some(lock) = try_lock(&file(port))? else {
        return Ok(None);
    };
    let lease = Lease { port, _lock: lock };
    let free = [port, bus(port), inner(port)].into_iter().all(is_free);
    Ok(free.then_some(lease))
}

/// Removes the files of leases whose processes were killed.
pub(crate) fn sweep() -> Result<(), Error> {
    let Ok(entries) = fs::read_dir(root::state().join("ports")) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let port = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let Some(port) = port {
            // A lease that can be had is nobody's, and goes when it is dropped.
            drop(try_lease(port)?);
        }
    }
    Ok(())
}

/// Nobody listens on this port of 127.0.0.1.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}
