//! How containers reach each other, and a listener of this process.
//!
//! Each other: in a network of ours, where a container's address is made from its port on this machine and so
//! stays the same over restarts. In Docker's default network a container that starts takes the lowest free address,
//! perhaps that of a server which a test has just killed, and a replica would follow a stranger.
//!
//! This process: its proxies listen on 127.0.0.1, which is somebody else in a container. A relay listens on the
//! gateway of our network, an address of this machine that only containers have a way to.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};

use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{
    EndpointIpamConfig, EndpointSettings, HostConfig, Ipam, IpamConfig, NetworkConnectRequest,
    NetworkCreateRequest,
};
use testcontainers::bollard::query_parameters::InspectNetworkOptions;

use super::container::{self, Kind};
use super::daemon::{self, client, refused, status};
use crate::error::Error;
use crate::lock::lock;
use crate::root;

const NAME: &str = "load-bearing";

/// Private ranges with room for each port below 32768, tried in order: one may be in use by another network.
const SUBNETS: [Ipv4Addr; 4] = [
    Ipv4Addr::new(10, 213, 0, 0),
    Ipv4Addr::new(10, 171, 0, 0),
    Ipv4Addr::new(172, 29, 0, 0),
    Ipv4Addr::new(10, 57, 0, 0),
];

/// This machine's own address in our network.
fn gateway(subnet: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(subnet) + 1)
}

/// Connects a container to our network, unless it is; its address there.
pub(super) async fn join(container: &str, port: u16) -> Result<Ipv4Addr, Error> {
    let docker = client().await?;
    let subnet = ensure(&docker).await?;
    let ip = Ipv4Addr::from(u32::from(subnet) + u32::from(port));
    let request = NetworkConnectRequest {
        container: container.to_owned(),
        endpoint_config: Some(EndpointSettings {
            ipam_config: Some(EndpointIpamConfig {
                ipv4_address: Some(ip.to_string()),
                ..EndpointIpamConfig::default()
            }),
            ..EndpointSettings::default()
        }),
    };
    match docker.connect_network(NAME, request).await {
        Err(refusal) if !refusal.to_string().contains("already exists in network") => {
            Err(refused(format!(
                "connect {container} to the network {NAME}"
            ))(refusal))
        }
        Ok(()) | Err(_) => Ok(ip),
    }
}

/// The first address of our network, which is created if it is not there.
async fn ensure(docker: &Docker) -> Result<Ipv4Addr, Error> {
    if let Some(subnet) = subnet(docker).await? {
        return Ok(subnet);
    }
    // Docker does not mind two networks of one name.
    let _one_creates = lock(&root::state().join("locks/docker-network")).await?;
    if let Some(subnet) = subnet(docker).await? {
        return Ok(subnet);
    }
    let mut last = None;
    for subnet in SUBNETS {
        let config = IpamConfig {
            subnet: Some(format!("{subnet}/17")),
            gateway: Some(gateway(subnet).to_string()),
            ..IpamConfig::default()
        };
        let request = NetworkCreateRequest {
            name: NAME.to_owned(),
            labels: Some(HashMap::from(container::labels(NAME, Kind::Shared))),
            ipam: Some(Ipam {
                config: Some(vec![config]),
                ..Ipam::default()
            }),
            ..NetworkCreateRequest::default()
        };
        match docker.create_network(request).await {
            Ok(_) => break,
            Err(refusal) => last = Some(refusal),
        }
    }
    match (subnet(docker).await?, last) {
        (Some(subnet), _) => Ok(subnet),
        (None, Some(refusal)) => Err(refused(format!("create the network {NAME}"))(refusal)),
        (None, None) => Err(Error::State(format!(
            "the Docker network {NAME} was removed at once"
        ))),
    }
}

async fn subnet(docker: &Docker) -> Result<Option<Ipv4Addr>, Error> {
    let network = match docker
        .inspect_network(NAME, None::<InspectNetworkOptions>)
        .await
    {
        Ok(network) => network,
        Err(refusal) if status(&refusal) == 404 => return Ok(None),
        Err(refusal) => return Err(refused(format!("look at the network {NAME}"))(refusal)),
    };
    let subnet = network
        .ipam
        .and_then(|ipam| ipam.config?.into_iter().next()?.subnet);
    Ok(subnet.and_then(|subnet| subnet.split_once('/')?.0.parse().ok()))
}

/// Where a container reaches the listener `local` of this process.
pub(super) async fn way_back(
    container: &str,
    image: &str,
    local: SocketAddr,
) -> Result<SocketAddr, Error> {
    static RELAYS: Mutex<BTreeMap<SocketAddr, SocketAddr>> = Mutex::new(BTreeMap::new());
    let known = |relays: &Mutex<BTreeMap<_, _>>| {
        let relays = relays.lock().unwrap_or_else(PoisonError::into_inner);
        relays.get(&local).copied()
    };
    if let Some(relay) = known(&RELAYS) {
        return Ok(relay);
    }
    let subnet = ensure(&client().await?).await?;
    let listener = TcpListener::bind((gateway(subnet), 0)).ok();
    let Some(listener) = listener else {
        return desktop(container, image, local).await;
    };
    let relay = relay(listener, local)
        .map_err(|error| Error::State(format!("no relay to {local}: {error}")))?;
    RELAYS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(local, relay);
    Ok(relay)
}

/// Where the daemon runs in a machine of its own (macOS, WSL2), that machine knows this one by name and leads to
/// its 127.0.0.1.
async fn desktop(container: &str, image: &str, local: SocketAddr) -> Result<SocketAddr, Error> {
    let script = "getent ahostsv4 host.docker.internal || getent hosts host.docker.internal";
    let found = daemon::run(image, HostConfig::default(), script, &[])
        .await
        .unwrap_or_default();
    let ip = found
        .split_whitespace()
        .find_map(|word| word.parse::<Ipv4Addr>().ok());
    ip.map(|ip| (ip, local.port()).into()).ok_or_else(|| {
        Error::State(format!(
            "the container {container} has no way to {local}: Docker's gateway is not an address of this machine"
        ))
    })
}

/// Passes every connection on to `target`, on a thread, until this process ends.
fn relay(listener: TcpListener, target: SocketAddr) -> std::io::Result<SocketAddr> {
    let addr = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                return;
            };
            while let Ok((mut inner, _)) = listener.accept().await {
                tokio::spawn(async move {
                    if let Ok(mut outer) = tokio::net::TcpStream::connect(target).await {
                        // An end on either side is passed on by closing the other.
                        let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                    }
                });
            }
        });
    });
    Ok(addr)
}
