//! A process of the sale behind a supervisor: killed when a fault says so, and started again, as a unit of systemd would be.
//!
//! Between the two stands a shell that waits for either end: closing its stdin is the kill, and a run that dies, however it dies, closes
//! it too. So no process of a sale outlives its run.
//!
//! A process that ends by itself (an instance that finds no Redis when it starts) is started again too. What it writes to stderr
//! is read for panics: a skeleton's `todo!` ends the run with its own words, and says more than any verdict.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use chaos::{Line, say};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStderr, Command};
use tokio::sync::watch;

/// Between the end of a process and its next start.
const RESTART_AFTER: Duration = Duration::from_millis(200);

/// `$@` is the program. The shell's own stdin is the handle: when it closes, `kill -9`.
const KEEPER: &str = r#"exec 3<&0; "$@" </dev/null 3<&- & program=$!
{ read -r _ <&3; kill -9 $program 2>/dev/null; } & watch=$!
wait $program; code=$?; kill $watch 2>/dev/null; exit $code"#;

/// How to start a process.
#[derive(Clone)]
pub struct Spec {
    /// Its lane in the history.
    pub name: &'static str,
    /// `serve`, `consume`, `reconcile`.
    pub role: &'static str,
    /// The `seckill` of this variant.
    pub program: PathBuf,
    /// Its configuration.
    pub env: Vec<(&'static str, String)>,
    /// Where it serves, if it does.
    pub listen: SocketAddr,
}

/// A supervised process; it ends with this handle.
pub struct Process {
    wanted: watch::Sender<bool>,
    runs: watch::Receiver<bool>,
}

impl Process {
    /// Starts it, and from now on whenever it is not there.
    pub fn start(spec: Spec) -> Self {
        let (wanted, wants) = watch::channel(true);
        let (running, runs) = watch::channel(false);
        tokio::spawn(supervise(spec, wants, running));
        Self { wanted, runs }
    }

    /// kill -9, and it stays dead until [`Self::revive`]. Answers how many processes died: 0, if it was down anyway.
    pub async fn kill(&mut self) -> u64 {
        // One that is just being started again is waited for: a fault has to hit something.
        let up = tokio::time::timeout(RESTART_AFTER * 5, self.runs.wait_for(|&runs| runs)).await;
        let died = u64::from(matches!(&up, Ok(Ok(_))));
        drop(up);
        self.wanted.send_replace(false);
        let _supervisor_gone = self.runs.wait_for(|&runs| !runs).await;
        died
    }

    /// Lets it run again.
    pub fn revive(&self) {
        self.wanted.send_replace(true);
    }
}

async fn supervise(spec: Spec, mut wanted: watch::Receiver<bool>, running: watch::Sender<bool>) {
    loop {
        if wanted.wait_for(|&wanted| wanted).await.is_err() {
            return;
        }
        let mut child = match command(&spec).spawn() {
            Ok(child) => child,
            Err(error) => {
                let text = format!("{} cannot be started: {error}", spec.program.display());
                say(&Line::Panicked {
                    process: spec.name.to_owned(),
                    text,
                });
                return;
            }
        };
        running.send_replace(true);
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(listen_for_panics(spec.name, stderr));
        }
        let handle = child.stdin.take();
        let gone = tokio::select! {
            _ended = child.wait() => false,
            killed = wanted.wait_for(|&wanted| !wanted) => killed.is_err(),
        };
        drop(handle);
        let _ended = child.wait().await;
        running.send_replace(false);
        if gone {
            return;
        }
        tokio::time::sleep(RESTART_AFTER).await;
    }
}

fn command(spec: &Spec) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", KEEPER, "keeper"])
        .arg(&spec.program)
        .arg(spec.role)
        .envs(spec.env.iter().map(|(name, value)| (name, value)))
        .env("SECKILL_LISTEN", spec.listen.to_string())
        .env("SECKILL_INSTANCE", spec.name)
        .env("RUST_LOG", "off")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Passes a panic on: its first line says where, the second what.
async fn listen_for_panics(process: &'static str, stderr: ChildStderr) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.contains(" panicked at ") {
            let what = lines.next_line().await.ok().flatten().unwrap_or_default();
            let text = format!("{line}\n{what}\n");
            say(&Line::Panicked {
                process: process.to_owned(),
                text,
            });
        }
    }
}
