//! Whoever wants a key that is being loaded waits for that load, also if the key was written since it began to read.
// ANCHOR: stage5_detach
if let Some(flight) = self.lock().flights.get_mut(key) {
    flight.stale = flight.stale && flight.reading;
}
// ANCHOR_END: stage5_detach
