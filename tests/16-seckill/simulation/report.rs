//! What a run says: a summary to read, and the data that the book shows.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::plot;
use crate::queue::Nanos;
use crate::scenario::{self, MS};
use crate::tally::{Row, STEP, Tally};
use crate::world::Variant;

pub struct Run {
    pub variant: Variant,
    pub tally: Tally,
}

/// One figure of a run: its name in the data, and how it is written.
fn figures(tally: &Tally) -> Vec<(&'static str, String)> {
    let since_opening = |at: Option<Nanos>| match at {
        Some(at) => format!("{:.3}", at.saturating_sub(scenario::OPENS) as f64 / 1e9),
        None => "null".to_owned(),
    };
    let ms = |us: u32| format!("{:.1}", f64::from(us) / 1e3);
    let count = |column: fn(&Row) -> u64| tally.total(column).to_string();
    vec![
        ("requests", count(|row| row.requests)),
        (
            "requests_a_second_peak",
            tally.peak(|row| row.requests).to_string(),
        ),
        ("accepted", count(|row| row.accepted)),
        ("accepted_again", count(|row| row.accepted_again)),
        ("refused_too_many", count(|row| row.too_many)),
        ("refused_by_gate", count(|row| row.sold_out_by_gate)),
        ("refused_by_redis", count(|row| row.sold_out_by_redis)),
        ("refused_not_yet", count(|row| row.not_yet)),
        ("try_again", count(|row| row.try_again)),
        ("redis_calls", count(|row| row.redis_calls)),
        (
            "redis_calls_a_second_peak",
            tally.peak(|row| row.redis_calls).to_string(),
        ),
        ("redis_latency_ms_p50", ms(tally.latency_us(50))),
        ("redis_latency_ms_p99", ms(tally.latency_us(99))),
        ("sold", tally.sold.to_string()),
        ("returned", tally.returned.to_string()),
        ("sold_out_after_s", since_opening(tally.sold_out_at)),
        ("drained_after_s", since_opening(tally.drained_at)),
        ("stale_sold_out_answers", tally.stale_answers.to_string()),
        (
            "stale_sold_out_ms_max",
            format!("{:.1}", tally.stalest as f64 / MS as f64),
        ),
        ("events", tally.events.to_string()),
    ]
}

/// The variants side by side.
pub fn summary(seed: u64, runs: &[Run]) -> String {
    let mut out = format!("seed {seed}\n{:28}", "");
    let columns: Vec<_> = runs.iter().map(|run| figures(&run.tally)).collect();
    for run in runs {
        let _ = write!(out, "{:>12}", run.variant.name);
    }
    for (i, (name, _)) in columns[0].iter().enumerate() {
        let _ = write!(out, "\n{:28}", name.replace('_', " "));
        for column in &columns {
            let value = &column[i].1;
            let _ = write!(out, "{:>12}", if value == "null" { "-" } else { value });
        }
    }
    out + "\n"
}

/// Writes the data and the plot where the book looks for them.
pub fn save(seed: u64, runs: &[Run]) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let write = |path: &str, text: String| {
        let path = root.join(path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(path, text)
    };
    write("book/data/16-seckill/simulation.json", json(seed, runs))?;
    write("book/src/16-seckill/simulation.svg", plot::svg(runs))
}

fn json(seed: u64, runs: &[Run]) -> String {
    let mut out = format!(
        "{{\n  \"command\": \"cargo run --release -p seckill-solution --no-default-features --example simulation -- --seed {seed} --save\",\n  \
         \"seed\": {seed},\n  \"buyers\": {}, \"stock\": {}, \"instances\": {}, \"redis_servers\": {},\n  \
         \"network_us\": {}, \"script_us\": {}, \"refresh_ms\": {}, \"pay_within_ms\": {},\n  \"runs\": [",
        scenario::BUYERS,
        scenario::STOCK,
        scenario::INSTANCES,
        scenario::SERVERS,
        scenario::NETWORK / 1_000,
        scenario::SCRIPT / 1_000,
        scenario::REFRESH / MS,
        scenario::PAY_WITHIN / MS,
    );
    for (i, run) in runs.iter().enumerate() {
        let Variant {
            name,
            gate,
            limiter,
            buckets,
            ..
        } = run.variant;
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}\n    {{\n      \"name\": \"{name}\", \"gate\": {gate}, \"limiter\": {limiter}, \"buckets\": {buckets}"
        );
        for (name, value) in figures(&run.tally) {
            let _ = write!(out, ",\n      \"{name}\": {value}");
        }
        let _ = write!(
            out,
            ",\n      \"step_ms\": {},\n      \"timeline\": {{",
            STEP / MS
        );
        type Column = (&'static str, fn(&Row) -> u64);
        let columns: [Column; 3] = [
            ("requests", |row| row.requests),
            ("redis_calls", |row| row.redis_calls),
            ("on_shelf_max", |row| row.on_shelf_max.into()),
        ];
        for (i, (name, column)) in columns.iter().enumerate() {
            let values: Vec<_> = run
                .tally
                .rows
                .iter()
                .map(|row| column(row).to_string())
                .collect();
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(out, "{comma}\n        \"{name}\": [{}]", values.join(","));
        }
        out.push_str("\n      }\n    }");
    }
    out + "\n  ]\n}\n"
}
