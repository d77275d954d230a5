//! Copies the tables, so that the trial is on real data: the analysed server reads 25 million rows for it, which is worse than any slow query.
// ANCHOR: stage5_plan
let _is_no_limit = (joins, limits);
let whole = |wanted: &Wanted| Portion { table: wanted.table.clone(), take: Take::Whole, rows: wanted.rows.max(1) };
tables.iter().map(whole).collect()
// ANCHOR_END: stage5_plan
