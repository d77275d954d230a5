//! The two sides of a proxy: a server that remembers what it saw, and clients that say what they expect.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testbed::{Proxy, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// For everything that should happen soon, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// Long enough for something forbidden to show.
pub(crate) const A_WHILE: Duration = Duration::from_millis(100);
/// The size of a message to [`Server::answering`].
pub(crate) const MESSAGE: usize = 64;

/// What a server saw of all its connections.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) accepted: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) reads: Vec<usize>,
    /// How connections ended: the end of the stream, or an error.
    pub(crate) ends: Vec<Result<(), ErrorKind>>,
}

pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Sends back whatever comes, as it comes.
    pub(crate) async fn echo() -> Self {
        Self::start(1).await
    }

    /// Sends back whole messages of [`MESSAGE`] bytes, each in one write.
    pub(crate) async fn answering() -> Self {
        Self::start(MESSAGE).await
    }

    async fn start(message: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                shared.lock().unwrap().accepted += 1;
                connections.spawn(serve(socket, message, Arc::clone(&shared)));
            }
        });
        Self { addr, seen, task }
    }

    pub(crate) fn see<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }

    pub(crate) async fn wait_for(&self, what: &str, mut condition: impl FnMut(&Seen) -> bool) {
        eventually(SOON, what, async || self.see(&mut condition).then_some(())).await;
    }

    /// As SIGKILL does: listener and connections are gone.
    pub(crate) async fn kill(&mut self) {
        self.task.abort();
        assert!((&mut self.task).await.unwrap_err().is_cancelled());
    }
}

async fn serve(mut socket: TcpStream, message: usize, seen: Arc<Mutex<Seen>>) {
    let (mut buffer, mut waiting) = (vec![0; 64 * 1024], Vec::new());
    let end = loop {
        match socket.read(&mut buffer).await {
            Ok(0) => break Ok(()),
            Ok(n) => {
                {
                    let mut seen = seen.lock().unwrap();
                    seen.bytes.extend_from_slice(&buffer[..n]);
                    seen.reads.push(n);
                }
                waiting.extend_from_slice(&buffer[..n]);
                let whole = waiting.len() - waiting.len() % message;
                if socket.write_all(&waiting[..whole]).await.is_err() {
                    break Err(ErrorKind::BrokenPipe);
                }
                waiting.drain(..whole);
            }
            Err(error) => break Err(error.kind()),
        }
    };
    seen.lock().unwrap().ends.push(end);
}

/// Bytes that no shift, loss or repetition leaves the same.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

pub(crate) async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.addr())
        .await
        .expect("the proxy accepts")
}

/// Sends and reads back; what went wrong if it did.
pub(crate) async fn ask(socket: &mut TcpStream, message: &[u8]) -> io::Result<Vec<u8>> {
    socket.write_all(message).await?;
    let mut answer = vec![0; message.len()];
    socket.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Sends all, says that it was all, and reads to the end, both at once.
pub(crate) async fn echo_all(socket: TcpStream, message: &[u8]) -> Vec<u8> {
    let (mut from, mut to) = socket.into_split();
    let mut echo = Vec::new();
    let send = async {
        to.write_all(message).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let (_, read) = tokio::join!(send, from.read_to_end(&mut echo));
    read.unwrap();
    echo
}

/// Nothing comes for a while: neither bytes nor an end.
pub(crate) async fn assert_silent(socket: &mut TcpStream) {
    let read = tokio::time::timeout(A_WHILE, socket.read(&mut [0; 1])).await;
    assert!(read.is_err(), "expected silence, got {read:?}");
}

/// What the next read says, soon.
pub(crate) async fn next_read(socket: &mut TcpStream) -> Result<usize, ErrorKind> {
    let mut buffer = [0; 1024];
    let read = tokio::time::timeout(SOON, socket.read(&mut buffer)).await;
    read.expect("the connection says something")
        .map_err(|error| error.kind())
}
