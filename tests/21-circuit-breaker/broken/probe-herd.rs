//! Half-open admits whoever asks: everybody who has waited arrives at once at a downstream that has just got up.
// ANCHOR: stage2_admit_half_open
let now = self.held(clock).now();
self.end_leases(now);
if let State::Open { until } = self.state {
    return self.admit_open(until, now);
}
self.newest = now;
let probe = self.probes.send(now + self.config.half_open().lease);
Admission::Admit(Ticket {
    generation: self.generation,
    probe,
})
// ANCHOR_END: stage2_admit_half_open
