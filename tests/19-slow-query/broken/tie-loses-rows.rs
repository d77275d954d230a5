//! A statement that sorts has an order, so its pages can be found by their keys first. With ties it has many orders, and two statements may page
//! through two of them: a row is on two pages then, and another on none.
// ANCHOR: stage4_total_key
let sorted = |name: &str| columns.contains(&name);
let any = table.columns.iter().any(|column| sorted(&column.name));
table.indexes.iter().find(|index| index.unique && any)
// ANCHOR_END: stage4_total_key
