//! Processes: are they alive, stop them, let them outlive us.
//!
//! The one module of the workspace with `unsafe`: `kill` and `setsid` have no safe form in std. Both are called
//! with plain numbers, and `setsid` is safe to call between fork and exec (it is async-signal-safe).
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// What a server is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    Kill,
    Terminate,
    Stop,
    Continue,
}

/// Sends a signal. A process that is gone is no error: all of them are for processes that may be.
pub(crate) fn send(pid: u32, signal: Signal) {
    let number = match signal {
        Signal::Kill => libc::SIGKILL,
        Signal::Terminate => libc::SIGTERM,
        Signal::Stop => libc::SIGSTOP,
        Signal::Continue => libc::SIGCONT,
    };
    if let Ok(pid) = libc::pid_t::try_from(pid) {
        // SAFETY: no memory is involved; a positive pid names one process, never a group.
        unsafe { libc::kill(pid, number) };
    }
}

/// Gives the command a session of its own, so that Ctrl-C and a closed terminal do not reach it.
pub(crate) fn own_session(command: &mut Command) -> &mut Command {
    // SAFETY: the closure calls setsid(2) and nothing else; it neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(|| match libc::setsid() {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        })
    }
}

/// Whether that very process still runs. A zombie does not.
pub(crate) fn is_alive(pid: u32, start: u64) -> bool {
    start_time(pid) == Some(start)
}

/// When a living process started, in clock ticks since the machine did (field 22 of `/proc/<pid>/stat`).
#[cfg(target_os = "linux")]
pub(crate) fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the command in brackets and may hold anything; field 3 follows the last bracket.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let start = fields.nth(18)?.parse().ok()?;
    (state != "Z" && state != "X").then_some(start)
}

/// Without `/proc` a process is told by its number alone.
#[cfg(not(target_os = "linux"))]
pub(crate) fn start_time(pid: u32) -> Option<u64> {
    let pid = libc::pid_t::try_from(pid).ok()?;
    // SAFETY: signal 0 only asks whether the process exists.
    (unsafe { libc::kill(pid, 0) } == 0).then_some(1)
}

/// The machine's name; empty where it has none.
pub(crate) fn hostname() -> String {
    let mut buffer = [0_u8; 256];
    // SAFETY: the length is the buffer's own, and one less leaves room for the closing zero.
    let failed = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) } != 0;
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(0);
    match failed {
        true => String::new(),
        false => String::from_utf8_lossy(&buffer[..end]).into_owned(),
    }
}

/// Whether this process may do everything; MariaDB asks to be told.
pub(crate) fn is_root() -> bool {
    // SAFETY: takes and touches nothing.
    unsafe { libc::geteuid() == 0 }
}

/// How much an ordinary user may still write below this directory, when the system says.
pub(crate) fn free_bytes(dir: &Path) -> Option<u64> {
    let dir = CString::new(dir.as_os_str().as_bytes()).ok()?;
    // SAFETY: all zeroes is a valid statvfs, a struct of numbers.
    let mut found: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: a closed C string, and a struct of the right type to fill in.
    let failed = unsafe { libc::statvfs(dir.as_ptr(), &mut found) } != 0;
    // The fields' width differs between systems.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    (!failed).then(|| (found.f_bavail as u64).saturating_mul(found.f_frsize as u64))
}
