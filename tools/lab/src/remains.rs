//! Everything that the labs' services leave on a machine, found and removed without any client.
//!
//! Three marks say what is ours: a `server.pid` below `target/lab/native/`, the labels on whatever Docker holds, and
//! those folders themselves. A pid is believed only with the start time beside it: numbers are used again. What a
//! second checkout on this machine started is not ours while that checkout is there; the network is everybody's.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::clock;
use crate::probe;

/// Docker puts this on every container, volume and network of the testbed.
const LABEL: &str = "label=org.load-bearing.testbed";
/// An id or name, and the checkout that it belongs to.
const WHOSE: [&str; 2] = [
    r#"{{.ID}} {{.Label "org.load-bearing.root"}}"#,
    r#"{{.Name}} {{.Label "org.load-bearing.root"}}"#,
];
/// The testbed's folders under target/lab: servers' data, leased ports, locks between processes.
const FOLDERS: [&str; 3] = ["native", "ports", "locks"];
/// How long a killed process may take to be gone, and docker to remove what it holds.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long docker may take to say what it holds; one that hangs is told from one that works.
const QUESTION: Duration = Duration::from_secs(5);

/// What is there, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// Native servers that live.
    pub servers: Vec<Server>,
    /// Container ids.
    pub containers: Vec<String>,
    /// Volume names.
    pub volumes: Vec<String>,
    /// Network ids.
    pub networks: Vec<String>,
    /// State folders, relative to the root.
    pub folders: Vec<PathBuf>,
    /// There is a docker command and it does not answer: nobody knows what it holds.
    pub docker_is_silent: bool,
}

/// A native server that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its folder below target/lab/native.
    pub name: String,
    /// Its process.
    pub pid: i32,
    /// When the process started, so that the number is not taken for another's.
    pub start: u64,
}

impl Remains {
    /// What is on this machine now.
    pub fn find(root: &Path) -> Remains {
        let native = root.join("target/lab/native");
        let mut servers = Vec::new();
        pid_files(&native, &native, &mut servers);
        servers.sort_by(|a, b| a.name.cmp(&b.name));
        let docker = |arguments: &[&str]| {
            let found = probe::ask("docker", arguments, QUESTION);
            found
                .filter(|answer| answer.success)
                .map(|answer| answer.lines())
        };
        let [id, name] = WHOSE;
        let containers = docker(&["ps", "--all", "--filter", LABEL, "--format", id]);
        let answers = containers.is_some();
        let held = |kind, format| {
            let arguments = [kind, "ls", "--filter", LABEL, "--format", format];
            answers
                .then(|| docker(&arguments))
                .flatten()
                .unwrap_or_default()
        };
        let (containers, of_others) = ours(root, containers.unwrap_or_default());
        let (volumes, _) = ours(root, held("volume", name));
        let (mut networks, not_ours) = ours(root, held("network", id));
        networks.extend(not_ours);
        if !of_others.is_empty() {
            networks.clear();
        }
        let folders = FOLDERS
            .iter()
            .map(|name| Path::new("target/lab").join(name));
        Remains {
            servers,
            containers,
            volumes,
            networks,
            docker_is_silent: !answers && probe::find(&["docker"]).is_some(),
            folders: folders.filter(|path| root.join(path).exists()).collect(),
        }
    }

    /// Whether nothing is left, as far as anybody can see.
    pub fn is_empty(&self) -> bool {
        *self
            == Remains {
                docker_is_silent: self.docker_is_silent,
                ..Remains::default()
            }
    }

    /// Removes it; what could not be removed is found by looking again.
    pub fn remove(&self, root: &Path) {
        for server in &self.servers {
            let _ = kill(Pid::from_raw(server.pid), Signal::SIGKILL);
        }
        let deadline = clock::now() + PATIENCE;
        while self.servers.iter().any(Server::lives) && clock::now() < deadline {
            pause();
        }
        let docker = |arguments: &[&str], names: &[String]| {
            if !names.is_empty() {
                let names = names.iter().map(String::as_str);
                let arguments: Vec<_> = arguments.iter().copied().chain(names).collect();
                probe::ask("docker", &arguments, PATIENCE);
            }
        };
        docker(&["rm", "--force", "--volumes"], &self.containers);
        docker(&["volume", "rm", "--force"], &self.volumes);
        docker(&["network", "rm"], &self.networks);
        for folder in &self.folders {
            let _ = fs::remove_dir_all(root.join(folder));
        }
    }
}

