//! Advice is good because the rule that made it is: what was counted on the scratch server is written down, and decides nothing.
// ANCHOR: stage5_judge_index
Verdict::Keep { figures: trial.figures() }
// ANCHOR_END: stage5_judge_index
