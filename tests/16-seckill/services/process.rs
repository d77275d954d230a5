//! A process of the sale, to be killed; and as much HTTP as it takes to buy from it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// `seckill ROLE` with its configuration.
pub struct Process {
    role: String,
    env: Vec<(&'static str, String)>,
    listen: SocketAddr,
    child: Child,
}

impl Process {
    /// Starts it. What it logs goes to the test's own stderr.
    pub fn start(role: &str, env: &[(&'static str, String)]) -> Self {
        let listen = free_port();
        let child = spawn(role, env, listen);
        Self {
            role: role.to_owned(),
            env: env.to_vec(),
            listen,
            child,
        }
    }

    /// kill -9, and another one in its place.
    pub async fn kill_and_start(&mut self) {
        self.child.kill().await.unwrap();
        self.child = spawn(&self.role, &self.env, self.listen);
    }

    /// Where it serves HTTP.
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }
}

/// `POST /orders` at `door`: the status and the body, or `None` if nobody answered.
pub async fn post_order(door: SocketAddr, buyer: u64) -> Option<(u16, String)> {
    let body = format!(r#"{{"buyer":{buyer}}}"#);
    let request = format!(
        "POST /orders HTTP/1.1\r\nhost: sale\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(door).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await.ok()?;
    let (head, body) = response.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// `seckill` as it was built with this suite. Every variant of the lab (yours, the reference, a broken design) writes its binary to one
/// place, and the next build of another may replace it while these tests run: so it is kept under a name of this suite's own.
pub fn program() -> &'static Path {
    static KEPT: LazyLock<PathBuf> = LazyLock::new(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_seckill"));
        let suite = std::env::current_exe().unwrap();
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(suite.file_name().unwrap())
            .with_extension("seckill");
        // Whatever an earlier run kept is older than this; a process that still runs it keeps its own.
        let _absent = std::fs::remove_file(&kept);
        std::fs::hard_link(built, &kept)
            .or_else(|_another_disk| std::fs::copy(built, &kept).map(|_bytes| ()))
            .unwrap();
        kept
    });
    &KEPT
}

fn spawn(role: &str, env: &[(&'static str, String)], listen: SocketAddr) -> Child {
    Command::new(program())
        .arg(role)
        .envs(env.iter().map(|(name, value)| (name, value)))
        .env("SECKILL_LISTEN", listen.to_string())
        .env("RUST_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// A port that was free a moment ago.
fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
