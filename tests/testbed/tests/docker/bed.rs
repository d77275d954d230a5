//! A workspace root of its own, the `testbed` command in it, and what `docker` itself says about its containers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Removes every container of its own when it is dropped.
pub(crate) struct Bed {
    root: tempfile::TempDir,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn root(&self) -> &Path {
        self.root.path()
    }

    /// `testbed ..`, on this bed; the images are those of the caller.
    pub(crate) fn testbed(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_testbed"));
        command
            .args(args)
            .env("LAB_ROOT", self.root())
            .env("LAB_BACKEND", "docker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Where `testbed up` says that the servers are.
    pub(crate) fn up(&self, service: &str) -> Vec<String> {
        let output = self.testbed(&["up", "--json", service]).output().unwrap();
        addresses(&output).remove(service).unwrap()
    }

    /// `testbed own ..`, and the address that it prints once its server answers.
    pub(crate) fn own(&self, service: &str) -> (Child, String) {
        let mut child = self.testbed(&["own", service]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        (child, line.trim().to_owned())
    }

    /// The containers with a server in this bed, in any state: id, and what `docker ps` says in this column. Without
    /// the model from which MySQL's data is copied.
    pub(crate) fn containers(&self, column: &str) -> Vec<(String, String)> {
        let mut all = self.everything(column);
        let models: Vec<_> = self
            .everything("Names")
            .into_iter()
            .filter(is_model)
            .collect();
        all.retain(|(id, _)| !models.iter().any(|(model, _)| model == id));
        all
    }

    /// All containers of this bed.
    pub(crate) fn everything(&self, column: &str) -> Vec<(String, String)> {
        let format = format!("{{{{.ID}}}} {{{{.{column}}}}}");
        docker(&[
            "ps",
            "--all",
            "--filter",
            &self.label(),
            "--format",
            &format,
        ])
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, value)| (id.to_owned(), value.to_owned()))
        .collect()
    }

    /// The volumes of own servers.
    pub(crate) fn volumes(&self) -> Vec<String> {
        let own = "label=org.load-bearing.testbed=own";
        let listed = docker(&[
            "volume",
            "ls",
            "--quiet",
            "--filter",
            &self.label(),
            "--filter",
            own,
        ]);
        listed.lines().map(str::to_owned).collect()
    }

    pub(crate) fn assert_empty(&self, after: &str) {
        assert_eq!(self.containers("Status"), [], "containers after {after}");
        assert_eq!(self.volumes(), [""; 0], "volumes after {after}");
    }

    fn label(&self) -> String {
        let root = self.root().canonicalize().unwrap();
        format!("label=org.load-bearing.root={}", root.display())
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        for (id, _) in self.everything("Status") {
            docker(&["rm", "--force", "--volumes", &id]);
        }
        for volume in self.volumes() {
            docker(&["volume", "rm", &volume]);
        }
    }
}

/// Whether this is the container that MySQL's data is copied from.
pub(crate) fn is_model((_, name): &(String, String)) -> bool {
    name.contains("mysql-model")
}

pub(crate) fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn addresses(output: &Output) -> BTreeMap<String, Vec<String>> {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a command that has to fail said.
pub(crate) fn complaint(mut command: Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    errors
}

/// Asks until it holds; the containers that these tests wait for are there within a second or two.
pub(crate) fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "not within a minute"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `127.0.0.1:12345` of `redis://127.0.0.1:12345/`.
pub(crate) fn host_and_port(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split('/').next().unwrap_or(after_scheme);
    authority.rsplit('@').next().unwrap_or(authority)
}
