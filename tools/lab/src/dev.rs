//! `cargo lab dev`: what an author of a lab needs.

use crate::exit::Exit;

/// What an author asks for.
#[derive(Debug, clap::Subcommand)]
pub enum Command {}

/// Runs it.
pub fn run(command: &Command) -> anyhow::Result<Exit> {
    match *command {}
}
