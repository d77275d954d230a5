//! The sweep as text, as data and as a picture.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use measure::{Curves, svg};

use crate::loads::ACCESSES;
use crate::sweep::SEEDS;

const DATA: &str = "book/data/20-adaptive-cache/curves.json";
const PICTURE: &str = "book/src/20-adaptive-cache/curves.svg";
const COMMAND: &str = "cargo run --release -p adaptive-cache-solution --no-default-features --features runs --example curves -- --save";

/// A block for each load.
pub fn table(panels: &[Curves]) -> String {
    let mut out = String::new();
    for curves in panels {
        let _ = writeln!(out, "{}: hits in %, by {}", curves.title, curves.sizes);
        let _ = write!(out, "{:12}", "");
        for at in &curves.at {
            let _ = write!(out, "{at:>8}");
        }
        for line in &curves.lines {
            let _ = write!(out, "\n{:12}", line.name);
            for value in &line.values {
                let _ = write!(out, "{:>8.2}", 100.0 * value);
            }
        }
        out += "\n\n";
    }
    out
}

/// Writes what the book shows.
pub fn save(panels: &[Curves]) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(path, text)
    };
    let data = serde_json::json!({
        "command": COMMAND,
        "seeds": SEEDS,
        "accesses": ACCESSES,
        "panels": panels.iter().map(panel).collect::<Vec<_>>(),
    });
    write(DATA, &format!("{data:#}\n"))?;
    let title = "Hit ratios over cache sizes: the reference, moka and quick_cache between LRU and OPT, on four loads";
    write(PICTURE, &svg("curves20", title, panels))
}

/// With names as keys, so that a page can ask for a figure.
fn panel(curves: &Curves) -> serde_json::Value {
    let lines = curves.lines.iter();
    let lines = lines.map(|line| (line.name.clone(), line.values.clone().into()));
    serde_json::json!({
        "load": curves.title,
        "sizes": curves.sizes,
        "at": curves.at,
        "hit_ratios": serde_json::Map::from_iter(lines),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_line() {
        let mut curves = Curves::new("a load", "size", vec![0.1, 10.0]);
        curves.line("LRU", vec![0.125, 0.5]);
        assert_eq!(
            table(&[curves]),
            "a load: hits in %, by size\n                 0.1      10\nLRU            12.50   50.00\n\n"
        );
    }
}
