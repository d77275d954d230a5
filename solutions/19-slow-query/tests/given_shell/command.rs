//! The command: what it takes, and how it ends.

use std::io::Read as _;
use std::process::{Command, Output};
use std::sync::mpsc;
use std::time::Duration;

use super::log;
use slow_query::shell::input;

fn slow_query(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slow-query"))
        .args(arguments)
        .env_remove("SLOW_QUERY_DSN")
        .env_remove("SLOW_QUERY_SCRATCH_DSN")
        .output()
        .unwrap()
}

#[test]
fn the_command_ends_with_what_happened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    std::fs::write(
        &path,
        log("shop", &[("SELECT a FROM t WHERE b = 'secret'", 900, 7)]),
    )
    .unwrap();
    let file = path.to_str().unwrap();
    let page = dir.path().join("page.html");
    let out = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let err = |output: &Output| String::from_utf8(output.stderr.clone()).unwrap();

    let text = slow_query(&["report", file]);
    assert_eq!(text.status.code(), Some(0), "{}", err(&text));
    assert!(
        out(&text).contains("select a from t where b = ?") && !out(&text).contains('\u{1b}'),
        "{}",
        out(&text)
    );
    let shown = slow_query(&[
        "report",
        file,
        "--show-literals",
        "--width",
        "40",
        "--check",
    ]);
    assert_eq!(
        shown.status.code(),
        Some(0),
        "nothing was tried, so nothing stays"
    );
    assert!(out(&shown).contains("b = 'secret'"), "{}", out(&shown));
    let both = slow_query(&["report", file, "--json", "--html", page.to_str().unwrap()]);
    assert_eq!(both.status.code(), Some(0));
    let value: serde_json::Value = serde_json::from_str(&out(&both)).unwrap();
    assert_eq!(value["log"]["statements"], 1);
    assert!(
        std::fs::read_to_string(&page)
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
    let old = slow_query(&["report", file, "--since", "1s"]);
    assert!(out(&old).starts_with("0 statements"), "{}", out(&old));

    for wrong in [
        &["report"][..],
        &["report", file, "--top", "0"],
        &["report", file, "--sample-rows", "7"],
        &["report", file, "--since", "yesterday"],
        &["report", file, "--scratch-dsn", "mysql://root@127.0.0.1:1"],
        &["explain", file],
    ] {
        let output = slow_query(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", err(&output));
    }
    for missing in [
        &["report", "/not/there"][..],
        &["report", file, "--dsn", "nonsense:geheim"],
        &[
            "report",
            file,
            "--dsn",
            "mysql://root:geheim@127.0.0.1:1/shop",
        ],
        &["report", file, "--html", "/not/there/page.html"],
    ] {
        let output = slow_query(missing);
        assert_eq!(
            output.status.code(),
            Some(3),
            "{missing:?}: {}",
            err(&output)
        );
        assert!(
            err(&output).starts_with("slow-query: ") && !err(&output).contains("geheim"),
            "{}",
            err(&output)
        );
    }
}

#[test]
fn a_time_is_a_number_and_a_unit() {
    for (text, seconds) in [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800)] {
        assert_eq!(input::parse_since(text), Ok(Duration::from_secs(seconds)));
    }
    for text in [
        "",
        "h",
        "24",
        "0h",
        "-1h",
        "1.5h",
        "24 h",
        "ü",
        "1ü",
        "99999999999999999999d",
        "9999999999999999d",
    ] {
        assert!(input::parse_since(text).is_err(), "{text:?}");
    }
}

/// A server that says nothing, and somebody who has waited long enough: the command ends at once, and says why.
#[test]
fn an_interrupt_ends_the_command_also_before_anything_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    std::fs::write(&path, log("shop", &[("SELECT a FROM t", 900, 7)])).unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("mysql://root@{}/shop", silent.local_addr().unwrap());
    let command = Command::new(env!("CARGO_BIN_EXE_slow-query"))
        .args(["report", path.to_str().unwrap(), "--dsn", &address])
        .args(["--time-limit", "3600"])
        .env_remove("SLOW_QUERY_SCRATCH_DSN")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It listens for signals before it connects.
    let _connection = silent.accept().unwrap();
    let pid = command.id().to_string();
    let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(kill.success());
    let output = command.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("interrupted"), "{said}");
}

/// A reader that has stopped reading, and somebody who has waited long enough.
#[test]
fn an_interrupt_ends_the_command_also_while_it_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slow.log");
    let statements: Vec<String> = (0..1_000)
        .map(|n| format!("SELECT column_{n} FROM t WHERE a_long_name_of_a_column = {n}"))
        .collect();
    let entries: Vec<_> = statements.iter().map(|sql| (&**sql, 900, 7)).collect();
    std::fs::write(&path, log("shop", &entries)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_slow-query"))
        .args(["report", path.to_str().unwrap(), "--json"])
        .args(["--top", "1000"])
        .env_remove("SLOW_QUERY_DSN")
        .env_remove("SLOW_QUERY_SCRATCH_DSN")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It has begun to write more than a pipe holds.
    let mut out = command.stdout.take().unwrap();
    out.read_exact(&mut [0]).unwrap();
    let pid = command.id().to_string();
    let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(kill.success());
    let mut err = command.stderr.take().unwrap();
    let (send, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let mut said = String::new();
        err.read_to_string(&mut said).unwrap();
        send.send(said)
    });
    // A command that does not hear it would write for ever.
    let said = ended
        .recv_timeout(Duration::from_secs(20))
        .unwrap_or_else(|_| {
            command.kill().unwrap();
            "nothing within 20 s".to_owned()
        });
    assert_eq!(command.wait().unwrap().code(), Some(3), "{said}");
    assert!(said.contains("interrupted while"), "{said}");
    let mut rest = Vec::new();
    out.read_to_end(&mut rest).unwrap();
    assert!(!rest.ends_with(b"\n"), "the whole report fits a pipe");
}
