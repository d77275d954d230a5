//! The proxy's port, kept even while nobody listens there.
//!
//! A cut must look like a server that is down: the connection is refused. A socket that accepts and hangs up looks
//! different to a client (sqlx waits for a server that refuses and gives up on one that resets). So a cut closes the listening socket,
//! and healing listens again on the same port. In between the port would be anybody's, and the kernel gives free
//! ports to every outgoing connection: a second socket, bound and never listening, keeps it.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that wait to be accepted: tests open a thousand at once.
const BACKLOG: u32 = 1024;

/// A port of ours.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) addr: SocketAddr,
    /// Linux lets two sockets share a port when both say `SO_REUSEADDR` and at most one listens. Elsewhere it does
    /// not, and a port may be lost during a cut.
    #[cfg(target_os = "linux")]
    _reserved: TcpSocket,
}

impl Port {
    /// Takes `addr`, with port 0 any free one.
    pub(super) fn take(addr: SocketAddr) -> io::Result<(Self, TcpListener)> {
        let reserved = bound(addr)?;
        let addr = reserved.local_addr()?;
        #[cfg(target_os = "linux")]
        let port = Self {
            addr,
            _reserved: reserved,
        };
        #[cfg(not(target_os = "linux"))]
        let port = {
            drop(reserved);
            Self { addr }
        };
        let listener = port.listen()?;
        Ok((port, listener))
    }

    /// Accepts connections, until the listener is dropped.
    pub(super) fn listen(&self) -> io::Result<TcpListener> {
        bound(self.addr)?.listen(BACKLOG)
    }
}

fn bound(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Also what lets us listen again while connections of before are in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}
