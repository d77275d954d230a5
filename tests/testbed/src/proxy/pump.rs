//! The shell of one direction of one connection: reads, asks the link, writes.
//!
//! Reading and writing are apart, with a queue between, so that a delay is a longer way and not a slower one: chunks
//! that arrive together are late together. What waits for a fault to end waits in that queue; when it is full the
//! proxy stops reading, and the sender feels it as it feels a network that does not take its bytes: by a full
//! window.

use std::future::pending;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::yield_now;
use tokio::time::sleep_until;

use super::link::{Ending, Link, Parcel, Progress, Step, Ticket};
use super::plan::Lane;
use super::serve::Shared;

/// The most that one read takes: a few segments, as a busy socket gives them.
const CHUNK_BYTES: usize = 16 * 1024;
/// What may wait in a direction of a connection, as in a socket's own buffer.
const QUEUE_BYTES: usize = 256 * 1024;

/// What came from a socket.
enum Content {
    Bytes(Vec<u8>),
    /// The sender has finished: the receiver shall see that.
    End,
    /// The sender's connection broke: so does the receiver's.
    Broken,
}

/// Carries one direction until its stream ends. An error ends the whole connection.
pub(super) async fn pump(
    shared: &Shared,
    ticket: Ticket,
    lane: Lane,
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
) -> Result<(), Ending> {
    let (queue, parcels) = mpsc::unbounded_channel();
    let room = Semaphore::new(QUEUE_BYTES);
    let direction = lane.direction;
    let reading = async {
        let mut from = from;
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let content = match from.read(&mut buffer).await {
                Ok(0) => Content::End,
                Ok(n) => Content::Bytes(buffer[..n].to_vec()),
                Err(_) => Content::Broken,
            };
            let Content::Bytes(bytes) = &content else {
                let _ = queue.send((Parcel::new(ticket, shared.now(), 0), content));
                break;
            };
            let len = bytes.len() as u64;
            shared.with(|link| link.read(direction, len));
            let parcel = Parcel::new(ticket, shared.now(), len);
            room.acquire_many(bytes.len() as u32)
                .await
                .expect("the semaphore is never closed")
                .forget();
            let _ = queue.send((parcel, content));
        }
        pending().await // the writing ends the pump
    };
    tokio::select! {
        biased;
        end = writing(shared, lane, parcels, &room, to) => end,
        never = reading => never,
    }
}

async fn writing(
    shared: &Shared,
    mut lane: Lane,
    mut parcels: mpsc::UnboundedReceiver<(Parcel, Content)>,
    room: &Semaphore,
    mut to: WriteHalf<'_>,
) -> Result<(), Ending> {
    let mut changed = shared.link.subscribe();
    while let Some((parcel, content)) = parcels.recv().await {
        let mut parcel = OnTheWay { shared, parcel };
        let bytes = match &content {
            Content::Bytes(bytes) => bytes.as_slice(),
            Content::End | Content::Broken => &[],
        };
        loop {
            let piece = parcel.next_piece(&mut lane, &mut changed).await?;
            match content {
                Content::Bytes(_) => {}
                Content::End => {
                    let _ = to.shutdown().await; // fails when the receiver has gone: all the same
                    return Ok(());
                }
                Content::Broken => return Err(Ending::Reset),
            }
            let sent = parcel.parcel.sent as usize;
            if to
                .write_all(&bytes[sent..sent + piece as usize])
                .await
                .is_err()
            {
                // The receiver has gone. What it still said, and its end, arrive by the other direction.
                return Ok(());
            }
            match shared.with(|link| link.wrote(&mut lane, &mut parcel.parcel, piece)) {
                Progress::More => yield_now().await, // lets the receiver see this piece alone
                Progress::Through => break,
                Progress::End(ending) => return Err(ending),
            }
        }
        room.add_permits(bytes.len());
    }
    Ok(())
}

/// A parcel that the link hears of when it is given up, even if the connection's task is dropped in a wait.
struct OnTheWay<'a> {
    shared: &'a Shared,
    parcel: Parcel,
}

impl OnTheWay<'_> {
    /// Waits until some bytes may be written, and says how many.
    async fn next_piece(
        &mut self,
        lane: &mut Lane,
        changed: &mut watch::Receiver<Link>,
    ) -> Result<u64, Ending> {
        loop {
            let now = self.shared.now();
            match self
                .shared
                .with(|link| link.step(now, lane, &mut self.parcel))
            {
                Step::Write(bytes) => return Ok(bytes),
                Step::End(ending) => return Err(ending),
                Step::Wait => {
                    let _ = changed.changed().await; // fails when the proxy has gone, and this task with it
                }
                Step::At(time) => {
                    tokio::select! {
                        () = sleep_until(self.shared.at(time)) => {}
                        _ = changed.changed() => {}
                    }
                }
            }
        }
    }
}

impl Drop for OnTheWay<'_> {
    fn drop(&mut self) {
        self.shared.with(|link| link.forget(&mut self.parcel));
    }
}
