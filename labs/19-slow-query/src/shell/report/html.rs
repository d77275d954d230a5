//! The report as one page: no script, no request to anybody, readable in light and dark and on a telephone.
//!
//! Every text goes through maud, which escapes it: a log's statements are somebody else's, and `<script>` is a fine name for a table. A policy in the page
//! says the same to the browser.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::style::STYLE;
use super::words::{self, count, percent, time};
use crate::core::digits::thousands;
use crate::core::plan::Plan;
use crate::core::report::{Report, Shape, Spread, Tip};
use crate::core::verdict::{Tried, Untried, Verdict};

/// The whole page.
#[must_use]
pub fn page(report: &Report) -> String {
    let log = &report.log;
    let title = format!(
        "Slow queries: {}",
        count(log.statements, "statement", "statements")
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(report))
                main {
                    (overview(report))
                    @for shape in &report.classes { (class(shape)) }
                    @if !report.over_all.is_empty() {
                        section #over-all {
                            h2 { "Of the whole log" }
                            ul.tips { @for tip in &report.over_all { (tip_item(tip)) } }
                        }
                    }
                    (untried(report))
                    (samples(report))
                }
            }
        }
    }
    .into_string()
}

fn head(report: &Report) -> Markup {
    let (log, tally) = (&report.log, report.tally());
    html! {
        header {
            h1 { "Slow queries" }
            p.sub {
                (count(log.files, "file", "files")) ", " (words::bytes(log.bytes))
                @if let Some(dialect) = log.dialect { ", " (dialect) }
                @if let (Some(first), Some(last)) = (&log.first, &log.last) { br; (first) " to " (last) }
            }
            dl.totals {
                div { dt { "Statements" } dd { (thousands(log.statements)) } }
                div { dt { "Time" } dd { (time(log.query_time_us.total)) } }
                div { dt { "Median" } dd { (time(log.query_time_us.p50)) } }
                div { dt { "95 %" } dd { (time(log.query_time_us.p95)) } }
                div { dt { "Longest" } dd { (time(log.query_time_us.max)) } }
                div { dt { "Rows read" } dd { (thousands(log.rows_examined.total)) } }
                div { dt { "Rows sent" } dd { (thousands(log.rows_sent.total)) } }
                div { dt { "Confirmed" } dd { (thousands(tally.kept)) } }
                div { dt { "Withdrawn" } dd { (thousands(tally.withdrawn)) } }
                div { dt { "Not tried" } dd { (thousands(tally.untried)) } }
            }
            @for text in asides(report) { p.sub { (text) } }
        }
    }
}

/// What else is to be known of the log and the servers.
fn asides(report: &Report) -> Vec<String> {
    let log = &report.log;
    let mut asides = Vec::new();
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
            asides.push(count(number, one, many));
        }
    }
    if let Some(server) = &report.server {
        asides.push(format!(
            "Asked: {} ({})",
            server.version,
            server.schemas.join(", ")
        ));
    }
    if let Some(scratch) = &report.scratch {
        asides.push(format!("Tried on: {}", scratch.version));
    }
    asides
}

fn overview(report: &Report) -> Markup {
    let rest = &report.rest;
    let total = report.log.query_time_us.total.max(1);
    let rest_share = rest.query_time_us as f64 / total as f64;
    html! {
        section #overview {
            h2 { "Where the time goes" }
            ol.bars {
                @for shape in &report.classes {
                    li {
                        a href={ "#c" (shape.rank) } { (start(&shape.statement)) }
                        (bar(shape.share))
                    }
                }
                @if rest.classes > 0 {
                    li.rest { span { (count(rest.classes, "other class", "other classes")) } (bar(rest_share)) }
                }
            }
        }
    }
}

/// A bar of a share, with the share as a text: neither by length nor by colour alone.
fn bar(share: f64) -> Markup {
    html! {
        span.bar { span.fill style={ "width:" (format!("{:.2}", share * 100.0)) "%" } {} }
        span.share { (percent(share)) }
    }
}

