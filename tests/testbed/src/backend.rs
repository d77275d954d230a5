//! Where the servers come from: given by URL, in Docker, or on this machine.
//!
//! Looked for in this order, once a process. `LAB_BACKEND=url|docker|native` takes the choice away. A given URL
//! counts for its own service: the others come from Docker or this machine, unless `LAB_BACKEND=url` forbids it.

use std::fmt;
use std::io::Write as _;
use std::sync::OnceLock;

use crate::docker;
use crate::error::Error;
use crate::server::{Host, Service};

/// Where the servers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// They run already: `LAB_REDIS_URL`, `LAB_MYSQL_URL`, `LAB_KAFKA_BROKERS`.
    Url,
    /// Containers, because Docker answers.
    Docker,
    /// Processes of this machine, from binaries on the `PATH` and Kafka's jars.
    Native,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "the servers given by URL",
            Self::Docker => "Docker",
            Self::Native => "servers of this machine",
        })
    }
}

/// The choice for this process; the first call makes it and prints it to standard error.
///
/// # Errors
/// When `LAB_BACKEND` holds an unknown word.
pub fn backend() -> Result<Backend, Error> {
    static CHOSEN: OnceLock<Result<Backend, String>> = OnceLock::new();
    CHOSEN
        .get_or_init(|| {
            let chosen = choose(
                std::env::var("LAB_BACKEND").ok().as_deref(),
                any_given(),
                docker::answers,
            );
            if let Ok(backend) = chosen {
                // Not by a macro that prints: what a test prints is captured, and this is about the whole run.
                let _ = writeln!(std::io::stderr(), "testbed: uses {backend}");
            }
            chosen
        })
        .clone()
        .map_err(Error::UnknownBackend)
}

fn choose(
    asked: Option<&str>,
    given: bool,
    docker: impl FnOnce() -> bool,
) -> Result<Backend, String> {
    match asked {
        Some("url") => Ok(Backend::Url),
        Some("docker") => Ok(Backend::Docker),
        Some("native") => Ok(Backend::Native),
        Some(other) if !other.is_empty() => Err(other.to_owned()),
        _ if given => Ok(Backend::Url),
        _ if docker() => Ok(Backend::Docker),
        _ => Ok(Backend::Native),
    }
}

/// Where one service comes from.
#[derive(Debug)]
pub(crate) enum Place {
    /// The value of the service's variable.
    Given(String),
    Hosted(Host),
}

/// Where this service comes from in this process.
pub(crate) fn place(service: Service) -> Result<Place, Error> {
    if backend()? == Backend::Url
        && let Some(value) = given(variable(service))
    {
        return Ok(Place::Given(value));
    }
    host(service).map(Place::Hosted)
}

/// The host for what is not given, whatever else is.
pub(crate) fn host(service: Service) -> Result<Host, Error> {
    match backend()? {
        Backend::Docker => Ok(Host::Docker),
        Backend::Native => Ok(Host::Native),
        Backend::Url if std::env::var("LAB_BACKEND").is_ok_and(|asked| asked == "url") => {
            let variable = variable(service);
            Err(Error::NotGiven { service, variable })
        }
        Backend::Url if docker::answers() => Ok(Host::Docker),
        Backend::Url => Ok(Host::Native),
    }
}

/// The host for a server that the test will kill.
pub(crate) fn host_of_own(service: Service) -> Result<Host, Error> {
    match place(service)? {
        Place::Hosted(host) => Ok(host),
        Place::Given(_) => Err(Error::GivenIsNotOwn {
            service,
            variable: variable(service),
        }),
    }
}

/// The variable that gives a server of this service.
pub(crate) fn variable(service: Service) -> &'static str {
    match service {
        Service::Redis => "LAB_REDIS_URL",
        Service::Mysql => "LAB_MYSQL_URL",
        Service::Kafka => "LAB_KAFKA_BROKERS",
    }
}

fn given(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}

fn any_given() -> bool {
    [Service::Redis, Service::Mysql, Service::Kafka]
        .into_iter()
        .any(|service| given(variable(service)).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_backend_is_taken_without_looking() {
        let look = || panic!("looked for Docker");
        assert_eq!(choose(Some("native"), true, look), Ok(Backend::Native));
        assert_eq!(choose(Some("docker"), true, look), Ok(Backend::Docker));
        assert_eq!(choose(Some("url"), false, look), Ok(Backend::Url));
    }

    #[test]
    fn given_servers_come_before_docker_and_docker_before_this_machine() {
        assert_eq!(choose(None, true, || true), Ok(Backend::Url));
        assert_eq!(choose(None, false, || true), Ok(Backend::Docker));
        assert_eq!(choose(Some(""), false, || false), Ok(Backend::Native));
    }

    #[test]
    fn an_unknown_backend_is_refused() {
        assert_eq!(
            choose(Some("podman"), false, || true),
            Err("podman".to_owned())
        );
    }
}
