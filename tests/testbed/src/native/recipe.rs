//! How a service's spec becomes a process: its command line, its files, its data before the first start.

use std::fs;
use std::path::{Path, PathBuf};

use super::process::CommandLine;
use super::{kafka, mysql, redis};
use crate::error::Error;
use crate::server::{ServerSpec, Service};

/// A server ready to be started in its directory.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) command: CommandLine,
    /// Written before each start: path and text.
    pub(crate) files: Vec<(PathBuf, String)>,
    pub(crate) log: PathBuf,
}

impl Recipe {
    /// The recipe for a server in `dir` on `port`; finds the binaries, starts nothing.
    pub(crate) fn new(spec: &ServerSpec, dir: &Path, port: u16) -> Result<Self, Error> {
        match spec.service {
            Service::Redis => redis::recipe(spec, dir, port),
            Service::Mysql => mysql::recipe(spec, dir, port),
            Service::Kafka => kafka::recipe(spec, dir, port),
        }
    }

    /// Tells whether a running server was started in the same way. Not by the same binary: two shells with
    /// different `PATH`s would take turns in replacing it.
    pub(crate) fn fingerprint(&self) -> String {
        format!("{:?}", (&self.command.args, &self.files))
    }

    /// Brings the files and, before the first start, the data.
    pub(crate) async fn prepare(&self, spec: &ServerSpec, dir: &Path) -> Result<(), Error> {
        fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
        match spec.service {
            Service::Redis => redis::prepare(dir)?,
            Service::Mysql => mysql::prepare(dir).await?,
            Service::Kafka => kafka::prepare(dir).await?,
        }
        for (path, text) in &self.files {
            fs::write(path, text).map_err(Error::file("write", path))?;
        }
        Ok(())
    }
}

/// The data below a server's directory.
pub(crate) fn data(dir: &Path) -> PathBuf {
    dir.join("data")
}

/// The first of these programs on the `PATH`, or in the places where Debian puts daemons.
pub(crate) fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from))
        .collect();
    names
        .iter()
        .flat_map(|name| dirs.iter().map(move |dir| dir.join(name)))
        .find(|candidate| candidate.is_file())
}
