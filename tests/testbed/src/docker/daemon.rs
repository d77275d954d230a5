//! Talking to the Docker daemon, in a test's runtime and outside of any.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::StreamExt;
use testcontainers::bollard::Docker;
use testcontainers::bollard::container::LogOutput;
use testcontainers::bollard::errors::Error as Refusal;
use testcontainers::bollard::models::{ContainerCreateBody, HostConfig};
use testcontainers::bollard::query_parameters::{
    CreateContainerOptions, CreateImageOptionsBuilder, LogsOptionsBuilder, StartContainerOptions,
    WaitContainerOptionsBuilder,
};
use testcontainers::core::client::docker_client_instance;

use super::{container, images};
use crate::error::Error;
use crate::names;
use crate::server::Service;

/// How long a daemon may take to say that it is there. One that is starting answers within 2 s.
const SILENCE: Duration = Duration::from_secs(3);

/// Whether Docker answers; asked once a process.
pub(crate) fn answers() -> bool {
    static ANSWERS: OnceLock<bool> = OnceLock::new();
    *ANSWERS.get_or_init(|| {
        aside(async {
            let asked = async { client().await.ok()?.ping().await.ok() };
            matches!(tokio::time::timeout(SILENCE, asked).await, Ok(Some(_)))
        })
        .unwrap_or(false)
    })
}

/// Runs a future on a thread of its own and waits for it: for `Drop` and for callers without a runtime.
pub(super) fn aside<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        Some(runtime.block_on(future))
    };
    std::thread::spawn(run).join().ok().flatten()
}

/// The daemon, by the address that testcontainers finds (`DOCKER_HOST`, or one of the usual sockets).
pub(super) async fn client() -> Result<Docker, Error> {
    docker_client_instance().await.map_err(|e| Error::Docker {
        doing: "be reached".to_owned(),
        reason: e.to_string(),
    })
}

/// For `map_err` on what the daemon answers.
pub(super) fn refused(doing: impl Into<String>) -> impl FnOnce(Refusal) -> Error {
    let doing = doing.into();
    move |refusal| Error::Docker {
        doing,
        reason: refusal.to_string(),
    }
}

/// The status with which the daemon refused: 404 is "no such container", 409 a conflict, 304 "it is so already".
pub(super) fn status(refusal: &Refusal) -> u16 {
    let Refusal::DockerResponseServerError { status_code, .. } = refusal else {
        return 0;
    };
    *status_code
}

/// Pulls an image that is not there, and says so: it may take minutes.
pub(super) async fn ensure_image(service: Service, image: &str) -> Result<(), Error> {
    let docker = client().await.map_err(|error| Error::Missing {
        service,
        looked_for: error.to_string(),
    })?;
    match docker.inspect_image(image).await {
        Ok(_) => return Ok(()),
        Err(refusal) if status(&refusal) == 404 => {}
        Err(refusal) => {
            return Err(Error::Missing {
                service,
                looked_for: format!("no Docker answers: {refusal}"),
            });
        }
    }
    #[expect(clippy::print_stderr, reason = "minutes of silence look like a hang")]
    {
        eprintln!("testbed: pulls {image}, once");
    }
    let (name, tag) = images::split(image).unwrap_or((image, "latest"));
    let options = CreateImageOptionsBuilder::new()
        .from_image(name)
        .tag(tag)
        .build();
    let mut progress = docker.create_image(Some(options), None, None);
    while let Some(step) = progress.next().await {
        step.map_err(refused(format!(
            "pull {image} ({} names another image, LAB_BACKEND=native does without Docker)",
            images::variable(service)
        )))?;
    }
    Ok(())
}

/// The last lines that a container printed.
pub(super) async fn last_lines(name: &str) -> String {
    let Ok(docker) = client().await else {
        return String::new();
    };
    let options = LogsOptionsBuilder::new()
        .stdout(true)
        .stderr(true)
        .tail("12")
        .build();
    text(docker.logs(name, Some(options))).await
}

async fn text(
    mut stream: impl futures_util::Stream<Item = Result<LogOutput, Refusal>> + Unpin,
) -> String {
    let mut text = String::new();
    while let Some(Ok(piece)) = stream.next().await {
        text.push_str(&String::from_utf8_lossy(&piece.into_bytes()));
    }
    text
}

/// Runs a shell script, as root, beside a container that may be down: in a second one with the same volumes.
pub(super) async fn beside(
    container: &str,
    image: &str,
    script: &str,
    args: &[&str],
) -> Result<String, Error> {
    let host = HostConfig {
        volumes_from: Some(vec![container.to_owned()]),
        network_mode: Some("none".to_owned()),
        ..HostConfig::default()
    };
    run(image, host, script, args).await
}

/// Runs a shell script in a container for it alone; what it printed.
pub(super) async fn run(
    image: &str,
    host: HostConfig,
    script: &str,
    args: &[&str],
) -> Result<String, Error> {
    let docker = client().await?;
    let name = names::fresh();
    let doing = || format!("run `{script}` in a container of {image}");
    let config = ContainerCreateBody {
        image: Some(image.to_owned()),
        user: Some("0".to_owned()),
        entrypoint: Some(["sh", "-euc", script, "sh"].map(str::to_owned).into()),
        cmd: Some(args.iter().map(|arg| (*arg).to_owned()).collect()),
        labels: Some(container::labels(&name, container::Kind::Own).into()),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptions {
        name: Some(name.clone()),
        ..CreateContainerOptions::default()
    };
    docker
        .create_container(Some(options), config)
        .await
        .map_err(refused(doing()))?;
    let ended = async {
        docker
            .start_container(&name, None::<StartContainerOptions>)
            .await
            .map_err(refused(doing()))?;
        let options = WaitContainerOptionsBuilder::new()
            .condition("not-running")
            .build();
        let ended = docker.wait_container(&name, Some(options)).next().await;
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let printed = text(docker.logs(&name, Some(options))).await;
        match ended {
            Some(Ok(end)) if end.status_code == 0 => Ok(printed),
            _ => Err(Error::Docker {
                doing: doing(),
                reason: printed.trim().to_owned(),
            }),
        }
    };
    let outcome = ended.await;
    container::remove(&name).await?;
    outcome
}
