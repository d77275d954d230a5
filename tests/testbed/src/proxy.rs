//! A network between a client and its server that fails on purpose: a TCP proxy inside the test's process.
//!
//! ```no_run
//! # async fn test(server: std::net::SocketAddr) -> Result<(), testbed::Error> {
//! use std::time::Duration;
//! use testbed::{Direction, Faults};
//!
//! let proxy = testbed::proxy(server, 7).await?;       // clients connect to proxy.addr()
//! proxy.plan(Faults::none().delay(Duration::from_millis(5)..=Duration::from_millis(20)));
//! proxy.hold_after(Direction::ToServer, 3);           // three more requests arrive, no answer comes back
//! assert!(proxy.held(Duration::from_secs(5)).await);
//! // .. kill the server: the client's third request has an unknown outcome
//! proxy.cut();
//! proxy.heal();
//! # Ok(())
//! # }
//! ```
//!
//! Why not a crate: `noxious` (toxiproxy in Rust) has delay, bandwidth, slices and a drop after some bytes, and was last
//! released in 2021, on rand 0.8 and tokio-util 0.6; it can neither reset a connection, nor hold at a chunk, nor
//! count what has fired, and its randomness is not replayed per connection. `toxiproxy_rust` and `noxious-client`
//! only talk to a server that is started apart, `turmoil` simulates a network for code that uses its sockets, not
//! a real server's, and `tc netem` wants root and knows no connections.
//!
//! How it is built: [`plan`] draws by seed, [`link`] and [`hold`] decide without a clock or a socket, [`serve`] and
//! [`pump`] read, ask and write. What must stay true: a decision depends only on the seed, the connection's number
//! in the order of accepting, the direction, and the chunk's number, never on other connections; without faults the
//! bytes are those that were sent; after the proxy is dropped nothing of it runs.
//!
//! What a seed cannot fix: which of two racing clients is accepted first, and where one read ends and the next
//! begins. A workload that waits for its answers replays exactly; any other replays its faults, not its chunks.

mod draw;
mod hold;
mod link;
mod plan;
mod port;
mod pump;
mod schedule;
mod serve;
mod stats;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub use plan::{Direction, Faults};
pub use schedule::{Disruption, Incident, Ran, Schedule};
pub use stats::{Kind, Stats, Traffic};

use crate::error::Error;
use link::Link;
use port::Port;
use serve::Shared;

/// A TCP proxy of this process; everything ends when it is dropped.
///
/// Its methods take effect at once: what they forbid does not happen after they return, except for a write that another
/// thread has already begun.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    port: Port,
    /// The listener that is accepted from, none during a cut.
    door: watch::Sender<Option<Arc<TcpListener>>>,
    /// The last listener, until the accepting task has let go of it. The lock keeps cut and heal apart.
    last: Mutex<Weak<TcpListener>>,
    runtime: Handle,
}

/// A proxy on a free port of 127.0.0.1 in front of `upstream`; `seed` decides its random faults.
///
/// The server need not be there yet: a connection that it does not accept is reset.
///
/// # Errors
/// [`Error::ProxyListen`] when no port can be had.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn proxy(upstream: SocketAddr, seed: u64) -> Result<Proxy, Error> {
    proxy_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), upstream, seed).await
}

/// The same on an address that is known before, for a server that must tell it to its clients.
///
/// # Errors
/// [`Error::ProxyListen`] when somebody else listens there.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn proxy_on(listen: SocketAddr, upstream: SocketAddr, seed: u64) -> Result<Proxy, Error> {
    let (port, listener) = Port::take(listen).map_err(|source| Error::ProxyListen {
        addr: listen,
        source,
    })?;
    let listener = Arc::new(listener);
    let shared = Arc::new(Shared::new(seed, Link::new(upstream)));
    let last = Mutex::new(Arc::downgrade(&listener));
    let door = watch::Sender::new(Some(listener));
    tokio::spawn(serve::accept(Arc::clone(&shared), door.subscribe()));
    Ok(Proxy {
        shared,
        port,
        door,
        last,
        runtime: Handle::current(),
    })
}

