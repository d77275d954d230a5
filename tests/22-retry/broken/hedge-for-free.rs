//! Retries are paid for, hedges are not: when the server slows down every call is slow, and it hears each of them twice.
// ANCHOR: stage5_begin_hedge
let now = self.policy.now_for_deadline();
if !self.attempts.may_hedge(now) {
    return None;
}
match self.begin() {
    Begin::Go { timeout } => {
        self.policy.counters.hedges.add_one();
        Some(timeout)
    }
    Begin::Stop(_) => None,
}
// ANCHOR_END: stage5_begin_hedge
