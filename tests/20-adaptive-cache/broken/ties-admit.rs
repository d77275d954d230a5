//! As often is often enough: whoever came last is the better guess, or so it seems.
// ANCHOR: stage2_decide
if u64::from(candidate) >= victims {
    Admission::Admit
} else {
    Admission::Reject
}
// ANCHOR_END: stage2_decide
