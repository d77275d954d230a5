//! Counts what was sent instead of what was wanted: the more is held back, the less there seems to be to hold back.
// ANCHOR: stage4_ask
self.turn(now);
let (requests, accepts) = self.counts();
let probability = rejection(requests, accepts, self.terms.k);
if dice < probability {
    return Admission::Reject { probability };
}
Admission::Send
// ANCHOR_END: stage4_ask
