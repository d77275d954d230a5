//! Many connections, and what is left after the proxy.

use std::time::Duration;

use testbed::{Direction, Error, Faults, eventually, proxy, proxy_on};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::peer::{MESSAGE, SOON, Server, ask, assert_silent, bytes, connect, echo_all, next_read};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections() {
    // In waves: a connection through a proxy in one process takes four descriptors, and 1,024 is a common limit.
    const WAVE: usize = 125;
    let server = Server::echo().await;
    let proxy = proxy(server.addr, 1).await.unwrap();
    proxy.plan(
        Faults::none()
            .delay(Duration::ZERO..=Duration::from_millis(2))
            .slice(1_000),
    );
    for _ in 0..1_000 / WAVE {
        let mut clients = JoinSet::new();
        for i in 0..WAVE {
            let client = connect(&proxy).await;
            clients.spawn(async move {
                let message = bytes(2_000 + i);
                echo_all(client, &message).await == message
            });
        }
        assert!(clients.join_all().await.into_iter().all(|intact| intact));
    }
    assert_eq!(proxy.stats().connections, 1_000);
    eventually(SOON, "all are closed", async || {
        (proxy.stats().open == 0).then_some(())
    })
    .await;
    assert_eq!(server.see(|seen| seen.accepted), 1_000);
}

/// Everything that a proxy can be waiting in when it is dropped.
async fn nothing_is_left() {
    let server = Server::answering().await;
    let mut clients = Vec::new();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let addr = {
        let proxy = proxy(server.addr, 2).await.unwrap();
        for _ in 0..10 {
            let mut client = connect(&proxy).await;
            ask(&mut client, &[1; MESSAGE]).await.unwrap();
            clients.push(client);
        }
        proxy.plan(Faults::none().delay(SOON..=SOON).only(Direction::ToServer));
        clients[0].write_all(&[2; MESSAGE]).await.unwrap();
        proxy.partition(Direction::ToClient);
        clients.push(connect(&proxy).await); // waits for the partition to end
        eventually(SOON, "all wait", async || {
            let stats = proxy.stats();
            (stats.connections == 11 && stats.toward(Direction::ToServer).kept() > 0).then_some(())
        })
        .await;
        proxy.addr()
    };
    for client in &mut clients {
        assert_eq!(
            next_read(client).await,
            Ok(0),
            "the client's side is closed"
        );
    }
    server
        .wait_for("the server's sides are closed", |seen| {
            seen.ends.len() == 10
        })
        .await;
    eventually(SOON, "the tasks are gone", async || {
        (tasks() <= before).then_some(())
    })
    .await;
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens");
    assert_eq!(
        server.see(|seen| seen.bytes.len()),
        10 * MESSAGE,
        "what waited is lost"
    );
    proxy_on(addr, server.addr, 3)
        .await
        .expect("the port is free");
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_proxy_on_one_thread() {
    nothing_is_left().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_dropped_proxy_on_two_threads() {
    nothing_is_left().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_descriptor_is_left() {
    // Only sockets of this proxy's port: other tests of this process have theirs.
    fn sockets(port: u16) -> Vec<String> {
        const TIME_WAIT: &str = "06";
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let port = format!(":{port:04X}");
        table
            .lines()
            .filter(|line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                (fields[1].ends_with(&port) || fields[2].ends_with(&port)) && fields[3] != TIME_WAIT
            })
            .map(str::to_owned)
            .collect()
    }
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 4).await.unwrap();
    let (port, mut client) = (proxy.addr().port(), connect(&proxy).await);
    ask(&mut client, &[1; MESSAGE]).await.unwrap();
    // The kernel's table changes while it is read, so it is read again.
    eventually(
        SOON,
        "a listener and both ends of a connection",
        async || (sockets(port).len() == 3).then_some(()),
    )
    .await;
    drop(proxy);
    drop(client);
    eventually(SOON, "its sockets are closed", async || {
        sockets(port).is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    let server = Server::answering().await;
    let error = proxy_on(server.addr, server.addr, 1)
        .await
        .expect_err("the server listens there");
    assert!(matches!(error, Error::ProxyListen { addr, .. } if addr == server.addr));
    assert!(
        error.to_string().contains(&server.addr.to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn one_proxy_does_not_take_the_port_of_another() {
    let server = Server::answering().await;
    let first = proxy(server.addr, 1).await.unwrap();
    assert!(proxy_on(first.addr(), server.addr, 2).await.is_err());
}

#[tokio::test]
async fn proxies_can_stand_in_a_row() {
    let server = Server::answering().await;
    let far = proxy(server.addr, 1).await.unwrap();
    let near = proxy(far.addr(), 2).await.unwrap();
    let mut client = connect(&near).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();
    far.partition(Direction::ToClient);
    client.write_all(&[2; MESSAGE]).await.unwrap();
    assert_silent(&mut client).await;
    far.reset();
    assert!(
        next_read(&mut client).await.is_err(),
        "a reset passes through"
    );
}
