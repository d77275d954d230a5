//! What one statement does not use is unused. An index is for some statements, and never for all.
// ANCHOR: stage3_unused
let ignores = |usage: &Usage| usage.keys.as_ref().is_some_and(|keys| !keys.contains(&index.name));
!index.unique && !index.foreign_key && log.iter().any(ignores)
// ANCHOR_END: stage3_unused
