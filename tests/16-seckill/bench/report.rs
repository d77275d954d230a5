//! The figures, as a table to read and as data for the book.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::machine::{Machine, today};
use crate::measure::Spread;

/// One figure.
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub value: Spread,
    /// At least this much is promised.
    pub target: Option<f64>,
}

/// All of a run.
pub struct Report {
    pub machine: Machine,
    /// A service and its version.
    pub services: Vec<(&'static str, String)>,
    pub figures: Vec<Figure>,
}

impl Report {
    pub fn add(&mut self, name: impl Into<String>, unit: &'static str, value: Spread) {
        self.promise(name, unit, value, None);
    }

    pub fn promise(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        value: Spread,
        target: impl Into<Option<f64>>,
    ) {
        let (name, target) = (name.into(), target.into());
        self.figures.push(Figure {
            name,
            unit,
            value,
            target,
        });
    }

    /// For a terminal.
    pub fn table(&self) -> String {
        let mut out = String::new();
        for figure in &self.figures {
            let Spread { median, low, high } = figure.value;
            let spread = if low == high {
                String::new()
            } else {
                format!("{} to {}", round(low), round(high))
            };
            let _ = write!(
                out,
                "{:44}{:>11} {:14}{:24}",
                figure.name.replace('_', " "),
                round(median),
                figure.unit,
                spread
            );
            if let Some(target) = figure.target {
                let holds = if median >= target { "holds" } else { "MISSED" };
                let _ = write!(out, "at least {}: {holds}", round(target));
            }
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
        out
    }

    pub fn json(&self) -> Value {
        let figure = |figure: &Figure| {
            let Spread { median, low, high } = figure.value;
            json!({
                "name": figure.name,
                "unit": figure.unit,
                "value": median,
                "spread": [low, high],
                "target": figure.target,
                "holds": figure.target.map(|target| median >= target),
            })
        };
        let services: serde_json::Map<_, _> = self
            .services
            .iter()
            .map(|(name, version)| ((*name).to_owned(), json!(version)))
            .collect();
        json!({
            "command": "cargo bench -p seckill-solution --features bench --bench services -- --save",
            "date": today(),
            "machine": {
                "cpu": self.machine.cpu,
                "cores": self.machine.cores,
                "kernel": self.machine.kernel,
                "load": self.machine.load,
                "busy": self.machine.too_busy().is_some(),
                "services": services,
            },
            "figures": self.figures.iter().map(figure).collect::<Vec<_>>(),
        })
    }

    /// Writes the data where the book looks for it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self) -> std::io::Result<()> {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/data/16-seckill/bench.json");
        file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(file, format!("{:#}\n", self.json()))
    }
}

/// Three digits that mean something.
fn round(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.2} M", value / 1e6),
        value if value >= 1e3 => format!("{:.1} k", value / 1e3),
        value if value >= 20.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}
