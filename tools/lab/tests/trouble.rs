//! Wrong names, a damaged file, a kill in the middle, another cargo: what a person meets sooner or later.

mod common;
use common::{House, eventually, lives, read_until, signal};

use std::fs::{self, File};
use std::process::Stdio;

/// A test of stage 2 that says who it is and never ends.
fn hang(house: &House) {
    let endless = "use tiny::shell::Store;\n\n    #[test]\n    fn inv1_endless() {\n        std::fs::write(\"pid\", std::process::id().to_string()).unwrap();\n        loop { std::thread::park() }\n    }\n";
    house.edit(
        "tests/07-tiny/services.rs",
        "use tiny::shell::Store;\n",
        endless,
    );
}

fn pid_of_endless(house: &House) -> u32 {
    let file = house.path("labs/07-tiny/pid");
    eventually("the endless test begins", || {
        fs::read_to_string(&file).ok()?.parse().ok()
    })
}

#[test]
fn a_chaos_run_that_cannot_be_says_so_before_it_builds_anything() {
    let house = House::new();
    let none = house.lab(&["chaos", "tiny", "--solution"]).exit(2);
    assert!(none.contains("tiny has no chaos run."), "{none}");
    let design = house
        .lab(&["chaos", "tiny", "--design", "off-by-two"])
        .exit(2);
    assert!(design.contains("Did you mean `off-by-one`?"), "{design}");
    house.write("tests/07-tiny/chaos.rs", "fn main() {}\n");
    let yours = house.lab(&["chaos", "tiny", "--save"]).exit(2);
    assert!(yours.contains("Only a run of the reference"), "{yours}");
    let seeds = house.lab(&["chaos", "tiny", "--sweep", "5..1"]).exit(2);
    assert!(seeds.contains("the smaller first"), "{seeds}");
    let both = house
        .lab(&["chaos", "tiny", "--solution", "--design", "off-by-one"])
        .exit(2);
    assert!(both.contains("cannot be used with"), "{both}");
}

#[test]
fn a_slip_gets_a_did_you_mean_and_the_list() {
    let house = House::new();
    let lab = house.lab(&["test", "tinny"]).exit(2);
    assert!(
        lab.contains("There is no lab `tinny`. Did you mean `tiny`?") && lab.contains("7 tiny"),
        "{lab}"
    );
    let stage = house.lab(&["test", "tiny", "--stage", "9"]).exit(2);
    assert!(
        stage.contains("tiny has no stage 9. Its stages: 1 Admit, 2 Take."),
        "{stage}"
    );
    let design = house.lab(&["break", "tiny", "off-by-two"]).exit(2);
    assert!(
        design.contains("Did you mean `off-by-one`?") && design.contains("look-then-take"),
        "{design}"
    );
    let command = house.lab(&["tets"]).exit(2);
    assert!(command.contains("test"), "{command}");
    let none = house.lab(&["test"]).exit(2);
    assert!(none.contains("Which lab?"), "{none}");
}

#[test]
fn in_a_labs_folder_its_name_may_be_left_out() {
    let house = House::new();
    for folder in ["labs/07-tiny/src", "solutions/07-tiny", "tests/07-tiny"] {
        let output = house
            .command(&["hint", "--all"])
            .current_dir(house.path(folder))
            .output()
            .unwrap();
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("hint 3 of 3"),
            "{folder}: {output:?}"
        );
    }
    let output = house
        .command(&["break", "off-by-two"])
        .current_dir(house.path("labs/07-tiny"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("off-by-one"),
        "{output:?}"
    );
}

#[test]
fn outside_of_the_checkout_it_says_so() {
    let elsewhere = tempfile::tempdir().unwrap();
    let output = House::new()
        .command(&["list"])
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("go to its checkout"),
        "{output:?}"
    );
}

