//! The queue with a clock and with processes: whoever calls in, its actions are done here.
//!
//! A reader is woken by any change of any run and looks whether it is about its own: there are few, and a reader that is never
//! polled costs nothing.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::child::{self, Order};
use super::wire;
use crate::core::ask::Known;
use crate::core::queue::{Action, Full, Limits, Queue};

/// How often the queue is told the time.
const TICK: Duration = Duration::from_millis(100);
/// How much of a log is read at once.
const CHUNK: usize = 32 * 1024;

/// What is started, and where.
#[derive(Clone, Debug)]
pub struct Program {
    /// The `lab` binary.
    pub lab: PathBuf,
    /// The checkout.
    pub root: PathBuf,
}

/// The owner of the queue.
#[derive(Debug)]
pub struct Hub {
    program: Program,
    queue: Mutex<Queue>,
    orders: Mutex<HashMap<String, mpsc::UnboundedSender<Order>>>,
    changed: watch::Sender<()>,
    began: Instant,
}

impl Hub {
    /// A hub whose ids begin with `server`. Runs inside a tokio runtime, and as long as that.
    #[must_use]
    pub fn open(server: &str, limits: Limits, program: Program) -> Arc<Self> {
        let hub = Arc::new(Self {
            program,
            queue: Mutex::new(Queue::new(server, limits)),
            orders: Mutex::new(HashMap::new()),
            changed: watch::Sender::new(()),
            began: lab::clock::now(),
        });
        let clock = Arc::downgrade(&hub);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            loop {
                ticks.tick().await;
                let Some(hub) = clock.upgrade() else { break };
                hub.change(|queue, now| ((), queue.tick(now)));
            }
        });
        hub
    }

    /// What is started, and where.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn orders(&self) -> MutexGuard<'_, HashMap<String, mpsc::UnboundedSender<Order>>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the queue, and does what it says before anybody else sees it: an order cannot overtake the start.
    fn change<T, A: IntoIterator<Item = Action>>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Queue, Duration) -> (T, A),
    ) -> T {
        let mut queue = self.queue();
        let (told, actions) = change(&mut queue, self.now());
        for action in actions {
            self.act(action);
        }
        drop(queue);
        self.changed.send_replace(());
        told
    }

    fn act(self: &Arc<Self>, action: Action) {
        match action {
            Action::Start(id, arguments) => {
                let (send, orders) = mpsc::unbounded_channel();
                self.orders().insert(id.clone(), send);
                tokio::spawn(child::run(Arc::clone(self), id, arguments, orders));
            }
            Action::Terminate(id) => self.order(&id, Order::Terminate),
            Action::Kill(id) => self.order(&id, Order::Kill),
        }
    }

    fn order(&self, id: &str, order: Order) {
        if let Some(run) = self.orders().get(id) {
            // A run that is just ending hears no more orders.
            let _ = run.send(order);
        }
    }

    /// A new run: its id, and how many are before it.
    ///
    /// # Errors
    /// Too many wait.
    pub fn submit(self: &Arc<Self>, known: Known) -> Result<(String, usize), Full> {
        self.change(|queue, now| match queue.submit(known, now) {
            Ok((id, ahead, action)) => (Ok((id, ahead)), action),
            Err(full) => (Err(full), None),
        })
    }

    /// Ends a run. `false`: there is none of that id.
    pub fn cancel(self: &Arc<Self>, id: &str) -> bool {
        self.change(|queue, now| {
            let action = queue.cancel(id, now);
            (action.is_some(), action.flatten())
        })
    }

    /// All runs, the oldest first.
    #[must_use]
    pub fn list(&self) -> Value {
        let now = self.now();
        let queue = self.queue();
        let runs = queue.list();
        let runs: Vec<_> = runs
            .map(|(id, ask, phase)| wire::run(&id, ask, &phase, now))
            .collect();
        json!({ "runs": runs })
    }

    /// A run's process has said something.
    pub(super) fn output(self: &Arc<Self>, id: &str, text: String) {
        self.change(|queue, _| (queue.output(id, text), None));
    }

    /// A run's processes are gone.
    pub(super) fn exited(self: &Arc<Self>, id: &str, code: Option<i32>) {
        self.orders().remove(id);
        self.change(|queue, now| ((), queue.exited(id, code, now)));
    }

    /// A run could not be started.
    pub(super) fn not_started(self: &Arc<Self>, id: &str, why: &str) {
        self.orders().remove(id);
        self.change(|queue, now| ((), queue.not_started(id, why, now)));
    }

    /// Stops everything, and waits until no process is left.
    pub async fn leave(self: &Arc<Self>) {
        self.change(|queue, now| ((), queue.leave(now)));
        let mut changes = self.changed.subscribe();
        while !self.queue().is_idle() {
            if changes.changed().await.is_err() {
                break;
            }
        }
    }

    /// Somebody reads a run from event `from` on, until this value is dropped.
    pub fn read(self: &Arc<Self>, id: &str, from: u64) -> Option<Reader> {
        self.queue().attach(id).then(|| Reader {
            hub: Arc::clone(self),
            changes: self.changed.subscribe(),
            id: id.to_owned(),
            from,
            done: false,
        })
    }
}

/// A place in a run's events.
#[derive(Debug)]
pub struct Reader {
    hub: Arc<Hub>,
    changes: watch::Receiver<()>,
    id: String,
    from: u64,
    done: bool,
}

impl Reader {
    /// The next lines, when there are some; nothing behind the last.
    pub async fn next(&mut self) -> Option<String> {
        while !self.done {
            self.changes.borrow_and_update();
            let (entries, last) = self.hub.queue().read(&self.id, self.from, CHUNK)?;
            self.done = last;
            if let Some(entry) = entries.last() {
                self.from = entry.seq + 1;
                let now = self.hub.now();
                return Some(
                    entries
                        .iter()
                        .map(|entry| wire::entry(entry, now))
                        .collect(),
                );
            }
            if !last {
                self.changes.changed().await.ok()?;
            }
        }
        None
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.hub.queue().detach(&self.id, self.hub.now());
    }
}
