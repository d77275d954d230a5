//! Leaves the index where it is, since the schema is dropped in the end: what it does is credited to whatever is tried next.
// ANCHOR: stage5_try_index
let Some(add) = ddl::add_index(table, index, TRIAL) else {
    return Tried::untried(Untried::Expression);
};
let before = match self.look(statement).await {
    Ok(before) => before,
    Err(why) => return Tried::untried(why),
};
if let Err(why) = self.change(table, &add).await {
    return Tried::untried(why);
}
match self.look(statement).await {
    Ok(after) => compared(before, after, judge_index),
    Err(why) => Tried::untried(why),
}
// ANCHOR_END: stage5_try_index
