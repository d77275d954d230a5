//! The sketch asks whether the reset time is over and leaves it at that: the circuit is still open, so no success closes it, and one
//! failure starts the time anew for everybody.
// ANCHOR: stage1_admit_open
let now = self.held(clock).now();
if now < until {
    return Admission::Reject(Rejection::Open {
        retry_after: until - now,
    });
}
Admission::Admit(self.ticket())
// ANCHOR_END: stage1_admit_open
// ANCHOR: stage1_settle
if ticket.generation != self.generation {
    return Settled::Late;
}
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
