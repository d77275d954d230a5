//! Reads the clock first and asks afterwards what for: a count window in a closed circuit does not need the time.
// ANCHOR: stage1_settle_closed
let now = self.held(clock).now();
if call.outcome == Outcome::Ignored {
    return Settled::InTime;
}
self.window.record(call, now);
if self.window.counts().trip(&self.config) {
    self.open(now, Cause::Tripped);
}
Settled::InTime
// ANCHOR_END: stage1_settle_closed
