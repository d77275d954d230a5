//! Holds: exactly so many chunks, then nothing.

use std::time::Duration;

use testbed::{Direction, Faults, Kind, eventually, proxy};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::peer::{A_WHILE, MESSAGE, SOON, Server, ask, assert_silent, connect, next_read};

/// Asks until something goes wrong, and says how many answers there were.
fn asking(mut client: TcpStream) -> JoinHandle<u64> {
    tokio::spawn(async move {
        let mut answers = 0;
        while ask(&mut client, &[1; MESSAGE]).await.is_ok() {
            answers += 1;
        }
        answers
    })
}

/// One client asks, the hold comes after `chunks`: how many requests arrived, and how many answers.
async fn held_after(direction: Direction, chunks: u64) -> (u64, u64) {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 1).await.unwrap();
    proxy.hold_after(direction, chunks);
    let client = asking(connect(&proxy).await);
    assert!(proxy.held(SOON).await);
    if chunks > 0 {
        // Whatever comes after the hold has come, and waits: the other side's next word.
        let other = match direction {
            Direction::ToServer => Direction::ToClient,
            Direction::ToClient => Direction::ToServer,
        };
        eventually(SOON, "the next word is kept", async || {
            (proxy.stats().toward(other).kept() == MESSAGE as u64).then_some(())
        })
        .await;
    }
    tokio::time::sleep(A_WHILE / 10).await; // room for a mistake to show
    let requests = server.see(|seen| seen.bytes.len() / MESSAGE) as u64;
    assert_eq!(proxy.stats().fired(Kind::Hold), 1);
    assert_eq!(proxy.stats().toward(direction).chunks_out, chunks);
    proxy.cut();
    (requests, client.await.unwrap())
}

#[tokio::test]
async fn a_hold_after_requests_is_exact() {
    for n in 0..6 {
        assert_eq!(
            held_after(Direction::ToServer, n).await,
            (n, n.saturating_sub(1)),
            "after {n}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_after_answers_is_exact() {
    for n in 0..6 {
        assert_eq!(
            held_after(Direction::ToClient, n).await,
            (n, n),
            "after {n}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_counts_the_chunks_of_all_connections() {
    for direction in [Direction::ToServer, Direction::ToClient] {
        let server = Server::answering().await;
        let proxy = proxy(server.addr, 2).await.unwrap();
        proxy.hold_after(direction, 137);
        let mut clients = Vec::new();
        for _ in 0..20 {
            clients.push(asking(connect(&proxy).await));
        }
        assert!(proxy.held(SOON).await);
        let at_once = proxy.stats();
        tokio::time::sleep(A_WHILE).await; // room for a mistake to show
        let later = proxy.stats();
        assert_eq!(later.toward(direction).chunks_out, 137);
        // A chunk of the other direction may have been in a write of the other thread.
        for direction in [Direction::ToServer, Direction::ToClient] {
            let moved = later.toward(direction).chunks_out - at_once.toward(direction).chunks_out;
            assert!(moved <= 1, "{moved} chunks moved in a closed hold");
        }
        proxy.cut();
        for client in clients {
            client.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_hold_that_is_not_reached_says_so() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 3).await.unwrap();
    proxy.hold_after(Direction::ToServer, 2);
    ask(&mut connect(&proxy).await, &[1; MESSAGE])
        .await
        .unwrap();
    assert!(!proxy.held(Duration::from_millis(30)).await);
    assert_eq!(proxy.stats().fired(Kind::Hold), 0);
}

#[tokio::test]
async fn a_chunk_that_is_lost_is_not_counted() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 3).await.unwrap();
    proxy.plan(Faults::none().bandwidth(1));
    proxy.hold_after(Direction::ToServer, 1);
    let lost = asking(connect(&proxy).await);
    eventually(SOON, "it is on its way", async || {
        (proxy.stats().fired(Kind::Bandwidth) > 0).then_some(())
    })
    .await;
    proxy.reset();
    assert_eq!(lost.await.unwrap(), 0);
    proxy.plan(Faults::none());
    let arrives = asking(connect(&proxy).await);
    assert!(proxy.held(SOON).await, "the next one takes its place");
    assert_eq!(proxy.stats().toward(Direction::ToServer).chunks_out, 1);
    proxy.cut();
    arrives.await.unwrap();
}

#[tokio::test]
async fn a_held_client_does_not_learn_of_the_servers_death() {
    let mut server = Server::answering().await;
    let proxy = proxy(server.addr, 4).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();
    proxy.hold_after(Direction::ToServer, 0);
    assert!(proxy.held(SOON).await);
    server.kill().await;
    assert_silent(&mut client).await;
    let mut new = connect(&proxy).await;
    assert_silent(&mut new).await; // not even that nobody listens there
    proxy.cut();
    assert_eq!(next_read(&mut client).await, Ok(0));
}

#[tokio::test]
async fn healed_what_was_held_arrives() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 5).await.unwrap();
    let mut client = connect(&proxy).await;
    proxy.hold_after(Direction::ToServer, 1);
    tokio::io::AsyncWriteExt::write_all(&mut client, &[1; MESSAGE])
        .await
        .unwrap();
    assert!(proxy.held(SOON).await);
    assert_silent(&mut client).await;
    assert_eq!(server.see(|seen| seen.bytes.len()), MESSAGE);
    proxy.heal();
    client
        .read_exact(&mut [0; MESSAGE])
        .await
        .expect("the answer was only late");
}
