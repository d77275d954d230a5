//! More is more: whichever side has more evidence gets the next step, be it one miss more.
// ANCHOR: stage3_judge
let (larger, smaller) = (evidence.rejected, EVICTED_COUNTS * evidence.evicted);
match larger.cmp(&smaller) {
    std::cmp::Ordering::Greater => Move::Grow(step),
    std::cmp::Ordering::Less => Move::Shrink(step),
    std::cmp::Ordering::Equal => Move::Stay,
}
// ANCHOR_END: stage3_judge
