//! The downstream's process: started, killed, started again, told how to behave, and listened to.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::downstream::{Mood, Said};
use crate::recorder::Recorder;
use crate::run::Result;

/// The argument with which this program is the downstream.
pub const DOWNSTREAM: &str = "--downstream";
/// A process that says nothing for so long does not start.
const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// A downstream that runs; it ends with this handle.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    addr: SocketAddr,
}

impl Process {
    /// Starts it; returns when it listens. What it says after that goes to `recorder`.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(recorder: &Arc<Recorder>) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(DOWNSTREAM)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().ok_or("the downstream has no stdin")?;
        let stdout = child.stdout.take().ok_or("the downstream has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(STARTS_WITHIN, lines.next_line()).await??;
        let Some(Said::Listening(addr)) = first.as_deref().map(serde_json::from_str).transpose()?
        else {
            return Err("the downstream does not say where it listens".into());
        };
        tokio::spawn(listen(lines, Arc::clone(recorder)));
        Ok(Self { child, stdin, addr })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// kill -9, and waits until it is gone.
    ///
    /// # Errors
    /// It was gone already.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(ended) = self.child.try_wait()? {
            return Err(format!("the downstream has ended by itself: {ended}").into());
        }
        Ok(self.child.kill().await?)
    }

    /// From now on it answers so.
    ///
    /// # Errors
    /// It is gone.
    pub async fn mood(&mut self, mood: Mood) -> Result<()> {
        let line = format!("{}\n", serde_json::to_string(&mood)?);
        self.stdin.write_all(line.as_bytes()).await?;
        Ok(self.stdin.flush().await?)
    }
}

async fn listen(mut lines: Lines<BufReader<ChildStdout>>, recorder: Arc<Recorder>) {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(Said::Arrived { call, answer }) = serde_json::from_str(&line) {
            recorder.arrived(call, answer);
        }
    }
}
