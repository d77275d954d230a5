//! A pool of connections that is watched: who waits for one, and where those that are out were taken.
//!
//! Why a wrapper: sqlx's pool tells its size and how many are idle, and neither who waits nor who holds. The place is the caller's own line,
//! by `#[track_caller]`: a stack trace at every acquire would cost more than the query. What must stay true: a caller whose future is dropped while
//! it waits is a waiter no more, and a connection that goes back to the pool is held no more, however its guard went.

use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::MySqlPool;
use sqlx::pool::PoolConnection;

use super::clock::Clock;
use crate::core::pool::{Book, Snapshot, Ticket};

/// A pool, watched from now on.
#[derive(Debug, Clone)]
pub struct Watched {
    pool: MySqlPool,
    watch: Arc<Watch>,
}

/// A connection of a watched pool; dropped, it goes back.
#[derive(Debug)]
pub struct Connection {
    // Before the note, so that it is back in the pool when the note says so.
    inner: PoolConnection<sqlx::MySql>,
    _held: Note,
}

#[derive(Debug)]
struct Watch {
    clock: Clock,
    book: Mutex<Book>,
}

/// Someone who waits for a connection or has one; dropped, they do not any more.
#[derive(Debug)]
struct Note {
    watch: Arc<Watch>,
    ticket: Ticket,
    has: bool,
}

impl Watched {
    /// Watches `pool`. What is taken from it past this is not seen.
    #[must_use]
    pub fn new(pool: MySqlPool) -> Self {
        let max = pool.options().get_max_connections();
        Self {
            pool,
            watch: Arc::new(Watch {
                clock: Clock::start(),
                book: Mutex::new(Book::new(max)),
            }),
        }
    }

    /// A connection, as soon as there is one. The line that calls this is the place that a snapshot names.
    ///
    /// # Errors
    /// As the pool's own: after its time-out, for one.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<Connection, sqlx::Error>> + use<> {
        // Here and not in the future, whose caller is the runtime.
        let place = Location::caller();
        acquire(self.clone(), format!("{}:{}", place.file(), place.line()))
    }

    /// What is known now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        let (open, now) = (self.pool.size(), self.watch.clock.elapsed());
        self.watch.book(|book| book.snapshot(open, idle, now))
    }

    /// The pool itself.
    #[must_use]
    pub fn pool(&self) -> &MySqlPool {
        &self.pool
    }
}

async fn acquire(watched: Watched, place: String) -> Result<Connection, sqlx::Error> {
    // ANCHOR: stage5_acquire
    // Until it is told that there is a connection, the note's end says that somebody stopped waiting: also when this future is dropped below.
    let mut note = Note::waits(&watched.watch);
    let inner = watched.pool.acquire().await?;
    note.has(place);
    Ok(Connection { inner, _held: note })
    // ANCHOR_END: stage5_acquire
}

impl Watch {
    fn book<T>(&self, write: impl FnOnce(&mut Book) -> T) -> T {
        write(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Note {
    fn waits(watch: &Arc<Watch>) -> Self {
        let now = watch.clock.elapsed();
        Self {
            ticket: watch.book(|book| book.asks(now)),
            watch: Arc::clone(watch),
            has: false,
        }
    }

    fn has(&mut self, place: String) {
        let now = self.watch.clock.elapsed();
        self.watch.book(|book| book.has(self.ticket, place, now));
        self.has = true;
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let now = self.watch.clock.elapsed();
        self.watch.book(|book| match self.has {
            true => book.returns(self.ticket, now),
            false => book.gives_up(self.ticket, now),
        });
    }
}

impl Deref for Connection {
    type Target = sqlx::MySqlConnection;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}
