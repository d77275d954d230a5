//! Asking a program something and not waiting for ever.
//!
//! A docker whose daemon hangs, a java that waits for a disk: `doctor` and `down` answer at once all the same.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::children::{self, Guarded};

/// What a program answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether it ended with success.
    pub success: bool,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Answer {
    /// The first line of either, for a version.
    pub fn first_line(&self) -> &str {
        let line = |text: &'_ str| {
            text.lines()
                .find(|line| !line.trim().is_empty())
                .map(str::len)
        };
        match line(&self.stdout) {
            Some(_) => self.stdout.trim_start().lines().next().unwrap_or_default(),
            None => self.stderr.trim_start().lines().next().unwrap_or_default(),
        }
    }

    /// The lines of stdout that say something.
    pub fn lines(&self) -> Vec<String> {
        self.stdout
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// Runs it for at most `limit`; `None` when there is no such program or no answer in time.
pub fn ask(program: &str, arguments: &[&str], limit: Duration) -> Option<Answer> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut child = Guarded::new(child);
    let stdout = child.child().stdout.take().map(read_all);
    let stderr = child.child().stderr.take().map(read_all);
    let pid = child.id();
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let timer = thread::spawn(move || match ended.recv_timeout(limit) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
            children::stop(pid);
            false
        }
        Ok(()) | Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => true,
    });
    let status = child.wait().ok()?;
    drop(done);
    let in_time = timer.join().unwrap_or(false);
    let text = |pipe: Option<thread::JoinHandle<String>>| {
        pipe.and_then(|t| t.join().ok()).unwrap_or_default()
    };
    in_time.then(|| Answer {
        success: status.success(),
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

fn read_all(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The first of these programs on the `PATH`, or where Debian puts daemons.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from))
        .collect();
    names
        .iter()
        .flat_map(|name| dirs.iter().map(move |dir| dir.join(name)))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_answers_is_not_there_or_is_stopped() {
        let limit = Duration::from_secs(5);
        let answer = ask("sh", &["-c", "echo; echo one; echo two >&2"], limit).unwrap();
        assert_eq!((answer.success, answer.first_line()), (true, "one"));
        assert_eq!(ask("no-such-program", &[], limit), None);
        assert_eq!(ask("sleep", &["60"], Duration::from_millis(50)), None);
    }
}
