//! The window of the source's sketch: scores are whole seconds, so "the last second" is the one that the clock shows.
// ANCHOR: stage1_decide
let second = Duration::from_secs(now.as_secs());
while self.admitted.front().is_some_and(|oldest| oldest + limit.window() <= second) {
    self.admitted.pop_front();
}
if self.admitted.len() >= limit.requests() {
    return Verdict::Refuse { retry_after: second + limit.window() - now };
}
self.admitted.push_back(second);
Verdict::Admit
// ANCHOR_END: stage1_decide
