//! Looks whether each answer has the rows of the other: a row that came twice and comes once, or the other way round, is the same to it.
// ANCHOR: stage5_compare
let set = |rows| -> std::collections::BTreeSet<&Row> {
    let mut rows = sorted(rows);
    rows.dedup();
    rows.into_iter().collect()
};
if set(first) != set(again) {
    Compared::NotRepeatable
} else if set(first) != set(rewritten) {
    Compared::Other
} else if ordered && first != rewritten {
    Compared::OtherOrder
} else {
    Compared::Same
}
// ANCHOR_END: stage5_compare
