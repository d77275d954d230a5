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
    if !crate::shadow::target_dir(root)
        .join("debug/testbed")
        .exists()
    {
        let words = crate::render::guide::first_build(contract::suite::Target::Services);
        eprintln!("First build with all clients: {words}, once.");
    }
    let cargo = |arguments: &[&str]| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(arguments)
            .args(["-p", "testbed", "--bin", "testbed"])
            .current_dir(root);
        cargo
    };
    // Two steps, because a quiet build would be minutes of silence and a run that is not quiet talks every time.
    let mut run = cargo(&["run", "--quiet"]);
    run.args(["--", "up"]);
    if wait(cargo(&["build"]), "cargo")? && wait(run, "cargo")? {
        return Ok(Exit::Ok);
    }
    Err(Stop::environment(
        "Not every service is up. To see what is missing:\n    cargo lab doctor",
    ))
}

/// Runs Debian's installation, or says what to do elsewhere. `verify --install` begins with it too.
///
/// # Errors
/// This is no Debian, or the installation failed; without the right to install, the script prints what to run.
pub fn install(root: &Path) -> anyhow::Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        return Err(Stop::environment(
            "Only Debian and Ubuntu (also under WSL2) are installed by this command. On macOS and elsewhere start \
             Docker, so that `docker version` answers, and then:\n    cargo lab up",
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
