//! Cargo's own subcommands that the proofs use and that are no dependency: looked for, named, installed when asked.

use std::process::{Command, Stdio};

use anyhow::Context as _;

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
