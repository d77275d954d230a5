//! The sketch takes what it is given: zero attempts never call, a factor or a cap of zero never waits.
// ANCHOR: stage1_check
let _unchecked = (base, factor, cap);
Ok(())
// ANCHOR_END: stage1_check
// ANCHOR: stage1_limits
Ok(Self {
    attempts,
    deadline: None,
    attempt_timeout: None,
})
// ANCHOR_END: stage1_limits
