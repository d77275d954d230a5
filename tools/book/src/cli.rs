//! `book serve [--port N] [--open]`, as `cargo lab serve` calls it.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context as _;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::core::queue::Limits;
use crate::shell::connections::Patience;
use crate::shell::say;
use crate::{Options, Server};

/// The port that mdBook uses too.
const PORT: u16 = 3000;

#[derive(Debug, Parser)]
#[command(
    name = "book",
    about = "The book on 127.0.0.1, with labs that run from the page"
)]
enum Cli {
    /// Serve the book until Ctrl-C
    Serve {
        /// The port; if it is taken, the next free one
        #[arg(long, default_value_t = PORT)]
        port: u16,
        /// Open it in the browser
        #[arg(long)]
        open: bool,
    },
}

/// Serves, and says how it ended.
pub fn main() -> ExitCode {
    // mdBook tells its warnings to `tracing`, and an author wants to see them.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let Cli::Serve { port, open } = Cli::parse();
    match serve(port, open) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::trouble(&format!("error: {error:#}"));
            lab::exit::Exit::of(&error).into()
        }
    }
}

fn serve(port: u16, open: bool) -> anyhow::Result<()> {
    let root = lab::names::workspace()?.root().to_owned();
    let options = Options {
        lab: lab_binary()?,
        root,
        limits: Limits::default(),
        patience: Patience::default(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = Server::listen(port, options).await?;
        let url = format!("http://127.0.0.1:{}/", server.port());
        if server.port() != port && port != 0 {
            say::line(&format!("Port {port} is taken."));
        }
        say::line(&format!("The book is at {url}"));
        say::line("Its Run buttons start `cargo lab` in this checkout; a page that you save is shown again.");
        say::line("Ctrl-C stops it, and what it runs.");
        if open {
            show(&url);
        }
        let stop = stopped()?;
        server.run(stop).await
    })
}

/// Done at the first Ctrl-C, SIGTERM or SIGHUP.
fn stopped() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// What `cargo lab serve` names, or what lies beside this binary.
fn lab_binary() -> anyhow::Result<PathBuf> {
    if let Some(given) = std::env::var_os("LAB_BIN") {
        return Ok(given.into());
    }
    let own = std::env::current_exe().context("where this binary lies is not known")?;
    Ok(own.with_file_name("lab"))
}

fn show(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opened = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = opened {
        say::trouble(&format!("{program} could not be started: {error}."));
    }
}
