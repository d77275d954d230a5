//! Own servers: gone with their handle, and after a SIGKILL of their process by the next sweep.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use testbed::{Backend, Error};

use crate::bed::{Bed, docker, host_and_port};

const ALL: [&str; 4] = ["redis", "redis-cluster", "mysql", "kafka"];

#[test]
fn an_own_server_goes_with_its_handle() {
    let bed = Bed::new();
    for service in ALL {
        let (mut child, address) = bed.own(service);
        assert!(
            !bed.containers("Status").is_empty(),
            "{service} runs at {address}"
        );
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        bed.assert_empty(&format!("the handle of {service} was dropped"));
    }
}

#[test]
fn what_a_killed_process_leaves_is_swept_by_the_next() {
    let bed = Bed::new();
    for service in ["redis", "redis-cluster"] {
        let (mut child, address) = bed.own(service);
        child.kill().unwrap();
        child.wait().unwrap();
        let left = bed.containers("Status");
        assert!(
            left.iter().all(|(_, status)| status.starts_with("Up")),
            "{left:?}"
        );
        assert!(
            !left.is_empty() && !bed.volumes().is_empty(),
            "nothing was left of {address}"
        );
        let swept = bed
            .testbed(&["sweep"])
            .stdin(Stdio::null())
            .status()
            .unwrap();
        assert!(swept.success());
        bed.assert_empty("a sweep");
    }
}

#[test]
fn a_volume_that_was_left_alone_is_swept_too() {
    let bed = Bed::new();
    let (mut child, _) = bed.own("redis");
    for (id, _) in bed.containers("Status") {
        docker(&["rm", "--force", &id]); // without its volumes, as people do
    }
    assert_eq!(bed.volumes().len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(bed.testbed(&["sweep"]).status().unwrap().success());
    bed.assert_empty("a sweep");
}

#[test]
fn a_living_process_keeps_its_servers_over_a_sweep() {
    let bed = Bed::new();
    let (mut child, address) = bed.own("redis");
    assert!(bed.testbed(&["sweep"]).status().unwrap().success());
    assert_eq!(bed.containers("Status").len(), 1, "{address}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn nothing_is_published_beyond_this_machine() {
    let bed = Bed::new();
    for service in ["redis", "kafka"] {
        let (mut child, address) = bed.own(service);
        for (_, ports) in bed.containers("Ports") {
            let published: Vec<&str> = ports
                .split(", ")
                .filter(|port| port.contains("->"))
                .collect();
            let wanted = format!("{}->", host_and_port(&address));
            assert!(
                matches!(published[..], [port] if port.starts_with(&wanted)),
                "{ports}"
            );
        }
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
}

#[tokio::test]
async fn a_restart_onto_a_taken_port_is_an_error_and_not_a_wait() -> Result<(), Error> {
    assert_eq!(testbed::backend()?, Backend::Docker);
    let mut redis = testbed::redis().own().await?;
    redis.kill().await?;
    let faster = TcpListener::bind(redis.addr()).unwrap();
    let refused = redis.restart().await.unwrap_err();
    assert!(
        matches!(refused, Error::PortTaken { port, .. } if port == redis.addr().port()),
        "{refused}"
    );
    drop(faster);
    redis.restart().await
}

#[tokio::test]
async fn a_paused_server_can_be_killed_restarted_and_dropped() -> Result<(), Error> {
    assert_eq!(testbed::backend()?, Backend::Docker);
    let mut redis = testbed::redis().own().await?;
    redis.pause().await?;
    redis.restart().await?;
    redis.pause().await?;
    let published = format!("publish={}", redis.addr().port());
    let listed = || docker(&["ps", "--all", "--quiet", "--filter", &published]);
    assert_eq!(listed().lines().count(), 1);
    drop(redis);
    assert_eq!(listed(), "");
    Ok(())
}

/// Docker has to be asked from somewhere: without a runtime, from a thread of the handle's own.
#[test]
fn a_handle_can_be_dropped_outside_of_any_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let redis = runtime
        .block_on(async { testbed::redis().own().await })
        .unwrap();
    drop(runtime);
    let published = format!("publish={}", redis.addr().port());
    drop(redis);
    assert_eq!(
        docker(&["ps", "--all", "--quiet", "--filter", &published]),
        ""
    );
}

/// 127.0.0.1 of a container is the container: a replica reaches a proxy of this process by a relay.
#[tokio::test]
async fn a_replica_follows_through_a_proxy_of_this_process() -> Result<(), Error> {
    let primary = testbed::redis().own().await?;
    let proxy = testbed::proxy(primary.addr(), 1).await?;
    let replica = primary.replica_of(proxy.addr()).await?;
    let info = Command::new("docker")
        .args([
            "run",
            "--rm",
            "--network=host",
            "--entrypoint=redis-cli",
            &image(),
        ])
        .args([
            "-p",
            &replica.addr().port().to_string(),
            "INFO",
            "replication",
        ])
        .output()
        .unwrap();
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    assert!(
        info.contains("role:slave") && info.contains("master_link_status:up"),
        "{info}"
    );
    Ok(())
}

fn image() -> String {
    std::env::var("LAB_REDIS_IMAGE").unwrap_or_else(|_| "redis:8.6".to_owned())
}
