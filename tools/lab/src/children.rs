//! The processes that this command has started, so that they end with it.
//!
//! A terminal's Ctrl-C reaches the whole foreground group; a SIGTERM from the book's server or from CI
//! reaches only us, and a test that waits for a broken Kafka would go on for minutes. So every child is
//! registered here, and the signal handler ends them before it exits with 130.

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the children and the process on SIGINT, SIGTERM and SIGHUP.
///
/// Progress needs no care here: it is written by a rename, which has happened or has not.
pub fn end_them_on_signals() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        end_all();
        // A progress bar hides the cursor.
        if io::IsTerminal::is_terminal(&io::stderr()) {
            let _ = io::Write::write_all(&mut io::stderr(), b"\x1b[?25h\n");
        }
        std::process::exit(130);
    })?;
    Ok(())
}

/// Asks every child to end.
pub fn end_all() {
    for pid in running().iter() {
        signal(*pid, Signal::SIGTERM);
    }
}

/// A child process that dies with this value, at the latest.
pub struct Guarded(Child);

impl Guarded {
    /// Takes over a child that was just spawned.
    pub fn new(child: Child) -> Guarded {
        running().insert(child.id());
        Guarded(child)
    }

    /// The child, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Its id, for [`stop`] from another thread.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits until it ends.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.0.wait();
        running().remove(&self.0.id());
        status
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
        running().remove(&self.0.id());
    }
}

/// Kills a child that has had its time. Nothing happens when it is no longer ours.
pub fn stop(pid: u32) {
    if running().contains(&pid) {
        signal(pid, Signal::SIGKILL);
    }
}

/// Asks a child to end as Ctrl-C would. Nothing happens when it is no longer ours.
pub fn interrupt(pid: u32) {
    if running().contains(&pid) {
        signal(pid, Signal::SIGINT);
    }
}

fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
