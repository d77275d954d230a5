//! The shared containers: found if they run, else created, by one process of however many ask at once.
//!
//! testcontainers' own reuse is not enough: it takes any container of that name whatever it was started with, and
//! does not wait, and of four processes that create at once three are refused. So the lock and the check are ours.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::container::{self, Found, Kind, Refused};
use super::daemon;
use super::instance::Instance;
use super::recipe::Recipe;
use super::{images, network, sweep};
use crate::error::Error;
use crate::lock::lock;
use crate::server::{ServerSpec, Service};
use crate::{ports, ready, root};

/// How long a container that runs may be silent before it is taken for stuck and replaced. It may have been started
/// a moment ago by a process that was killed since, so this is the time of a start.
const SILENCE: Duration = Duration::from_secs(30);

/// The shared server of this name.
pub(crate) async fn shared(name: &str, spec: &ServerSpec) -> Result<Instance, Error> {
    let container = container_name(name, spec.service);
    daemon::ensure_image(spec.service, &images::image(spec.service)).await?;
    sweep::once().await?;
    if let Some(running) = find(&container, spec).await? {
        return Ok(running);
    }
    let _one_creates = lock(&root::state().join(format!("locks/docker-{name}"))).await?;
    if let Some(running) = find(&container, spec).await? {
        return Ok(running);
    }
    create(&container, spec).await
}

/// The shared server of this name, if it runs.
pub(crate) async fn running(name: &str, spec: &ServerSpec) -> Result<Option<Instance>, Error> {
    find(&container_name(name, spec.service), spec).await
}

/// Each checkout and each image has its own: two test runs that differ in these would replace each other's servers in
/// the middle of a test.
pub(super) fn container_name(name: &str, service: Service) -> String {
    let mut hasher = DefaultHasher::new();
    (container::checkout(), images::image(service)).hash(&mut hasher);
    format!("load-bearing-{name}-{:04x}", hasher.finish() as u16)
}

/// The container, if it runs, was started as we would start it, and answers.
async fn find(container: &str, spec: &ServerSpec) -> Result<Option<Instance>, Error> {
    let Some(Found {
        running: true,
        port: Some(port),
        recipe: Some(fingerprint),
        ..
    }) = container::find(container).await?
    else {
        return Ok(None);
    };
    let recipe = Recipe::new(spec, port);
    if recipe.fingerprint() != fingerprint {
        return Ok(None);
    }
    let answers = container::ready(spec.service, container, port, SILENCE)
        .await
        .is_ok();
    Ok(answers.then(|| Instance::shared(spec.service, container.to_owned(), port, recipe)))
}

/// Only under the lock. Keeps the port of last time, so that addresses in a learner's shell stay right.
async fn create(container: &str, spec: &ServerSpec) -> Result<Instance, Error> {
    let before = container::find(container)
        .await?
        .and_then(|found| found.port);
    container::remove(container).await?;
    for _ in 0..3 {
        let lease = match before.map(ports::try_lease).transpose()?.flatten() {
            Some(lease) => lease,
            None => ports::lease()?,
        };
        let recipe = Recipe::new(spec, lease.port);
        match container::create(container, Kind::Shared, &recipe, lease.port).await {
            Ok(()) => {}
            // Not by a process of this checkout: those wait for the lock.
            Err(Refused::Name) => match find(container, spec).await? {
                Some(running) => return Ok(running),
                None => {
                    container::remove(container).await?;
                    continue;
                }
            },
            Err(Refused::Port) => continue,
            Err(Refused::Other(error)) => return Err(error),
        }
        if spec.cluster {
            network::join(container, lease.port).await?;
        }
        container::ready(spec.service, container, lease.port, ready::start_deadline()).await?;
        return Ok(Instance::shared(
            spec.service,
            container.to_owned(),
            lease.port,
            recipe,
        ));
    }
    Err(Error::State(format!(
        "{container} cannot be created: names or ports were taken three times"
    )))
}
