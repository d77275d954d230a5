//! A small checkout, a server on it, and a client that writes requests by hand: what a browser would never send is sent too.
#![allow(dead_code)] // each test file uses its own part

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use book::core::queue::Limits;
use book::shell::connections::Patience;
use book::{Options, Server};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than anything here takes on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(60);

/// A checkout with one lab, a book of two pages, and a script in the place of `lab`.
pub struct Checkout(TempDir);

impl Checkout {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture");
        let root = dir.path();
        for folder in [
            "tests/testbed",
            "tests/01-sale",
            "book/src/sale",
            "solutions",
        ] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("Cargo.toml"), "[workspace]\n").unwrap();
        for (from, to) in [
            ("lab.toml", "tests/01-sale/lab.toml"),
            ("lab.sh", "lab.sh"),
            ("book.toml", "book/book.toml"),
            ("src/SUMMARY.md", "book/src/SUMMARY.md"),
            ("src/index.md", "book/src/index.md"),
            ("src/sale/index.md", "book/src/sale/index.md"),
        ] {
            fs::copy(fixture.join(from), root.join(to)).unwrap();
        }
        Self(dir)
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn lab(&self) -> PathBuf {
        self.root().join("lab.sh")
    }

    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.root().join(file), text).unwrap();
    }

    /// The processes that the script has told of.
    pub fn pids(&self) -> Vec<u32> {
        let text = fs::read_to_string(self.root().join("pids")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Waits until so many processes have told of themselves.
    pub async fn some_pids(&self, count: usize) -> Vec<u32> {
        eventually("the processes", || {
            (self.pids().len() >= count).then(|| self.pids())
        })
        .await
    }
}

/// Whether a process is there and no zombie.
pub fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    !state.is_empty() && !state.starts_with('Z')
}

/// Looks until there is an answer.
pub async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(DEADLINE, looking).await;
    found.unwrap_or_else(|_| panic!("not in time: {what}"))
}

/// A server in this process.
pub struct Site {
    pub checkout: Checkout,
    pub client: Client,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Site {
    pub async fn open() -> Self {
        Self::with(Limits::default(), Patience::default()).await
    }

    pub async fn with(limits: Limits, patience: Patience) -> Self {
        let checkout = Checkout::new();
        let options = Options {
            root: checkout.root().to_owned(),
            lab: checkout.lab(),
            limits,
            patience,
        };
        let server = Server::listen(0, options).await.unwrap();
        let client = Client {
            port: server.port(),
            token: server.token().to_owned(),
        };
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _ = stopped.await;
        };
        let server = tokio::spawn(async move { server.run(stopped).await.unwrap() });
        Self {
            checkout,
            client,
            stop: Some(stop),
            server: Some(server),
        }
    }

    /// Stops the server and waits for its end.
    pub async fn close(&mut self) {
        if let (Some(stop), Some(server)) = (self.stop.take(), self.server.take()) {
            let _ = stop.send(());
            tokio::time::timeout(DEADLINE, server)
                .await
                .unwrap()
                .unwrap();
        }
    }
}

/// An answer as it came over the socket.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body[..self.body.len().min(400)]).into_owned();
        write!(f, "{}\n\n{body}", self.head)
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Refused with this status, in one sentence.
    #[track_caller]
    pub fn is_refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let sentence = self.json()["error"].as_str().unwrap().to_owned();
        assert!(
            sentence.ends_with(['.', '?']) && sentence.len() < 300,
            "{sentence}"
        );
        sentence
    }
}

/// Somebody with a socket.
#[derive(Clone, Debug)]
pub struct Client {
    pub port: u16,
    pub token: String,
}

impl Client {
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    /// The headers that our own page's request has.
    pub fn own(&self) -> String {
        let (port, token) = (self.port, &self.token);
        format!(
            "Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nX-Lab-Token: {token}\r\nContent-Type: application/json\r\n"
        )
    }

    /// Sends these bytes and reads to the end.
    pub async fn raw(&self, request: &str) -> Answer {
        let mut socket = self.connect().await;
        // A server that refuses need not read all of it.
        let _ = socket.write_all(request.as_bytes()).await;
        read(&mut socket).await
    }

    /// A request with these headers, and a body if it is not empty.
    pub async fn send(&self, what: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        self.raw(&format!(
            "{what} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ))
        .await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), &self.own(), "").await
    }

    pub async fn post(&self, run: &str) -> Answer {
        self.send("POST /api/runs", &self.own(), run).await
    }

    /// Starts it; its id.
    pub async fn start(&self, run: &str) -> String {
        let answer = self.post(run).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn cancel(&self, id: &str) -> Answer {
        self.send(&format!("DELETE /api/runs/{id}"), &self.own(), "")
            .await
    }

    /// All events of a run, to its end.
    pub async fn events(&self, id: &str, from: u64) -> Vec<Value> {
        let answer = self.get(&format!("/api/runs/{id}?from={from}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        lines(&answer.text())
    }

    /// A stream that has begun; its head is read.
    pub async fn stream(&self, path: &str) -> TcpStream {
        let mut socket = self.connect().await;
        let request = format!("GET {path} HTTP/1.1\r\n{}\r\n", self.own());
        socket.write_all(request.as_bytes()).await.unwrap();
        socket
    }
}

pub fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What the output events say together.
pub fn output(events: &[Value]) -> String {
    let texts = events.iter().filter(|event| event["type"] == "output");
    texts.filter_map(|event| event["text"].as_str()).collect()
}

/// Reads until this has been said, and gives all of it.
pub async fn read_until(socket: &mut TcpStream, word: &str) -> String {
    let mut all = Vec::new();
    let reading = async {
        let mut some = [0; 4096];
        while !String::from_utf8_lossy(&all).contains(word) {
            match socket.read(&mut some).await.unwrap() {
                0 => panic!("closed before {word}: {}", String::from_utf8_lossy(&all)),
                count => all.extend_from_slice(&some[..count]),
            }
        }
    };
    let in_time = tokio::time::timeout(DEADLINE, reading).await.is_ok();
    assert!(in_time, "not in time: {word}");
    String::from_utf8(all).unwrap()
}

async fn read(socket: &mut TcpStream) -> Answer {
    let mut all = Vec::new();
    let reading = tokio::time::timeout(DEADLINE, socket.read_to_end(&mut all)).await;
    // A reset behind an answer is the end too.
    let _ = reading.expect("an answer in time");
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        return Answer {
            status: 0,
            head: String::from_utf8_lossy(&all).into_owned(),
            body: Vec::new(),
        };
    };
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = all.split_off(end + 4);
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body = dechunk(&body);
    }
    Answer { status, head, body }
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        rest = &rest[end + 2..];
        if size == 0 || rest.len() < size {
            break;
        }
        all.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
    all
}
