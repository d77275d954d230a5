//! Own servers: gone with the process that asked for them, however it ends.

use std::fs;
use std::time::Duration;

use crate::bed::{Bed, first_line, signal, until};

const ALL: [&str; 4] = ["redis", "redis-cluster", "mysql", "kafka"];

fn nothing_is_left(bed: &Bed, after: &str) {
    let own = bed.of("own");
    until(
        Duration::from_secs(10),
        &format!("no server is left after {after}"),
        || bed.servers().is_empty(),
    );
    until(
        Duration::from_secs(10),
        &format!("no file is left after {after}"),
        || fs::read_dir(&own).map_or(0, Iterator::count) == 0,
    );
}

#[test]
fn own_servers_die_with_their_process_by_kill_9() {
    let bed = Bed::new();
    let mut holders: Vec<_> = ALL
        .iter()
        .map(|service| bed.testbed(&["own", service]).spawn().unwrap())
        .collect();
    for holder in &mut holders {
        assert_ne!(first_line(holder), "");
    }
    assert_eq!(bed.servers().len(), 6, "with the four commands");
    for holder in &mut holders {
        holder.kill().unwrap();
        holder.wait().unwrap();
    }
    nothing_is_left(&bed, "kill -9");
}

#[test]
fn own_servers_die_with_their_process_by_ctrl_c_even_when_they_are_paused() {
    let bed = Bed::new();
    let mut holder = bed.testbed(&["own", "redis"]).spawn().unwrap();
    first_line(&mut holder);
    let server = bed
        .servers()
        .into_iter()
        .find(|pid| *pid != holder.id())
        .unwrap();
    signal(server, "-STOP");
    signal(holder.id(), "-INT");
    holder.wait().unwrap();
    nothing_is_left(&bed, "Ctrl-C");
}

#[test]
fn own_servers_die_with_their_handle() {
    let bed = Bed::new();
    let mut holder = bed.testbed(&["own", "redis"]).spawn().unwrap();
    first_line(&mut holder);
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    assert_eq!(
        fs::read_dir(bed.of("own")).unwrap().count(),
        0,
        "the handle waits until they are gone"
    );
    nothing_is_left(&bed, "the handle");
}

#[test]
fn what_a_killed_keeper_left_is_swept() {
    let bed = Bed::new();
    let mut holder = bed.testbed(&["own", "redis"]).spawn().unwrap();
    first_line(&mut holder);
    let server = bed
        .servers()
        .into_iter()
        .find(|pid| *pid != holder.id())
        .unwrap();
    let stat = fs::read_to_string(format!("/proc/{server}/stat")).unwrap();
    let keeper = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(1)
        .unwrap();
    signal(keeper.parse().unwrap(), "-KILL");
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(bed.servers(), [server], "nobody was left to end it");
    assert!(bed.testbed(&["sweep"]).output().unwrap().status.success());
    nothing_is_left(&bed, "the sweep");
    let ports = bed.root().join("target/lab/ports");
    assert_eq!(fs::read_dir(ports).unwrap().count(), 0, "no lease is left");
}
