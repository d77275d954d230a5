//! The crowd: clients that send one statement after the other, each recorded with its shape, its connection, and whether it was answered.
//!
//! Statements go as texts, not prepared, so that each is one entry of the log. A client whose connection is lost opens another, and does not
//! repeat the statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chaos::{Dice, Ending, Recorder};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection};
use tokio::task::JoinSet;

use crate::bed::Bed;
use crate::facts::{ANALYSED, Sent};
use crate::run::Result;
use crate::shapes::Shape;

const CLIENTS: u64 = 6;
/// Between two statements of a client.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 5..=35;
/// How long a client lives after it has sent what it dies in.
const LIVES: Duration = Duration::from_millis(4);
/// A server that was killed is back by then; nobody waits for longer for an answer.
const WAITS: Duration = Duration::from_secs(10);

/// Everybody, until they go.
///
/// # Errors
/// A client panicked.
pub async fn come(seed: u64, bed: &Arc<Bed>, recorder: &Arc<Recorder>) -> Result<()> {
    let connections = Arc::new(AtomicU64::new(1));
    let mut clients = JoinSet::new();
    for number in 1..=CLIENTS {
        let client = Client {
            who: format!("client {number}"),
            bed: Arc::clone(bed),
            recorder: Arc::clone(recorder),
            connections: Arc::clone(&connections),
        };
        clients.spawn(client.live(Dice::of(seed, &format!("client {number}"))));
    }
    while let Some(client) = clients.join_next().await {
        client?;
    }
    Ok(())
}

struct Client {
    who: String,
    bed: Arc<Bed>,
    recorder: Arc<Recorder>,
    connections: Arc<AtomicU64>,
}

impl Client {
    async fn live(self, mut dice: Dice) {
        let mut open: Option<(u64, MySqlConnection)> = None;
        while !self.bed.over.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(dice.within(&PAUSE_MS))).await;
            let Some((number, mut connection)) = self.connected(open.take()).await else {
                continue;
            };
            if self.send(number, &mut connection, &mut dice).await {
                open = Some((number, connection));
            }
        }
        if let Some((_, connection)) = open {
            // The server hears of it, and is done with whatever came before.
            let _closed = tokio::time::timeout(WAITS, connection.close()).await;
        }
    }

    async fn connected(
        &self,
        open: Option<(u64, MySqlConnection)>,
    ) -> Option<(u64, MySqlConnection)> {
        if open.is_some() {
            return open;
        }
        let connected = tokio::time::timeout(WAITS, self.bed.crowd()).await;
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        match connected {
            Ok(Ok(connection)) => Some((number, connection)),
            Ok(Err(_)) | Err(_) => {
                self.bed.lost.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    /// One statement; whether the connection is still good.
    async fn send(&self, connection: u64, open: &mut MySqlConnection, dice: &mut Dice) -> bool {
        let dying = self.bed.dying.load(Ordering::Relaxed);
        let shape = match (dying, dice.below(14)) {
            (true, _) | (_, 10) => Shape::Wait,
            (_, 0 | 1) => Shape::Note,
            (_, 2) => Shape::Total,
            (_, 3 | 4) => Shape::Sku,
            (_, 5) => Shape::Day,
            (_, 6) => Shape::Join,
            (_, 7) => Shape::List,
            (_, 8 | 9) => Shape::Ledger,
            _ => return self.ping(connection, open).await,
        };
        let sql = shape.statement(dice);
        let begun = self
            .recorder
            .begin(self.who.clone(), ANALYSED, shape.name().to_owned());
        let lives = if dying { LIVES } else { WAITS };
        let sent =
            tokio::time::timeout(lives, open.execute(sqlx::raw_sql(AssertSqlSafe(sql)))).await;
        let (ending, word, good) = match sent {
            Ok(Ok(_)) => (Ending::Done, "answered", true),
            Ok(Err(error)) if error.as_database_error().is_some() => {
                (Ending::Failed, "refused", true)
            }
            Ok(Err(_)) => (Ending::Unknown, "lost", false),
            Err(_) => (Ending::Unknown, "left", false),
        };
        if dying && ending == Ending::Unknown {
            self.bed.died.fetch_add(1, Ordering::Relaxed);
        } else if ending == Ending::Unknown {
            self.bed.lost.fetch_add(1, Ordering::Relaxed);
        }
        self.recorder
            .end(begun, ending, word, json!(Sent { connection }));
        good
    }

    /// What a pool does with a connection that was idle; it is no statement.
    async fn ping(&self, connection: u64, open: &mut MySqlConnection) -> bool {
        let begun = self
            .recorder
            .begin(self.who.clone(), ANALYSED, "ping".to_owned());
        let good = matches!(tokio::time::timeout(WAITS, open.ping()).await, Ok(Ok(())));
        if !good {
            self.bed.lost.fetch_add(1, Ordering::Relaxed);
        }
        let (ending, word) = match good {
            true => (Ending::Done, "answered"),
            false => (Ending::Unknown, "lost"),
        };
        self.recorder
            .end(begun, ending, word, json!(Sent { connection }));
        good
    }
}
