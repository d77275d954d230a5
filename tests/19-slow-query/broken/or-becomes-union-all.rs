//! UNION ALL, since UNION looks for duplicates and that takes time: a row for which both conditions hold is returned twice.
// ANCHOR: stage4_united
total_key(selected, table)?;
let arms = arms.into_iter().map(|arm| SetExpr::Select(Box::new(arm)));
arms.reduce(|left, right| SetExpr::SetOperation {
    left: Box::new(left),
    op: SetOperator::Union,
    set_quantifier: SetQuantifier::All,
    right: Box::new(right),
})
// ANCHOR_END: stage4_united
