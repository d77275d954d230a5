//! `cargo lab verify`: every proof of every lab.

use crate::exit::{Exit, Stop};

/// What is to be verified.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_args: &Args) -> anyhow::Result<Exit> {
    Err(Stop::usage("nothing here yet"))
}
