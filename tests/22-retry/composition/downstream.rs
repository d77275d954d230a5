//! A service on loopback that does as it is told: answers, refuses, or hangs. It counts whoever reaches it while it does not answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http;
use crate::scenario::Fault;

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Downstream {
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<io::Result<()>>,
}

#[derive(Debug)]
struct Shared {
    fault: watch::Sender<Option<Fault>>,
    while_dead: AtomicU64,
}

impl Downstream {
    /// One that is well.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn open() -> io::Result<Self> {
        let (listener, addr) = http::port().await?;
        let shared = Arc::new(Shared {
            fault: watch::Sender::new(None),
            while_dead: AtomicU64::new(0),
        });
        let router = Router::new()
            .route("/call/{id}", get(call))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            addr,
            shared,
            task: tokio::spawn(http::serve(listener, router)),
        })
    }

    /// From now on there is this fault, or none.
    pub fn set(&self, fault: Option<Fault>) {
        self.shared.fault.send_replace(fault);
    }

    /// Calls that have reached it while there was a fault.
    pub fn while_dead(&self) -> u64 {
        self.shared.while_dead.load(Ordering::Relaxed)
    }
}

impl Drop for Downstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn call(State(shared): State<Arc<Shared>>) -> StatusCode {
    let fault = *shared.fault.borrow();
    if fault.is_some() {
        shared.while_dead.fetch_add(1, Ordering::Relaxed);
    }
    match fault {
        None => StatusCode::OK,
        Some(Fault::Refuses) => StatusCode::SERVICE_UNAVAILABLE,
        Some(Fault::Hangs) => {
            let mut fault = shared.fault.subscribe();
            // It is never closed while somebody waits here.
            let _ = fault.wait_for(Option::is_none).await;
            StatusCode::OK
        }
    }
}
