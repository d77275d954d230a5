//! A workspace with one tiny lab, in a folder of its own, and the command run in it.

#![allow(dead_code)] // each test file uses its part

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use contract::{Workspace, compose};
use tempfile::TempDir;

/// Longer than any build of the tiny lab takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The house that the contract's own tests use, with a skeleton to fill in.
pub(crate) struct House(TempDir);

/// What a command printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl House {
    pub(crate) fn new() -> House {
        let house = House(tempfile::tempdir().unwrap());
        let fixture =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/tests/fixtures/house");
        copy(&fixture, house.root());
        house.edit(
            "Cargo.toml",
            "[\"solutions/*\"]",
            "[\"labs/*\", \"solutions/*\"]",
        );
        let manifest = house.read("solutions/07-tiny/Cargo.toml");
        house.write(
            "labs/07-tiny/Cargo.toml",
            &manifest.replace("tiny-solution", "tiny"),
        );
        let lab = Workspace::find(house.root()).unwrap().lab("tiny").unwrap();
        for (path, text) in compose::skeleton(&lab).unwrap() {
            house.write(&format!("labs/07-tiny/src/{}", path.display()), &text);
        }
        house
    }

    /// The same with a second lab: a library without a program, whose suite needs no server and whose id has a hyphen. It depends
    /// on the first one's reference.
    pub(crate) fn with_library() -> House {
        let house = House::new();
        let fixture =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/tests/fixtures/library");
        copy(&fixture, house.root());
        house.edit(
            "Cargo.toml",
            "[workspace.package]",
            "[workspace.dependencies]\nmeasure = { path = \"tools/measure\" }\n\
             tiny-solution = { path = \"solutions/07-tiny\", default-features = false }\n\n[workspace.package]",
        );
        house.write(
            "tools/measure/Cargo.toml",
            "[package]\nname = \"measure\"\n",
        );
        house.write("tools/measure/src/lib.rs", "//! Nothing.\n");
        house.lab(&["dev", "export", "two-words"]).exit(0);
        house
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root().join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from}");
        self.write(file, &text.replacen(from, to, 1));
    }

    /// Stage 1 as a learner might write it.
    pub(crate) fn solve_stage_1(&self) {
        let file = "labs/07-tiny/src/counter.rs";
        let admit = "let fine = fits(self.count, units, self.limit);\n        self.count += if fine { units } else { 0 };\n        fine";
        self.edit(file, "todo!(\"stage 1: admit up to the limit\")", admit);
        self.edit(
            file,
            "todo!(\"stage 1: fits\")",
            "limit.checked_sub(count).is_some_and(|left| units <= left)",
        );
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command
            .args(arguments)
            .current_dir(self.root())
            .stdin(Stdio::null());
        for variable in ["CARGO_TARGET_DIR", "LAB_ROOT", "LAB_BACKEND", "NO_COLOR"] {
            command.env_remove(variable);
        }
        command
            .env("COLUMNS", "80")
            .env("CARGO_NET_OFFLINE", "true");
        command
    }

    /// Runs the command to its end.
    pub(crate) fn lab(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).output().unwrap())
    }

    /// Runs it and gives its stdout line by line.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Running {
            child,
            stdout,
            stderr,
        }
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// Checks the exit code and gives all that was printed.
    #[track_caller]
    pub(crate) fn exit(self, code: i32) -> String {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self.stdout + &self.stderr
    }
}

/// A command that goes on until it is told to end.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) stdout: Receiver<String>,
    pub(crate) stderr: Receiver<String>,
}

impl Running {
    /// Reads stdout up to a line that contains `what`.
    #[track_caller]
    pub(crate) fn until(&self, what: &str) -> Vec<String> {
        read_until(&self.stdout, what)
    }

    /// Sends a signal by the shell's own `kill`.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
pub(crate) fn read_until(lines: &Receiver<String>, what: &str) -> Vec<String> {
    let mut read = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line.contains(what) => return read,
            Ok(line) => read.push(line),
            Err(_) => panic!("no line with `{what}`, only:\n{}", read.join("\n")),
        }
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .status()
        .unwrap();
    assert!(status.success(), "kill -{name} {pid}");
}

/// Whether a process runs; a zombie does not.
pub(crate) fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Polls until it is so.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    #[allow(clippy::disallowed_methods)] // a deadline in real time
    let now = Instant::now;
    let deadline = now() + PATIENCE;
    while now() < deadline {
        if let Some(found) = look() {
            return found;
        }
        #[allow(clippy::disallowed_methods)] // this is the polling itself
        thread::sleep(Duration::from_millis(10));
    }
    panic!("never: {what}");
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
