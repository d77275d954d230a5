//! Faults of the bytes: delay, bandwidth, slices, drops, partitions.

use std::time::Duration;

use testbed::{Direction, Faults, Kind, eventually, proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::peer::{MESSAGE, SOON, Server, ask, assert_silent, bytes, connect, echo_all, next_read};

const MS: Duration = Duration::from_millis(1);

#[tokio::test]
async fn without_faults_bytes_pass_and_nothing_fires() {
    let server = Server::echo().await;
    let proxy = proxy(server.addr, 1).await.unwrap();
    let message = bytes(1_000_000);
    assert!(echo_all(connect(&proxy).await, &message).await == message);

    let stats = proxy.stats();
    for direction in [Direction::ToServer, Direction::ToClient] {
        let traffic = stats.toward(direction);
        assert_eq!(
            (traffic.bytes_in, traffic.bytes_out, traffic.kept()),
            (1_000_000, 1_000_000, 0)
        );
        assert_eq!(traffic.chunks_in, traffic.chunks_out);
    }
    assert_eq!(stats.connections, 1);
    assert!(
        Kind::ALL.iter().all(|&kind| stats.fired(kind) == 0),
        "{stats:?}"
    );
    server
        .wait_for("the end of the stream", |seen| seen.ends == [Ok(())])
        .await;
    eventually(SOON, "the connection closes", async || {
        (proxy.stats().open == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_delay_delays_both_ways() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 2).await.unwrap();
    proxy.plan(Faults::none().delay(60 * MS..=80 * MS));
    let mut client = connect(&proxy).await;
    let begun = Instant::now();
    for _ in 0..3 {
        ask(&mut client, &[7; MESSAGE]).await.unwrap();
    }
    assert!(
        begun.elapsed() >= 3 * 2 * 60 * MS,
        "only {:?}",
        begun.elapsed()
    );
    assert_eq!(proxy.stats().fired(Kind::Delay), 6);
}

#[tokio::test]
async fn a_delay_of_one_direction_leaves_the_other() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 2).await.unwrap();
    proxy.plan(Faults::none().delay(MS..=MS).only(Direction::ToClient));
    ask(&mut connect(&proxy).await, &[7; MESSAGE])
        .await
        .unwrap();
    assert_eq!(proxy.stats().fired(Kind::Delay), 1);
}

#[tokio::test]
async fn healing_frees_what_was_delayed() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 2).await.unwrap();
    proxy.plan(Faults::none().delay(3_600_000 * MS..=3_600_000 * MS));
    let mut client = connect(&proxy).await;
    client.write_all(&[7; MESSAGE]).await.unwrap();
    eventually(SOON, "the delay begins", async || {
        (proxy.stats().fired(Kind::Delay) == 1).then_some(())
    })
    .await;
    proxy.heal();
    let mut answer = [0; MESSAGE];
    let answered = tokio::time::timeout(SOON, client.read_exact(&mut answer)).await;
    answered.expect("it does not wait an hour").unwrap();
}

#[tokio::test]
async fn bandwidth_is_shared_and_not_exceeded() {
    let server = Server::echo().await;
    let proxy = proxy(server.addr, 3).await.unwrap();
    proxy.plan(Faults::none().bandwidth(20_000).only(Direction::ToServer));
    let begun = Instant::now();
    let message = bytes(3_000);
    let (one, two) = tokio::join!(
        echo_all(connect(&proxy).await, &message),
        echo_all(connect(&proxy).await, &message)
    );
    assert!(
        begun.elapsed() >= 300 * MS,
        "6,000 bytes in {:?}",
        begun.elapsed()
    );
    assert!(one == message && two == message);
    assert!(proxy.stats().fired(Kind::Bandwidth) >= 2);
}

#[tokio::test]
async fn slices_arrive_one_by_one() {
    let server = Server::echo().await;
    let proxy = proxy(server.addr, 4).await.unwrap();
    proxy.slice(10);
    let message = bytes(2_000);
    assert!(echo_all(connect(&proxy).await, &message).await == message);
    assert!(proxy.stats().fired(Kind::Slice) >= 1);
    // At least 200 pieces; the server's kernel may put some together before it reads.
    let reads = server.see(|seen| seen.reads.clone());
    assert!(reads.len() > 40, "{reads:?}");
}

async fn bytes_survive_it_all() {
    let server = Server::echo().await;
    let proxy = proxy(server.addr, 5).await.unwrap();
    proxy.plan(
        Faults::none()
            .delay(Duration::ZERO..=3 * MS)
            .slice(3_000)
            .bandwidth(2_000_000),
    );
    let message = bytes(200_000);
    let clients = (0..4).map(async |_| echo_all(connect(&proxy).await, &message).await == message);
    assert_eq!(futures_util::future::join_all(clients).await, [true; 4]);
    let stats = proxy.stats();
    for kind in [Kind::Delay, Kind::Slice, Kind::Bandwidth] {
        assert!(stats.fired(kind) > 0, "{kind:?}");
    }
}

