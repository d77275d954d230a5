//! A shop: its tables, and plans of statements about them, for tests of advice and rewrites.

#![allow(
    dead_code,
    reason = "several test targets share it, and none uses all of it"
)]

use std::time::Duration;

use slow_query::core::advice::{Advice, Case, Remedy, Seen};
use slow_query::core::plan::{Access, Plan, Step};
use slow_query::core::schema::{Column, Index, Kind, Method, Part, Schema, Table};
use slow_query::core::statement::Statement;

pub const COLLATION: &str = "utf8mb4_unicode_ci";

pub fn number(name: &str) -> Column {
    Column {
        name: name.into(),
        kind: Kind::Number,
        type_name: "int".into(),
        index_bytes: Some(4),
        ..Column::default()
    }
}

pub fn text(name: &str) -> Column {
    Column {
        name: name.into(),
        kind: Kind::Text,
        type_name: "varchar(20)".into(),
        collation: Some(COLLATION.into()),
        index_bytes: Some(80),
        ..Column::default()
    }
}

pub fn moment(name: &str) -> Column {
    Column {
        name: name.into(),
        kind: Kind::Moment,
        type_name: "datetime(6)".into(),
        index_bytes: Some(8),
        ..Column::default()
    }
}

/// The column, where NULL may stand.
pub fn nullable(column: Column) -> Column {
    Column {
        nullable: true,
        ..column
    }
}

/// The column of another type.
pub fn of_type(column: Column, type_name: &str) -> Column {
    Column {
        type_name: type_name.into(),
        ..column
    }
}

pub fn part(column: &str) -> Part {
    Part {
        column: Some(column.into()),
        ..Part::default()
    }
}

pub fn down(column: &str) -> Part {
    Part {
        descending: true,
        ..part(column)
    }
}

pub fn cut(column: &str, characters: u32) -> Part {
    Part {
        prefix: Some(characters),
        ..part(column)
    }
}

pub fn index_of(name: &str, parts: Vec<Part>) -> Index {
    Index {
        name: name.into(),
        parts,
        visible: true,
        method: Method::BTree,
        ..Index::default()
    }
}

pub fn index(name: &str, columns: &[&str]) -> Index {
    index_of(name, columns.iter().map(|column| part(column)).collect())
}

pub fn unique(name: &str, columns: &[&str]) -> Index {
    Index {
        unique: true,
        ..index(name, columns)
    }
}

pub fn primary(columns: &[&str]) -> Index {
    unique("PRIMARY", columns)
}

pub fn table(rows: u64, columns: Vec<Column>, indexes: Vec<Index>) -> Table {
    Table {
        columns,
        indexes,
        rows,
        engine: "InnoDB".into(),
    }
}

/// `orders` with 20,000 rows, `customers` with 5,000, `settings` with 3.
pub fn schema() -> Schema {
    let orders = table(
        20_000,
        vec![
            number("id"),
            number("customer_id"),
            text("status"),
            moment("placed"),
            nullable(number("total")),
            nullable(Column {
                index_bytes: None,
                type_name: "text".into(),
                ..text("note")
            }),
            text("reference"),
            of_type(number("paid"), "tinyint(1)"),
        ],
        vec![primary(&["id"]), index("by_customer", &["customer_id"])],
    );
    let customers = table(
        5_000,
        vec![
            number("id"),
            text("email"),
            text("country"),
            nullable(text("name")),
            nullable(number("parent_id")),
            moment("created"),
        ],
        vec![primary(&["id"]), unique("email", &["email"])],
    );
    let settings = table(
        3,
        vec![text("name"), text("value")],
        vec![primary(&["name"])],
    );
    let tables = [
        ("orders", orders),
        ("customers", customers),
        ("settings", settings),
    ];
    Schema {
        name: "shop".into(),
        tables: tables.map(|(name, table)| (name.to_owned(), table)).into(),
        ..Schema::default()
    }
}

/// [`schema`] with another index on `on`.
pub fn schema_with(on: &str, index: Index) -> Schema {
    let mut schema = schema();
    schema.tables.get_mut(on).unwrap().indexes.push(index);
    schema
}

pub fn step(table: &str, access: Access, rows: f64) -> Step {
    Step {
        block: 0,
        table: table.into(),
        access,
        key: None,
        keys: Vec::new(),
        used_parts: Vec::new(),
        possible_keys: Vec::new(),
        rows,
        filtered: 100.0,
        covering: false,
        condition: None,
    }
}

/// A step that uses an index.
pub fn by(table: &str, access: Access, key: &str, rows: f64) -> Step {
    Step {
        key: Some(key.into()),
        keys: vec![key.into()],
        ..step(table, access, rows)
    }
}

pub fn plan(steps: Vec<Step>) -> Plan {
    Plan {
        steps,
        ..Plan::default()
    }
}

/// `orders`, read from end to end.
pub fn scan() -> Plan {
    plan(vec![Step {
        filtered: 10.0,
        ..step("orders", Access::FullScan, 20_000.0)
    }])
}

/// A statement that ran a hundred times and read `examined` rows each time, to send ten.
pub fn seen(examined: u64) -> Seen {
    Seen {
        executions: 100,
        query_time: Duration::from_secs(200),
        rows_sent: 1_000,
        rows_examined: 100 * examined,
        ..Seen::default()
    }
}

pub fn parse(sql: &str) -> Statement {
    Statement::parse(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Advice about `sql`, of which the log saw what `plan` says.
pub fn advise(sql: &str, plan: &Plan, schema: &Schema) -> Vec<Advice> {
    let statement = parse(sql);
    let seen = seen(plan.rows_read() as u64);
    slow_query::core::advice::advise(&Case {
        seen,
        statement: &statement,
        plan: Some(plan),
        schema,
    })
}

/// The names of the rules.
pub fn rules(advice: &[Advice]) -> Vec<&'static str> {
    advice.iter().map(|advice| advice.rule.0).collect()
}

/// The columns of the indexes that are advised: `orders(status, total DESC)`.
pub fn indexes(advice: &[Advice]) -> Vec<String> {
    let created = advice.iter().filter_map(|advice| match &advice.remedy {
        Remedy::CreateIndex { table, index } => Some(format!("{table}({})", columns(&index.parts))),
        Remedy::DropIndex { .. } | Remedy::Rewrite(_) | Remedy::Tell => None,
    });
    created.collect()
}

/// `status, total DESC`
pub fn columns(parts: &[Part]) -> String {
    let names = parts.iter().map(|part| {
        let prefix = part
            .prefix
            .map_or(String::new(), |characters| format!("({characters})"));
        let down = if part.descending { " DESC" } else { "" };
        format!("{}{prefix}{down}", part.column.as_deref().unwrap_or("?"))
    });
    names.collect::<Vec<_>>().join(", ")
}
