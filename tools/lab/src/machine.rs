//! This machine, as far as the labs depend on it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::statvfs;

use crate::probe;
use crate::render::doctor::{Check, Report, State};

/// A program that takes longer for its version is as good as missing.
const LIMIT: Duration = Duration::from_secs(5);
/// A full build of a lab with its services' clients takes 1.3 GB (measured), a second variant and data the rest.
const DISK_GB: u64 = 5;
/// Redis, MySQL and three Kafka brokers with their tests.
const MEMORY_GB: u64 = 2;
/// Four test binaries with their connections.
const FILES: u64 = 1024;

/// Who runs the services that no URL gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    Nobody,
    Docker,
    Native,
}

/// What the testbed would use.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    host: Host,
    /// The variables of services that run already.
    given: Vec<&'static str>,
    because: String,
}

/// Looks at everything.
pub fn examine(root: &Path) -> Report {
    let version = |program: &'static str, arguments: &'static [&'static str]| {
        thread::spawn(move || {
            let path = probe::find(&[program])?;
            let answer = probe::ask(path.to_str()?, arguments, LIMIT)?;
            answer
                .success
                .then(|| answer.first_line().trim().to_owned())
        })
    };
    let rustc = version("rustc", &["--version"]);
    let cc = version("cc", &["--version"]);
    let docker = version("docker", &["version", "--format", "{{.Server.Version}}"]);
    let redis = version("redis-server", &["--version"]);
    let mysqld = version("mysqld", &["--version"]);
    let mariadbd = version("mariadbd", &["--version"]);
    let java = version("java", &["-version"]);
    let mvn = probe::find(&["mvn"]);
    let join = |handle: thread::JoinHandle<Option<String>>| handle.join().ok().flatten();

    let docker = join(docker).filter(|version| !version.is_empty());
    let choice = choose(docker.is_some(), |name| {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    });
    let native = |variable| choice.host == Host::Native && !choice.given.contains(&variable);

    let mut checks = vec![
        need(
            "Rust",
            true,
            join(rustc),
            "no rustc answers: rustup.rs has it",
        ),
        need(
            "C compiler",
            true,
            join(cc),
            "no cc answers; librdkafka is built with one",
        ),
        need(
            "Docker",
            choice.host == Host::Docker && choice.given.len() < GIVEN.len(),
            docker,
            "no daemon answers",
        ),
        need(
            "Redis",
            native("LAB_REDIS_URL"),
            join(redis),
            "no redis-server",
        ),
        need(
            "MySQL",
            native("LAB_MYSQL_URL"),
            join(mysqld).or(join(mariadbd)),
            "neither mysqld nor mariadbd",
        ),
        need(
            "Java",
            native("LAB_KAFKA_BROKERS"),
            join(java),
            "no java, which runs Kafka",
        ),
        need(
            "Kafka",
            native("LAB_KAFKA_BROKERS"),
            kafka(root),
            "no jars in .lab/services or LAB_KAFKA_HOME",
        ),
    ];
    let maven = mvn.map(|path| path.display().to_string());
    checks.push(need(
        "Maven",
        false,
        maven,
        "only the installation of Kafka needs it",
    ));
    let mend = mend(&checks);
    checks.extend([disk(root), memory(), files(), ports()]);
    let backend = match (choice.given.is_empty(), choice.host) {
        (false, _) | (true, Host::Nobody) => "url",
        (true, Host::Docker) => "docker",
        (true, Host::Native) => "native",
    };
    Report {
        backend,
        because: choice.because,
        checks,
        mend,
    }
}

const GIVEN: [&str; 3] = ["LAB_REDIS_URL", "LAB_MYSQL_URL", "LAB_KAFKA_BROKERS"];

/// The testbed's own order: what is asked for, what is given, Docker, this machine.
fn choose(docker: bool, variable: impl Fn(&str) -> Option<String>) -> Choice {
    let mut given: Vec<_> = GIVEN
        .into_iter()
        .filter(|name| variable(name).is_some())
        .collect();
    let found = if docker {
        (Host::Docker, "Docker answers")
    } else {
        (Host::Native, "no Docker answers")
    };
    let asked = variable("LAB_BACKEND");
    let (host, because) = match asked.as_deref() {
        Some("url") => (Host::Nobody, "LAB_BACKEND=url".to_owned()),
        Some("docker") => (Host::Docker, "LAB_BACKEND=docker".to_owned()),
        Some("native") => (Host::Native, "LAB_BACKEND=native".to_owned()),
        _ if given.is_empty() => (found.0, found.1.to_owned()),
        _ => (
            found.0,
            format!("given: {}; the others: {}", given.join(", "), found.1),
        ),
    };
    if matches!(asked.as_deref(), Some("docker" | "native")) {
        given.clear();
    }
    Choice {
        host,
        given,
        because,
    }
}