#[tokio::test]
async fn bytes_survive_delay_slices_and_bandwidth_on_one_thread() {
    bytes_survive_it_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_survive_delay_slices_and_bandwidth_on_two_threads() {
    bytes_survive_it_all().await;
}

#[tokio::test]
async fn a_drop_comes_at_its_byte() {
    for at in [0, 1, 100, 999] {
        let server = Server::echo().await;
        let proxy = proxy(server.addr, 6).await.unwrap();
        proxy.plan(Faults::none().drop_after(at..=at).only(Direction::ToServer));
        let mut client = connect(&proxy).await;
        client.write_all(&bytes(1_000)).await.unwrap();
        server
            .wait_for("the connection ends", |seen| seen.ends.len() == 1)
            .await;
        assert_eq!(
            server.see(|seen| seen.bytes.clone()),
            bytes(1_000)[..at as usize]
        );
        assert_eq!(proxy.stats().fired(Kind::Drop), 1);
        assert_eq!(proxy.stats().toward(Direction::ToServer).kept(), 1_000 - at);
        proxy.heal();
        ask(&mut connect(&proxy).await, b"again")
            .await
            .expect("a new connection works");
    }
}

#[tokio::test]
async fn a_drop_counts_from_its_plan() {
    let server = Server::echo().await;
    let proxy = proxy(server.addr, 6).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &bytes(500)).await.unwrap();
    proxy.plan(Faults::none().drop_after(10..=10).only(Direction::ToClient));
    ask(&mut client, &bytes(10)).await.expect("ten bytes more");
    assert_eq!(next_read(&mut client).await, Ok(0));
}

#[tokio::test]
async fn a_partition_to_the_client_loses_the_answer_only() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 7).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();

    proxy.partition(Direction::ToClient);
    client.write_all(&[2; MESSAGE]).await.unwrap();
    server
        .wait_for("the request", |seen| seen.bytes.len() == 2 * MESSAGE)
        .await;
    eventually(SOON, "the answer is kept", async || {
        (proxy.stats().toward(Direction::ToClient).kept() == MESSAGE as u64).then_some(())
    })
    .await;
    assert_silent(&mut client).await;
    assert_eq!(proxy.stats().fired(Kind::Partition), 1);

    proxy.heal();
    client
        .read_exact(&mut [0; MESSAGE])
        .await
        .expect("what was kept arrives");
}

#[tokio::test]
async fn a_partition_to_the_server_loses_the_request() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 8).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();

    proxy.partition(Direction::ToServer);
    client.write_all(&[2; MESSAGE]).await.unwrap();
    assert_silent(&mut client).await;
    assert_eq!(server.see(|seen| seen.bytes.len()), MESSAGE);
    assert_eq!(proxy.stats().fired(Kind::Partition), 1);

    let mut second = connect(&proxy).await;
    second.write_all(&[3; MESSAGE]).await.unwrap();
    assert_silent(&mut second).await;
    assert_eq!(
        server.see(|seen| seen.accepted),
        1,
        "a new connection waits"
    );

    proxy.heal();
    client
        .read_exact(&mut [0; MESSAGE])
        .await
        .expect("what was kept arrives");
    second
        .read_exact(&mut [0; MESSAGE])
        .await
        .expect("and the new connection is made");
}

#[tokio::test]
async fn a_partition_hides_the_servers_death() {
    let mut server = Server::answering().await;
    let proxy = proxy(server.addr, 9).await.unwrap();
    let mut client = connect(&proxy).await;
    ask(&mut client, &[1; MESSAGE]).await.unwrap();
    proxy.partition(Direction::ToClient);
    server.kill().await;
    assert_silent(&mut client).await;
    proxy.heal();
    assert_eq!(
        next_read(&mut client).await,
        Ok(0),
        "healed, the client learns of it"
    );
}

#[tokio::test]
async fn a_partition_pushes_back_and_does_not_pile_up() {
    const ALL: usize = 16_000_000; // more than the sockets' own buffers
    const QUEUE: u64 = 256 * 1024;
    let server = Server::echo().await;
    let proxy = proxy(server.addr, 10).await.unwrap();
    let client = connect(&proxy).await;
    server
        .wait_for("the connection", |seen| seen.accepted == 1)
        .await;
    proxy.partition(Direction::ToServer);

    let message = bytes(ALL);
    let echo = echo_all(client, &message);
    tokio::pin!(echo);
    let full = eventually(SOON, "the queue is full", async || {
        (proxy.stats().toward(Direction::ToServer).kept() >= QUEUE).then_some(())
    });
    tokio::select! {
        _ = &mut echo => panic!("the partition let it all pass"),
        () = full => {}
    }
    assert!(
        tokio::time::timeout(crate::peer::A_WHILE, &mut echo)
            .await
            .is_err()
    );
    let kept = proxy.stats().toward(Direction::ToServer).kept();
    assert!(kept <= QUEUE + 2 * 16 * 1024, "{kept} bytes are kept");
    proxy.heal();
    assert!(echo.await == message);
}
