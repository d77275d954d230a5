//! Adds up what all statements read: one that reads fewer rows pays for one that now reads a table.
// ANCHOR: stage5_judge_drop
let mut figures = Figures::default();
for (_, trial) in trials {
    figures.before = figures.before.saturating_add(trial.before.examined);
    figures.after = figures.after.saturating_add(trial.after.examined);
}
let of = untried + trials.len() as u64;
if of == 0 {
    Verdict::untried(Untried::NoStatement)
} else if fell(figures.after, figures.before) {
    let class = trials.first().map(|(class, _)| class.clone()).unwrap_or_default();
    Verdict::Withdraw { why: Withdrawn::Worse { class }, figures }
} else if untried > 0 {
    Verdict::untried(Untried::OtherStatements { untried, of })
} else {
    Verdict::Keep { figures }
}
// ANCHOR_END: stage5_judge_drop
