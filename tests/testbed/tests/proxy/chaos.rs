//! Replay by seed, and schedules.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use testbed::{Direction, Disruption, Faults, Incident, Kind, Proxy, Schedule, proxy};

use crate::peer::{MESSAGE, Server, ask, connect};

const MS: Duration = Duration::from_millis(1);

/// Ten clients, one after another, each asks until its connection is dropped: how many answers each got.
async fn story(seed: u64) -> (Vec<u32>, [u64; 4]) {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, seed).await.unwrap();
    assert_eq!(proxy.seed(), seed);
    let rough = Faults::none()
        .delay(Duration::ZERO..=3 * MS)
        .slice(40)
        .drop_after(0..=3_000);
    proxy.plan(rough);
    let mut answers = Vec::new();
    for _ in 0..10 {
        let mut client = connect(&proxy).await;
        let mut answered = 0;
        while ask(&mut client, &[1; MESSAGE]).await.is_ok() {
            answered += 1;
        }
        answers.push(answered);
    }
    let stats = proxy.stats();
    let out = |direction| stats.toward(direction).bytes_out;
    let counts = [
        stats.fired(Kind::Drop),
        stats.fired(Kind::Slice),
        out(Direction::ToServer),
        out(Direction::ToClient),
    ];
    (answers, counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_replays_its_decisions() {
    let first = story(42).await;
    assert_eq!(first.1[0], 10, "each connection was dropped");
    assert_eq!(first, story(42).await);
    assert_ne!(first, story(43).await);
}

/// A client that comes back whenever its connection ends.
async fn keep_asking(proxy: &Proxy, stop: &AtomicBool) -> u64 {
    let mut answers = 0;
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut client) = tokio::net::TcpStream::connect(proxy.addr()).await else {
            tokio::time::sleep(MS).await;
            continue;
        };
        while !stop.load(Ordering::Relaxed) && ask(&mut client, &[1; 4 * MESSAGE]).await.is_ok() {
            answers += 1;
        }
    }
    answers
}

#[tokio::test]
async fn every_incident_of_a_schedule_strikes() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 3).await.unwrap();
    let faults = Faults::none();
    let disruptions = [
        Disruption::Faults(faults.delay(MS..=5 * MS)),
        Disruption::Faults(faults.bandwidth(50_000)),
        Disruption::Faults(faults.slice(16)),
        Disruption::Faults(faults.drop_after(0..=2_000)),
        Disruption::Faults(faults.partition().only(Direction::ToServer)),
        Disruption::Faults(faults.partition().only(Direction::ToClient)),
        Disruption::Cut,
        Disruption::Reset,
    ];
    let incidents = disruptions.into_iter().zip(0u32..);
    let schedule = Schedule::new(
        incidents
            .map(|(disruption, i)| Incident {
                at: (100 + 400 * i) * MS,
                lasts: 200 * MS,
                disruption,
            })
            .collect(),
    );
    let stop = AtomicBool::new(false);
    let (ran, answers) = tokio::join!(
        async {
            let ran = proxy.run(&schedule).await;
            stop.store(true, Ordering::Relaxed);
            ran
        },
        keep_asking(&proxy, &stop)
    );
    assert_eq!(ran.len(), 8);
    for ran in ran {
        assert!(ran.fired > 0, "nothing came of {:?}", ran.incident);
    }
    assert!(answers > 0);
}

#[tokio::test]
async fn a_run_that_is_given_up_heals() {
    let server = Server::answering().await;
    let proxy = proxy(server.addr, 4).await.unwrap();
    let long = Incident {
        at: Duration::ZERO,
        lasts: 3_600_000 * MS,
        disruption: Disruption::Cut,
    };
    let schedule = Schedule::new(vec![long]);
    assert!(
        tokio::time::timeout(20 * MS, proxy.run(&schedule))
            .await
            .is_err()
    );
    ask(&mut connect(&proxy).await, &[1; MESSAGE])
        .await
        .expect("the network is whole");
}
