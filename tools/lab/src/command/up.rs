//! `up`: the shared services, started by the testbed; `--install` brings them first.
//!
//! The testbed has the clients that know when a server answers, and takes minutes to compile; this command does
//! not link it but calls its binary.

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
pub fn install(root: &Path) -> anyhow::Result<()> {
    if !Path::new("/etc/debian_version").exists() {
        return Err(Stop::environment(
            "Only Debian and Ubuntu are installed by this command. On macOS and WSL2 (and anywhere else) start Docker: \
             `docker version` must answer, then `cargo lab up`.",
        ));
    }
    let script = root.join(SCRIPT);
    let by_hand = format!("    sudo sh {SCRIPT}\n    cargo lab up");
    let mut command = match root_by() {
        Some(RootBy::Being) => Command::new("sh"),
        Some(RootBy::Sudo) => {
            let mut sudo = Command::new("sudo");
            sudo.arg("sh");
            sudo
        }
        None => {
            return Err(Stop::environment(format!(
                "Installing packages takes root, and neither are you root nor is there a sudo that asks nothing. Run this yourself:\n{by_hand}"
            )));
        }
    };
    command.arg(&script).current_dir(root);
    if wait(command, "the installation")? {
        return Ok(());
    }
    Err(Stop::environment(format!(
        "The installation failed; its last lines say why. To try it by hand:\n{by_hand}"
    )))
}

enum RootBy {
    Being,
    Sudo,
}

fn root_by() -> Option<RootBy> {
    let is = |program: &str, arguments: &[&str], wanted: &str| {
        let answer = crate::probe::ask(program, arguments, std::time::Duration::from_secs(5));
        answer.is_some_and(|answer| answer.success && answer.stdout.trim() == wanted)
    };
    if is("id", &["-u"], "0") {
        return Some(RootBy::Being);
    }
    is("sudo", &["-n", "id", "-u"], "0").then_some(RootBy::Sudo)
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
