//! The shared native servers: found if they run, else started, by one process of however many ask at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::home;
use super::instance::{Instance, local, start_detached};
use super::process::{self, Process};
use super::recipe::Recipe;
use crate::error::Error;
use crate::lock::lock;
use crate::server::ServerSpec;
use crate::{ports, ready, root};

/// How long a server that runs may be silent before it is taken for stuck and replaced.
const SILENCE: Duration = Duration::from_secs(10);
/// The same for the second look, under the lock.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// The shared server of this name.
pub(crate) async fn shared(name: &str, spec: &ServerSpec) -> Result<Instance, Error> {
    let dir = home().join(name);
    if let Some(running) = find(spec, &dir, SILENCE).await? {
        return Ok(running);
    }
    let _one_starts = lock(&root::state().join(format!("locks/native-{name}"))).await?;
    if let Some(running) = find(spec, &dir, LAST_CHANCE).await? {
        return Ok(running);
    }
    process::kill_recorded(&dir);
    process::kill_strays(&dir);
    start(spec, dir).await
}

/// The shared server of this name, if it runs.
pub(crate) async fn running(name: &str, spec: &ServerSpec) -> Result<Option<Instance>, Error> {
    find(spec, &home().join(name), SILENCE).await
}

/// The server that was recorded, if that very process lives, was started as we would start it, and answers.
async fn find(
    spec: &ServerSpec,
    dir: &Path,
    patience: Duration,
) -> Result<Option<Instance>, Error> {
    let (Some(process), Some(record)) = (Process::recorded(dir), Record::read(dir)) else {
        return Ok(None);
    };
    if !process.is_alive()
        || record.fingerprint != Recipe::new(spec, dir, record.port)?.fingerprint()
    {
        return Ok(None);
    }
    let alive = || async move { process.is_alive() };
    match ready::wait(spec.service, local(record.port), patience, alive).await {
        Ok(()) => Ok(Some(Instance::shared(
            spec,
            dir.to_owned(),
            record.port,
            process,
        ))),
        Err(_) => Ok(None),
    }
}

/// Only under the lock. Another program may take the port between the choice and the start: tries again.
async fn start(spec: &ServerSpec, dir: PathBuf) -> Result<Instance, Error> {
    let before = Record::read(&dir).map(|record| record.port);
    Record::remove(&dir);
    let mut attempts = 3;
    loop {
        attempts -= 1;
        // The port of last time, so that addresses in a learner's shell stay right.
        let again = before.map(ports::try_lease).transpose()?.flatten();
        let lease = match again {
            Some(lease) => lease,
            None => ports::lease()?,
        };
        let recipe = Recipe::new(spec, &dir, lease.port)?;
        match start_detached(spec, &dir, lease.port, &recipe).await {
            Ok(process) => {
                Record {
                    port: lease.port,
                    fingerprint: recipe.fingerprint(),
                }
                .write(&dir)?;
                return Ok(Instance::shared(spec, dir, lease.port, process));
            }
            Err(Error::Ended { .. }) if attempts > 0 && !ports::is_free(lease.port) => {}
            Err(error) => return Err(error),
        }
    }
}

/// `server.addr`: the address on the first line, then how the server was started. There once it has answered.
struct Record {
    port: u16,
    fingerprint: String,
}

impl Record {
    fn path(dir: &Path) -> PathBuf {
        dir.join("server.addr")
    }

    fn read(dir: &Path) -> Option<Self> {
        let text = fs::read_to_string(Self::path(dir)).ok()?;
        let (addr, fingerprint) = text.split_once('\n')?;
        Some(Self {
            port: addr.rsplit_once(':')?.1.parse().ok()?,
            fingerprint: fingerprint.to_owned(),
        })
    }

    /// Complete or not at all: others read it without the lock.
    fn write(&self, dir: &Path) -> Result<(), Error> {
        let beside = dir.join("server.addr.new");
        let text = format!("{}\n{}", local(self.port), self.fingerprint);
        fs::write(&beside, text).map_err(Error::file("write", &beside))?;
        fs::rename(&beside, Self::path(dir)).map_err(Error::file("move", &beside))
    }

    fn remove(dir: &Path) {
        let _ = fs::remove_file(Self::path(dir));
    }
}
