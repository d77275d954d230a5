//! The columns that the plan scans, in the order in which one comes across them: the range is the first that one thinks of.
// ANCHOR: stage3_order_columns
let mut parts: Vec<Part> = Vec::new();
let columns = wanted.ranges.iter().chain(&wanted.equality).chain(&wanted.lists);
for column in columns.chain(wanted.sort.iter().map(|sorted| &sorted.column)).chain(&wanted.group) {
    if !parts.iter().any(|part| part.column.as_ref() == Some(column)) {
        parts.push(part(column, false));
    }
}
let ends = if wanted.ranges.is_empty() { Ends::Equality } else { Ends::Range };
let equality = if wanted.ranges.is_empty() { wanted.equality.len() } else { 0 };
Candidate { equality: equality.min(parts.len()), parts, ends }
// ANCHOR_END: stage3_order_columns