impl Proxy {
    /// Where clients connect to it.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.port.addr
    }

    /// What decides its random faults: print it when a test fails.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.shared.seed
    }

    /// Sends new connections to another server, or to one that has moved. Open ones stay where they are.
    pub fn retarget(&self, upstream: SocketAddr) {
        self.shared.with(|link| link.upstream = upstream);
    }

    /// Replaces the faults of the moment. A hold or a cut stays.
    pub fn plan(&self, faults: Faults) {
        self.shared.with(|link| link.plan(|_| faults));
    }

    /// Adds a one-way partition to the faults: bytes of that direction are kept back, connections stay open, and new
    /// ones wait. See [`Faults::partition`].
    pub fn partition(&self, direction: Direction) {
        self.shared.with(|link| {
            link.plan(|faults| faults.and(Faults::none().partition().only(direction)))
        });
    }

    /// Adds slices to the faults: everything goes in pieces of at most so many bytes. See [`Faults::slice`].
    ///
    /// # Panics
    /// When it is zero.
    pub fn slice(&self, max_bytes: u64) {
        let slices = Faults::none().slice(max_bytes);
        self.shared
            .with(|link| link.plan(|faults| faults.and(slices)));
    }

    /// Lets `chunks` more chunks of one direction pass, then freezes both directions of all connections until
    /// [`heal`](Self::heal), and new connections wait. With 0 it freezes at once.
    ///
    /// In a protocol of requests and answers a chunk is one of them. Held after the n-th `ToServer`, the server gets
    /// its n-th request and nobody its answer; after the n-th `ToClient`, the n-th answer arrives and no request
    /// after it. What is kept back arrives after `heal`, so a test that kills the process behind the proxy calls
    /// [`cut`](Self::cut) before it heals.
    pub fn hold_after(&self, direction: Direction, chunks: u64) {
        self.shared.with(|link| link.hold_after(direction, chunks));
    }

    /// Waits until the hold has taken effect and its last chunk has been written; false when it has not by the
    /// deadline.
    pub async fn held(&self, deadline: Duration) -> bool {
        let mut link = self.shared.link.subscribe();
        let held = link.wait_for(Link::is_held);
        matches!(tokio::time::timeout(deadline, held).await, Ok(Ok(_)))
    }

    /// Closes all connections, with what waits in them, and refuses new ones until [`heal`](Self::heal), as a
    /// server does that is down.
    pub fn cut(&self) {
        let _apart = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.with(Link::cut);
        self.door.send_replace(None);
    }

    /// Ends all connections by an RST, to both sides; what waits in them is lost. New ones are accepted.
    pub fn reset(&self) {
        self.shared.with(Link::reset);
    }

    /// Ends all faults, a hold and a cut: what was kept back arrives, new connections are accepted.
    ///
    /// # Panics
    /// When the proxy cannot listen again after a cut: the process has no descriptor left.
    pub fn heal(&self) {
        if let Err(error) = self.try_heal() {
            panic!("{error}");
        }
    }

    /// What has been seen and done until now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.link.borrow().stats
    }

    fn try_heal(&self) -> Result<(), Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.door.borrow().is_none() {
            // The accepting task may not have closed the old one yet: then it is as good as a new one.
            let listener = match last.upgrade() {
                Some(listener) => listener,
                None => {
                    let _context = self.runtime.enter();
                    let listener = self.port.listen();
                    Arc::new(listener.map_err(|source| Error::ProxyListen {
                        addr: self.addr(),
                        source,
                    })?)
                }
            };
            *last = Arc::downgrade(&listener);
            self.door.send_replace(Some(listener));
        }
        self.shared.with(Link::heal);
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // From here on nothing passes. The tasks end when the runtime comes to them: the door is gone.
        self.shared.with(Link::cut);
    }
}