#[test]
fn a_damaged_progress_file_is_kept_aside_and_named() {
    let house = House::new();
    let damaged = "{ \"version\": 1, \"labs\": { \"tiny\": { \"1\": {\"passed\": 17";
    house.write(".lab/progress.json", damaged);
    let said = house.lab(&["status"]).exit(3);
    let aside = said
        .lines()
        .find_map(|line| line.strip_prefix("    "))
        .unwrap();
    assert_eq!(fs::read_to_string(aside).unwrap(), damaged);
    assert!(
        said.replace('\n', " ")
            .contains("is damaged (EOF while parsing"),
        "{said}"
    );
    // The next command begins anew and leaves the old file alone.
    house.lab(&["hint", "tiny"]).exit(0);
    assert_eq!(fs::read_to_string(aside).unwrap(), damaged);
    assert!(house.read(".lab/progress.json").contains("\"hints\": 1"));
}

#[test]
fn a_damaged_progress_file_is_said_before_the_tests_run() {
    let house = House::new();
    house.write(".lab/progress.json", "");
    let said = house.lab(&["test", "tiny"]);
    assert!(said.stdout.is_empty(), "{}", said.stdout);
    said.exit(3);
}

#[test]
fn progress_of_a_newer_command_is_left_alone() {
    let house = House::new();
    house.write(".lab/progress.json", "{ \"version\": 2, \"more\": [] }");
    let said = house.lab(&["hint", "tiny"]).exit(3);
    assert!(said.contains("newer cargo lab"), "{said}");
    assert_eq!(
        house.read(".lab/progress.json"),
        "{ \"version\": 2, \"more\": [] }"
    );
}

#[test]
fn progress_survives_a_kill_in_the_middle_of_a_run() {
    let house = House::new();
    house.solve_stage_1();
    house.lab(&["test", "tiny", "--stage", "1"]).exit(0);
    let progress = house.read(".lab/progress.json");
    hang(&house);
    let mut running = house.start(&["test", "tiny", "--stage", "2"]);
    let pid = pid_of_endless(&house);
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    assert_eq!(house.read(".lab/progress.json"), progress);
    assert!(
        house
            .lab(&["status"])
            .exit(0)
            .contains("1 of 2 stages passed")
    );
    // SIGKILL cannot be handled, so the test process is ours to end.
    if lives(pid) {
        signal(pid, "KILL");
    }
}

#[test]
fn a_signal_ends_the_tests_too() {
    for name in ["INT", "TERM"] {
        let house = House::new();
        hang(&house);
        let mut running = house.start(&["test", "tiny", "--stage", "2"]);
        let pid = pid_of_endless(&house);
        running.signal(name);
        assert_eq!(running.child.wait().unwrap().code(), Some(130), "{name}");
        eventually("the test process ends", || (!lives(pid)).then_some(()));
    }
}

#[test]
fn a_wait_for_another_cargo_is_said() {
    let house = House::new();
    house.lab(&["test", "tiny", "--stage", "1"]).exit(1);
    let name = fs::read_dir(house.path("target/debug"))
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name());
    let locks: Vec<_> = name
        .filter(|name| name.to_string_lossy().starts_with(".cargo"))
        .collect();
    let held: Vec<_> = locks
        .iter()
        .map(|name| File::open(house.path("target/debug").join(name)).unwrap())
        .collect();
    held.iter().for_each(|file| file.lock().unwrap());
    let mut running = house.start(&["test", "tiny", "--stage", "1"]);
    read_until(
        &running.stderr,
        "Another cargo is at work: waiting for file lock on",
    );
    drop(held);
    assert_eq!(running.child.wait().unwrap().code(), Some(1));
}

#[test]
fn watch_runs_again_at_a_change_until_it_is_interrupted() {
    let house = House::new();
    let mut running = house.start(&["watch", "tiny"]);
    let first = running.until("Watching labs/07-tiny/src").join("\n");
    assert!(first.contains("stage 1 is not written yet"), "{first}");
    house.solve_stage_1();
    // A change between the two edits may be seen alone.
    running.until("2 of 2 tests passed");
    running.signal("INT");
    assert_eq!(running.child.wait().unwrap().code(), Some(130));
}

