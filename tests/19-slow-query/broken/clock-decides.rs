//! Keeps an index if the statement takes less time with it. The second run is the faster one with any index, because the first has read the pages.
// ANCHOR: stage5_judge_index
let figures = trial.figures();
if trial.after.elapsed < trial.before.elapsed {
    Verdict::Keep { figures }
} else {
    Verdict::Withdraw { why: Withdrawn::NotFewerRows, figures }
}
// ANCHOR_END: stage5_judge_index
