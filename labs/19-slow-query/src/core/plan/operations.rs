//! Plans that are a tree of operations: MySQL's in format version 2, which is the default since 9.
//!
//! A table is a leaf here, and its condition the filter above it. Tables that were read before the rest (`const`) are not in the
//! plan at all, and neither is an UPDATE or DELETE of one table.

use serde_json::Value;

use super::{Access, Plan, PlanError, Step, is, number, text, texts};

/// Reads what is in `query_plan`.
///
/// # Errors
///
/// [`PlanError::NotExplained`] where the server says so.
pub(super) fn read(root: &Value) -> Result<Plan, PlanError> {
    let operation = text(root, "operation").unwrap_or_default();
    if operation.starts_with("<not executable") {
        return Err(PlanError::NotExplained);
    }
    let mut walk = Walk::default();
    walk.operation(root, None);
    while let Some(inner) = walk.later.pop() {
        walk.blocks += 1;
        walk.block = walk.blocks;
        walk.operation(inner, None);
    }
    let mut plan = walk.plan;
    if plan.steps.is_empty() {
        plan.message = Some(why_none(root, operation));
    }
    Ok(plan)
}

/// Why there are no steps. Only of these operations is it known that their text has no condition in it, whose literals nobody must see.
fn why_none(root: &Value, operation: String) -> String {
    match root.get("access_type").and_then(Value::as_str) {
        Some("zero_rows" | "rows_fetched_before_execution" | "count_rows") => operation,
        Some(_) | None => "No tables used".into(),
    }
}

#[derive(Default)]
struct Walk<'a> {
    plan: Plan,
    block: u32,
    blocks: u32,
    /// Subqueries and what is materialised, still to be read.
    later: Vec<&'a Value>,
}

/// The filter above a table.
#[derive(Clone, Copy)]
struct Filter<'a> {
    condition: Option<&'a str>,
    rows: Option<f64>,
}

impl<'a> Walk<'a> {
    fn operation(&mut self, node: &'a Value, filter: Option<Filter<'a>>) {
        self.plan.dependent_subquery |= is(node, "dependent");
        let access = node
            .get("access_type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let below = match access {
            "filter" => Some(Filter {
                condition: node.get("condition").and_then(Value::as_str),
                rows: number(node, "estimated_rows"),
            }),
            "table" | "index" | "rowid_union" | "rowid_intersection" => {
                self.table(node, access, filter);
                None
            }
            "sort" => {
                self.plan.filesort = true;
                None
            }
            "temp_table_aggregate" => {
                self.plan.temporary_table = true;
                None
            }
            "materialize" => {
                // A UNION, or rows that are made distinct, are put into a temporary table; anything else is a subquery made into a table.
                let distinct = is(node, "temp_table") || node.pointer("/inputs/1").is_some();
                self.plan.temporary_table |= distinct;
                self.plan.materialised |= !distinct;
                if !is(node, "temp_table") {
                    self.later.extend(inputs(node).rev());
                    return;
                }
                None
            }
            _ => None,
        };
        if !access.starts_with("rowid_") {
            for input in inputs(node) {
                self.operation(input, below);
            }
        }
        for (name, list) in node.as_object().into_iter().flatten() {
            if name.starts_with("inputs_from_") {
                self.later
                    .extend(list.as_array().into_iter().flatten().rev());
            }
        }
    }

    fn table(&mut self, node: &'a Value, access: &str, filter: Option<Filter<'_>>) {
        // Of a merge, the table is what is below.
        let leaf = inputs(node).next().filter(|_| access.starts_with("rowid_"));
        let of = leaf.unwrap_or(node);
        let Some(table) = text(of, "alias").or_else(|| text(of, "table_name")) else {
            return;
        };
        // `<temporary>` is what an operation below has made, and no table of anybody.
        if table == "<temporary>" || table == "<union temporary>" {
            return;
        }
        let rows = number(node, "estimated_rows").unwrap_or(1.0);
        let left = filter.and_then(|filter| filter.rows).unwrap_or(rows);
        let key = text(of, "index_name");
        let keys = match leaf {
            Some(_) => inputs(node)
                .filter_map(|input| text(input, "index_name"))
                .collect(),
            None => key.iter().cloned().collect(),
        };
        self.plan.steps.push(Step {
            block: self.block,
            table,
            access: match leaf {
                Some(_) => Access::Merge,
                None => how(of, access),
            },
            key: key.filter(|_| leaf.is_none()),
            keys,
            used_parts: texts(of, "key_columns"),
            // This format does not say which indexes could be used.
            possible_keys: Vec::new(),
            rows,
            filtered: if rows > 0.0 {
                (left / rows * 100.0).min(100.0)
            } else {
                100.0
            },
            covering: is(of, "covering"),
            condition: filter
                .and_then(|filter| filter.condition)
                .map(str::to_owned),
        });
    }
}

fn how(node: &Value, access: &str) -> Access {
    if access == "table" {
        return Access::FullScan;
    }
    let operation = node
        .get("operation")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match node.get("index_access_type").and_then(Value::as_str) {
        Some("index_lookup") if operation.starts_with("Single-row") => Access::UniqueLookup,
        Some("index_lookup") => Access::Lookup,
        Some("full_text_search") => Access::FullText,
        Some("index_scan") => Access::IndexScan,
        _ => Access::Range,
    }
}

fn inputs(node: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    node.get("inputs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
