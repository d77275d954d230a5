//! Shared containers: one for however many ask, and always one that works.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::bed::{Bed, addresses, complaint, docker, host_and_port, is_model, until};

#[test]
fn four_processes_at_once_get_one_server_of_each_kind() {
    let bed = Bed::new();
    let four: Vec<_> = (0..4)
        .map(|_| bed.testbed(&["up", "--json"]).spawn().unwrap())
        .collect();
    let answers: Vec<_> = four
        .into_iter()
        .map(|process| addresses(&process.wait_with_output().unwrap()))
        .collect();
    assert_eq!(answers[0].len(), 4, "{answers:?}");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let containers = bed.containers("Status");
    assert_eq!(
        containers.len(),
        6,
        "Redis, three of its cluster, MySQL, Kafka: {containers:?}"
    );
    assert!(
        containers
            .iter()
            .all(|(_, status)| status.starts_with("Up")),
        "{containers:?}"
    );
}

#[test]
fn a_container_is_reused_by_the_next_process_and_outlives_both() {
    let bed = Bed::new();
    let first = bed.up("redis");
    let container = bed.containers("Names");
    let begun = Instant::now();
    assert_eq!(bed.up("redis"), first);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(bed.containers("Names"), container);
}

/// Or a run with Redis 7 would take the server of a run with Redis 8 away in the middle of a test.
#[test]
fn another_image_is_another_container() {
    let bed = Bed::new();
    let first = bed.up("redis");
    docker(&["tag", &image(), "load-bearing-test/redis:other"]);
    let mut up = bed.testbed(&["up", "--json", "redis"]);
    up.env("LAB_REDIS_IMAGE", "load-bearing-test/redis:other");
    let other = addresses(&up.output().unwrap()).remove("redis").unwrap();
    docker(&["rmi", "--no-prune", "load-bearing-test/redis:other"]);
    assert_ne!(other, first);
    assert_eq!(bed.up("redis"), first);
}

#[test]
fn a_container_removed_or_killed_by_hand_is_replaced() {
    let bed = Bed::new();
    let mut addresses = bed.up("redis");
    for spoil in [
        &["rm", "--force", "--volumes"][..],
        &["kill"],
        &["stop", "--time=0"],
    ] {
        let (id, _) = bed.containers("Status").remove(0);
        docker(&[spoil, &[id.as_str()]].concat());
        let again = bed.up("redis");
        // Once removed, nobody remembers its port.
        assert!(
            again == addresses || spoil[0] == "rm",
            "{spoil:?}: {again:?}, and not {addresses:?}"
        );
        assert!(TcpStream::connect(host_and_port(&again[0])).is_ok());
        assert_eq!(bed.containers("Status").len(), 1);
        addresses = again;
    }
}

#[test]
fn a_port_that_somebody_took_is_left_to_him() {
    let bed = Bed::new();
    let first = bed.up("redis");
    let (id, _) = bed.containers("Status").remove(0);
    docker(&["stop", "--time=0", &id]);
    let _faster = TcpListener::bind(host_and_port(&first[0])).unwrap();
    assert_ne!(bed.up("redis"), first);
    let left = bed.containers("Status");
    assert!(left.len() == 1 && left[0].1.starts_with("Up"), "{left:?}");
}

#[test]
fn a_process_killed_while_a_container_starts_is_no_harm_to_the_next() {
    let bed = Bed::new();
    let mut first = bed.testbed(&["up", "mysql"]).spawn().unwrap();
    until(|| !bed.containers("Status").is_empty());
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(bed.up("mysql").len(), 1);
    assert_eq!(bed.containers("Status").len(), 1);

    // The same for the model of MySQL's data, which would be half of one.
    let mut first = bed.testbed(&["own", "mysql"]).spawn().unwrap();
    until(|| bed.everything("Names").iter().any(is_model));
    first.kill().unwrap();
    first.wait().unwrap();
    let (mut second, address) = bed.own("mysql");
    assert!(TcpStream::connect(host_and_port(&address)).is_ok());
    drop(second.stdin.take());
    assert!(second.wait().unwrap().success());
}

#[test]
fn a_node_of_the_cluster_that_is_lost_is_replaced() {
    let bed = Bed::new();
    bed.up("redis-cluster");
    let (id, _) = bed.containers("Status").remove(0);
    docker(&["rm", "--force", "--volumes", &id]);
    let again = bed.up("redis-cluster");
    assert_eq!(
        (again.len(), bed.containers("Status").len()),
        (3, 3),
        "{again:?}"
    );
}

/// An image that answers by another protocol, or on another port, is as good as none.
#[test]
fn a_server_that_never_becomes_ready_is_an_error_with_its_log() {
    let bed = Bed::new();
    let mut up = bed.testbed(&["up", "kafka"]);
    up.env("LAB_KAFKA_IMAGE", image())
        .env("LAB_START_DEADLINE", "2");
    let said = complaint(up);
    assert!(
        said.contains("Kafka did not answer at 127.0.0.1:") && said.contains("Ready to accept"),
        "{said}"
    );
}

#[test]
fn a_server_that_ends_while_it_starts_is_an_error_with_its_log() {
    let bed = Bed::new();
    let mut up = bed.testbed(&["up", "mysql"]);
    up.env("LAB_MYSQL_IMAGE", image());
    let begun = Instant::now();
    let said = complaint(up);
    assert!(
        said.contains("ended while it started") && said.contains("FATAL CONFIG FILE ERROR"),
        "{said}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn an_image_that_is_not_to_be_had_is_named_with_its_variable() {
    let bed = Bed::new();
    let mut up = bed.testbed(&["up", "redis"]);
    up.env("LAB_REDIS_IMAGE", "127.0.0.1:9/redis:8");
    let said = complaint(up);
    assert!(
        said.contains("127.0.0.1:9/redis:8") && said.contains("LAB_REDIS_IMAGE"),
        "{said}"
    );
    bed.assert_empty("a failed pull");
}

#[test]
fn no_docker_is_one_sentence_that_says_what_to_run() {
    let bed = Bed::new();
    let mut up = bed.testbed(&["up", "redis"]);
    up.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let said = complaint(up);
    assert!(
        said.starts_with("testbed: ") && said.contains("cargo lab up --install"),
        "{said}"
    );
}

fn image() -> String {
    std::env::var("LAB_REDIS_IMAGE").unwrap_or_else(|_| "redis:8.6".to_owned())
}
