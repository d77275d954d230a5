//! `serve`: the book on 127.0.0.1, with labs that run from the page.
//!
//! The server is a package of its own (mdBook and an HTTP server are a minute to compile), built by cargo and then put in
//! this process's place: a Ctrl-C or a SIGTERM is the server's, and there is nobody between to pass it on.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use super::Context;
use crate::children::Guarded;
use crate::cli;
use crate::exit::{Exit, Stop};

pub(super) fn run(context: &Context, args: &cli::Serve) -> anyhow::Result<Exit> {
    let root = context.root();
    let book = crate::shadow::target_dir(root).join("debug/book");
    if !book.exists() {
        let words = crate::render::guide::first_book();
        eprintln!("First build of the book's server: {words}, once.");
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "-p", "book", "--bin", "book"])
        .current_dir(root)
        .stdin(Stdio::null());
    let child = cargo.spawn().context("cargo could not be started")?;
    let built = Guarded::new(child).wait()?;
    if !built.success() {
        return Err(Stop::environment(
            "The book's server could not be built; cargo says above why.",
        ));
    }
    let mut server = Command::new(&book);
    server.arg("serve");
    if let Some(port) = args.port {
        server.args(["--port", &port.to_string()]);
    }
    if args.open {
        server.arg("--open");
    }
    let lab = std::env::current_exe().context("where this binary lies is not known")?;
    let error = server.env("LAB_BIN", lab).env("LAB_ROOT", root).exec();
    Err(error).with_context(|| format!("{} could not be started", book.display()))
}
