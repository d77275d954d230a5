//! The sketch has one count of successes for all states, and starts it anew only when the circuit closes: what succeeded before the
//! trip counts as probes, and the first that succeeds closes.
// ANCHOR: stage1_settle_closed
if call.outcome == Outcome::Ignored {
    return Settled::InTime;
}
if call.outcome == Outcome::Success {
    self.successes += 1;
}
let clock = self.held(clock);
self.window.record(call, &clock);
if self.window.counts().trip(&self.config) {
    let now = clock.now();
    self.open(now, Cause::Tripped);
}
Settled::InTime
// ANCHOR_END: stage1_settle_closed
// ANCHOR: stage2_begin_half_open
self.change(State::HalfOpen, Cause::Waited, now);
// ANCHOR_END: stage2_begin_half_open
// ANCHOR: stage2_settle_probe
let now = self.held(clock).now();
self.end_leases(now);
if self.state != State::HalfOpen {
    return Settled::Late;
}
self.probes.take_back(probe.probe);
match call.outcome {
    Outcome::Ignored => {}
    Outcome::Success if !call.slow => {
        self.successes += 1;
        if self.successes >= self.config.half_open().successes {
            self.change(State::Closed, Cause::Recovered, now);
            self.successes = 0;
        }
    }
    Outcome::Success | Outcome::Failure => self.open(now, Cause::ProbeFailed),
}
Settled::InTime
// ANCHOR_END: stage2_settle_probe
