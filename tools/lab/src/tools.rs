//! Cargo's own subcommands that the proofs use and that are no dependency: looked for, named, installed when asked.

use std::io::Read as _;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use anyhow::Context as _;

use crate::children::{self, Guarded};
use crate::clock;

/// A tool and the version that is known to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Mutates the cores.
    Mutants,
    /// Bans, licences and sources of the dependencies.
    Deny,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Self::Mutants => "cargo-mutants",
            Self::Deny => "cargo-deny",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Mutants => "27.1.0",
            Self::Deny => "0.20.2",
        }
    }

    fn install(self) -> [&'static str; 5] {
        [
            "install",
            self.name(),
            "--locked",
            "--version",
            self.version(),
        ]
    }
}

/// Makes sure that a tool is there, installing it if that was asked for; else the sentence that says what is missing.
///
/// # Errors
/// Cargo cannot be run, or the installation fails.
pub fn need(tool: Tool, install: bool) -> anyhow::Result<Result<(), String>> {
    if present(tool) {
        return Ok(Ok(()));
    }
    let command = format!("cargo {}", tool.install().join(" "));
    if !install {
        return Ok(Err(format!(
            "{} is not installed: add --install, or run `{command}`",
            tool.name()
        )));
    }
    eprintln!("{command}");
    let status = Command::new("cargo")
        .args(tool.install())
        .status()
        .context("cargo cannot be run")?;
    anyhow::ensure!(status.success(), "`{command}` failed");
    Ok(Ok(()))
}

/// Runs a command that ends with us, and gives how it ended and what it said on both streams. At `until`, if it is given, the
/// command is interrupted, as Ctrl-C would: it keeps what it has found, and ends its own children.
///
/// # Errors
/// It cannot be run.
pub fn capture(
    command: &mut Command,
    until: Option<Instant>,
) -> anyhow::Result<(ExitStatus, String)> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let name = command.get_program().display().to_string();
    let mut child = Guarded::new(
        command
            .spawn()
            .with_context(|| format!("{name} cannot be run"))?,
    );
    let (ended, ends) = mpsc::channel::<()>();
    let pid = child.id();
    let alarm = until.map(|until| {
        let left = until.saturating_duration_since(clock::now());
        thread::spawn(move || {
            if ends.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
                children::interrupt(pid);
            }
        })
    });
    let errors = child.child().stderr.take().map(|mut pipe| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            bytes
        })
    });
    let mut bytes = Vec::new();
    if let Some(mut pipe) = child.child().stdout.take() {
        pipe.read_to_end(&mut bytes)?;
    }
    bytes.extend(
        errors
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default(),
    );
    let status = child.wait()?;
    drop(ended);
    if let Some(alarm) = alarm {
        let _ = alarm.join();
    }
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

fn present(tool: Tool) -> bool {
    let mut command = Command::new(tool.name());
    // Their own names are the first argument when cargo calls them.
    let argument = tool.name().trim_start_matches("cargo-");
    let status = command
        .args([argument, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_command_is_interrupted_when_its_time_is_up() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo begun; exec sleep 60"]);
        let (status, words) = capture(
            &mut command,
            Some(clock::now() + Duration::from_millis(300)),
        )
        .unwrap();
        assert!(!status.success(), "it was not ended: {status}");
        assert_eq!(words, "begun\n");
    }

    #[test]
    fn a_command_that_ends_in_time_is_left_alone() {
        let mut command = Command::new("true");
        let until = clock::now() + Duration::from_secs(60);
        let (status, _) = capture(&mut command, Some(until)).unwrap();
        assert!(status.success());
    }
}
