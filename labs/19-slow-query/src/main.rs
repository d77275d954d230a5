//! The command: `slow-query report FILE.. --dsn mysql://..`.
//!
//! It ends with 0 when the report was written, whatever it says; with 1 when `--check` was given and there is advice that was tried and stays; with 2 when it was
//! called wrongly; with 3 when a file or a server could not be used. (A scratch server that is lost on the way costs the trials alone: the report says what was not tried.) A password in an address can be read by others in the list of processes: give the address by one of the
//! variables then.
#![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use slow_query::core::report::Literals;
use slow_query::core::sample::Limits;
use slow_query::shell::analysis::{Options, analyse};
use slow_query::shell::input;
use slow_query::shell::report::{html, json, terminal};
use tokio::sync::watch;

/// Reads slow logs of MySQL and MariaDB, finds the shapes of statements that take the time, and tries advice before it gives it.
#[derive(Debug, Parser)]
#[command(name = "slow-query", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads slow logs and writes a report
    Report(Report),
}

/// What is read, asked and written.
#[derive(Debug, Args)]
struct Report {
    /// Slow logs, plain or gzipped, rotated ones too; `-` is the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The server to ask for tables and plans: it is only read [or: SLOW_QUERY_DSN]
    #[arg(long, value_name = "URL")]
    dsn: Option<String>,
    /// Another server, on which advice is tried with a sample of the rows [or: SLOW_QUERY_SCRATCH_DSN]
    #[arg(long, value_name = "URL")]
    scratch_dsn: Option<String>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
    /// Write a page for a browser too
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// How many classes of statements to show, and to advise on
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top: u32,
    /// The most rows of a table that are copied to the scratch server
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    sample_rows: u64,
    /// Show statements as they were sent, with whatever users typed
    #[arg(long)]
    show_literals: bool,
    /// Only what ended within this time before now: 90s, 15m, 24h, 7d
    #[arg(long, value_name = "TIME", value_parser = input::parse_since)]
    since: Option<Duration>,
    /// Seconds that a statement may take on either server
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    time_limit: u64,
    /// End with 1 if there is advice that was tried and stays
    #[arg(long)]
    check: bool,
    /// Columns of the text; by default those of the terminal, as far as COLUMNS tells, or 80
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
}

/// All rows of a sample together: what a scratch server takes in seconds.
const SAMPLE_BYTES: u64 = 1 << 30;

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Report(report) = Cli::parse().command;
    // What went wrong and did not end it: a table that was not copied, a schema that is still there.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_max_level(tracing::Level::WARN)
        .without_time()
        .with_target(false)
        .init();
    match run(report).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("slow-query: {error:#}");
            ExitCode::from(3)
        }
    }
}

async fn run(report: Report) -> anyhow::Result<ExitCode> {
    let dsn = report.dsn.or_else(|| std::env::var("SLOW_QUERY_DSN").ok());
    let scratch_dsn = report
        .scratch_dsn
        .or_else(|| std::env::var("SLOW_QUERY_SCRATCH_DSN").ok());
    if scratch_dsn.is_some() && dsn.is_none() {
        let missing = "--scratch-dsn needs --dsn: there is nothing to copy otherwise";
        Cli::command()
            .error(ErrorKind::MissingRequiredArgument, missing)
            .exit();
    }
    let read = input::read(&report.files, report.since)?;
    for damaged in &read.damaged {
        let (path, bytes) = (damaged.path.display(), damaged.bytes);
        eprintln!(
            "slow-query: {path}: {}; its first {bytes} bytes were read",
            damaged.reason
        );
    }
    let options = Options {
        dsn,
        scratch_dsn,
        limit: Duration::from_secs(report.time_limit),
        sample: Limits::new(report.sample_rows, SAMPLE_BYTES)?,
        top: report.top as usize,
        literals: match report.show_literals {
            true => Literals::Shown,
            false => Literals::Hidden,
        },
    };
    let interrupted = listen()?;
    let found = analyse(
        (&read.digest, &read.summary, read.files),
        &options,
        async || {
            // The sender ends with the process alone.
            let _ = interrupted.clone().wait_for(|came| *came).await;
        },
    )
    .await?;
    end_at(interrupted);
    if let Some(path) = &report.html {
        std::fs::write(path, html::page(&found)).with_context(|| path.display().to_string())?;
    }
    let mut out = std::io::stdout().lock();
    let text = match report.json {
        true => json(&found)? + "\n",
        false => {
            let told = || std::env::var("COLUMNS").ok()?.parse().ok();
            let width = report.width.map(usize::from).or_else(told).unwrap_or(80);
            let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
            terminal::write(&found, terminal::Style { width, colour })
        }
    };
    // Whoever reads may have had enough: `| head` is no failure.
    match out.write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    Ok(match report.check && found.advises() {
        true => ExitCode::from(1),
        false => ExitCode::SUCCESS,
    })
}

/// From now on, with nothing left on any server, a signal ends the process at once, also while nobody reads what it writes.
fn end_at(mut interrupted: watch::Receiver<bool>) {
    tokio::spawn(async move {
        let _ = interrupted.wait_for(|came| *came).await;
        eprintln!("slow-query: interrupted while the report was written");
        std::process::exit(3);
    });
}

/// Listens, from now on, for Ctrl-C and for what a system sends to end a process: what was made on the scratch server is dropped first. One that comes
/// between two schemas counts as well.
fn listen() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (came, seen) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        came.send_replace(true);
        // As long as the process: who waits for it must not take its end for the signal.
        came.closed().await;
    });
    Ok(seen)
}
