//! `up`: the shared services, started by the testbed; `--install` brings them first.
//!
//! The testbed has the clients that know when a server answers, and takes minutes to compile; this command does
//! not link it but calls its binary. The script runs as the user and asks sudo itself for the packages: what it
//! puts below .lab/ must not belong to root.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::Context;
use crate::children::Guarded;
use crate::exit::{Exit, Stop};

const SCRIPT: &str = "tests/testbed/install/debian.sh";

pub(super) fn run(context: &Context, install: bool) -> anyhow::Result<Exit> {
    let root = context.root();
    if install {
        self::install(root)?;
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args([
            "run", "--quiet", "-p", "testbed", "--bin", "testbed", "--", "up",
        ])
        .current_dir(root);
    if !root.join("target/debug/testbed").exists() {
        eprintln!(
            "First build with all clients: {}, once.",
            crate::render::guide::first_build(false)
        );
    }
    if wait(cargo, "cargo")? {
        return Ok(Exit::Ok);
    }
    Err(Stop::environment(
        "The services are not up. `cargo lab doctor` says what is missing.",
    ))
}

/// Runs Debian's installation, or says what to do elsewhere. `verify --install` begins with it too.
///
/// # Errors
/// This is no Debian, or the installation failed; without the right to install, the script prints what to run.
pub fn install(root: &Path) -> anyhow::Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        return Err(Stop::environment(
            "Only Debian and Ubuntu are installed by this command. On macOS and WSL2 (and anywhere else) start Docker: \
             `docker version` must answer, then `cargo lab up`.",
        ));
    }
    let mut shell = Command::new("sh");
    shell.arg(SCRIPT).current_dir(root);
    if wait(shell, "the installation")? {
        return Ok(());
    }
    Err(Stop::environment(
        "Nothing was started, because the installation did not end well: it says above why, and what to run.",
    ))
}

fn wait(mut command: Command, name: &str) -> anyhow::Result<bool> {
    let child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("{name} could not be started"))?;
    let status = Guarded::new(child)
        .wait()
        .with_context(|| format!("{name} could not be waited for"))?;
    Ok(status.success())
}
