//! Servers in containers.

use std::net::SocketAddr;

use crate::error::Error;
use crate::server::ServerSpec;

/// Whether Docker answers; at once, or after a second.
pub(crate) fn answers() -> bool {
    false
}

pub(crate) async fn shared(name: &str, _spec: &ServerSpec) -> Result<Instance, Error> {
    refused(name)
}

/// The shared server of this name if it runs and answers; starts nothing.
pub(crate) async fn running(_name: &str, _spec: &ServerSpec) -> Result<Option<Instance>, Error> {
    Ok(None)
}

pub(crate) async fn own(spec: &ServerSpec) -> Result<Instance, Error> {
    refused(&spec.service.to_string())
}

/// Removes own containers whose process is dead.
pub(crate) async fn sweep() -> Result<(), Error> {
    Ok(())
}

fn refused<T>(what: &str) -> Result<T, Error> {
    Err(Error::Docker {
        doing: format!("start {what}"),
        reason: "no Docker answers".to_owned(),
    })
}

/// A container with one server in it.
#[derive(Debug)]
pub(crate) struct Instance {}

impl Instance {
    pub(crate) fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    pub(crate) fn peer_addr(&self) -> SocketAddr {
        self.addr()
    }

    pub(crate) async fn way_back(&self, local: SocketAddr) -> Result<SocketAddr, Error> {
        Ok(local)
    }

    pub(crate) async fn kill(&mut self) -> Result<(), Error> {
        refused("a server")
    }

    pub(crate) async fn pause(&self) -> Result<(), Error> {
        refused("a server")
    }

    pub(crate) async fn resume(&self) -> Result<(), Error> {
        refused("a server")
    }

    pub(crate) async fn start_again(&mut self) -> Result<(), Error> {
        refused("a server")
    }

    pub(crate) async fn file_sizes(&self, _dir: &str) -> Result<Vec<(String, u64)>, Error> {
        refused("a server")
    }

    pub(crate) async fn truncate(&self, _file: &str, _keep: u64) -> Result<(), Error> {
        refused("a server")
    }
}