/// The first words of a statement.
fn start(statement: &str) -> String {
    let text = words::clean(statement);
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() {
        format!("{start}…")
    } else {
        start
    }
}

fn class(shape: &Shape) -> Markup {
    html! {
        article id={ "c" (shape.rank) } {
            h2 { (shape.rank) ". " code { (shape.id) } " " span.sub { (percent(shape.share)) " of the time" } }
            pre { code { (shape.statement) } }
            p.sub {
                (count(shape.count, "time", "times"))
                @if shape.errors > 0 { ", " (count(shape.errors, "error", "errors")) }
                @if !shape.schemas.is_empty() { " · in " (shape.schemas.join(", ")) }
                @if !shape.users.is_empty() { " · by " (shape.users.join(", ")) }
                @if !shape.hosts.is_empty() { " · from " (shape.hosts.join(", ")) }
                @if let (Some(first), Some(last)) = (&shape.first, &shape.last) { br; (first) " to " (last) }
            }
            div.scroll {
                table {
                    thead { tr { th {} th { "altogether" } th { "median" } th { "95 %" } th { "99 %" } th { "most" } } }
                    tbody {
                        (figures("Time", &shape.query_time_us, time))
                        (figures("Locks", &shape.lock_time_us, time))
                        (figures("Rows read", &shape.rows_examined, thousands))
                        (figures("Rows sent", &shape.rows_sent, thousands))
                    }
                }
            }
            @match (&shape.plan, &shape.plan_untried) {
                (Some(of), _) => { h3 { "Plan" } (plan(of)) }
                (None, Some(why)) => { p.verdict.untried { b { "No plan" } ": " (why) } }
                (None, None) => {}
            }
            @if !shape.advice.is_empty() {
                h3 { "Advice" }
                ul.tips { @for tip in &shape.advice { (tip_item(tip)) } }
            }
        }
    }
}

fn figures(name: &str, spread: &Spread, write: fn(u64) -> String) -> Markup {
    html! {
        tr {
            th { (name) }
            @for value in [spread.total, spread.p50, spread.p95, spread.p99, spread.max] { td { (write(value)) } }
        }
    }
}

fn plan(plan: &Plan) -> Markup {
    html! {
        ol.plan {
            @for step in &plan.steps { li { (words::step(step)) } }
            @for also in words::also(plan) { li.also { (also) } }
            @if let Some(message) = &plan.message { li.also { (message) } }
        }
    }
}

fn tip_item(tip: &Tip) -> Markup {
    html! {
        li {
            p { b { (tip.rule) } " " (tip.title) }
            p { (tip.why) }
            @if let Some(remedy) = &tip.remedy { pre { code { (remedy) } } }
            (verdict(&tip.tried))
        }
    }
}

fn verdict(tried: &Tried) -> Markup {
    let class = match tried.verdict {
        Verdict::Untried {
            why: Untried::ForAPerson,
        } => return html! {},
        Verdict::Keep { .. } => "kept",
        Verdict::Withdraw { .. } => "withdrawn",
        Verdict::Untried { .. } => "untried",
    };
    let (word, why) = words::verdict(tried);
    html! {
        p class={ "verdict " (class) } { b { (word) } ": " (why) }
        @if let Some(with) = &tried.with {
            p { "Both with this index:" }
            pre { code { (with) } }
        }
        @if let Some((_, after)) = &tried.plans {
            details { summary { "Plan on the scratch server with it" } (plan(after)) }
        }
    }
}

fn untried(report: &Report) -> Markup {
    html! {
        @if !report.untried.is_empty() {
            section #untried {
                h2 { "Not explained or not tried" }
                div.scroll {
                    table {
                        thead { tr { th { "What" } th { "Why not" } th { "Classes" } } }
                        tbody {
                            @for (why, what, classes) in words::by_reason(&report.untried) {
                                tr { td { (what) } td { (why) } td.ids { (words::some(&classes)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn samples(report: &Report) -> Markup {
    html! {
        @if !report.samples.is_empty() {
            section #samples {
                h2 { "Tried with" }
                ul { @for copied in &report.samples { li { (words::copied(copied)) } } }
            }
        }
    }
}
