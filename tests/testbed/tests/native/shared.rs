//! Shared servers: one for however many ask, and always one that works.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bed::{Bed, addresses, complaint, signal};

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
    assert_eq!(
        bed.servers().len(),
        6,
        "one Redis, three of the cluster, one MySQL, one Kafka"
    );
}

#[test]
fn a_server_is_reused_by_the_next_process_and_outlives_both() {
    let bed = Bed::new();
    let first = bed.up(&["redis"]);
    let pid = bed.pid("redis");
    let begun = Instant::now();
    assert_eq!(bed.up(&["redis"]), first);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(bed.pid("redis"), pid);
    // In a session of its own, neither Ctrl-C nor a closed terminal reaches it.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let session = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(3)
        .unwrap();
    assert_eq!(session, pid.to_string());
}

#[test]
fn a_stale_pid_file_is_seen_through() {
    let bed = Bed::new();
    bed.up(&["redis"]);
    signal(bed.pid("redis"), "-KILL");
    // The number lives, and is somebody else: this very test.
    let mine = std::process::id();
    fs::write(bed.of("redis").join("server.pid"), format!("{mine}\n1\n")).unwrap();
    bed.up(&["redis"]);
    assert_ne!(bed.pid("redis"), mine);
    for nonsense in ["", "redis", "4194305\n1\n"] {
        signal(bed.pid("redis"), "-KILL");
        fs::write(bed.of("redis").join("server.pid"), nonsense).unwrap();
        bed.up(&["redis"]);
        assert!(bed.servers().contains(&bed.pid("redis")), "{nonsense:?}");
    }
}

#[test]
fn a_killed_server_comes_back_on_its_port_or_on_another_one_if_that_is_taken() {
    let bed = Bed::new();
    let first = bed.up(&["redis"]);
    signal(bed.pid("redis"), "-KILL");
    assert_eq!(bed.up(&["redis"]), first);

    signal(bed.pid("redis"), "-KILL");
    let addr = first["redis"][0]
        .trim_start_matches("redis://")
        .trim_end_matches('/');
    crate::bed::until(Duration::from_secs(5), "the port is free", || {
        TcpListener::bind(addr).is_ok()
    });
    let _taken = TcpListener::bind(addr).unwrap();
    assert_ne!(bed.up(&["redis"]), first);
}

#[test]
fn a_server_whose_state_was_removed_is_ended_before_the_next_starts() {
    let bed = Bed::new();
    bed.up(&["redis"]);
    // As `cargo clean` does.
    fs::remove_dir_all(bed.root().join("target")).unwrap();
    bed.up(&["redis"]);
    assert_eq!(bed.servers(), [bed.pid("redis")]);

    assert!(bed.testbed(&["sweep"]).output().unwrap().status.success());
    assert_eq!(
        bed.servers(),
        [bed.pid("redis")],
        "the sweep leaves what is in use"
    );
    fs::remove_dir_all(bed.root().join("target")).unwrap();
    assert!(bed.testbed(&["sweep"]).output().unwrap().status.success());
    let gone = || bed.servers().is_empty();
    crate::bed::until(Duration::from_secs(5), "the sweep ends it", gone);
}

#[test]
fn a_server_that_is_stuck_is_replaced() {
    let bed = Bed::new();
    bed.up(&["redis"]);
    let stuck = bed.pid("redis");
    signal(stuck, "-STOP");
    bed.up(&["redis"]);
    assert_ne!(bed.pid("redis"), stuck);
    assert_eq!(bed.servers(), [bed.pid("redis")]);
}

#[test]
fn a_server_that_never_gets_ready_is_an_error_with_its_last_words_and_is_not_left() {
    let bed = Bed::new();
    let bin = bed.root().join("bin");
    fs::create_dir(&bin).unwrap();
    let fake = bin.join("redis-server");
    // Mentions its directory, so that it would be found if it were left.
    fs::write(
        &fake,
        "#!/bin/sh\necho waiting for a friend\nexec tail -f /dev/null \"$4/..\"\n",
    )
    .unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = bed.testbed(&["up", "redis"]);
    command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    command.env("LAB_START_DEADLINE", "1");
    let errors = complaint(command);
    assert!(
        errors.contains("Redis did not answer at 127.0.0.1:"),
        "{errors}"
    );
    assert!(
        errors.contains("redis/server.log:\nwaiting for a friend"),
        "{errors}"
    );
    assert!(bed.servers().is_empty());
}

#[test]
fn a_server_that_ends_at_once_is_an_error_with_its_last_words() {
    let bed = Bed::new();
    let data = bed.of("redis").join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("dump.rdb"), "REDIS but not really").unwrap();
    let errors = complaint(bed.testbed(&["up", "redis"]));
    assert!(errors.contains("Redis ended while it started"), "{errors}");
    assert!(errors.contains("redis/server.log:\n"), "{errors}");
}

#[test]
fn a_service_that_is_not_installed_is_one_sentence_that_says_what_to_run() {
    let bed = Bed::new();
    let nowhere = bed.root().join("nowhere");
    let mut command = bed.testbed(&["up", "redis", "kafka"]);
    command
        .env("PATH", &nowhere)
        .env("LAB_KAFKA_HOME", &nowhere);
    let errors = complaint(command);
    for name in ["Redis", "Kafka"] {
        let sentence = format!("error: no {name}: start Docker, or run `cargo lab up --install`");
        assert!(errors.contains(&sentence), "{errors}");
    }
}

/// A file system of so many megabytes at the bed's `target`, for one command: in a mount namespace, as root or, where
/// the kernel lets everybody have one, in a user namespace.
fn on_a_small_disk(bed: &Bed, megabytes: u32, service: &str) -> Command {
    fs::create_dir(bed.root().join("target")).unwrap();
    let run = "mount -t tmpfs -o size=\"$1\"m tmpfs \"$LAB_ROOT/target\" && exec \"$2\" up \"$3\"";
    let as_root = Command::new("unshare")
        .args(["-m", "true"])
        .output()
        .unwrap();
    let flags = match as_root.status.success() {
        true => "-m",
        false => "-Urm",
    };
    let mut command = bed.testbed(&[]);
    let binary = command.get_program().to_owned();
    let envs: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = Command::new("unshare");
    command
        .args([flags, "sh", "-c", run, "sh", &megabytes.to_string()])
        .arg(binary)
        .arg(service)
        .envs(envs);
    command
}

#[test]
fn a_full_disk_is_an_error_that_says_so() {
    for (service, megabytes) in [("redis", 1), ("mysql", 60), ("kafka", 20)] {
        let bed = Bed::new();
        let errors = complaint(on_a_small_disk(&bed, megabytes, service));
        assert!(
            errors.contains("cannot write its data: the disk of "),
            "{service}: {errors}"
        );
        assert!(errors.contains("is full"), "{service}: {errors}");
        assert!(bed.servers().is_empty());
    }
}
