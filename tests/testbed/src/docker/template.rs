//! MySQL data that is made once and copied: an own server has it after a third of a second.
//!
//! The official images make a data directory in their first start, with a temporary server in between: 4 s on an idle
//! machine and 12 s on a busy one, for every test that wants a server to kill. So one container goes through that,
//! is stopped in good order, and stays as the model; what starts on a copy takes it for a restart.

use std::collections::HashMap;

use testcontainers::bollard::models::{HostConfig, Mount, MountType, VolumeCreateRequest};
use testcontainers::bollard::query_parameters::StopContainerOptionsBuilder;

use super::container::{self, Kind, Refused};
use super::daemon::{self, client, refused};
use super::recipe::Recipe;
use super::shared::container_name;
use crate::error::Error;
use crate::lock::lock;
use crate::server::{ServerSpec, Service};
use crate::{ports, ready, root};

/// A server refuses data that was made with other values of these.
const FIXED_IN_DATA: [&str; 2] = ["lower-case-table-names", "innodb-page-size"];

/// How long a server may take to write everything down and end.
const STOP_SECONDS: i32 = 60;

/// Whether an own server of this spec starts on a copy.
pub(super) fn is_worthwhile(spec: &ServerSpec) -> bool {
    let fixed =
        |(name, _): &(String, String)| FIXED_IN_DATA.contains(&name.replace('_', "-").as_str());
    spec.service == Service::Mysql && !spec.settings.iter().any(fixed)
}

/// Creates the volume `name` with a copy of the model's data, which is made first if there is none.
pub(super) async fn copy(name: &str, recipe: &Recipe) -> Result<(), Error> {
    let model = model().await?;
    let volume = VolumeCreateRequest {
        name: Some(name.to_owned()),
        labels: Some(HashMap::from(container::labels(name, Kind::Own))),
        ..VolumeCreateRequest::default()
    };
    client()
        .await?
        .create_volume(volume)
        .await
        .map_err(refused(format!("create the volume {name}")))?;
    let target = Mount {
        target: Some("/copy".to_owned()),
        source: Some(name.to_owned()),
        typ: Some(MountType::VOLUME),
        ..Mount::default()
    };
    let host = HostConfig {
        volumes_from: Some(vec![format!("{model}:ro")]),
        mounts: Some(vec![target]),
        network_mode: Some("none".to_owned()),
        ..HostConfig::default()
    };
    // auto.cnf holds what tells one server from another.
    let script = r#"cp -a "$1/." /copy && rm -f /copy/auto.cnf"#;
    daemon::run(&recipe.image, host, script, &[recipe.data()])
        .await
        .map(drop)
}

/// The container with the data: it has ended, and in good order.
async fn model() -> Result<String, Error> {
    let spec = ServerSpec::new(Service::Mysql);
    let name = container_name("mysql-model", Service::Mysql);
    if is_complete(&name).await? {
        return Ok(name);
    }
    let _one_makes = lock(&root::state().join("locks/docker-mysql-model")).await?;
    if is_complete(&name).await? {
        return Ok(name);
    }
    // Half of one, of a process that was killed.
    container::remove(&name).await?;
    let lease = ports::lease()?;
    let recipe = Recipe::new(&spec, lease.port);
    container::create(&name, Kind::Shared, &recipe, lease.port)
        .await
        .map_err(|refused| match refused {
            Refused::Other(error) => error,
            Refused::Port | Refused::Name => Error::PortTaken {
                service: Service::Mysql,
                port: lease.port,
            },
        })?;
    container::ready(Service::Mysql, &name, lease.port, ready::start_deadline()).await?;
    let options = StopContainerOptionsBuilder::new().t(STOP_SECONDS).build();
    client()
        .await?
        .stop_container(&name, Some(options))
        .await
        .map_err(refused(format!("stop {name}")))?;
    match is_complete(&name).await? {
        true => Ok(name),
        false => Err(Error::State(format!(
            "{name} did not end in good order: {}",
            daemon::last_lines(&name).await
        ))),
    }
}

/// It was made as it would be made now, and ended in good order.
async fn is_complete(name: &str) -> Result<bool, Error> {
    // MySQL's recipe is the same on every port.
    let wanted = Recipe::new(&ServerSpec::new(Service::Mysql), 0).fingerprint();
    let found = container::find(name).await?;
    Ok(found.is_some_and(|found| found.ended_well && found.recipe == Some(wanted)))
}
