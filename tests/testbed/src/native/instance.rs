//! One native server: started, killed, started again on the same data and port.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::data;
use super::process::{self, Keeper, Process};
use super::recipe::{self, Recipe};
use crate::error::Error;
use crate::ports::{self, Lease};
use crate::ready::{self, Unready};
use crate::server::{ServerSpec, Service};
use crate::sys::{self, Signal};

/// A native server, shared or own.
#[derive(Debug)]
pub(crate) struct Instance {
    spec: ServerSpec,
    dir: PathBuf,
    port: u16,
    process: Process,
    /// An own server's; none while it is killed. A shared one never has it.
    keeper: Option<Keeper>,
    /// Keeps an own server's port while it is down.
    _lease: Option<Lease>,
}

impl Instance {
    pub(super) fn shared(spec: &ServerSpec, dir: PathBuf, port: u16, process: Process) -> Self {
        Self {
            spec: spec.clone(),
            dir,
            port,
            process,
            keeper: None,
            _lease: None,
        }
    }

    pub(super) async fn own(dir: PathBuf, spec: &ServerSpec) -> Result<Self, Error> {
        let lease = match spec.port {
            None => ports::lease()?,
            Some(port) => ports::try_lease(port)?.ok_or(Error::PortTaken {
                service: spec.service,
                port,
            })?,
        };
        match start_kept(spec, &dir, lease.port).await {
            Ok(keeper) => Ok(Self {
                spec: spec.clone(),
                dir,
                port: lease.port,
                process: keeper.server,
                keeper: Some(keeper),
                _lease: Some(lease),
            }),
            Err(error) => {
                let _ = data::remove(&dir);
                Err(error)
            }
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        local(self.port)
    }

    pub(crate) async fn peer_addr(&self) -> Result<SocketAddr, Error> {
        Ok(self.addr())
    }

    pub(crate) async fn way_back(&self, local: SocketAddr) -> Result<SocketAddr, Error> {
        Ok(local)
    }

    pub(crate) async fn kill(&mut self) -> Result<(), Error> {
        match self.keeper.take() {
            Some(keeper) => keeper.kill(),
            None => self.process.send(Signal::Kill),
        }
        Ok(())
    }

    pub(crate) async fn pause(&self) -> Result<(), Error> {
        self.process.send(Signal::Stop);
        Ok(())
    }

    pub(crate) async fn resume(&self) -> Result<(), Error> {
        self.process.send(Signal::Continue);
        Ok(())
    }

    pub(crate) async fn start_again(&mut self) -> Result<(), Error> {
        self.kill().await?;
        let begun = Instant::now();
        while !ports::is_free(self.port) {
            if begun.elapsed() > Duration::from_secs(5) {
                return Err(Error::PortTaken {
                    service: self.spec.service,
                    port: self.port,
                });
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let keeper = start_kept(&self.spec, &self.dir, self.port).await?;
        self.process = keeper.server;
        self.keeper = Some(keeper);
        Ok(())
    }

    pub(crate) async fn file_sizes(&self, dir: &str) -> Result<Vec<(String, u64)>, Error> {
        let dir = recipe::data(&self.dir).join(dir);
        let mut sizes = Vec::new();
        for entry in fs::read_dir(&dir).map_err(Error::file("read", &dir))? {
            let entry = entry.map_err(Error::file("read", &dir))?;
            let size = entry.metadata().map_err(Error::file("read", &dir))?.len();
            sizes.push((entry.file_name().to_string_lossy().into_owned(), size));
        }
        Ok(sizes)
    }

    pub(crate) async fn truncate(&self, file: &str, keep: u64) -> Result<(), Error> {
        let path = recipe::data(&self.dir).join(file);
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_len(keep))
            .map_err(Error::file("cut", &path))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // A killed own server has no keeper that would remove its files.
        if self._lease.is_some() && self.keeper.is_none() {
            let _ = data::remove(&self.dir);
        }
    }
}

async fn start_kept(spec: &ServerSpec, dir: &Path, port: u16) -> Result<Keeper, Error> {
    check_room(spec.service, dir)?;
    let recipe = Recipe::new(spec, dir, port)?;
    recipe.prepare(spec, dir).await?;
    let keeper = Keeper::start(&recipe.command, dir, &recipe.log)?;
    wait_ready(spec.service, local(port), keeper.server, &recipe.log).await?;
    Ok(keeper)
}

/// Starts a server that outlives this process; kills it again if it does not get ready.
pub(super) async fn start_detached(
    spec: &ServerSpec,
    dir: &Path,
    port: u16,
    recipe: &Recipe,
) -> Result<Process, Error> {
    check_room(spec.service, dir)?;
    recipe.prepare(spec, dir).await?;
    let process = process::detached(&recipe.command, dir, &recipe.log)?;
    let ready = wait_ready(spec.service, local(port), process, &recipe.log).await;
    if ready.is_err() {
        process::kill_recorded(dir);
    }
    ready.map(|()| process)
}

pub(super) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

pub(super) async fn wait_ready(
    service: Service,
    addr: SocketAddr,
    process: Process,
    log: &Path,
) -> Result<(), Error> {
    let alive = || async move { process.is_alive() };
    let Err(unready) = ready::wait(service, addr, ready::start_deadline(), alive).await else {
        return Ok(());
    };
    let last_lines = data::last_lines(log);
    if speaks_of_a_full_disk(&last_lines) {
        let path = log.to_owned();
        return Err(Error::DiskFull { service, path });
    }
    let log = log.display().to_string();
    Err(match unready {
        Unready::Gone => Error::Ended {
            service,
            log,
            last_lines,
        },
        Unready::Late { waited, last } => Error::NotReady {
            service,
            addr,
            waited,
            log,
            last_lines: format!("{last_lines}\n(our last attempt: {last})"),
        },
    })
}

/// What the three servers and the JVM write when a write fails with ENOSPC.
fn speaks_of_a_full_disk(log: &str) -> bool {
    [
        "No space left on device",
        "Disk is full",
        "errno: 28",
        "Errcode: 28",
    ]
    .iter()
    .any(|words| log.contains(words))
}

/// Refuses to start where the data has no room: InnoDB would wait for somebody to make some, without a word to us.
fn check_room(service: Service, dir: &Path) -> Result<(), Error> {
    let needed: u64 = match service {
        Service::Redis => 8 << 20,
        Service::Mysql => 192 << 20,
        Service::Kafka => 96 << 20,
    };
    fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
    match sys::free_bytes(dir) {
        Some(free) if free < needed => Err(Error::DiskFull {
            service,
            path: dir.to_owned(),
        }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_words_for_a_full_disk_are_understood() {
        for words in [
            "Error writing to the AOF file: No space left on device",
            "mariadbd: Disk is full writing './ibdata1' (Errcode: 28 \"No space left on device\")",
            "java.io.IOException: No space left on device",
        ] {
            assert!(speaks_of_a_full_disk(words), "{words}");
        }
        assert!(!speaks_of_a_full_disk("Ready to accept connections"));
    }
}
