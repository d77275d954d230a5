//! Permits without a lease: a probe that never answers holds its permit for ever, and the circuit stays half-open for as long.
// ANCHOR: stage2_end_leases
let _unread = now;
// ANCHOR_END: stage2_end_leases
