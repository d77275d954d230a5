//! Plans that are a tree of query blocks: MariaDB's, and MySQL's in format version 1.
//!
//! Both have the same shape and call some things differently, so one walk reads both: what only one of them writes is simply not there in the other.
//! A key that is not known is walked through, so that a table is found below it.

use serde_json::{Map, Value};

use super::{Access, Plan, Step, is, number, text, texts};

/// Reads what is in `query_block`.
pub(super) fn read(root: &Value) -> Plan {
    let mut walk = Walk::default();
    walk.block(root);
    walk.plan
}

#[derive(Default)]
struct Walk {
    plan: Plan,
    /// The number of the block that is being read.
    block: u32,
    /// How many there were.
    blocks: u32,
}

impl Walk {
    /// A SELECT: its tables first, then those of its subqueries.
    fn block(&mut self, value: &Value) {
        let outer = self.block;
        self.block = self.blocks;
        self.blocks += 1;
        let mut later = Vec::new();
        self.value(value, &mut later);
        for inner in later {
            self.block(inner);
        }
        self.block = outer;
    }

    fn value<'a>(&mut self, value: &'a Value, later: &mut Vec<&'a Value>) {
        match value {
            Value::Object(map) => self.object(value, map, later),
            Value::Array(list) => {
                for value in list {
                    self.value(value, later);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn object<'a>(
        &mut self,
        of: &'a Value,
        map: &'a Map<String, Value>,
        later: &mut Vec<&'a Value>,
    ) {
        if let Some(message) = text(of, "message") {
            self.plan.message.get_or_insert(message);
        }
        self.plan.filesort |= is(of, "using_filesort");
        self.plan.dependent_subquery |= is(of, "dependent");
        if let Some(step) = step(of, self.block) {
            self.plan.steps.push(step);
        }
        for (key, value) in map {
            match key.as_str() {
                "query_block" => later.push(value),
                // MariaDB keeps the results of a subquery by what it depends on: it does depend on something.
                "expression_cache" => {
                    self.plan.dependent_subquery = true;
                    self.value(value, later);
                }
                "filesort" => {
                    self.plan.filesort = true;
                    self.value(value, later);
                }
                "temporary_table" | "union_result" => {
                    self.plan.temporary_table = true;
                    self.value(value, later);
                }
                "using_temporary_table" => {
                    self.plan.temporary_table |= value.as_bool() == Some(true);
                }
                "materialized" | "materialization" => {
                    self.plan.materialised = true;
                    self.value(value, later);
                }
                // Its temporary table is the one that it is made into.
                "materialized_from_subquery" => {
                    self.plan.materialised = true;
                    self.plan.dependent_subquery |= is(value, "dependent");
                    later.extend(value.get("query_block"));
                }
                _ => self.value(value, later),
            }
        }
    }
}

/// The step of an object that is a table. What an INSERT writes to is none, nor is the result of a UNION.
fn step(of: &Value, block: u32) -> Option<Step> {
    let table = text(of, "table_name")?;
    if is(of, "insert") || of.get("query_specifications").is_some() {
        return None;
    }
    let key = text(of, "key");
    let covering = is(of, "using_index");
    let access = match text(of, "access_type")?.as_str() {
        "system" | "const" => Access::Constant,
        "eq_ref" | "unique_subquery" => Access::UniqueLookup,
        "ref" | "ref_or_null" | "index_subquery" => Access::Lookup,
        "fulltext" => Access::FullText,
        "index_merge" => Access::Merge,
        "range" => Access::Range,
        // InnoDB's primary key is the table: an UPDATE that reads all of it is explained as a scan of that index.
        "index" if covering || key.as_deref() != Some("PRIMARY") => Access::IndexScan,
        _ => Access::FullScan,
    };
    let keys = match (&key, of.get("index_merge")) {
        (_, Some(merge)) => keys_below(merge),
        (Some(key), None) if access == Access::Merge => merged(key),
        (Some(key), None) => vec![key.clone()],
        (None, None) => Vec::new(),
    };
    Some(Step {
        block,
        table,
        access,
        key,
        keys,
        used_parts: texts(of, "used_key_parts"),
        possible_keys: texts(of, "possible_keys"),
        rows: number(of, "rows_examined_per_scan")
            .or_else(|| number(of, "rows"))
            .unwrap_or(1.0),
        filtered: number(of, "filtered").unwrap_or(100.0).min(100.0),
        covering,
        condition: text(of, "attached_condition"),
    })
}

/// MySQL's `union(by_customer,by_placed)`, also nested: `sort_union(a,intersect(b,c))`.
fn merged(key: &str) -> Vec<String> {
    let names = key.split([',', ')']);
    let names = names.filter_map(|part| part.rsplit('(').next());
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// MariaDB's `index_merge`: every `key` in it.
fn keys_below(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let own = map.get("key").and_then(Value::as_str).map(str::to_owned);
            let below = map.values().flat_map(keys_below);
            own.into_iter().chain(below).collect()
        }
        Value::Array(list) => list.iter().flat_map(keys_below).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
