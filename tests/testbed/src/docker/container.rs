//! One container: created by testcontainers, and everything after that by name.
//!
//! testcontainers' own handle is not kept: it has no kill, its restart does not wait, and its drop wants a runtime.
//! So the request says `reuse`, by which it lets go of the container, and the name and the labels say whose it is.
//!
//! A container's port is published on 127.0.0.1, chosen before it starts, and below the kernel's range for outgoing
//! connections: a port that Docker chooses is another one after each restart.

use std::collections::HashMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use testcontainers::bollard::models::{
    ContainerStateStatusEnum, HostConfig, Mount, MountType, MountVolumeOptions,
};
use testcontainers::bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptions, RemoveContainerOptionsBuilder,
    RemoveVolumeOptions, StartContainerOptions,
};
use testcontainers::core::IntoContainerPort;
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt, ReuseDirective};

use super::daemon::{self, client, refused, status};
use super::images;
use super::recipe::Recipe;
use crate::error::Error;
use crate::ready::{self, Unready};
use crate::root;
use crate::server::Service;

/// On everything that the testbed creates; `cargo lab down` removes what has it.
pub(super) const LABEL: &str = "org.load-bearing.testbed";
/// The container that it is or belongs to; of an own one it tells the process, see [`crate::names`].
pub(super) const NAME: &str = "org.load-bearing.name";
/// The workspace that it belongs to.
const ROOT: &str = "org.load-bearing.root";
/// How it was started.
pub(super) const RECIPE: &str = "org.load-bearing.recipe";
/// Its port on 127.0.0.1.
pub(super) const PORT: &str = "org.load-bearing.port";

/// How long the kernel may take to end a process that was killed, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who may use it, and when it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Everybody; with `cargo lab down`.
    Shared,
    /// One handle of one process; with it.
    Own,
}

/// The workspace, by the one path that all of its processes agree on.
pub(super) fn checkout() -> PathBuf {
    let root = root::workspace();
    fs::canonicalize(root).unwrap_or_else(|_| root.to_owned())
}

/// What containers, volumes and networks have in common.
pub(super) fn labels(name: &str, kind: Kind) -> [(String, String); 3] {
    let kind = match kind {
        Kind::Shared => "shared",
        Kind::Own => "own",
    };
    let root = checkout().display().to_string();
    [(LABEL, kind), (NAME, name), (ROOT, &root)]
        .map(|(label, value)| (label.to_owned(), value.to_owned()))
}

/// Why a container did not start.
#[derive(Debug)]
pub(super) enum Refused {
    /// Somebody else has its port.
    Port,
    /// Somebody else has just created one of this name.
    Name,
    Other(Error),
}

/// Creates and starts a container; does not wait for its server. Leaves nothing when that fails.
pub(super) async fn create(
    name: &str,
    kind: Kind,
    recipe: &Recipe,
    port: u16,
) -> Result<(), Refused> {
    let (image, tag) = images::split(&recipe.image).unwrap_or((&recipe.image, "latest"));
    let mounts = mounts(name, kind, recipe);
    let mut request = GenericImage::new(image, tag)
        .with_container_name(name)
        .with_reuse(ReuseDirective::Always)
        .with_labels(labels(name, kind))
        .with_label(RECIPE, recipe.fingerprint())
        .with_label(PORT, port.to_string())
        .with_mapped_port(port, recipe.inside.tcp())
        .with_cmd(recipe.args.clone())
        .with_host_config_modifier(move |host| {
            host.mounts = Some(mounts.clone());
            only_loopback(host);
        });
    for (variable, value) in &recipe.env {
        request = request.with_env_var(variable, value);
    }
    let Err(error) = request.start().await else {
        return Ok(());
    };
    let reason = error.to_string();
    if reason.contains("is already in use by container") {
        return Err(Refused::Name);
    }
    // Created, and not started: it would hold its name.
    remove(name).await.map_err(Refused::Other)?;
    Err(match speaks_of_a_taken_port(&reason) {
        true => Refused::Port,
        false => Refused::Other(Error::Docker {
            doing: format!("start {}", recipe.image),
            reason,
        }),
    })
}

/// What Docker says on Linux (its own allocation, the kernel's) and on the desktops.
pub(super) fn speaks_of_a_taken_port(reason: &str) -> bool {
    [
        "port is already allocated",
        "address already in use",
        "ports are not available",
    ]
    .iter()
    .any(|words| reason.contains(words))
}

/// Nothing of a test may be reached from outside of this machine.
fn only_loopback(host: &mut HostConfig) {
    let bindings = host.port_bindings.iter_mut().flat_map(HashMap::values_mut);
    for binding in bindings.flatten().flatten() {
        binding.host_ip = Some(Ipv4Addr::LOCALHOST.to_string());
    }
}