#[test]
fn scripts_get_json_and_pipes_no_colour() {
    let house = House::new();
    house.lab(&["hint", "tiny"]).exit(0);
    for command in ["list", "status", "doctor"] {
        let said = house.lab(&[command, "--json"]);
        let value: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert!(value.is_object(), "{command}: {value}");
    }
    let list: serde_json::Value =
        serde_json::from_str(&house.lab(&["list", "--json"]).stdout).unwrap();
    assert_eq!(list["labs"][0]["next"], 1);
    assert_eq!(list["labs"][0]["stages"][0]["hints"], 1);
    assert_eq!(list["labs"][0]["stages"][1]["services"][0], "redis");
    assert!(!house.lab(&["start", "tiny"]).stdout.contains('\x1b'));
}

#[test]
fn columns_are_respected() {
    let house = House::new();
    for width in [40, 80] {
        let output = house
            .command(&["start", "tiny"])
            .env("COLUMNS", width.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let too_long =
            |line: &&str| !line.starts_with("    cargo lab") && line.chars().count() > width;
        assert_eq!(text.lines().find(too_long), None, "at {width}:\n{text}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_panic() {
    let house = House::new();
    let mut list = house
        .command(&["list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Closed before the first line is written, or after the last: neither may panic.
    drop(list.stdout.take());
    let output = list.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 141)), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn down_removes_a_server_that_was_left() {
    let house = House::new();
    let mut server = std::process::Command::new("sleep")
        .arg("300")
        .spawn()
        .unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.id())).unwrap();
    let start = stat
        .rsplit_once(')')
        .unwrap()
        .1
        .split_whitespace()
        .nth(19)
        .unwrap()
        .to_owned();
    house.write(
        "target/lab/native/redis/server.pid",
        &format!("{}\n{start}\n", server.id()),
    );
    // Without a docker on the PATH: what this machine's Docker holds is not the test's.
    let bare = tempfile::tempdir().unwrap();
    let output = house
        .command(&["down"])
        .env("PATH", bare.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        said.contains(&format!("1 server: redis (process {})", server.id())),
        "{said}"
    );
    assert!(!server.wait().unwrap().success());
    assert!(!house.path("target/lab/native").exists());
}

/// A docker that holds what stands in the files of a folder, a line a thing.
const FAKE_DOCKER: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/asked"
case "$1 $2" in
    "ps --all") cat "$here/containers" ;;
    "volume ls") cat "$here/volumes" ;;
    "network ls") cat "$here/networks" ;;
    "rm --force") : > "$here/containers" ;;
    "volume rm") : > "$here/volumes" ;;
    "network rm") test -f "$here/stuck" || : > "$here/networks" ;;
esac
"#;

#[test]
fn down_removes_what_docker_holds_and_looks_again() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    let file = |name: &str| house.path("bin").join(name);
    house.write("bin/docker", FAKE_DOCKER);
    fs::set_permissions(file("docker"), fs::Permissions::from_mode(0o755)).unwrap();
    let fill = || {
        fs::write(file("containers"), "c1\nc2\n").unwrap();
        fs::write(file("volumes"), "v1\n").unwrap();
        fs::write(file("networks"), "n1\n").unwrap();
    };
    let down = || {
        let path = format!("{}:/usr/bin:/bin", house.path("bin").display());
        let output = house.command(&["down"]).env("PATH", path).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    fill();
    let (code, said, _) = down();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("2 containers: c1, c2") && said.contains("1 network: n1"),
        "{said}"
    );
    let asked = fs::read_to_string(file("asked")).unwrap();
    assert!(
        asked.contains("ps --all --filter label=org.load-bearing.testbed"),
        "{asked}"
    );
    assert!(asked.contains("rm --force --volumes c1 c2"), "{asked}");
    assert_eq!(
        down(),
        (
            Some(0),
            "Nothing of the labs is on this machine.\n".to_owned(),
            String::new()
        )
    );

    fill();
    fs::write(file("stuck"), "").unwrap();
    let (code, _, error) = down();
    assert_eq!(code, Some(3), "what stays is an error");
    assert!(
        error.contains("still there") && error.contains("n1"),
        "{error}"
    );
}
