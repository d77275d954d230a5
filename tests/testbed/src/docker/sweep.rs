//! Removes own containers and volumes whose process is dead.
//!
//! A process that is killed removes nothing, and there is no reaper beside it: who made a container stands in its
//! label (number and start time of the process), and the next process that starts one looks. The time it takes
//! (8 ms when there is nothing) is spent once a process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListVolumesOptionsBuilder, RemoveVolumeOptions,
};

use super::container::{self, LABEL, NAME};
use super::daemon::{client, refused};
use crate::error::Error;
use crate::names;

/// The first call of this process sweeps.
pub(super) async fn once() -> Result<(), Error> {
    static SWEPT: AtomicBool = AtomicBool::new(false);
    match SWEPT.swap(true, Ordering::Relaxed) {
        true => Ok(()),
        false => sweep().await,
    }
}

/// Removes own containers of dead processes, and own volumes that somebody left when he removed a container.
pub(crate) async fn sweep() -> Result<(), Error> {
    let docker = client().await?;
    let own = HashMap::from([("label".to_owned(), vec![format!("{LABEL}=own")])]);
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&own)
        .build();
    let containers = docker
        .list_containers(Some(options))
        .await
        .map_err(refused("list containers"))?;
    for container in containers {
        let labels = container.labels.unwrap_or_default();
        if let (true, Some(id)) = (is_orphan(&labels), container.id) {
            container::remove(&id).await?;
        }
    }
    let options = ListVolumesOptionsBuilder::new().filters(&own).build();
    let volumes = docker
        .list_volumes(Some(options))
        .await
        .map_err(refused("list volumes"))?;
    for volume in volumes.volumes.unwrap_or_default() {
        if is_orphan(&volume.labels) {
            // Refused while it is used: then its container is being removed, and takes it along.
            let _ = docker
                .remove_volume(&volume.name, None::<RemoveVolumeOptions>)
                .await;
        }
    }
    Ok(())
}

fn is_orphan(labels: &HashMap<String, String>) -> bool {
    labels.get(NAME).is_some_and(|name| names::is_orphan(name))
}
