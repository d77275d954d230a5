//! The sketch adds the request to the set first and counts afterwards; a refused one stays in.
// ANCHOR: stage1_decide
while self.admitted.front().is_some_and(|oldest| oldest + limit.window() <= now) {
    self.admitted.pop_front();
}
self.admitted.push_back(now);
if self.admitted.len() > limit.requests() {
    return Verdict::Refuse { retry_after: self.admitted.front().unwrap_or(now) + limit.window() - now };
}
Verdict::Admit
// ANCHOR_END: stage1_decide