/// Volumes for one container, labelled, so that they are found when somebody has removed it without them. All are
/// anonymous and go with it, but for the data that was brought before it was created: that has its name.
fn mounts(name: &str, kind: Kind, recipe: &Recipe) -> Vec<Mount> {
    let labels = HashMap::from(labels(name, kind));
    let mount = |target: &&str| Mount {
        target: Some((*target).to_owned()),
        source: recipe.brought.clone().filter(|_| *target == recipe.data()),
        typ: Some(MountType::VOLUME),
        volume_options: Some(MountVolumeOptions {
            labels: Some(labels.clone()),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    };
    recipe.volumes.iter().map(mount).collect()
}

/// What is known of a container that exists.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) running: bool,
    /// It ran, and ended by itself with 0.
    pub(super) ended_well: bool,
    pub(super) port: Option<u16>,
    pub(super) recipe: Option<String>,
}

/// The container of this name, if there is one.
pub(super) async fn find(name: &str) -> Result<Option<Found>, Error> {
    let asked = client()
        .await?
        .inspect_container(name, None::<InspectContainerOptions>)
        .await;
    let container = match asked {
        Ok(container) => container,
        Err(refusal) if status(&refusal) == 404 => return Ok(None),
        Err(refusal) => return Err(refused(format!("look at {name}"))(refusal)),
    };
    let labels = container
        .config
        .and_then(|config| config.labels)
        .unwrap_or_default();
    let state = container.state.unwrap_or_default();
    Ok(Some(Found {
        running: state.running.unwrap_or(false),
        ended_well: state.status == Some(ContainerStateStatusEnum::EXITED)
            && state.exit_code == Some(0),
        port: labels.get(PORT).and_then(|port| port.parse().ok()),
        recipe: labels.get(RECIPE).cloned(),
    }))
}

/// SIGKILL; returns when the process is gone. One that does not run is no error.
pub(super) async fn kill(name: &str) -> Result<(), Error> {
    let killed = client()
        .await?
        .kill_container(name, None::<KillContainerOptions>)
        .await;
    match killed {
        Err(refusal) if status(&refusal) != 409 => {
            return Err(refused(format!("kill {name}"))(refusal));
        }
        Ok(()) | Err(_) => {}
    }
    let begun = Instant::now();
    while find(name).await?.is_some_and(|found| found.running) {
        if begun.elapsed() > PATIENCE {
            return Err(Error::State(format!(
                "container {name} runs {PATIENCE:?} after a SIGKILL"
            )));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Starts a killed one again; does not wait for its server.
pub(super) async fn start(name: &str) -> Result<(), Refused> {
    let docker = client().await.map_err(Refused::Other)?;
    let started = docker
        .start_container(name, None::<StartContainerOptions>)
        .await;
    started.map_err(
        |refusal| match speaks_of_a_taken_port(&refusal.to_string()) {
            true => Refused::Port,
            false => Refused::Other(refused(format!("start {name}"))(refusal)),
        },
    )
}

/// Removes a container with its volumes, whatever its state; what is not there is fine.
pub(super) async fn remove(name: &str) -> Result<(), Error> {
    let docker = client().await?;
    let options = RemoveContainerOptionsBuilder::new()
        .force(true)
        .v(true)
        .build();
    let container = docker.remove_container(name, Some(options)).await;
    let brought = docker
        .remove_volume(name, None::<RemoveVolumeOptions>)
        .await;
    for removed in [container, brought] {
        // 409: another process removes it at the same time.
        match removed {
            Err(refusal) if ![404, 409].contains(&status(&refusal)) => {
                return Err(refused(format!("remove {name}"))(refusal));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Waits until the server answers, or until its container has ended.
pub(super) async fn ready(
    service: Service,
    name: &str,
    port: u16,
    patience: Duration,
) -> Result<(), Error> {
    let questions = AtomicU32::new(0);
    // The daemon need not be asked as often as the server.
    let alive = || {
        let due = questions.fetch_add(1, Ordering::Relaxed) % 16 == 15;
        async move {
            !due || find(name)
                .await
                .is_ok_and(|found| found.is_some_and(|found| found.running))
        }
    };
    let addr = local(port);
    let Err(unready) = ready::wait(service, addr, patience, alive).await else {
        return Ok(());
    };
    let log = format!("that of container {name}");
    let last_lines = daemon::last_lines(name).await;
    Err(match unready {
        Unready::Gone => Error::Ended {
            service,
            log,
            last_lines,
        },
        Unready::Late { waited, last } => Error::NotReady {
            service,
            addr,
            waited,
            log,
            last_lines: format!("{last_lines}\n(our last attempt: {last})"),
        },
    })
}

pub(super) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

#[cfg(all(test, feature = "docker-tests"))]
mod tests {
    use super::*;
    use crate::server::ServerSpec;
    use crate::{names, ports};

    #[tokio::test]
    async fn a_port_that_is_taken_meanwhile_leaves_no_container() {
        let lease = ports::lease().unwrap();
        let _faster = std::net::TcpListener::bind(local(lease.port)).unwrap();
        let name = names::fresh();
        let recipe = Recipe::new(&ServerSpec::new(Service::Redis), lease.port);
        let refused = create(&name, Kind::Own, &recipe, lease.port).await;
        assert!(matches!(refused, Err(Refused::Port)), "{refused:?}");
        assert!(find(&name).await.unwrap().is_none());
    }
}
