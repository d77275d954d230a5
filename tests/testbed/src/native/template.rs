//! Data directories that were prepared once and are copied for each server.

use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::{data, home};
use crate::error::Error;
use crate::lock::lock;
use crate::root;

/// The directory prepared under this key (a version, as the server names it); `make` fills one beside it first, so
/// that a killed process leaves no half one. Any number of processes may ask at once.
pub(crate) async fn template<F>(
    key: &str,
    make: impl FnOnce(PathBuf) -> F,
) -> Result<PathBuf, Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    let name = format!("{:016x}", hash.finish());
    let prepared = home().join("templates").join(&name);
    if prepared.exists() {
        return Ok(prepared);
    }
    let _one_makes = lock(&root::state().join(format!("locks/template-{name}"))).await?;
    if prepared.exists() {
        return Ok(prepared);
    }
    let beside = prepared.with_extension("new");
    data::remove(&beside)?;
    fs::create_dir_all(&beside).map_err(Error::file("create", &beside))?;
    make(beside.clone()).await?;
    fs::rename(&beside, &prepared).map_err(Error::file("move", &beside))?;
    Ok(prepared)
}

/// Runs a program to its end; what it printed.
pub(crate) async fn output(program: &Path, args: &[OsString]) -> Result<String, Error> {
    let out = tokio::process::Command::new(program)
        .args(args)
        .env("LC_ALL", "C")
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .map_err(Error::file("run", program))?;
    let printed = String::from_utf8_lossy(&out.stdout).into_owned();
    match out.status.success() {
        true => Ok(printed),
        false => Err(Error::Command {
            command: program.display().to_string(),
            reason: format!("{printed}{}", String::from_utf8_lossy(&out.stderr))
                .trim()
                .to_owned(),
        }),
    }
}
