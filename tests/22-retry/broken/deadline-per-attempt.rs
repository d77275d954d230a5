//! A time-out for each attempt, and nothing over all of them: three attempts may take three times what the caller has.
// ANCHOR: stage3_begin
let _unread = now;
Begin::Go {
    timeout: attempt_timeout.or(Some(self.at)),
}
// ANCHOR_END: stage3_begin
// ANCHOR: stage3_allows
let _unread = now;
Next::Retry { after: wait }
// ANCHOR_END: stage3_allows
