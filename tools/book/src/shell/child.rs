//! A run's process and all that it starts: `lab`, cargo, rustc, test binaries.
//!
//! They are one process group, so one signal reaches them all. Both outputs are one pipe, so they come in the order in which they were written.
//! What must stay true: when a run has ended, its group is empty; the next one would otherwise wait for a lock of a
//! build that nobody sees. Servers are in sessions of their own: a test's own server ends with its test (testbed's keeper), the shared ones stay.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::UnboundedReceiver;

use super::hub::{Hub, Program};
use crate::core::text::Utf8;

/// What a pipe gives at once.
const READ: usize = 8 * 1024;
/// How long the last words are waited for, once the process is gone: somebody in a session of his own may hold the pipe for ever.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What a run can be told.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// End, please.
    Terminate,
    /// End.
    Kill,
}

/// Starts the process, passes on what it says, and tells the hub how it ended.
pub async fn run(
    hub: Arc<Hub>,
    id: String,
    arguments: Vec<String>,
    mut orders: UnboundedReceiver<Order>,
) {
    let (mut child, mut pipe) = match start(hub.program(), &arguments) {
        Ok(started) => started,
        Err(error) => {
            let lab = hub.program().lab.display();
            return hub.not_started(&id, &format!("{lab} could not be started: {error}"));
        }
    };
    let group = child.id().and_then(|pid| i32::try_from(pid).ok());
    let mut text = Utf8::default();
    let mut bytes = [0; READ];
    let mut open = true;
    let status = loop {
        tokio::select! {
            read = pipe.read(&mut bytes), if open => match read {
                Ok(0) | Err(_) => open = false,
                Ok(count) => hub.output(&id, text.push(&bytes[..count])),
            },
            // Until `wait` has given the status, the leader is at least a zombie, so its number is nobody else's.
            Some(order) = orders.recv() => match order {
                Order::Terminate => signal(group, Signal::SIGTERM),
                Order::Kill => signal(group, Signal::SIGKILL),
            },
            status = child.wait() => break status,
        }
    };
    // What the leader has left behind. A number is not given out again while a group has it, so this reaches those or nobody.
    signal(group, Signal::SIGKILL);
    let last_words = async {
        while open {
            match pipe.read(&mut bytes).await {
                Ok(0) | Err(_) => open = false,
                Ok(count) => hub.output(&id, text.push(&bytes[..count])),
            }
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
    hub.output(&id, text.finish());
    hub.exited(&id, status.ok().and_then(|status| status.code()));
}

fn start(program: &Program, arguments: &[String]) -> io::Result<(Child, pipe::Receiver)> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(&program.lab);
    command
        .args(arguments)
        .current_dir(&program.root)
        .env("LAB_ROOT", &program.root)
        .env("CLICOLOR_FORCE", "1")
        .env("COLUMNS", "80")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0);
    let child = command.spawn()?;
    // The command holds the pipe's other end; while it does, the pipe never closes.
    drop(command);
    Ok((child, pipe::Receiver::from_owned_fd(reader.into())?))
}

fn signal(group: Option<i32>, signal: Signal) {
    if let Some(group) = group {
        // An empty group is what we want.
        let _ = killpg(Pid::from_raw(group), signal);
    }
}
