//! Starting and ending processes.
//!
//! A shared server is detached: a session of its own, so neither Ctrl-C nor a closed terminal reaches it.
//!
//! An own server must go with its test, even when that gets a SIGKILL and runs no code. Not PDEATHSIG, which
//! follows the thread that forked, and a test's thread ends before its process. Instead a shell stands between:
//! it reads from a pipe that only the test holds open, and when the pipe ends it kills the server and removes its
//! files.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::sys::{self, Signal};

/// What to run.
#[derive(Debug, Clone)]
pub(crate) struct CommandLine {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
}

/// A process, told from a later one with the same number by its start time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    pid: u32,
    start: u64,
}

impl Process {
    /// The process with this number; one that has ended already is seen as dead later.
    fn of(pid: u32) -> Self {
        Self {
            pid,
            start: sys::start_time(pid).unwrap_or_default(),
        }
    }

    /// What `server.pid` in this directory names, whether it lives or not.
    pub(crate) fn recorded(dir: &Path) -> Option<Self> {
        let text = fs::read_to_string(pid_file(dir)).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.parse().ok()?;
        let start = lines.next()?.parse().ok()?;
        Some(Self { pid, start })
    }

    fn record(self, dir: &Path) -> Result<(), Error> {
        let path = pid_file(dir);
        fs::write(&path, format!("{}\n{}\n", self.pid, self.start))
            .map_err(Error::file("write", &path))
    }

    pub(crate) fn is_alive(self) -> bool {
        sys::is_alive(self.pid, self.start)
    }

    pub(crate) fn send(self, signal: Signal) {
        if self.is_alive() {
            sys::send(self.pid, signal);
        }
    }
}

fn pid_file(dir: &Path) -> PathBuf {
    dir.join("server.pid")
}

/// Kills what the directory's `server.pid` names, if it lives, and waits until it is gone.
pub(crate) fn kill_recorded(dir: &Path) {
    let Some(process) = Process::recorded(dir) else {
        return;
    };
    process.send(Signal::Kill);
    let begun = Instant::now();
    while process.is_alive() && begun.elapsed() < Duration::from_secs(5) {
        std::thread::yield_now();
    }
}

/// Kills the servers in this directory that are not recorded there: `cargo clean` takes the records away and leaves
/// the servers, and a process that is killed before it has recorded its server does the same.
pub(crate) fn kill_strays(dir: &Path) {
    for (pid, _) in servers_below(dir) {
        sys::send(pid, Signal::Kill);
    }
}

/// Kills the servers below this directory whose own directory was removed.
pub(crate) fn kill_homeless(dir: &Path) {
    for (pid, cwd) in servers_below(dir) {
        // Of a directory that was removed the link says `.. (deleted)`.
        if !cwd.exists() {
            sys::send(pid, Signal::Kill);
        }
    }
}

/// Processes with a server's name and where they run; nothing without `/proc`. By name as well, because a reader's
/// shell may stand in such a directory, too.
fn servers_below(dir: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let server = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        let cwd = fs::read_link(entry.path().join("cwd")).ok()?;
        let ours = ["redis-server", "mariadbd", "mysqld", "java"].contains(&name.trim());
        (ours && cwd.starts_with(dir)).then_some((pid, cwd))
    };
    entries.flatten().filter_map(server).collect()
}

/// Starts a server that outlives this process.
pub(crate) fn detached(command: &CommandLine, dir: &Path, log: &Path) -> Result<Process, Error> {
    let log_file = open_log(log)?;
    let errors = log_file.try_clone().map_err(Error::file("open", log))?;
    let mut process = Command::new(&command.program);
    process
        .args(&command.args)
        .current_dir(dir)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(log_file)
        .stderr(errors);
    let child = sys::own_session(&mut process)
        .spawn()
        .map_err(Error::file("run", &command.program))?;
    let process = Process::of(child.id());
    process.record(dir)?;
    Ok(process)
}

/// The shell between a test and its own server: `$1` the log, `$2` the directory, then the command line.
const KEEPER: &str = r#"
log=$1 dir=$2
shift 2
"$@" </dev/null >>"$log" 2>&1 &
server=$!
echo $server
exec >/dev/null
read -r how
kill -9 $server
wait $server
[ "$how" = keep ] || rm -rf -- "$dir"
"#;

/// Ends its server when it is dropped, or when this process dies.
#[derive(Debug)]
pub(crate) struct Keeper {
    shell: Child,
    pub(crate) server: Process,
}

impl Keeper {
    /// Starts a server that dies with this process.
    pub(crate) fn start(command: &CommandLine, dir: &Path, log: &Path) -> Result<Self, Error> {
        open_log(log)?;
        let sh = Path::new("/bin/sh");
        let mut process = Command::new(sh);
        process
            .args(["-c", KEEPER, "keeper"])
            .args([log, dir, &command.program])
            .args(&command.args)
            .current_dir(dir)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut shell = sys::own_session(&mut process)
            .spawn()
            .map_err(Error::file("run", sh))?;
        let mut pid = String::new();
        if let Some(stdout) = shell.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut pid)
                .map_err(Error::file("read from", sh))?;
        }
        let pid = pid.trim().parse().map_err(|_| {
            Error::State(format!(
                "the shell that starts {} named no process",
                command.program.display()
            ))
        })?;
        let server = Process::of(pid);
        server.record(dir)?;
        Ok(Self { shell, server })
    }

    /// SIGKILL for the server; its files stay. Returns when the process is gone with all its threads, so that its
    /// port is free and nothing is written any more.
    pub(crate) fn kill(mut self) {
        self.server.send(Signal::Kill);
        if let Some(pipe) = &mut self.shell.stdin {
            let _ = pipe.write_all(b"keep\n");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

fn open_log(path: &Path) -> Result<File, Error> {
    File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(Error::file("open", path))
}
