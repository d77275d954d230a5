//! Cuts, resets and servers that are not there.

use std::io::ErrorKind;

use testbed::{Direction, Kind, eventually, proxy};
use tokio::net::TcpStream;

use crate::peer::{MESSAGE, SOON, Server, ask, connect, next_read};

#[tokio::test]
async fn a_cut_closes_and_refuses_until_it_is_healed() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 1).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();

    proxy.cut();
    assert_eq!(next_read(&mut client).await, Ok(0));
    server
        .wait_for("its side ends too", |seen| seen.ends == [Ok(())])
        .await;
    eventually(SOON, "connections are refused", async || {
        let error = TcpStream::connect(proxy.addr()).await.err()?;
        (error.kind() == ErrorKind::ConnectionRefused).then_some(())
    })
    .await;
    assert_eq!(proxy.stats().fired(Kind::Cut), 1);
    assert_eq!(server.see(|seen| seen.accepted), 1);

    proxy.heal();
    ask(&mut connect(&proxy).await, &[2; MESSAGE])
        .await
        .expect("healed, it works");
}

async fn healed_is_healed() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 2).await.unwrap();
    for round in 0..100 {
        proxy.cut();
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        proxy.heal();
        ask(&mut connect(&proxy).await, &[2; MESSAGE])
            .await
            .expect("no moment of refusal after heal");
    }
    assert!(proxy.stats().fired(Kind::Cut) > 0);
}

#[tokio::test]
async fn a_connection_after_heal_is_served_on_one_thread() {
    healed_is_healed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_after_heal_is_served_on_two_threads() {
    healed_is_healed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_reaches_the_server_during_a_cut() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 3).await.unwrap();
    for _ in 0..20 {
        proxy.cut();
        let before = server.see(|seen| seen.accepted);
        let served = match TcpStream::connect(proxy.addr()).await {
            Ok(mut client) => ask(&mut client, &[1; MESSAGE]).await.is_ok(),
            Err(_) => false,
        };
        assert!(!served);
        assert_eq!(server.see(|seen| seen.accepted), before);
        proxy.heal();
        ask(&mut connect(&proxy).await, &[1; MESSAGE])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_reset_is_seen_as_a_reset_on_both_sides() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 4).await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = connect(&proxy).await;
        ask(&mut client, &[1; MESSAGE]).await.unwrap();
        clients.push(client);
    }
    proxy.reset();
    for client in &mut clients {
        assert_eq!(next_read(client).await, Err(ErrorKind::ConnectionReset));
    }
    server
        .wait_for("its side is reset", |seen| {
            seen.ends == [Err(ErrorKind::ConnectionReset); 3]
        })
        .await;
    assert_eq!(proxy.stats().fired(Kind::Reset), 3);
    ask(&mut connect(&proxy).await, &[2; MESSAGE])
        .await
        .expect("a new one is accepted");
}

#[tokio::test]
async fn a_reset_of_one_side_is_passed_on() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 5).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();
    client.set_zero_linger().unwrap();
    drop(client);
    server
        .wait_for("its side is reset", |seen| {
            seen.ends == [Err(ErrorKind::ConnectionReset)]
        })
        .await;
    assert_eq!(proxy.stats().fired(Kind::Reset), 0, "no fault of ours");
}

#[tokio::test]
async fn a_cut_loses_what_was_kept_back() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 6).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();
    proxy.partition(Direction::ToServer);
    let asked = tokio::spawn(async move { ask(&mut client, &[2; MESSAGE]).await });
    eventually(SOON, "the request is kept", async || {
        (proxy.stats().toward(Direction::ToServer).kept() == MESSAGE as u64).then_some(())
    })
    .await;
    proxy.cut();
    proxy.heal();
    assert!(asked.await.unwrap().is_err());
    server
        .wait_for("the end", |seen| seen.ends.len() == 1)
        .await;
    assert_eq!(
        server.see(|seen| seen.bytes.len()),
        MESSAGE,
        "the second request is lost"
    );
}

#[tokio::test]
async fn a_server_that_is_down_or_has_moved() {
    let mut server = Server::answering().await;
    let proxy = proxy(server.addr, 7).await.unwrap();
    let mut old = connect(&proxy).await;
    ask(&mut old, &[1; MESSAGE]).await.unwrap();
    server.kill().await;
    assert_eq!(next_read(&mut old).await, Ok(0));
    assert_eq!(
        next_read(&mut connect(&proxy).await).await,
        Err(ErrorKind::ConnectionReset)
    );
    assert_eq!(proxy.stats().unreachable, 1);

    let server = Server::answering().await;
    proxy.retarget(server.addr);
    ask(&mut connect(&proxy).await, &[2; MESSAGE])
        .await
        .expect("the new server answers");
    assert_eq!(server.see(|seen| seen.bytes.len()), MESSAGE);
}
