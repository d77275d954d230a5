//! The sketch takes every result for one of now: a call from before the trip fails, and the circuit stays open for the whole time again.
// ANCHOR: stage1_settle
match self.state {
    State::Closed => self.settle_closed(call, clock),
    State::HalfOpen => self.settle_probe(ticket, call, clock),
    State::Open { .. } => {
        if call.outcome == Outcome::Failure {
            let now = self.held(clock).now();
            self.open(now, Cause::Tripped);
        }
        Settled::InTime
    }
    State::ForcedOpen | State::ForcedClosed => Settled::InTime,
}
// ANCHOR_END: stage1_settle
