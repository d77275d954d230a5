//! GCRA: one moment a buyer instead of N, and a bucket that refills at N in W while it is emptied.
// ANCHOR: stage1_decide
let interval = limit.window() / limit.requests() as u32;
let tolerance = limit.window() - interval;
// The theoretical arrival time: when the bucket would be full again.
let arrival = self.admitted.pop_front().unwrap_or(now).max(now);
if arrival > now + tolerance {
    self.admitted.push_back(arrival);
    return Verdict::Refuse { retry_after: arrival - now - tolerance };
}
self.admitted.push_back(arrival + interval);
Verdict::Admit
// ANCHOR_END: stage1_decide
