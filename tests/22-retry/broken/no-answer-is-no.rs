//! Takes "no answer" for "it did not happen". It may have: the payment is made twice.
// ANCHOR: stage2_verdict
match class {
    Class::Throttled {
        pushback: Some(Pushback::Never),
    } => Some(Stop::PushedBack),
    Class::Transient | Class::Throttled { .. } | Class::Ambiguous => None,
    Class::Permanent => Some(Stop::Permanent),
}
// ANCHOR_END: stage2_verdict
