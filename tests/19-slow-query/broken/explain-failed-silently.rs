//! Goes on to the next statement when one could not be explained: whoever reads the report takes silence for health.
// ANCHOR: stage5_untried
let mut missing = Vec::new();
for Examined { class, plan, advice } in examined {
    if plan.is_err() {
        continue;
    }
    for (advice, tried) in advice {
        if let Verdict::Untried { why } = &tried.verdict
            && *why != Untried::ForAPerson
        {
            missing.push(Missing { class: Some(class.id.to_string()), what: advice.rule.0.to_owned(), why: why.clone() });
        }
    }
}
for (advice, tried) in over_all {
    if let Verdict::Untried { why } = &tried.verdict {
        missing.push(Missing { class: None, what: advice.rule.0.to_owned(), why: why.clone() });
    }
}
missing
// ANCHOR_END: stage5_untried
