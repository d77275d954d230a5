//! The proxy's tasks: one that accepts, and one for each connection.
//!
//! All tasks belong to the accepting one, and that ends with its door, so nothing outlives the proxy. A connection is one task: both its
//! directions stop at once, in one poll, when a cut or a reset ends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::link::{Ending, Link, Ticket};
use super::plan::{Direction, Lane};
use super::pump::pump;

/// How long to wait after a failed accept: out of descriptors, most often, which takes others to close some.
const ACCEPT_AGAIN: Duration = Duration::from_millis(10);

/// What all tasks of a proxy and its handle share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) seed: u64,
    pub(super) link: watch::Sender<Link>,
    began: Instant,
}

impl Shared {
    pub(super) fn new(seed: u64, link: Link) -> Self {
        Self {
            seed,
            link: watch::Sender::new(link),
            began: Instant::now(),
        }
    }

    /// Acts on the link, and wakes whoever waits for it if that changed something for them.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut Link) -> R) -> R {
        let mut result = None;
        self.link.send_if_modified(|link| {
            let before = link.changes;
            result = Some(act(link));
            link.changes != before
        });
        result.expect("the closure has run")
    }

    /// The time of the link.
    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// A time of the link as the runtime's.
    pub(super) fn at(&self, time: Duration) -> Instant {
        self.began + time
    }
}

/// Accepts from the listener that `door` holds at the time, if any, until there is no door any more.
pub(super) async fn accept(
    shared: Arc<Shared>,
    mut door: watch::Receiver<Option<Arc<TcpListener>>>,
) {
    let mut connections = JoinSet::new();
    loop {
        let listener = door.borrow_and_update().clone();
        tokio::select! {
            biased;
            changed = door.changed() => if changed.is_err() {
                return;
            },
            Some(_) = connections.join_next() => {}
            client = next(listener.as_deref()) => {
                connections.spawn(connection(Arc::clone(&shared), client));
            }
        }
    }
}

async fn next(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        match listener.accept().await {
            Ok((client, _)) => return client,
            Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
        }
    }
}

async fn connection(shared: Arc<Shared>, client: TcpStream) {
    let Some(ticket) = shared.with(Link::open) else {
        return reset(&client); // accepted in the moment of the cut
    };
    let _open = Open {
        shared: &shared,
        ticket,
    };
    let mut client = client; // declared after, so closed before the link hears that it is

    let ended = ended(&shared, ticket);
    tokio::pin!(ended);
    let server = tokio::select! {
        biased;
        ending = &mut ended => return end(ending, &[&client]),
        server = connect(&shared) => server,
    };
    let Ok(mut server) = server else {
        shared.with(|link| link.stats.unreachable += 1);
        return reset(&client); // as near to a refusal as an accepted connection comes
    };
    let ending = tokio::select! {
        biased;
        ending = &mut ended => ending,
        ending = relay(&shared, ticket, &mut client, &mut server) => ending,
    };
    end(ending, &[&client, &server]);
}

/// Connects to the server, once no fault stands between.
async fn connect(shared: &Shared) -> std::io::Result<TcpStream> {
    let mut link = shared.link.subscribe();
    let upstream = link
        .wait_for(Link::may_connect)
        .await
        .map(|link| link.upstream);
    let upstream = upstream.expect("the sender is in `shared`");
    TcpStream::connect(upstream).await
}

async fn relay(
    shared: &Shared,
    ticket: Ticket,
    client: &mut TcpStream,
    server: &mut TcpStream,
) -> Ending {
    // Without it the kernel would put the pieces together again, or hold one back for an acknowledgement.
    if client
        .set_nodelay(true)
        .and(server.set_nodelay(true))
        .is_err()
    {
        return Ending::Reset; // it has gone already
    }
    let (client_read, client_write) = client.split();
    let (server_read, server_write) = server.split();
    let lane = |direction| Lane::new(shared.seed, ticket.connection, direction);
    let to_server = pump(
        shared,
        ticket,
        lane(Direction::ToServer),
        client_read,
        server_write,
    );
    let to_client = pump(
        shared,
        ticket,
        lane(Direction::ToClient),
        server_read,
        client_write,
    );
    match tokio::try_join!(to_server, to_client) {
        Ok(((), ())) => Ending::Close,
        Err(ending) => ending,
    }
}

/// Resolves when a cut or a reset ends the connection.
async fn ended(shared: &Shared, ticket: Ticket) -> Ending {
    let mut link = shared.link.subscribe();
    let ended = link.wait_for(|link| link.ending(ticket).is_some()).await;
    ended
        .ok()
        .and_then(|link| link.ending(ticket))
        .unwrap_or(Ending::Close)
}

fn end(ending: Ending, sockets: &[&TcpStream]) {
    match ending {
        Ending::Close => {}
        Ending::Reset => sockets.iter().for_each(|socket| reset(socket)),
    }
}

/// Makes the close of this socket an RST.
fn reset(socket: &TcpStream) {
    let _ = socket.set_zero_linger(); // fails when it has gone already
}

/// A connection counts as open as long as this lives.
struct Open<'a> {
    shared: &'a Shared,
    ticket: Ticket,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shared.with(|link| link.close(self.ticket));
    }
}
