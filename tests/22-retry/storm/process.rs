//! This program again, as a process that is one of the services.
//!
//! Why processes and not tasks: a service shares nothing with its neighbours but a socket, so neither may its budget, its timers
//! or its runtime. What must stay true: none outlives the run. Each ends when its stdin does, and that is a pipe whose other end dies with the run.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use axum::Router;
use serde_json::Value;

use crate::scenario::Retries;
use crate::{dependency, http, layer};

/// The first word of a service's command line.
pub const SERVE: &str = "serve";

/// A service that runs until this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Process {
    /// What lies below everything.
    ///
    /// # Errors
    /// It does not start.
    pub fn dependency(seed: u64, workers: usize) -> io::Result<Self> {
        Self::start(&["dependency", &seed.to_string(), &workers.to_string()])
    }

    /// A layer above `next`.
    ///
    /// # Errors
    /// It does not start.
    pub fn layer(
        seed: u64,
        next: SocketAddr,
        retries: Retries,
        timeout: Duration,
    ) -> io::Result<Self> {
        Self::start(&[
            "layer",
            &seed.to_string(),
            &next.to_string(),
            retries.name(),
            &timeout.as_millis().to_string(),
        ])
    }

    fn start(words: &[&str]) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(SERVE)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it is piped");
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        let addr = read.and_then(|_| line.trim().parse().map_err(io::Error::other));
        match addr {
            Ok(addr) => Ok(Self { child, addr }),
            Err(error) => {
                end(&mut child);
                Err(error)
            }
        }
    }

    /// What it answers to `path`, as JSON.
    ///
    /// # Errors
    /// Nothing, or something else.
    pub async fn ask(&self, path: &str) -> io::Result<Value> {
        let answer = http::get(self.addr, path).await?;
        serde_json::from_str(&answer.body).map_err(io::Error::other)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// It may have ended by itself, which is as good.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Is such a process: says where it listens, and serves until its stdin ends.
pub async fn serve(words: &[String]) -> ExitCode {
    let Some(router) = router(words) else {
        eprintln!("`{SERVE}` is how this program starts itself");
        return ExitCode::from(2);
    };
    std::thread::spawn(|| {
        // Nobody writes there: what comes is the end.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let served = async {
        let (listener, addr) = http::port().await?;
        println!("{addr}");
        http::serve(listener, router).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn router(words: &[String]) -> Option<Router> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["dependency", seed, workers] => Some(dependency::router(
            seed.parse().ok()?,
            workers.parse().ok()?,
        )),
        ["layer", seed, next, retries, timeout_ms] => {
            let timeout = Duration::from_millis(timeout_ms.parse().ok()?);
            let retries = Retries::named(retries)?;
            let policy = layer::policy(retries, timeout, seed.parse().ok()?).ok()?;
            Some(layer::router(next.parse().ok()?, policy))
        }
        _ => None,
    }
}
