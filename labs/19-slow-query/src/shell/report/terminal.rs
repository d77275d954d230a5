//! The report on a terminal: at any width from 20 columns, with colour only if there is somebody to see it.
//!
//! What comes from the log or the server (statements, names of tables, users) is cleaned first: a table may be called `\e[2J`.

use super::words::{self, NBSP, count, percent, time};
use crate::core::digits::thousands;
use crate::core::report::{Report, Shape, Tally, Tip};
use crate::core::verdict::{Tried, Untried, Verdict};

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Whether colours are understood.
    pub colour: bool,
}

/// Below this, lines would hold a word each.
const NARROWEST: usize = 20;

struct Page {
    style: Style,
    text: String,
}

#[derive(Clone, Copy)]
enum Ink {
    Plain,
    Bold,
    Dim,
    Green,
    Yellow,
}

/// The whole report.
#[must_use]
pub fn write(report: &Report, style: Style) -> String {
    let style = Style {
        width: style.width.max(NARROWEST),
        ..style
    };
    let mut page = Page {
        style,
        text: String::new(),
    };
    page.head(report);
    for shape in &report.classes {
        page.shape(shape);
    }
    if report.rest.classes > 0 {
        page.blank();
        let rest = &report.rest;
        let text = format!(
            "{} more: {}, {}",
            count(rest.classes, "class", "classes"),
            count(rest.statements, "statement", "statements"),
            time(rest.query_time_us)
        );
        page.line(0, Ink::Dim, &text);
    }
    if !report.over_all.is_empty() {
        page.heading("Of the whole log");
        for tip in &report.over_all {
            page.tip(0, tip);
        }
    }
    page.samples(report);
    page.untried(report);
    page.text
}

impl Page {
    fn head(&mut self, report: &Report) {
        let log = &report.log;
        let mut of = vec![count(log.files, "file", "files"), words::bytes(log.bytes)];
        of.extend(log.dialect.map(str::to_owned));
        let statements = count(log.statements, "statement", "statements");
        self.line(0, Ink::Bold, &format!("{statements} ({})", of.join(", ")));
        if let (Some(first), Some(last)) = (&log.first, &log.last) {
            self.line(0, Ink::Plain, &format!("{first} to {last}"));
        }
        let spread = &log.query_time_us;
        let times = format!(
            "{} altogether · median {} · 95{NBSP}% within {} · longest {}",
            time(spread.total),
            time(spread.p50),
            time(spread.p95),
            time(spread.max)
        );
        self.line(0, Ink::Plain, &times);
        let rows = format!(
            "{} read for {} sent",
            count(log.rows_examined.total, "row", "rows"),
            thousands(log.rows_sent.total)
        );
        self.line(0, Ink::Plain, &rows);
        for (number, one, many) in [
            (
                log.administrator,
                "administrator command",
                "administrator commands",
            ),
            (
                log.truncated,
                "statement is not whole",
                "statements are not whole",
            ),
            (
                log.garbage_lines,
                "line belongs to nothing",
                "lines belong to nothing",
            ),
        ] {
            if number > 0 {
                self.line(0, Ink::Dim, &count(number, one, many));
            }
        }
        let tally = report.tally();
        if tally != Tally::default() {
            let text = format!(
                "advice: {} confirmed, {} withdrawn, {} not tried",
                thousands(tally.kept),
                thousands(tally.withdrawn),
                thousands(tally.untried)
            );
            self.line(0, Ink::Plain, &text);
        }
        if let Some(server) = &report.server {
            self.line(
                0,
                Ink::Dim,
                &format!("asked: {} ({})", server.version, server.schemas.join(", ")),
            );
        }
        if let Some(scratch) = &report.scratch {
            self.line(0, Ink::Dim, &format!("tried on: {}", scratch.version));
        }
    }

    fn shape(&mut self, shape: &Shape) {
        self.blank();
        let head = format!(
            "{}. {} · {} of the time",
            shape.rank,
            shape.id,
            percent(shape.share)
        );
        self.line(0, Ink::Bold, &head);
        self.bar(shape.share);
        self.line(3, Ink::Plain, &shape.statement);
        let spread = &shape.query_time_us;
        let times = format!(
            "{} · {} altogether · median {} · 95{NBSP}% within {} · longest {}",
            count(shape.count, "time", "times"),
            time(spread.total),
            time(spread.p50),
            time(spread.p95),
            time(spread.max)
        );
        self.line(3, Ink::Dim, &times);
        let rows = format!(
            "each: {} read for {} sent",
            count(shape.rows_examined.mean.round() as u64, "row", "rows"),
            thousands(shape.rows_sent.mean.round() as u64)
        );
        self.line(3, Ink::Dim, &rows);
        match (&shape.plan, &shape.plan_untried) {
            (Some(plan), _) => self.line(3, Ink::Dim, &format!("plan: {}", words::plan(plan))),
            (None, Some(why)) => self.line(3, Ink::Yellow, &format!("no plan: {why}")),
            (None, None) => {}
        }
        for tip in &shape.advice {
            self.tip(3, tip);
        }
    }