fn need(name: &'static str, needed: bool, found: Option<String>, otherwise: &str) -> Check {
    match (found, needed) {
        (Some(found), _) => Check {
            name,
            state: State::Fine,
            found,
        },
        (None, true) => Check {
            name,
            state: State::Missing,
            found: otherwise.to_owned(),
        },
        (None, false) => Check {
            name,
            state: State::NotNeeded,
            found: format!("{otherwise}; not needed here"),
        },
    }
}

/// The one command for what is missing of the services.
fn mend(checks: &[Check]) -> Option<String> {
    let missing = |name: &str| {
        checks
            .iter()
            .any(|check| check.name == name && check.state == State::Missing)
    };
    if missing("C compiler") {
        return Some(
            if cfg!(target_os = "macos") {
                "xcode-select --install"
            } else {
                "sudo apt-get install build-essential"
            }
            .into(),
        );
    }
    if missing("Docker") {
        return Some(
            if cfg!(target_os = "macos") {
                "open -a Docker"
            } else {
                "sudo systemctl start docker"
            }
            .into(),
        );
    }
    let services = ["Redis", "MySQL", "Java", "Kafka"]
        .iter()
        .any(|name| missing(name));
    services.then(|| {
        if cfg!(target_os = "linux") {
            "cargo lab up --install"
        } else {
            "open -a Docker"
        }
        .into()
    })
}

/// The folder with Kafka's jars, and how many.
fn kafka(root: &Path) -> Option<String> {
    let home = std::env::var_os("LAB_KAFKA_HOME").map(PathBuf::from);
    let ours = fs::read_dir(root.join(".lab/services"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let is_jar = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|kind| kind == "jar");
    home.into_iter().chain(ours).find_map(|dir| {
        let libs = dir.join("libs");
        let jars = fs::read_dir(&libs)
            .into_iter()
            .flatten()
            .flatten()
            .filter(is_jar)
            .count();
        (jars > 0).then(|| {
            format!(
                "{jars} jars in {}",
                libs.strip_prefix(root).unwrap_or(&libs).display()
            )
        })
    })
}

fn enough(name: &'static str, found: Option<u64>, wanted: u64, unit: &str) -> Check {
    match found {
        Some(found) if found >= wanted => Check {
            name,
            state: State::Fine,
            found: format!("{found}{unit}"),
        },
        Some(found) => Check {
            name,
            state: State::Poor,
            found: format!("{found}{unit}; {wanted}{unit} would do"),
        },
        None => Check {
            name,
            state: State::NotNeeded,
            found: "unknown".into(),
        },
    }
}

#[allow(clippy::useless_conversion)] // a u32 on macOS
fn disk(root: &Path) -> Check {
    let free = statvfs(root)
        .ok()
        .map(|disk| u64::from(disk.blocks_available()) * disk.fragment_size() / (1 << 30));
    enough("Free disk", free, DISK_GB, " GB")
}

fn memory() -> Check {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    enough(
        "Free memory",
        kib.map(|kib| kib / (1 << 20)),
        MEMORY_GB,
        " GB",
    )
}

fn files() -> Check {
    let soft = getrlimit(Resource::RLIMIT_NOFILE)
        .ok()
        .map(|(soft, _)| soft);
    enough("Open files", soft, FILES, "")
}

/// Whether a server may listen on the loopback at all; the testbed chooses the ports.
fn ports() -> Check {
    match TcpListener::bind(("127.0.0.1", 0)) {
        Ok(_) => Check {
            name: "Ports",
            state: State::Fine,
            found: "127.0.0.1 can be bound".into(),
        },
        Err(error) => Check {
            name: "Ports",
            state: State::Missing,
            found: format!("127.0.0.1: {error}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backend_is_asked_for_given_docker_or_native_in_this_order() {
        let none = |_: &str| None;
        assert_eq!(choose(true, none).host, Host::Docker);
        assert_eq!(choose(false, none).host, Host::Native);
        let asked = |name: &str| (name == "LAB_BACKEND").then(|| "native".to_owned());
        assert_eq!(choose(true, asked).host, Host::Native);
        let redis = |name: &str| (name == "LAB_REDIS_URL").then(|| "redis://x".to_owned());
        let mixed = choose(false, redis);
        assert_eq!(
            (mixed.host, mixed.given),
            (Host::Native, vec!["LAB_REDIS_URL"])
        );
    }

    #[test]
    fn one_command_mends_what_is_missing() {
        let lacks = |name| vec![need(name, true, None, "no")];
        assert_eq!(mend(&lacks("Rust")), None);
        assert!(mend(&lacks("Kafka")).is_some());
        assert_eq!(mend(&[need("Kafka", false, None, "no")]), None);
    }
}
