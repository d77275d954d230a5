//! What the sweep says: tables to read, and the data that the book shows.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::plot;
use crate::strategy::{BASE, CAP};
use crate::sweep::{self, COMPARED, PROMISED, SEEDS, Series, Spread, Sweep};
use crate::world::{NETWORK, Tally};

/// What is measured: its name in the data, the table's title, the decimals of a cell, and where it is.
type Measure = (&'static str, &'static str, usize, fn(&Tally) -> f64);

const MEASURES: [Measure; 2] = [
    ("writes", "conditional writes", 0, sweep::writes),
    (
        "seconds",
        "seconds until the last is done",
        2,
        sweep::seconds,
    ),
];

/// Where the data is kept.
const DATA: &str = "book/data/22-retry/simulation.json";

/// The strategies side by side, medians of the seeds; then what was promised.
pub fn summary(sweep: &Sweep) -> String {
    let mut out = String::new();
    for (_, title, digits, of) in MEASURES {
        let _ = write!(out, "{title}\n{:>10}", "contenders");
        for series in &sweep.series {
            let _ = write!(out, "{:>14}", series.waiting.name);
        }
        for (index, point) in sweep.none().points.iter().enumerate() {
            let _ = write!(out, "\n{:>10}", point.contenders);
            for series in &sweep.series {
                let median = series.points[index].spread(of).median;
                let _ = write!(out, "{median:>14.digits$}");
            }
        }
        out.push_str("\n\n");
    }
    let _ = writeln!(out, "at {COMPARED} contenders, of no backoff");
    for series in &sweep.series[1..] {
        let [writes, seconds] = MEASURES.map(|(.., of)| to_none(sweep, series, of).median);
        let name = series.waiting.name;
        let _ = writeln!(
            out,
            "{name:>14}{writes:>8.2} of the writes{seconds:>8.1} x the time"
        );
    }
    let verdict = if sweep.holds() { "holds" } else { "MISSED" };
    let Spread { median, low, high } = sweep.full_to_none();
    out + &format!(
        "full jitter, at most {PROMISED} of the writes: {median:.3} ({low:.3} to {high:.3}), {verdict}\n"
    )
}

/// Writes the data and the picture where the book looks for them.
pub fn save(sweep: &Sweep) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let write = |path: &str, text: String| {
        let path = root.join(path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(path, text)
    };
    write(DATA, json(sweep))?;
    write("book/src/22-retry/simulation.svg", plot::svg(sweep))
}

fn to_none(sweep: &Sweep, series: &Series, of: fn(&Tally) -> f64) -> Spread {
    series.at(COMPARED).to(sweep.none().at(COMPARED), of)
}

fn json(sweep: &Sweep) -> String {
    let mut out = format!(
        "{{\n  \"command\": \"cargo run --release -p retry-solution --no-default-features --example simulation -- --save\",\n  \
         \"seeds\": {}, \"base_ms\": {}, \"cap_ms\": {}, \"network_ms\": {}, \"network_deviation_ms\": {},\n  \"figures\": [",
        SEEDS.count(),
        BASE.as_millis(),
        CAP.as_millis(),
        NETWORK.mean.as_millis(),
        NETWORK.deviation.as_millis(),
    );
    let mut comma = "";
    for (measure, _, _, of) in MEASURES {
        for series in &sweep.series[1..] {
            let Spread { median, low, high } = to_none(sweep, series, of);
            let id = series.waiting.name.replace(' ', "_");
            let _ = write!(
                out,
                "{comma}\n    {{ \"name\": \"{id}_to_none_{measure}_at_{COMPARED}\", \"unit\": \"ratio\", \
                 \"value\": {median:.4}, \"spread\": [{low:.4}, {high:.4}]"
            );
            if measure == "writes" && id == "full" {
                let holds = sweep.holds();
                let _ = write!(
                    out,
                    ", \"bound\": \"at_most\", \"target\": {PROMISED}, \"holds\": {holds}"
                );
            }
            out.push_str(" }");
            comma = ",";
        }
    }
    out.push_str("\n  ],\n  \"strategies\": [");
    comma = "";
    for series in &sweep.series {
        let _ = write!(
            out,
            "{comma}\n    {{\n      \"name\": \"{}\",\n      \"at\": {{",
            series.waiting.name
        );
        let mut comma_of_points = "";
        for point in &series.points {
            let _ = write!(
                out,
                "{comma_of_points}\n        \"{}\": {{ ",
                point.contenders
            );
            let cells = MEASURES.map(|(measure, _, digits, of)| {
                let Spread { median, low, high } = point.spread(of);
                format!(
                    "\"{measure}\": {median:.digits$}, \"{measure}_spread\": [{low:.digits$}, {high:.digits$}]"
                )
            });
            let _ = write!(out, "{} }}", cells.join(", "));
            comma_of_points = ",";
        }
        out.push_str("\n      }\n    }");
        comma = ",";
    }
    out + "\n  ]\n}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever changes a wait changes the figures: then run this again with `--save`. One number of contenders stands for all.
    #[test]
    fn the_book_has_what_a_run_gives() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(DATA);
        let kept = std::fs::read_to_string(path).expect(DATA);
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines();
            lines
                .map(|line| line.trim_end_matches(',').to_owned())
                .collect()
        };
        let kept = lines(&kept);
        let now = lines(&json(&Sweep::run(&[COMPARED])));
        let gone: Vec<_> = now.iter().filter(|line| !kept.contains(line)).collect();
        assert!(gone.is_empty(), "{DATA} does not have {gone:#?}");
    }
}
