//! Prints the rewrite because it is faster; whether it returns the same rows is what the rule's author was sure of.
// ANCHOR: stage5_judge_rewrite
match rows {
    Compared::NotRepeatable | Compared::Other | Compared::OtherOrder | Compared::Same => judge_index(trial),
}
// ANCHOR_END: stage5_judge_rewrite