    fn tip(&mut self, indent: usize, tip: &Tip) {
        self.line(indent, Ink::Bold, &format!("{} {}", tip.rule, tip.title));
        let inner = indent + 2;
        self.line(inner, Ink::Plain, &tip.why);
        if let Some(remedy) = &tip.remedy {
            self.line(inner, Ink::Plain, remedy);
        }
        self.verdict(inner, &tip.tried);
    }

    fn verdict(&mut self, indent: usize, tried: &Tried) {
        if matches!(
            tried.verdict,
            Verdict::Untried {
                why: Untried::ForAPerson
            }
        ) {
            return;
        }
        let ink = match tried.verdict {
            Verdict::Keep { .. } => Ink::Green,
            Verdict::Withdraw { .. } | Verdict::Untried { .. } => Ink::Yellow,
        };
        let (word, why) = words::verdict(tried);
        self.line(indent, ink, &format!("{word}: {why}"));
        if let Some(with) = &tried.with {
            self.line(indent, Ink::Plain, &format!("both with: {with}"));
        }
        if let Some((_, after)) = &tried.plans {
            self.line(
                indent,
                Ink::Dim,
                &format!("plan then: {}", words::plan(after)),
            );
        }
    }

    fn samples(&mut self, report: &Report) {
        if report.samples.is_empty() {
            return;
        }
        self.heading("Tried with");
        for copied in &report.samples {
            self.line(0, Ink::Dim, &words::copied(copied));
        }
    }

    fn untried(&mut self, report: &Report) {
        if report.untried.is_empty() {
            return;
        }
        self.heading("Not explained or not tried");
        for (why, what, classes) in words::by_reason(&report.untried) {
            let classes = words::some(&classes);
            self.line(0, Ink::Plain, &format!("{what}: {why}: {classes}"));
        }
    }

    fn heading(&mut self, text: &str) {
        self.blank();
        self.line(0, Ink::Bold, text);
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A share of the width behind the indent, in eighths of a column.
    fn bar(&mut self, share: f64) {
        const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let columns = (self.style.width - 3).min(60);
        let eighths = ((share * 8.0 * columns as f64).round() as usize).clamp(1, columns * 8);
        let bar = format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8]);
        self.inked(3, Ink::Green, &bar);
    }

    /// Words, broken to the width; what follows the first line is indented by two more.
    fn line(&mut self, indent: usize, ink: Ink, text: &str) {
        let first = self.style.width - indent;
        let lines = wrap(&words::clean(text), first, first - 2);
        for (i, line) in lines.iter().enumerate() {
            self.inked(indent + if i == 0 { 0 } else { 2 }, ink, line);
        }
    }

    fn inked(&mut self, indent: usize, ink: Ink, text: &str) {
        let (begin, end) = match (self.style.colour, ink) {
            (false, _) | (true, Ink::Plain) => ("", ""),
            (true, Ink::Bold) => ("\x1b[1m", "\x1b[0m"),
            (true, Ink::Dim) => ("\x1b[2m", "\x1b[0m"),
            (true, Ink::Green) => ("\x1b[32m", "\x1b[0m"),
            (true, Ink::Yellow) => ("\x1b[33m", "\x1b[0m"),
        };
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(begin);
        self.text.push_str(&text.replace(NBSP, " "));
        self.text.push_str(end);
        self.text.push('\n');
    }
}

/// Breaks at blanks into lines of at most `first` and then `next` characters; a longer word is cut.
fn wrap(text: &str, first: usize, next: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word: Vec<char> = word.chars().collect();
        let width = if lines.is_empty() { first } else { next };
        if used > 0 && used + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        while word.len() > if lines.is_empty() { first } else { next } {
            let tail = word.split_off(if lines.is_empty() { first } else { next });
            lines.push(word.iter().collect());
            word = tail;
        }
        line.extend(&word);
        used += word.len();
    }
    if used > 0 {
        lines.push(line);
    }
    lines
}
