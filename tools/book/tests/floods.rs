//! The server as its own process, under clients that mean no good: it stays small, it stays alive, and it ends when it is told to.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Checkout, Client, eventually, lives, read_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const QUICK: &str = r#"{"do":"test","lab":"sale","stage":1}"#;
const STUBBORN: &str = r#"{"do":"test","lab":"sale","stage":2}"#;
const TALKS: &str = r#"{"do":"break","lab":"sale","design":"decr-then-rollback"}"#;
/// What the server may grow by, whatever is done to it: nine logs of 256 KiB, and buffers of 128 connections.
const GROWTH: u64 = 64 * 1024 * 1024;

struct Process {
    child: Child,
    client: Client,
    checkout: Checkout,
}

impl Process {
    async fn start() -> Self {
        let checkout = Checkout::new();
        let mut child = Command::new(env!("CARGO_BIN_EXE_book"))
            .args(["serve", "--port", "0"])
            .env("LAB_ROOT", checkout.root())
            .env("LAB_BIN", checkout.lab())
            .env("CARGO_TARGET_DIR", checkout.root().join("target"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        // What it says later goes nowhere, but somebody has to take it.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let port = line
            .trim()
            .trim_end_matches('/')
            .rsplit(':')
            .next()
            .unwrap();
        let mut client = Client {
            port: port
                .parse()
                .unwrap_or_else(|_| panic!("no port in {line:?}")),
            token: String::new(),
        };
        let page = client.get("/").await.text();
        let token = page.split("lab-token\" content=\"").nth(1).unwrap();
        client.token = token.split('"').next().unwrap().to_owned();
        Self {
            child,
            client,
            checkout,
        }
    }

    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024
    }

    fn signal(&self, signal: Signal) {
        kill(
            Pid::from_raw(i32::try_from(self.child.id()).unwrap()),
            signal,
        )
        .unwrap();
    }

    async fn ended(&mut self) -> std::process::ExitStatus {
        let child = &mut self.child;
        eventually("the server ends", || child.try_wait().unwrap()).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // So that what it runs ends too, also when a test fails.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::SIGTERM);
            let _ = self.child.wait();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_leave_nine_runs_and_a_server_that_answers() {
    let server = Process::start().await;
    let before = server.memory();
    server.client.start(STUBBORN).await;
    server.checkout.some_pids(3).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let client = server.client.clone();
        asking.spawn(async move {
            let answer = client.post(QUICK).await;
            assert!(answer.body.len() < 300, "{answer:?}");
            answer.status
        });
    }
    let statuses = asking.join_all().await;
    let count = |status| statuses.iter().filter(|got| **got == status).count();
    assert_eq!((count(202), count(429)), (8, 992), "{statuses:?}");
    assert_eq!(server.client.get("/").await.status, 200);
    let grown = server.memory() - before;
    assert!(grown < GROWTH, "{grown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_never_read_do_not_make_it_grow() {
    let server = Process::start().await;
    let id = server.client.start(TALKS).await;
    let mut good = server.client.stream(&format!("/api/runs/{id}")).await;
    read_until(&mut good, "minus one").await;
    let before = server.memory();
    let mut deaf = Vec::new();
    for _ in 0..50 {
        deaf.push(server.client.stream(&format!("/api/runs/{id}")).await);
    }
    // Somebody who reads gets on, many times what is kept.
    let mut read = 0;
    let mut some = vec![0; 64 * 1024];
    while read < 20 * 1024 * 1024 {
        read += good.read(&mut some).await.unwrap();
    }
    let grown = server.memory() - before;
    assert!(grown < GROWTH, "{grown}");
    assert_eq!(server.client.get("/").await.status, 200);
    assert_eq!(server.client.cancel(&id).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_never_finished_are_closed_and_others_answered() {
    let server = Process::start().await;
    let own = server.client.own();
    let heads = [
        "G",
        "GET / HTTP/1.1\r\nHost: 127",
        &format!("POST /api/runs HTTP/1.1\r\n{own}Content-Length: 100\r\n\r\n{{"),
    ];
    let mut slow = Vec::new();
    // More than there are places.
    for n in 0..150 {
        let mut socket = server.client.connect().await;
        socket.write_all(heads[n % 3].as_bytes()).await.unwrap();
        slow.push(socket);
    }
    assert_eq!(server.client.get("/").await.status, 200);
    let mut answers = [0, 0];
    for (n, socket) in slow.iter_mut().enumerate() {
        let mut all = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(60), socket.read_to_end(&mut all)).await;
        assert!(end.is_ok(), "number {n} is still open");
        let text = String::from_utf8_lossy(&all).into_owned();
        if n % 3 == 2 {
            assert!(text.starts_with("HTTP/1.1 408"), "{text}");
        }
        answers[usize::from(text.is_empty())] += 1;
    }
    assert_eq!(answers[0] + answers[1], 150);
    assert_eq!(server.client.get("/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_never_ends_is_cut_off() {
    let server = Process::start().await;
    let mut socket = server.client.connect().await;
    let mut sent = 0;
    let line = format!("X-Long: {}\r\n", "x".repeat(4_000));
    socket.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    while sent < 10 * 1024 * 1024 && socket.write_all(line.as_bytes()).await.is_ok() {
        sent += line.len();
    }
    assert!(
        sent < 10 * 1024 * 1024,
        "it would take a head of any length"
    );
    assert_eq!(server.client.get("/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_server_and_what_it_runs() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let mut server = Process::start().await;
        let id = server.client.start(STUBBORN).await;
        let mut socket = server.client.stream(&format!("/api/runs/{id}")).await;
        read_until(&mut socket, "begun").await;
        let pids = server.checkout.some_pids(3).await;
        server.signal(signal);
        assert!(server.ended().await.success());
        assert!(!pids.iter().any(|pid| lives(*pid)), "{signal}");
    }
}