/// From lines of a name and a checkout: the names of this checkout or of one that is gone, and the others'.
fn ours(root: &Path, lines: Vec<String>) -> (Vec<String>, Vec<String>) {
    let mut split = (Vec::new(), Vec::new());
    for line in lines {
        let (name, checkout) = line.split_once(' ').unwrap_or((&line, ""));
        let foreign =
            !checkout.is_empty() && Path::new(checkout) != root && Path::new(checkout).exists();
        let side = if foreign { &mut split.1 } else { &mut split.0 };
        side.push(name.to_owned());
    }
    split
}

impl Server {
    fn lives(&self) -> bool {
        start_time(self.pid) == Some(self.start)
    }
}

fn pid_files(native: &Path, dir: &Path, found: &mut Vec<Server>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        // A data directory may hold thousands of files, and no pid file of ours.
        if entry.file_name() == "data" {
            continue;
        }
        if path.is_dir() {
            pid_files(native, &path, found);
        } else if entry.file_name() == "server.pid" {
            let name = dir
                .strip_prefix(native)
                .unwrap_or(dir)
                .display()
                .to_string();
            found.extend(
                fs::read_to_string(&path)
                    .ok()
                    .and_then(|text| server(name, &text))
                    .filter(Server::lives),
            );
        }
    }
}

/// A pid file: the number, and field 22 of `/proc/<pid>/stat`, a line each.
fn server(name: String, text: &str) -> Option<Server> {
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 1)?;
    Some(Server {
        name,
        pid,
        start: lines.next()?.trim().parse().ok()?,
    })
}

/// When a process started, in clock ticks since the machine did; a zombie has ended.
fn start_time(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the command in brackets and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (state != "Z")
        .then(|| fields.nth(18)?.parse().ok())
        .flatten()
}

#[allow(clippy::disallowed_methods)] // this is the polling itself
fn pause() {
    thread::sleep(Duration::from_millis(10));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    fn sleeper() -> Child {
        Command::new("sleep").arg("300").spawn().unwrap()
    }

    fn pid_file(root: &Path, name: &str, pid: u32, start: u64) {
        let dir = root.join("target/lab/native").join(name);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("server.pid"), format!("{pid}\n{start}\n")).unwrap();
    }

    #[test]
    fn a_server_is_killed_and_a_stranger_with_its_old_number_is_not() {
        let root = tempfile::tempdir().unwrap();
        let (mut ours, mut stranger) = (sleeper(), sleeper());
        let start = |child: &Child| start_time(child.id().cast_signed()).unwrap();
        pid_file(root.path(), "redis", ours.id(), start(&ours));
        pid_file(root.path(), "own/lb_1", stranger.id(), start(&stranger) - 1);
        let mut found = Remains::find(root.path());
        assert_eq!(
            found
                .servers
                .iter()
                .map(|s| s.name.as_str())
                .collect::<Vec<_>>(),
            ["redis"]
        );
        // Not what this machine's Docker holds: somebody may be using it.
        (found.containers, found.volumes, found.networks) = Default::default();
        found.remove(root.path());
        assert!(!ours.wait().unwrap().success());
        assert!(
            stranger.try_wait().unwrap().is_none(),
            "the stranger was killed"
        );
        assert!(!root.path().join("target/lab/native").exists());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[test]
    fn another_checkouts_containers_are_not_ours_while_it_is_there() {
        let here = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let line = |name: &str, dir: &Path| format!("{name} {}", dir.display());
        let lines = vec![
            line("mine", here.path()),
            line("theirs", other.path()),
            line("orphan", &other.path().join("removed")),
            "unlabelled".to_owned(),
        ];
        let (ours, others) = ours(here.path(), lines);
        assert_eq!(
            (ours, others),
            (
                vec!["mine".into(), "orphan".into(), "unlabelled".into()],
                vec!["theirs".into()]
            )
        );
    }

    #[test]
    fn a_damaged_pid_file_names_nobody() {
        for text in ["", "12", "x\n1\n", "0\n1\n", "1\n1\n", "-5\n1\n"] {
            assert_eq!(server("redis".into(), text), None, "{text:?}");
        }
    }
}
