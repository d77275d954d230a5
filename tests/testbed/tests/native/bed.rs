//! A state directory of its own, and the `testbed` command in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Ends every server below it when it is dropped.
pub(crate) struct Bed {
    root: tempfile::TempDir,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The state of the native server of this name.
    pub(crate) fn of(&self, name: &str) -> PathBuf {
        self.root().join("target/lab/native").join(name)
    }

    /// `testbed ..`, on this bed; Kafka's jars are those of the workspace.
    pub(crate) fn testbed(&self, args: &[&str]) -> Command {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut command = Command::new(env!("CARGO_BIN_EXE_testbed"));
        command
            .args(args)
            .env("LAB_ROOT", self.root())
            .env("LAB_BACKEND", "native")
            .env(
                "LAB_KAFKA_HOME",
                workspace.join(".lab/services/kafka-4.2.0"),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Where `testbed up` says that the servers are.
    pub(crate) fn up(&self, args: &[&str]) -> BTreeMap<String, Vec<String>> {
        let mut command = self.testbed(&["up", "--json"]);
        addresses(&command.args(args).output().unwrap())
    }

    /// The process that the server's pid file names.
    pub(crate) fn pid(&self, name: &str) -> u32 {
        let text = fs::read_to_string(self.of(name).join("server.pid")).unwrap();
        text.lines().next().unwrap().parse().unwrap()
    }

    /// All processes that run in this bed, but for the shell between an own server and its test.
    pub(crate) fn servers(&self) -> Vec<u32> {
        let pids = fs::read_dir("/proc").unwrap().flatten();
        pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid| {
                // By working directory: Redis gives itself another command line.
                let dir = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
                let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
                dir.starts_with(self.root()) && name != "sh\n"
            })
            .collect()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        for pid in self.servers() {
            signal(pid, "-KILL");
        }
    }
}

pub(crate) fn addresses(output: &Output) -> BTreeMap<String, Vec<String>> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &pid.to_string()])
        .output();
    assert!(sent.is_ok());
}

/// What a command that has to fail said.
pub(crate) fn complaint(mut command: Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    errors
}

/// The first line that a child prints.
pub(crate) fn first_line(child: &mut Child) -> String {
    use std::io::{BufRead, BufReader};
    let mut line = String::new();
    let stdout = child.stdout.as_mut().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// `testbed::eventually`, without a runtime.
pub(crate) fn until(deadline: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < deadline,
            "not within {deadline:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
