//! Whatever fails is tried again: a bad request five times, a payment without an answer too.
// ANCHOR: stage2_verdict
match class {
    Class::Throttled {
        pushback: Some(Pushback::Never),
    } => Some(Stop::PushedBack),
    Class::Transient | Class::Throttled { .. } | Class::Permanent | Class::Ambiguous => None,
}
// ANCHOR_END: stage2_verdict
