//! One server in a container: started, killed, started again on the same data and port.

use std::net::SocketAddr;

use testcontainers::bollard::Docker;

use super::container::{self, Kind, Refused, local};
use super::daemon::{self, client, refused};
use super::network;
use super::recipe::Recipe;
use super::template;
use crate::error::Error;
use crate::ports::{self, Lease};
use crate::server::{ServerSpec, Service};
use crate::{names, ready};

/// A container with one server in it, shared or own.
#[derive(Debug)]
pub(crate) struct Instance {
    service: Service,
    name: String,
    port: u16,
    recipe: Recipe,
    /// An own server's, to keep its port while it is down; a shared one has none, and is not removed by us.
    lease: Option<Lease>,
}

impl Instance {
    pub(super) fn shared(service: Service, name: String, port: u16, recipe: Recipe) -> Self {
        Self {
            service,
            name,
            port,
            recipe,
            lease: None,
        }
    }

    /// Another program may take the port between the choice and the start: tries again, unless the port was given.
    pub(super) async fn own(spec: &ServerSpec) -> Result<Self, Error> {
        let taken = |port| Error::PortTaken {
            service: spec.service,
            port,
        };
        for _ in 0..3 {
            let lease = match spec.port {
                None => ports::lease()?,
                Some(port) => ports::try_lease(port)?.ok_or(taken(port))?,
            };
            match Self::start(spec, lease).await {
                Ok(instance) => return Ok(instance),
                Err(Refused::Port | Refused::Name) => {}
                Err(Refused::Other(error)) => return Err(error),
            }
        }
        Err(spec.port.map_or_else(
            || Error::State("three ports in a row were taken while a container started".to_owned()),
            taken,
        ))
    }

    async fn start(spec: &ServerSpec, lease: Lease) -> Result<Self, Refused> {
        let name = names::fresh();
        let mut recipe = Recipe::new(spec, lease.port);
        if template::is_worthwhile(spec) {
            if let Err(error) = template::copy(&name, &recipe).await {
                let _ = container::remove(&name).await;
                return Err(Refused::Other(error));
            }
            recipe.brought = Some(name.clone());
        }
        container::create(&name, Kind::Own, &recipe, lease.port).await?;
        // From here on dropping it removes the container.
        let instance = Self {
            service: spec.service,
            name,
            port: lease.port,
            recipe,
            lease: Some(lease),
        };
        if spec.cluster {
            instance.peer_addr().await.map_err(Refused::Other)?;
        }
        instance.answers().await.map_err(Refused::Other)?;
        Ok(instance)
    }

    async fn answers(&self) -> Result<(), Error> {
        container::ready(self.service, &self.name, self.port, ready::start_deadline()).await
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        local(self.port)
    }

    /// Joins the network in which servers reach each other, at the first call.
    pub(crate) async fn peer_addr(&self) -> Result<SocketAddr, Error> {
        let ip = network::join(&self.name, self.port).await?;
        Ok((ip, self.recipe.inside).into())
    }

    pub(crate) async fn way_back(&self, local: SocketAddr) -> Result<SocketAddr, Error> {
        network::way_back(&self.name, &self.recipe.image, local).await
    }

    pub(crate) async fn kill(&mut self) -> Result<(), Error> {
        container::kill(&self.name).await
    }

    pub(crate) async fn pause(&self) -> Result<(), Error> {
        let docker: Docker = client().await?;
        docker
            .pause_container(&self.name)
            .await
            .map_err(refused(format!("pause {}", self.name)))
    }

    pub(crate) async fn resume(&self) -> Result<(), Error> {
        let docker: Docker = client().await?;
        docker
            .unpause_container(&self.name)
            .await
            .map_err(refused(format!("resume {}", self.name)))
    }

    pub(crate) async fn start_again(&mut self) -> Result<(), Error> {
        self.kill().await?;
        container::start(&self.name)
            .await
            .map_err(|refused| match refused {
                Refused::Port | Refused::Name => Error::PortTaken {
                    service: self.service,
                    port: self.port,
                },
                Refused::Other(error) => error,
            })?;
        self.answers().await
    }

    pub(crate) async fn file_sizes(&self, dir: &str) -> Result<Vec<(String, u64)>, Error> {
        let script = r#"cd -- "$1"; for file in *; do if [ -f "$file" ]; then stat -c '%s %n' "$file"; fi; done"#;
        let dir = format!("{}/{dir}", self.recipe.data());
        let listed = daemon::beside(&self.name, &self.recipe.image, script, &[&dir]).await?;
        let odd = |line: &str| Error::State(format!("no size and name of a file in {dir}: {line}"));
        listed
            .lines()
            .map(|line| {
                let (size, file) = line.split_once(' ').ok_or_else(|| odd(line))?;
                Ok((file.to_owned(), size.parse().map_err(|_| odd(line))?))
            })
            .collect()
    }

    pub(crate) async fn truncate(&self, file: &str, keep: u64) -> Result<(), Error> {
        let file = format!("{}/{file}", self.recipe.data());
        let script = r#"[ -f "$1" ]; truncate -s "$2" -- "$1""#;
        let keep = keep.to_string();
        daemon::beside(&self.name, &self.recipe.image, script, &[&file, &keep])
            .await
            .map(drop)
    }
}

impl Drop for Instance {
    /// Waits until the container is gone: a test process that ends right after would leave it behind.
    fn drop(&mut self) {
        if self.lease.is_some() {
            let name = std::mem::take(&mut self.name);
            let _ = daemon::aside(async move { container::remove(&name).await });
        }
    }
}
