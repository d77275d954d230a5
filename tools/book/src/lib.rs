//! `cargo lab serve`: the book on 127.0.0.1, whose pages run the labs.
//!
//! `mdbook serve` shows the same pages; this adds what a program of ours must do: start `lab test`, `lab break` and `lab chaos` for a
//! button, and refuse everybody else who asks. [`core`] decides (who may ask, what runs, when it ends), [`shell`] does
//! (sockets, processes, files). A package of its own, because it is minutes to compile and the command is seconds.
//!
//! What must stay true: it listens on 127.0.0.1 only; no byte of a request reaches a command line or a path; one run at a time, and
//! none outlives the server; whatever a client does, memory and connections stay bounded.

pub mod cli;
pub mod core;
pub mod shell;

use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::core::door::Door;
use crate::core::queue::Limits;
use crate::shell::connections::{self, Patience};
use crate::shell::hub::{Hub, Program};
use crate::shell::news::State;
use crate::shell::watch::Places;
use crate::shell::{guard, interface, pages, watch as sources};

/// How often progress.json is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// What every answer needs.
#[derive(Clone, Debug)]
pub struct App {
    hub: Arc<Hub>,
    door: Arc<Door>,
    news: watch::Receiver<State>,
    patience: Patience,
}

/// What a server is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// The checkout.
    pub root: PathBuf,
    /// The `lab` binary.
    pub lab: PathBuf,
    /// The bounds of runs.
    pub limits: Limits,
    /// The bounds of connections.
    pub patience: Patience,
}

/// A server that listens and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    options: Options,
    door: Door,
    port: u16,
}

impl Server {
    /// Listens on the first free port of `port` and the 20 behind it; 0 is any.
    ///
    /// # Errors
    /// All of them are taken.
    pub async fn listen(port: u16, options: Options) -> anyhow::Result<Self> {
        let mut tried = port;
        let listener = loop {
            match TcpListener::bind((Ipv4Addr::LOCALHOST, tried)).await {
                Ok(listener) => break listener,
                Err(error)
                    if error.kind() == io::ErrorKind::AddrInUse
                        && tried < port.saturating_add(20) =>
                {
                    tried += 1;
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot listen on port {tried}"));
                }
            }
        };
        let port = listener.local_addr()?.port();
        Ok(Self {
            listener,
            options,
            door: Door::new(port, random()?),
            port,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What its pages carry.
    #[must_use]
    pub fn token(&self) -> &str {
        self.door.token()
    }

    /// Answers until `stop` is done, then ends what runs.
    ///
    /// # Errors
    /// No thread can be had.
    pub async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Options {
            root,
            lab,
            limits,
            patience,
        } = self.options;
        let news = watch::Sender::new(State::default());
        let door = Arc::new(self.door);
        let hub = Hub::open(
            &format!("{:08x}", u32::from_be_bytes(random()?)),
            limits,
            Program {
                lab,
                root: root.clone(),
            },
        );
        let app = App {
            hub: Arc::clone(&hub),
            door,
            news: news.subscribe(),
            patience,
        };
        let out = lab::shadow::target_dir(&root).join(format!("book-served/{}", self.port));
        let places = Places {
            root: root.clone(),
            out,
        };
        let builder = news.clone();
        // Not tokio's: a build that is under way must not hold up the end.
        std::thread::Builder::new()
            .name("book".to_owned())
            .spawn(move || sources::keep_built(&places, &builder))?;
        let watcher = tokio::spawn(watch_progress(root, news));
        let router = Router::new()
            .merge(interface::routes())
            .fallback(pages::page)
            .layer(middleware::from_fn_with_state(app.clone(), guard::ask))
            .with_state(app);
        let leaving = async {
            stop.await;
            hub.leave().await;
        };
        connections::serve(self.listener, router, patience, leaving).await;
        watcher.abort();
        Ok(())
    }
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random bytes can be had: {error}"))?;
    Ok(bytes)
}

/// Tells the pages when the learner's progress has changed, also from the command line.
///
/// By polling, as `cargo lab watch` does: it is one file, and its folder may not be there yet.
async fn watch_progress(root: PathBuf, news: watch::Sender<State>) {
    let file = lab::progress::Store::of(&root).file();
    let look = || {
        let data = std::fs::metadata(&file).ok()?;
        Some((data.modified().ok()?, data.len()))
    };
    let mut seen = look();
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        let now = look();
        if now != seen {
            seen = now;
            news.send_modify(|state| state.progress += 1);
        }
    }
}
