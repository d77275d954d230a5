//! Counts a waiter before it waits and takes it off when it has its connection: whoever gives up in between, by a time-out or a request that was
//! cancelled, waits for ever.
// ANCHOR: stage5_acquire
let watch = Arc::clone(&watched.watch);
let asked = watch.clock.elapsed();
let ticket = watch.book(|book| book.asks(asked));
let inner = watched.pool.acquire().await?;
let mut note = Note { watch, ticket, has: false };
note.has(place);
Ok(Connection { inner, _held: note })
// ANCHOR_END: stage5_acquire
